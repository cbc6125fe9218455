"""An answer seen output by output: what came back, what is right, what equals what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from grader.judge.compare import Mismatch, compare, describe, without_noise
from grader.judge.key import AnswerKey
from grader.kernel.inside.codec import Tensor
from grader.model import (
    FLOAT64,
    Accepted,
    Case,
    Exercise,
    Outcome,
    Raised,
    Returned,
    Tolerance,
)

WHOLE = "*"
"""Stands for the answer as a whole where it does not fall into its outputs."""

Parts = Mapping[str, Any]
"""Output name -> value."""


def parts_of(exercise: Exercise, outcome: Outcome) -> Parts | None:
    """Return the outputs of one call; None if it raised."""
    if isinstance(outcome, Raised):
        return None
    value, names = outcome.value, exercise.outputs
    if exercise.pack == "value":
        (name,) = names
        return {name: value}
    if exercise.pack == "tuple":
        if isinstance(value, Tensor) and not value.requires_grad:
            value = value.array
        if isinstance(value, np.ndarray) and value.shape[:1] == (len(names),):
            value = tuple(value)  # it unpacks as a tuple does
        if isinstance(value, (tuple, list)) and len(value) == len(names):
            return dict(zip(names, value, strict=True))
        return {WHOLE: value}
    if isinstance(value, dict):
        return {name: value[name] for name in names if name in value}
    return {WHOLE: value}


def form_problem(exercise: Exercise, outcome: Outcome) -> str:
    """Say what is wrong with the form of an answer of several outputs, or nothing."""
    parts = parts_of(exercise, outcome)
    if parts is None or WHOLE not in parts:
        return ""
    names = ", ".join(exercise.outputs)
    kind = "a dict with the keys" if exercise.pack == "dict" else "the tuple"
    found = describe(parts[WHOLE])
    if isinstance(parts[WHOLE], (tuple, list)):
        found += f" of {len(parts[WHOLE])} values"
    return f"it returns {found}, expected {kind} {names}"


@dataclass(frozen=True)
class Observed:
    """One answer beside its key."""

    key: AnswerKey
    outcomes: tuple[Outcome, ...]
    repeated: Outcome | None = None
    """The first case called again at the end."""
    slow: bool = False
    """The calls took far longer than the reference's."""
    form: Accepted | None = None
    """The accepted form it is measured by; None: the reference's."""

    def in_its_form(self) -> Observed:
        """Return the answer measured by the form in which most of its outputs are right.

        The reference's comes first: another form is chosen only if it explains more.
        """
        forms = [self, *(replace(self, form=form) for form in self.exercise.accepted)]
        return min(forms, key=lambda observed: len(observed.wrong_outputs))

    @property
    def exercise(self) -> Exercise:
        """The exercise answered."""
        return self.key.exercise

    @property
    def tolerance(self) -> Tolerance:
        """The exercise's own tolerance or the course's."""
        return self.exercise.tolerance or FLOAT64

    @cached_property
    def parts(self) -> tuple[Parts | None, ...]:
        """Outputs of every case."""
        return tuple(parts_of(self.exercise, outcome) for outcome in self.outcomes)

    @cached_property
    def right_outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes of the form it is measured by."""
        for form, outcomes in self.key.accepted:
            if form is self.form:
                return outcomes
        return self.key.expected

    @cached_property
    def expected(self) -> tuple[Parts, ...]:
        """The right outputs of every case."""
        return tuple(parts_of(self.exercise, o) or {} for o in self.right_outcomes)

    def positions(self, role: str) -> tuple[int, ...]:
        """Indices of the cases with a role."""
        return tuple(i for i, case in enumerate(self.key.cases) if case.role == role)

    def problem(self, position: int, output: str) -> Mismatch | None:
        """Return why one output of one case is wrong, None if it is right."""
        parts = self.parts[position]
        if parts is None:
            return Mismatch("type", "the call ended in an exception")
        if output not in parts:
            return Mismatch("type", f"'{output}' is not among what it returns")
        return compare(parts[output], self.expected[position][output], self.tolerance)

    def right(self, output: str, role: str = "generic") -> bool:
        """Whether an output is right in every case of a role, and there is one."""
        where = self.positions(role)
        return bool(where) and all(self.problem(i, output) is None for i in where)

    @cached_property
    def wrong_outputs(self) -> tuple[str, ...]:
        """Outputs that are not right on every generic case."""
        return tuple(o for o in self.exercise.outputs if not self.right(o))

    @cached_property
    def repeats(self) -> bool:
        """Whether the first case gave the same result when it was called again."""
        first, again = self.outcomes[0], self.repeated
        if again is None:
            return True
        if isinstance(first, Raised) or isinstance(again, Raised):
            return type(first) is type(again)
        return compare(again.value, first.value, Tolerance(1e-12, 1e-12)) is None

    @cached_property
    def requirements(self) -> Mapping[str, bool]:
        """Every requirement the task names, and whether it is met, for itself."""
        groups: dict[str, list[int]] = {}
        for i in self.positions("edge"):
            groups.setdefault(self.key.cases[i].requirement, []).append(i)
        met = {
            name: all(
                self.problem(i, o) is None for i in where for o in self.exercise.outputs
            )
            for name, where in groups.items()
        }
        if self.exercise.unchanged:
            met[self.exercise.unchanged] = not self.changed_arguments
        return met

    @cached_property
    def changed_arguments(self) -> tuple[Case, ...]:
        """Cases after which the arguments were no longer what they had been."""
        exact = Tolerance(0.0, 0.0)
        return tuple(
            case
            for case, outcome in zip(self.key.cases, self.outcomes, strict=True)
            if isinstance(outcome, Returned)
            and compare(list(outcome.args), list(case.args), exact) is not None
        )

    def equals(self, other: Sequence[Outcome], output: str, role: str) -> bool:
        """Whether an output agrees with another function's on every case of a role.

        Two calls that both raised agree, and two answers that both lack the output; at
        least one pair of calls has to come back.
        """
        some = False
        for i in self.positions(role):
            mine, theirs = self.parts[i], parts_of(self.exercise, other[i])
            if mine is None or theirs is None:
                if mine is not theirs:
                    return False
                continue
            name = WHOLE if WHOLE in mine or WHOLE in theirs else output
            if (name in mine) != (name in theirs):
                return False
            if name in mine:
                wanted = without_noise(theirs[name], self.expected[i].get(name))
                if compare(mine[name], wanted, self.tolerance):
                    return False
            some = True
        return some
