"""Unnamed wrong answers: alike under one name, different ones apart, right ones without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from course_exercises import find

from grader.judge.behaviour import behaviour
from grader.judge.key import AnswerKey
from grader.judge.observe import Observed
from grader.judge.score import judge
from grader.kernel.inside import codec

KEY = AnswerKey(find("G08.2"), seed=3)


def odd(*args: Any) -> Any:
    """Return something wrong that no table names."""
    return np.cos(KEY.exercise.reference(*args)) + 0.25


def name_of(function: Callable[..., Any]) -> str:
    return judge(KEY, KEY.answer_of(function)).behaviour


def test_same_fault_written_differently_is_one_behaviour() -> None:
    def again(*args: Any) -> Any:
        return 0.25 + np.array([np.cos(v) for v in KEY.exercise.reference(*args)])

    assert name_of(odd) == name_of(again) != ""


def test_other_values_and_exceptions_are_other_behaviours() -> None:
    def other(*args: Any) -> Any:
        return odd(*args) * 1.001

    def raises(*args: Any) -> Any:
        raise ValueError

    def raises_otherwise(*args: Any) -> Any:
        raise KeyError

    names = [name_of(f) for f in (odd, other, raises, raises_otherwise)]
    assert len(set(names)) == len(names)
    assert all(names)


def test_right_blank_and_named_answers_have_none() -> None:
    def blank(*args: Any) -> Any:
        raise NotImplementedError

    named = next(m.variant for m in KEY.exercise.mistakes if m.variant)
    assert [name_of(f) for f in (KEY.exercise.reference, blank, named)] == ["", "", ""]


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        "text",
        [1.0, "a", None],
        {"a": np.ones(2), "b": {1, 2}},
        np.array([np.nan, np.inf, -0.0]),
        np.array([[True, False]]),
        np.array([1 + 2j]),
        codec.Tensor(np.ones(2, np.float32), False),
        np.empty((0, 3)),
    ],
    ids=repr,
)
def test_any_value_that_crosses_the_wire_has_a_behaviour(value: Any) -> None:
    answer = KEY.answer_of(lambda *args: value)
    assert len(behaviour(Observed(KEY, answer.outcomes))) == 12
