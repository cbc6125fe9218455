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
from grader.model import Case, Exercise, Returned

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


def of(value: Any) -> str:
    """Return the name of an answer that gives one value in one case."""
    exercise = Exercise(
        id="T00.5",
        function="f",
        points=1,
        reference=lambda x: 0.5,
        inputs=lambda rng: [Case(name="a", args=(1.0,))],
        outputs=("y",),
    )
    return behaviour(Observed(AnswerKey(exercise, 0), (Returned(value, ()),)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1.234561, 1.234562),
        ([1.0, (2.0,)], (1.0, [2.0])),
        (np.ones(2), codec.Tensor(np.ones(2), False)),
        (1 << 70, (1 << 70) + (1 << 50)),
        (1 << 64, (1 << 64) + 1),
    ],
    ids=str,
)
def test_what_nobody_tells_apart_is_one_behaviour(one: Any, other: Any) -> None:
    assert of(one) == of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1.23456, 1.23457),
        (1.0, -1.0),
        (np.ones((2, 3)), np.ones((3, 2))),
        (codec.Tensor(np.ones(2), False), codec.Tensor(np.zeros(2), False)),
        ({"a": {"b": 1.0}, "c": 2.0}, {"a": {"b": 1.0, "c": 2.0}}),
        ([[1.0], 2.0, 3.0], [[1.0, 2.0], 3.0]),
        ([1.0], [2.0]),
        ("text", "test"),
        ("a" * 2000, "a" * 2001),
        (1 << 70, 1 << 71),
        (1 << 70, (1 << 70) + (1 << 51)),
        (1 << 63, (1 << 63) + (1 << 43)),
        (None, codec.Opaque("Graph")),
    ],
    ids=str,
)
def test_what_anybody_tells_apart_is_another_behaviour(one: Any, other: Any) -> None:
    assert of(one) != of(other)


@pytest.mark.parametrize(
    ("entries", "one", "other", "alike"),
    [
        (6, ["a", "b", "c"], ["a", "b", "C"], False),
        (6, ["a", "b", "c", "d"], ["a", "b", "c", "D"], True),
        (6, np.array([1, 2, 3]), np.array([1, 2, 4]), False),
        (6, np.array([1, 2, 3, 4]), np.array([1, 2, 3, 5]), True),
        (8, [np.arange(3), "a"], [np.arange(3), "A"], False),
        (7, [np.arange(3), "a"], [np.arange(3), "A"], True),
    ],
)
def test_entries_are_looked_at_while_there_is_room(
    entries: int, one: Any, other: Any, alike: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outputs, their names, every container, text and number take the room of one."""
    monkeypatch.setattr("grader.judge.behaviour.MAX_ENTRIES", entries)
    assert (of(one) == of(other)) is alike


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
