"""The public example: a small case whose right result may be shown beside one's own.

It is the task's own visible case where there is one. Otherwise it is made like the hidden
cases, from a seed that everybody may know, with short numbers; nothing hidden is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.judge.compare import describe
from grader.kernel.inside import codec
from grader.kernel.inside.codec import Tensor
from grader.model import Case, Exercise

SEED = 2026
"""Of the public example; hidden cases come from a course's own secret."""
MOST_ENTRIES = 50
"""Numbers and words that the arguments of an example have at most."""
MOST_RESULTS = 30
"""Numbers and words of a result that are shown."""
LARGE = 100
"""An example holds nothing larger: it is to be computed by hand."""
SHORT, FULL = 4, 12
"""Significant digits that are shown, and where those do not tell two results apart."""


def candidates(exercise: Exercise, hidden: Sequence[Case]) -> Iterator[Case]:
    """Yield cases that could serve as the example, the best ones first.

    Args:
        exercise: a function with a name for each argument.
        hidden: the hidden cases; none of them is shown.
    """
    if all(entries(case.args) > MOST_ENTRIES for case in hidden):
        return
    known = {codec.encode(case.args) for case in hidden}
    made = exercise.inputs(np.random.default_rng(SEED))
    small = (case for case in made if entries(case.args) <= MOST_ENTRIES)
    for case in sorted(small, key=lambda case: (case.role == "edge", entries(case.args))):
        args = tuple(map(_short, case.args))
        if codec.encode(args) not in known and largest(args) <= LARGE:
            yield replace(case, args=args, name="example", role="example", requirement="")


def entries(value: Any) -> int:
    """Return how many numbers and words a value holds; an empty container counts, too."""
    if isinstance(value, Tensor):
        value = value.array
    if isinstance(value, np.ndarray):
        return int(value.size)
    if isinstance(value, dict):
        return 1 + sum(1 + entries(part) for part in value.values())
    if isinstance(value, (list, tuple, set)):
        return max(1, sum(map(entries, value)))
    return 1


def _short(value: Any) -> Any:
    """Return a value with two significant digits in each of its broken numbers."""
    if isinstance(value, Tensor):
        return Tensor(_short(value.array), value.requires_grad)
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        flat = [float(f"{number:.2g}") for number in value.ravel().tolist()]
        return np.array(flat, value.dtype).reshape(value.shape)
    if isinstance(value, float):
        return float(f"{value:.3g}")  # such as 0.999
    if isinstance(value, (list, tuple)):
        return type(value)(map(_short, value))
    if isinstance(value, dict):
        return {key: _short(part) for key, part in value.items()}
    return value


def largest(value: Any) -> float:
    """Return the largest magnitude among a value's numbers."""
    if isinstance(value, Tensor):
        value = value.array
    if isinstance(value, np.ndarray):
        return float(np.abs(value).max(initial=0)) if value.dtype.kind in "iuf" else 0.0
    if isinstance(value, dict):
        value = [*value.values()]
    if isinstance(value, (list, tuple)):
        return max(map(largest, value), default=0.0)
    return abs(value) if isinstance(value, (int, float)) else 0.0


def replayed(
    names: Sequence[str], args: Sequence[Any], output: str, mine: Any, right: Any
) -> str:
    """Return the example as lines: the arguments, the right result, one's own.

    Args:
        names: of the arguments.
        args: their values.
        output: what the result is called.
        mine: what the answer gives.
        right: what is expected.
    """
    given = zip(names, args, strict=True)
    lines = [f"{name} = {in_digits(value)}" for name, value in given]
    shown_mine, shown_right = _apart(mine, right)
    lines += [f"{output}, expected: {shown_right}", f"{output}, yours: {shown_mine}"]
    return "\n".join(lines)


def _apart(mine: Any, right: Any) -> tuple[str, str]:
    """Return two results in as many digits as tell them apart."""
    if entries(mine) > MOST_RESULTS:
        return describe(mine), in_digits(right)
    for digits in (SHORT, FULL):
        shown = in_digits(mine, digits), in_digits(right, digits)
        if shown[0] != shown[1]:
            return shown
    return describe(mine), shown[1]


def in_digits(value: Any, digits: int = SHORT) -> str:
    """Return a value as one would write it, its numbers with so many digits."""
    if isinstance(value, Tensor):
        value = value.array
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**FULL else "a very large number"
    if isinstance(value, (float, complex)):
        return f"{value:.{digits}g}"
    if isinstance(value, str):
        return repr(value[:40])
    if isinstance(value, Mapping):
        parts = (f"{in_digits(k)}: {in_digits(v, digits)}" for k, v in value.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, set):
        return f"{{{', '.join(sorted(map(in_digits, value)))}}}" if value else "set()"
    if isinstance(value, (list, tuple)):
        inside = ", ".join(in_digits(part, digits) for part in value)
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return describe(value)


def is_finite(value: Any) -> bool:
    """Whether all numbers of a result are finite."""
    if isinstance(value, Tensor):
        value = value.array
    if isinstance(value, dict):
        return all(map(is_finite, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_finite, value))
    if isinstance(value, (np.ndarray, np.generic, float)):
        array = np.asarray(value)
        return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())
    return True
