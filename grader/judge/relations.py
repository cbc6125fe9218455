"""How a wrong output relates to the right one: sign, factor, transpose, axis, part.

Every relation is claimed only if it holds on all generic cases.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from grader.judge.compare import entries_right
from grader.judge.observe import Observed
from grader.kernel.inside.codec import Tensor
from grader.model import Case, Tolerance

FACTORS = (3.0, 4.0, 0.25, 1 / 3, 10.0, 0.1)
"""Constant factors worth naming besides N and 2."""
COARSE = Tolerance(relative=2e-6, of_scale=2e-6)
"""Agreement of a float32 result with the float64 reference."""
LEAST_ENTRIES = 3
"""Entries of either sign, at least, where a branch is claimed to be wrong."""
DECIMALS = range(1, 9)
"""To how many decimals people round."""
SIX_DIGITS = (
    "The values agree with the right ones to about six digits, and no further: something "
    "inside is float32, or a small number such as 1e-6 is added somewhere. Compute in "
    "float64 all the way."
)

AGAIN = "Not yet: another number is expected. Compute it again from the step before it."

_Pair = tuple[np.ndarray, np.ndarray, Case]


def relation(observed: Observed, output: str) -> tuple[str, str]:
    """Return a code and a sentence on a wrong output.

    The sentence is empty for a cross-cutting code, which has one of its own.
    """
    problems = [(observed.problem(i, output), i) for i in observed.positions("generic")]
    first = next(problem for problem, _ in problems if problem is not None)
    pairs = _pairs(observed, output)
    if observed.tolerance.digits and pairs:  # a relation would give one number away
        return first.kind, AGAIN
    if pairs is None:
        return first.kind, f"Not yet: {first.detail}."
    for code, holds in _RELATIONS.items():
        if code == "MX.6" and _is_one_number(pairs):
            continue  # a guess that happens to be near is no lost precision
        if all(
            holds(found, wanted, case, observed.tolerance) for found, wanted, case in pairs
        ):
            return code, ""
    imprecise = _digits(pairs, observed.tolerance)
    if imprecise:
        return "MX.6", imprecise
    names = observed.key.names
    several = _several(pairs, observed.tolerance)
    if several:
        return several
    factor = _factor(pairs, observed.tolerance) or _size(pairs, names, observed.tolerance)
    if factor:
        return "factor", f"Every value is {factor} it should be."
    if first.kind != "value":
        return first.kind, f"Not yet: {first.detail}."
    branch = _branch(pairs, names, observed.tolerance)
    if branch:
        return "branch", branch
    if observed.exercise.driver:  # whose arrays the student has never seen
        return "value", "Not yet: its values are others than expected."
    return "value", _partly(pairs, observed.tolerance)


def _pairs(observed: Observed, output: str) -> list[_Pair] | None:
    """Return student's and right values as arrays, or None where that is impossible."""
    pairs = []
    for i in observed.positions("generic"):
        parts = observed.parts[i] or {}
        found, wanted = (
            _numeric(parts.get(output)),
            _numeric(observed.expected[i][output]),
        )
        if found is None or wanted is None:
            return None
        pairs.append((found, wanted, observed.key.cases[i]))
    return pairs


def _is_one_number(pairs: list[_Pair]) -> bool:
    """Whether several cases got one and the same number."""
    values = {float(entry) for found, _, _ in pairs for entry in found.flat}
    return len(pairs) > 1 and len(values) == 1


def _numeric(value: Any) -> np.ndarray | None:
    if isinstance(value, Tensor):
        value = value.array
    if not isinstance(value, (np.ndarray, np.generic, int, float)):
        return None
    array = np.asarray(value)
    return array if array.dtype.kind in "iuf" else None


def _equal(found: np.ndarray, wanted: np.ndarray, tol: Tolerance) -> bool:
    return found.shape == wanted.shape and bool(entries_right(found, wanted, tol).all())


def _negative(f: np.ndarray, w: np.ndarray, _: Case, tol: Tolerance) -> bool:
    return _equal(f, -w, tol) and bool(np.any(w))


def _batch(f: np.ndarray, w: np.ndarray, case: Case, tol: Tolerance) -> bool:
    n = case.batch
    if not n:
        return False
    return _equal(f, n * w, tol) or _equal(f, w / n, tol)


def _double(f: np.ndarray, w: np.ndarray, _: Case, tol: Tolerance) -> bool:
    return _equal(f, 2 * w, tol) or _equal(f, w / 2, tol)


def _transposed(f: np.ndarray, w: np.ndarray, _: Case, tol: Tolerance) -> bool:
    return w.ndim > 1 and _equal(f, w.T, tol)


def _axis(f: np.ndarray, w: np.ndarray, _: Case, tol: Tolerance) -> bool:
    return f.shape != w.shape and _equal(f.squeeze(), w.squeeze(), tol)


def _imprecise(f: np.ndarray, w: np.ndarray, _: Case, tol: Tolerance) -> bool:
    if f.shape != w.shape or w.dtype.kind != "f":
        return False
    if f.dtype.kind == "f":
        return f.dtype.itemsize < w.dtype.itemsize and _equal(f, w, COARSE)
    return bool((f == np.trunc(w)).all() or (f == np.round(w)).all())


def _digits(pairs: list[_Pair], tol: Tolerance) -> str:
    """Say that float64 values are rounded, or agree with the right ones by six digits."""
    if any(f.dtype.kind != "f" or w.dtype.kind != "f" for f, w, _ in pairs):
        return ""
    for decimals in DECIMALS:
        if all(_is_rounded(found, wanted, decimals) for found, wanted, _ in pairs):
            return (
                f"The values are right, but rounded to {in_words(decimals)}. Return them "
                "as they are computed, and round only what you print."
            )
    return SIX_DIGITS if all(_equal(f, w, COARSE) for f, w, _ in pairs) else ""


def in_words(decimals: int) -> str:
    """Return a number of decimals with its noun."""
    return "1 decimal" if decimals == 1 else f"{decimals} decimals"


def _is_rounded(found: np.ndarray, wanted: np.ndarray, decimals: int) -> bool:
    """Whether rounding explains all values; zeros and the like are rounded anyway."""
    if found.shape != wanted.shape or not np.any(found):
        return False
    return bool(np.allclose(found, np.round(wanted, decimals), rtol=0, atol=1e-12))


_RELATIONS: dict[str, Callable[[np.ndarray, np.ndarray, Case, Tolerance], bool]] = {
    "MX.1": _negative,
    "MX.2": _batch,
    "MX.3": _double,
    "MX.4": _transposed,
    "MX.5": _axis,
    "MX.6": _imprecise,
}


def _several(pairs: list[_Pair], tol: Tolerance) -> tuple[str, str] | None:
    """Return two or three simple faults that explain the values only together."""
    for turned, flipped in product((False, True), repeat=2):
        for code, says, factors in _COMBINED_FACTORS:
            faults = [("MX.4", "they are transposed")] * turned
            faults += [("MX.1", "the sign is the opposite")] * flipped
            faults += [(code, says)] * bool(code)
            if len(faults) < 2:
                continue
            for factor in factors:
                if all(
                    _is_changed(found, wanted, factor(case), turned, flipped, tol)
                    for found, wanted, case in pairs
                ):
                    codes, words = zip(*faults, strict=True)
                    return "+".join(codes), _listed(words)
    return None


_COMBINED_FACTORS: tuple[tuple[str, str, tuple[Callable[[Case], float], ...]], ...] = (
    ("", "", (lambda case: 1.0,)),
    (
        "MX.2",
        "they are off by the factor N, the number of examples",
        (lambda case: float(case.batch or 1), lambda case: 1 / (case.batch or 1)),
    ),
    ("MX.3", "they are off by a factor of two", (lambda case: 2.0, lambda case: 0.5)),
)


def _is_changed(
    found: np.ndarray,
    wanted: np.ndarray,
    factor: float,
    turned: bool,
    flipped: bool,
    tol: Tolerance,
) -> bool:
    value = wanted.T if turned else wanted
    return bool(np.any(wanted)) and _equal(
        found, (-factor if flipped else factor) * value, tol
    )


def _listed(words: tuple[str, ...]) -> str:
    count = {2: "Two", 3: "Three"}[len(words)]
    return f"{count} faults at once, each easy to mend: {', and '.join(words)}."


def _size(pairs: list[_Pair], names: tuple[str, ...], tol: Tolerance) -> str:
    """Return the length of an argument's axis that is a factor everywhere, in words."""
    for k, name in enumerate(names):
        arguments = [case.args[k] for *_, case in pairs if k < len(case.args)]
        arrays = [a for a in arguments if isinstance(a, np.ndarray)]
        if len(arrays) != len(pairs):
            continue
        for axis in range(min(a.ndim for a in arrays)):
            sizes = [a.shape[axis] for a in arrays]
            if len(set(sizes)) < 2:
                continue  # a constant, or a coincidence
            for power, scale in product((1, -1), (1.0, 2.0, 0.5)):
                if all(
                    _equal(found, scale * float(n) ** power * wanted, tol)
                    for (found, wanted, _), n in zip(pairs, sizes, strict=True)
                ):
                    return _in_words(f"{name}.shape[{axis}]", power, scale)
    return ""


def _in_words(length: str, power: int, scale: float) -> str:
    """Return a factor `scale * length ** power` in words that end before "it"."""
    top = [{2.0: "2"}.get(scale, ""), length if power == 1 else ""]
    bottom = [{0.5: "2"}.get(scale, ""), length if power == -1 else ""]
    above, below = (" * ".join(filter(None, part)) for part in (top, bottom))
    if not below:
        return f"{above} times what"
    below = f"({below})" if "*" in below else below
    return f"{above or '1'}/{below} of what"


def _branch(pairs: list[_Pair], names: tuple[str, ...], tol: Tolerance) -> str:
    """Say that all goes wrong where an argument is positive, or negative, or 0."""
    for k, name in enumerate(names):
        sides: dict[str, list[bool]] = {"positive": [], "negative": [], "0": []}
        for found, wanted, case in pairs:
            argument = case.args[k]
            if not isinstance(argument, np.ndarray) or argument.shape != found.shape:
                break
            if found.shape != wanted.shape or argument.dtype.kind not in "iuf":
                break
            right = entries_right(found, wanted, tol)
            sides["positive"] += right[argument > 0].tolist()
            sides["negative"] += right[argument < 0].tolist()
            sides["0"] += right[argument == 0].tolist()
        else:
            if sides["negative"]:
                del sides["0"]  # belongs to neither side, and is rare
            else:
                del sides["negative"]
            good = [side for side, right in sides.items() if right and all(right)]
            if len(good) == 1 and all(len(r) >= LEAST_ENTRIES for r in sides.values()):
                (wrong,) = sides.keys() - good
                if sum(sides[wrong]) <= len(sides[wrong]) / 2:  # else by another rule
                    return f"Right wherever {name} is {good[0]}; wrong where it is {wrong}."
    return ""


def _factor(pairs: list[_Pair], tol: Tolerance) -> str:
    """Return a constant factor that explains all pairs, in words, or nothing."""
    for factor in FACTORS:
        if all(_equal(found, factor * wanted, tol) for found, wanted, _ in pairs):
            return f"{factor:g} times what" if factor >= 1 else f"1/{1 / factor:g} of what"
    return ""


def _partly(pairs: list[_Pair], tol: Tolerance) -> str:
    """Say which part of an array is wrong, by position only."""
    for found, wanted, _ in pairs:
        right = entries_right(found, wanted, tol)
        if right.all():
            continue
        if not right.ndim:
            return "Not yet: the value differs from the reference."
        if right.ndim == 2 and right.any():
            for axis, name in ((1, "row"), (0, "column")):
                wrong = np.flatnonzero(~right.all(axis=axis))
                if len(wrong) == 1 and right.shape[1 - axis] > 1:
                    return f"Right except for {name} {wrong[0]} (counted from 0)."
        at = [int(i) for i in np.argwhere(~right)[0]]
        share = f"{int(right.sum())} of {right.size} entries are right"
        return f"Not yet: {share}; the first wrong one is at index {at}."
    return "Not yet: the values differ from the reference."
