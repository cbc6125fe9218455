"""What a kernel replies is read as an answer, or refused; and how long it may take."""

from __future__ import annotations

from typing import Any

import pytest

from grader.errors import WireError
from grader.judge.key import SLOW_S, AnswerKey, read_answer
from grader.model import Answer, Case, Exercise, Raised, Returned

ONE = ("returned", 1.0, ())


def test_an_outcome_per_case_and_the_repeated_one_are_read() -> None:
    raised = ("raised", "E", "why", 3)
    answer = read_answer({"outcomes": [ONE, raised, ONE]}, 2)
    assert answer.outcomes == (Returned(1.0, ()), Raised("E", "why", 3))
    assert answer.repeated == Returned(1.0, ())
    assert not answer.missing


def test_a_function_that_is_missing_has_no_outcomes() -> None:
    assert read_answer({"missing": True}, 2) == Answer(missing=True)


@pytest.mark.parametrize(
    "outcomes", [None, [ONE], [ONE, ONE], [ONE] * 4, (ONE, ONE, ONE), "one"], ids=str
)
def test_another_number_of_outcomes_is_refused(outcomes: Any) -> None:
    with pytest.raises(WireError, match="does not have one outcome per input"):
        read_answer({"missing": False, "outcomes": outcomes}, 2)


@pytest.mark.parametrize(
    "part", [None, ("returned", 1.0), ("raised", 1, "", None), ("right",)], ids=str
)
def test_what_is_no_outcome_is_refused(part: Any) -> None:
    with pytest.raises(WireError, match="no outcome"):
        read_answer({"outcomes": [ONE, part]}, 1)


def test_an_exception_is_cut_to_what_a_page_can_show() -> None:
    long = ("raised", "E" * 100, "m" * 400, None)
    answer = read_answer({"outcomes": [long, ONE]}, 1)
    assert answer.outcomes == (Raised("E" * 80, "m" * 300),)


@pytest.mark.parametrize(
    ("seconds", "slow"),
    [(0.5, False), (1.0, False), (1.5, True), (2, False), (True, False), (None, False)],
)
def test_time_is_believed_only_as_a_number(seconds: Any, slow: bool) -> None:
    reply = {"outcomes": [ONE, ONE], "seconds": seconds}
    assert read_answer(reply, 1, 1.0).slow is slow


class Clock:
    """A processor clock that only the reference moves."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 7.0, step

    def process_time(self) -> float:
        return self.now

    def reference(self, x: float) -> float:
        self.now += self.step
        return x


@pytest.mark.parametrize(("step", "patience"), [(0.25, 50.0), (0.0001, SLOW_S)])
def test_patience_is_two_hundred_times_the_reference_and_a_second_at_least(
    step: float, patience: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one case and its repetition the second call is timed: the first may import."""
    clock = Clock(step)
    exercise = Exercise(
        id="T00.8",
        function="f",
        points=1,
        reference=clock.reference,
        inputs=lambda rng: [Case(name="x", args=(1.0,))],
        outputs=("y",),
    )
    monkeypatch.setattr("grader.kernel.inside.agent.time", clock)
    assert AnswerKey(exercise, 0).patience_s == pytest.approx(patience)
