"""What an exercise expects: its cases with the outcomes of reference and mistakes.

Runs in the trusted process. Reference and wrong variants go through the very code that
calls the student's function in the kernel (`grader.kernel.inside.agent`), drivers included.
"""

from __future__ import annotations

import contextlib
import inspect
import traceback
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, get_args

import numpy as np

from grader.errors import SourceError, WireError
from grader.judge import example, others
from grader.kernel.inside import agent, codec
from grader.model import (
    Accepted,
    Answer,
    Case,
    Exercise,
    Mistake,
    Outcome,
    Raised,
    Returned,
    Role,
)
from grader.text_modules import with_files

SLOW_S = 1.0
"""Nobody is told to be slow who takes less, whatever the reference takes."""
SLOW_TIMES = 200
"""How much longer than the vectorised reference a right answer may take, unremarked."""


@dataclass(frozen=True)
class AnswerKey:
    """An exercise with its hidden cases worked out; never leaves the trusted process."""

    exercise: Exercise
    seed: int
    apart_from: AnswerKey | None = None
    """Leave out edges and what is a case of this key already."""

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The hidden cases and, after them, the public example.

        Raises:
            SourceError: they cannot be made, or something would cost or earn nothing.
        """
        if self.apart_from is None:
            return (*self._all_cases, *self._example)
        known = {codec.encode(case.args) for case in self.apart_from.cases}
        return tuple(
            case
            for case in self._all_cases
            if case.role == "generic" and codec.encode(case.args) not in known
        )

    @cached_property
    def _all_cases(self) -> tuple[Case, ...]:
        exercise = self.exercise
        try:
            found = tuple(exercise.inputs(np.random.default_rng(self.seed)))
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            made_by = getattr(exercise.inputs, "__code__", None)
            own = [f for f in frames if made_by and f.filename == made_by.co_filename]
            last = (own or frames)[-1]
            raise SourceError(
                f"inputs of {exercise.id} fails in '{last.filename}', line {last.lineno}: "
                f"{type(error).__name__}: {with_files(str(error))}"
            ) from error
        problem = next(_case_problems(exercise, found), "")
        if problem:
            raise SourceError(f"inputs of {exercise.id}: {problem}")
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the task calls the arguments; nothing where cases have others, or none."""
        if not callable(self.exercise.reference):
            return ()
        parameters = inspect.signature(self.exercise.reference).parameters.items()
        names = tuple(name for name, p in parameters if p.default is p.empty)
        fits = all(len(case.args) == len(names) for case in self._all_cases)
        return names if fits else ()

    @cached_property
    def _example(self) -> tuple[Case, ...]:
        """The public example, where the task shows none of its own and one can be made."""
        if not self.names or any(case.role == "visible" for case in self._all_cases):
            return ()
        with contextlib.suppress(Exception):  # inputs may not be made for every seed
            for case in example.candidates(self.exercise, self._all_cases):
                outcome = self.gives(self.exercise.reference, (case,))[0]
                if isinstance(outcome, Returned) and example.is_finite(outcome.value):
                    return (case,)
        return ()

    @cached_property
    def expected(self) -> tuple[Outcome, ...]:
        """The reference's outcomes, one per case."""
        return self._sound("the reference", self.exercise.reference)

    @cached_property
    def accepted(self) -> tuple[tuple[Accepted, tuple[Outcome, ...]], ...]:
        """Every other accepted form, with its outcomes."""
        return tuple(
            (form, self._sound(f"the accepted form {form.code}", form.function))
            for form in self.exercise.accepted
        )

    def _sound(self, name: str, function: Any) -> tuple[Outcome, ...]:
        """Return the outcomes of a right function, none of them an exception."""
        answer = self.answer_of(function)
        for case, outcome in zip(self.cases, answer.outcomes, strict=True):
            if isinstance(outcome, Raised):
                raise SourceError(
                    f"{name} of {self.exercise.id} fails on case '{case.name}': "
                    f"{outcome.kind}: {with_files(outcome.message)}"
                )
        return answer.outcomes

    @cached_property
    def variants(self) -> tuple[tuple[Mistake, tuple[Outcome, ...]], ...]:
        """Every mistake that has a wrong function, with that function's outcomes."""
        return tuple(
            (mistake, self.answer_of(mistake.variant).outcomes)
            for mistake in self.exercise.mistakes
            if mistake.variant is not None
        )

    @cached_property
    def others(self) -> tuple[others.Other, ...]:
        """What the reference gives where something is done to the arguments by mistake."""
        generic = tuple(case for case in self.cases if case.role == "generic")
        reference = self.exercise.reference
        return tuple(
            others.results_of(
                lambda cases: self.gives(reference, cases), self.names, generic
            )
        )

    @cached_property
    def request(self) -> bytes:
        """What the box is sent: the name, the driver, the inputs. No expected value."""
        return _request(self.exercise, self.cases)

    def answer_of(self, function: Any) -> Answer:
        """Return the answer that ``function`` would give, called in this process."""
        return read_answer(self._reply(function, self.request), len(self.cases))

    def gives(self, function: Any, cases: tuple[Case, ...]) -> tuple[Outcome, ...]:
        """Return what a function gives in some cases, without a word."""
        with warnings.catch_warnings(action="ignore"):
            reply = self._reply(function, _request(self.exercise, cases))
        return read_answer(reply, len(cases)).outcomes

    def _reply(self, function: Any, request: bytes) -> Any:
        with np.errstate(all="ignore"):
            reply = agent.answer({self.exercise.function: function}, request)
        return codec.decode(reply)

    @cached_property
    def patience_s(self) -> float:
        """How long all calls but the first may take before they are called slow."""
        reply = self._reply(self.exercise.reference, self.request)
        return max(SLOW_S, SLOW_TIMES * float(reply["seconds"]))


@dataclass(frozen=True)
class Question:
    """What one submission is asked about an exercise.

    What everybody is asked could be known from an earlier attempt; new cases of the same
    kinds could not. Without ``fresh`` there are none.
    """

    key: AnswerKey
    fresh: AnswerKey | None = None

    @cached_property
    def request(self) -> bytes:
        """What the box is sent."""
        return _request(self.key.exercise, (*self.key.cases, *self._new))

    def read(self, reply: Mapping[str, Any]) -> Answer:
        """Return a decoded reply as `Answer`.

        Raises:
            WireError: it has another form than `grader.kernel.inside.agent.answer` gives.
        """
        known, new = len(self.key.cases), len(self._new)
        patience_s = self.key.patience_s * (known + new) / known
        answer = read_answer(reply, known + new, patience_s)
        outcomes = answer.outcomes
        return replace(answer, outcomes=outcomes[:known], fresh=outcomes[known:])

    @property
    def _new(self) -> tuple[Case, ...]:
        return self.fresh.cases if self.fresh else ()


def _request(exercise: Exercise, cases: tuple[Case, ...]) -> bytes:
    task = {
        "function": exercise.function,
        "driver": exercise.driver,
        "cases": [case.args for case in cases],
    }
    return codec.encode(task)


def _case_problems(exercise: Exercise, cases: tuple[Case, ...]) -> Iterator[str]:
    """Yield why cases would let something wrong pass, or judge by nothing at all."""
    for case in cases:
        if not isinstance(case, Case):
            yield f"it gives {case!r:.80}, expected only Case(...)"
        elif case.role not in get_args(Role):
            roles = ", ".join(get_args(Role))
            yield f"case '{case.name}' has the role {case.role!r}, expected one of {roles}"
        elif (case.role == "edge") != bool(case.requirement):
            yield (
                f"case '{case.name}' has the role '{case.role}' and the requirement "
                f"'{case.requirement}': an edge needs one, and nothing else has one"
            )
    if not any(case.role == "generic" for case in cases):
        yield "no case has the role 'generic', and those decide about the points"
    if exercise.parts:
        yield from _part_problems(exercise, cases)


def _part_problems(exercise: Exercise, cases: tuple[Case, ...]) -> Iterator[str]:
    """Yield parts without cases, and what no part asks for, so that it costs nothing."""
    values = [part for part in exercise.parts if not part.edge]
    generic = [case for case in cases if case.role == "generic"]
    groups = {case.group for case in generic} | {""}
    for part in values:
        if part.group not in groups:
            yield f"part '{part.name}' has no generic case in group '{part.group}'"
    edges = {case.requirement for case in cases if case.role == "edge"}
    edges |= {exercise.unchanged} - {""}
    listed = {part.edge for part in exercise.parts if part.edge}
    for edge in sorted(listed - edges):
        yield f"a part asks for '{edge}', and no case tries that"
    for edge in sorted(edges - listed):
        yield f"no part has the requirement '{edge}': add a Part with edge=, or drop it"
    for case in generic:
        parts = [part for part in values if part.group in ("", case.group)]
        if not all(any(p.output in ("", o) for p in parts) for o in exercise.outputs):
            group = f"group '{case.group}'" if case.group else "no group"
            yield (
                f"case '{case.name}' is in {group}, and no part asks for all its outputs: "
                "add a Part, or correct the group"
            )


def read_answer(
    reply: Mapping[str, Any], cases: int, patience_s: float = float("inf")
) -> Answer:
    """Return a decoded reply as `Answer`.

    Args:
        reply: from `grader.kernel.inside.agent.answer`.
        cases: their number.
        patience_s: calls that took longer together are marked as slow.

    Raises:
        WireError: it has another form than `grader.kernel.inside.agent.answer` gives it.
    """
    if reply.get("missing") is True:
        return Answer(missing=True)
    outcomes = reply.get("outcomes")
    if not isinstance(outcomes, list) or len(outcomes) != cases + 1:
        raise WireError("the kernel's answer does not have one outcome per input")
    read = [_outcome(part) for part in outcomes]
    seconds = reply.get("seconds")
    slow = isinstance(seconds, float) and seconds > patience_s
    return Answer(outcomes=tuple(read[:-1]), repeated=read[-1], slow=slow)


def _outcome(part: Any) -> Outcome:
    match part:
        case ("returned", value, tuple(args)):
            return Returned(value, args)
        case ("raised", str(kind), str(message), int() | None as line):
            return Raised(kind[:80], message[:300], line)
    raise WireError("the kernel's answer holds something that is no outcome")
