"""Mistakes that any function can have, told by its values alone.

What such a sentence says is that the values are those of the mistake on every generic case,
in all outputs that it touches, and no other mistake's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from grader.judge.compare import ZERO, compare, is_number
from grader.judge.observe import Observed, parts_of
from grader.judge.others import Other
from grader.judge.relations import DECIMALS, in_words
from grader.kernel.inside.codec import Tensor
from grader.model import Exercise, Outcome, Raised

MOST_ORDERS = 4
"""Outputs whose every order is tried; of more, only two that are exchanged."""


def explained(
    observed: Observed, outputs: Sequence[str], others: Sequence[Other]
) -> list[tuple[str, tuple[str, ...]]]:
    """Return sentences about wrong outputs, each with those that it explains.

    Args:
        observed: an answer.
        outputs: of it, those that nothing explains yet.
        others: from `grader.judge.key.AnswerKey.others`.
    """
    if not outputs:
        return []
    tries = _rounded(observed, outputs), _order(observed), _zeros(observed, outputs)
    for says in tries:
        if says:
            return [says]
    found: dict[tuple[str, ...], set[str]] = {}
    for other in others:
        shown = _shown(observed, other.outcomes, outputs)
        if shown:
            found.setdefault(shown, set()).add(other.says)
    return [
        (min(causes), names)
        for names, causes in found.items()
        if len(causes) == 1 and not any(set(names) < set(more) for more in found)
    ]


def _order(observed: Observed) -> tuple[str, tuple[str, ...]] | None:
    """Say that the outputs are right, but stand in each other's places."""
    outputs = observed.exercise.outputs
    count = len(outputs)
    if count < 2 or not callable(observed.exercise.reference):
        return None
    orders: Iterator[tuple[int, ...]]
    if count <= MOST_ORDERS:
        orders = permutations(range(count))
    else:
        orders = (_two(count, i, j) for j in range(count) for i in range(j))
    for order in orders:
        moved = tuple(outputs[i] for i, j in enumerate(order) if i != j)
        if moved and all(
            _stands_for(observed, outputs[i], outputs[j]) for i, j in enumerate(order)
        ):
            return (
                f"The values are right, but in another order than {', '.join(outputs)}."
                if observed.exercise.pack == "tuple"
                else f"The values of {', '.join(moved)} are right, but exchanged."
            ), moved
    return None


def _two(count: int, i: int, j: int) -> tuple[int, ...]:
    order = list(range(count))
    order[i], order[j] = j, i
    return tuple(order)


def _stands_for(observed: Observed, name: str, other: str) -> bool:
    """Whether the value under one name is everywhere what belongs under another."""
    return all(
        parts is not None
        and name in parts
        and compare(parts[name], observed.expected[i][other], observed.tolerance) is None
        for i in observed.positions("generic")
        for parts in (observed.parts[i],)
    )


def _rounded(
    observed: Observed, outputs: Sequence[str]
) -> tuple[str, tuple[str, ...]] | None:
    """Say that all wrong numbers of a table by hand are right ones with too few digits."""
    wanted = observed.tolerance.digits
    pairs: list[tuple[Any, Any]] = [
        ((observed.parts[i] or {}).get(output), observed.expected[i][output])
        for i in observed.positions("generic")
        for output in outputs
    ]
    if not wanted or not all(isinstance(m, float) and is_number(r) for m, r in pairs):
        return None
    for decimals in DECIMALS:
        near = (abs(m - np.round(r, decimals)) < ZERO for m, r in pairs)
        if any(m for m, _ in pairs) and all(near):
            return (
                f"Right, but rounded to {in_words(decimals)}: {wanted} significant digits "
                "are asked for."
            ), tuple(outputs)
    return None


def _zeros(
    observed: Observed, outputs: Sequence[str]
) -> tuple[str, tuple[str, ...]] | None:
    """Say which outputs are nothing but zeros, though they should not be."""
    zero = tuple(name for name in outputs if _is_zero(observed, name))
    if not zero or observed.tolerance.digits:
        return None
    return "It is 0 everywhere: is it computed, and kept?", zero


def _is_zero(observed: Observed, output: str) -> bool:
    """Whether an output has the right shape everywhere, and nothing but zeros."""
    return all(
        _is_empty(
            _array((observed.parts[i] or {}).get(output)), observed.expected[i][output]
        )
        for i in observed.positions("generic")
    )


def _is_empty(value: Any, right: Any) -> bool:
    right = _array(right)
    numbers = (np.ndarray, np.generic, int, float)
    if not (isinstance(value, numbers) and isinstance(right, numbers)):
        return False
    same = np.shape(value) == np.shape(right)
    return same and not isinstance(value, bool) and not np.any(value)


def _array(value: Any) -> Any:
    return value.array if isinstance(value, Tensor) else value


def _shown(
    observed: Observed, others: Sequence[Outcome], outputs: Sequence[str]
) -> tuple[str, ...]:
    """Return the outputs that show a mistake; none unless all show it that it touches.

    Nothing is shown by values that are the same in all cases, or the right ones.
    """
    where = observed.positions("generic")
    names = []
    for output in observed.exercise.outputs:
        theirs = [_part(observed.exercise, outcome, output) for outcome in others]
        if any(value is None for value in theirs):
            return ()
        touched = any(
            compare(value, observed.expected[i][output], observed.tolerance)
            for i, value in zip(where, theirs, strict=True)
        )
        if not touched:
            continue
        mine = [(observed.parts[i] or {}).get(output) for i in where]
        same = all(
            value is not None and compare(value, other, observed.tolerance) is None
            for value, other in zip(mine, theirs, strict=True)
        )
        if (
            output not in outputs
            or not same
            or is_degenerate(theirs, [observed.expected[i][output] for i in where])
        ):
            return ()
        names.append(output)
    return tuple(names)


def _part(exercise: Exercise, outcome: Outcome, output: str) -> Any:
    if isinstance(outcome, Raised):
        return None
    return (parts_of(exercise, outcome) or {}).get(output)


def is_degenerate(values: Sequence[Any], right: Sequence[Any]) -> bool:
    """Whether the results of several cases are one number, or 0 wherever they are wrong."""
    numbers = list(map(_array, values))
    if not all(is_number(n) and np.isfinite(n) for n in numbers):
        return False
    if not all(is_number(_array(number)) for number in right):
        return False
    zero = all(not n or compare(n, r) is None for n, r in zip(numbers, right, strict=True))
    return zero or len(set(map(complex, numbers))) <= 1


def splits(observed: Observed, output: str) -> str:
    """Say for which value of an argument an output is right, and for which it is wrong."""
    names = observed.key.names
    where = observed.positions("generic")
    right = [observed.problem(i, output) is None for i in where]
    args = [observed.key.cases[i].args for i in where]
    if all(right) or not any(right):
        return ""
    for k, name in enumerate(names):
        for feature, least in _FEATURES:
            sides: dict[bool, list[str]] = {True: [], False: []}
            for words, fine in zip(map(feature, (a[k] for a in args)), right, strict=True):
                sides[fine].append(words)
            good, bad = set(sides[True]), set(sides[False])
            if "" in good | bad or good & bad or min(map(len, sides.values())) < least:
                continue
            where_right, where_wrong = (" or ".join(sorted(s)) for s in (good, bad))
            return f"Right where {name} is {where_right}, wrong where it is {where_wrong}."
    return ""


def _option(value: Any) -> str:
    """Return a value that chooses between ways of computing; a word of a text does not."""
    if isinstance(value, str):
        return repr(value) if value.isascii() and value.isidentifier() else ""
    return repr(value) if isinstance(value, bool) or value is None else ""


def _dimensions(value: Any) -> str:
    if not isinstance(value, np.ndarray):
        return "a number" if isinstance(value, (int, float)) else ""
    return f"an array of {value.ndim} dimension{'s' * (value.ndim != 1)}"


def _sign(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    return "positive" if value > 0 else "negative" if value < 0 else "0"


_FEATURES: tuple[tuple[Callable[[Any], str], int], ...] = (
    (_option, 1),
    (_dimensions, 2),
    (_sign, 2),
)
"""What may decide, and how many cases of either side have to show it."""
