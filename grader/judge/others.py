"""Right results of other arguments: what comes out where something is forgotten.

A forgotten bias gives what the reference gives where the bias is 0, a loop that returns too
early what it gives for the first example. Made once for a key; `grader.judge.general` says
where an answer is one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from grader.judge.example import is_finite
from grader.model import Case, Outcome, Raised, Returned

Change = Callable[[Case], tuple[Any, ...] | None]
"""Other arguments in the place of a case's own; None where there are none."""


@dataclass(frozen=True)
class Other:
    """The right results of other arguments."""

    says: str
    """The sentence, should an answer be these."""
    outcomes: tuple[Outcome, ...]
    """One per generic case."""


@dataclass(frozen=True)
class _Spot:
    """Where something stands among the arguments: an argument, or an item of one."""

    name: str
    path: tuple[Any, ...]

    def of(self, args: tuple[Any, ...]) -> Any:
        """Return what stands there."""
        value: Any = args
        for step in self.path:
            value = value[step]
        return value

    def filled(self, args: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
        """Return the arguments with something else there."""
        k, *item = self.path
        if item:
            changed = args[k].copy()
            changed[item[0]] = value
            value = changed
        return (*args[:k], value, *args[k + 1 :])

    def change(self, make: Callable[[Any], Any]) -> Change:
        """Return the change that puts there what is made of what stands there."""
        return lambda case: self.filled(case.args, make(self.of(case.args)))


def changes(names: Sequence[str], cases: Sequence[Case]) -> Iterator[tuple[str, Change]]:
    """Yield what can be done to the arguments by mistake, with the sentence about it."""
    for spot in _spots(names, cases):
        yield from _in_its_place(spot, [spot.of(case.args) for case in cases])
    for k, name in enumerate(names):
        for other in range(k):
            if all(_alike(case.args[other], case.args[k]) for case in cases):
                says = f"{names[other]} and {name} are exchanged"
                yield _sentence(says), _exchange(other, k)
    if (
        names
        and all(case.batch for case in cases)
        and any(case.batch != 1 for case in cases)
    ):
        for says, keep in _EXAMPLES:
            yield says, _of_examples(keep)


def _spots(names: Sequence[str], cases: Sequence[Case]) -> Iterator[_Spot]:
    for k, name in enumerate(names):
        values = [case.args[k] for case in cases]
        yield _Spot(name, (k,))
        if all(isinstance(value, list) and len(value) > 1 for value in values):
            yield _Spot(f"the first of {name}", (k, 0))
            yield _Spot(f"the last of {name}", (k, -1))
        if all(isinstance(value, dict) for value in values):
            for key in values[0]:
                if all(key in value for value in values):
                    yield _Spot(str(key), (k, key))


def _in_its_place(spot: _Spot, values: list[Any]) -> Iterator[tuple[str, Change]]:
    """Yield what can happen to what stands somewhere among the arguments."""
    name = spot.name
    if all(map(_is_float, values)):
        zero = f"Your values are those that come out where {name} is 0: is it used?"
        yield zero, spot.change(lambda v: v * 0.0)
        yield _sentence(f"{name} is counted twice"), spot.change(lambda v: 2 * v)
        yield _sentence(f"{name} has the opposite sign"), spot.change(lambda v: -v)
    if all(isinstance(value, float) for value in values):
        one = f"Your values are those that come out where {name} is 1: is it used?"
        yield one, spot.change(lambda v: 1.0)
    if all(map(_is_mask, values)):
        one = (
            f"Your values are those that come out where {name} is 1 everywhere: is it used?"
        )
        yield one, spot.change(np.ones_like)
    if all(isinstance(v, np.ndarray) and v.ndim == 2 for v in values):
        if all(v.shape[0] == v.shape[1] for v in values):
            yield _sentence(f"{name} is transposed"), spot.change(lambda v: v.T.copy())
    if all(isinstance(value, str) for value in values):
        for word in dict.fromkeys(values) if len(set(values)) > 1 else ():
            same = (
                f"Your function does for every {name} what belongs to {name} = {word!r}: "
                f"is {name} used?"
            )
            yield same, spot.change(partial(_instead, word))


def _instead(word: str, _: Any) -> str:
    return word


def _sentence(says: str) -> str:
    return f"Your values are those that come out where {says}."


def _is_float(value: Any) -> bool:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.dtype.kind == "f"
    return isinstance(value, float)


def _is_mask(value: Any) -> bool:
    return isinstance(value, np.ndarray) and bool(np.isin(value, (0, 1)).all())


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and (one.shape, one.dtype) == (
            other.shape,
            other.dtype,
        )
    return isinstance(one, float) and isinstance(other, float)


def _exchange(i: int, j: int) -> Change:
    def exchanged(case: Case) -> tuple[Any, ...]:
        args = list(case.args)
        args[i], args[j] = args[j], args[i]
        return tuple(args)

    return exchanged


_EXAMPLES: tuple[tuple[str, slice], ...] = (
    (
        "Your values are those of the first example alone: does 'return' stand inside the "
        "loop?",
        slice(0, 1),
    ),
    (
        "Your values are those of the last example alone: does each turn of the loop "
        "begin anew?",
        slice(-1, None),
    ),
    ("Your values are those that come out without the first example.", slice(1, None)),
    ("Your values are those that come out without the last example.", slice(0, -1)),
)


_ALONE = [says for says, _ in _EXAMPLES[:2]]


def _of_examples(keep: slice) -> Change:
    """Return a change that leaves some of the examples, in every argument that has them."""

    def some(case: Case) -> tuple[Any, ...] | None:
        n = case.batch or 1
        if not range(n)[keep]:
            return None
        return tuple(
            value[keep]
            if isinstance(value, np.ndarray) and value.shape[:1] == (n,)
            else value
            for value in case.args
        )

    return some


def results_of(
    gives: Callable[[tuple[Case, ...]], tuple[Outcome, ...]],
    names: Sequence[str],
    cases: Sequence[Case],
) -> Iterator[Other]:
    """Yield the right results of other arguments, where all cases have some.

    Args:
        gives: what the reference gives in other cases.
        names: of the arguments; there may be none.
        cases: the generic ones.
    """
    for says, change in changes(names, cases):
        changed = [change(case) for case in cases]
        others = [
            replace(case, args=args)
            for case, args in zip(cases, changed, strict=True)
            if args is not None
        ]
        if len(others) < len(cases):
            continue
        outcomes = gives(tuple(others))
        if all(isinstance(o, Returned) and is_finite(o.value) for o in outcomes):
            yield Other(says, outcomes)
            if says in _ALONE:  # the mean is taken over all of them nevertheless
                yield Other(says, tuple(map(_shared, outcomes, cases)))


def _shared(outcome: Outcome, case: Case) -> Outcome:
    """Return an outcome with all its numbers divided by the number of examples."""
    if isinstance(outcome, Raised):
        return outcome
    return replace(outcome, value=_divided(outcome.value, case.batch or 1))


def _divided(value: Any, n: int) -> Any:
    if isinstance(value, dict):
        return {key: _divided(part, n) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_divided(part, n) for part in value)
    return value / n if _is_float(value) else value
