"""An answer seen output by output: its form, what agrees, whether it repeats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.judge.compare import Mismatch
from grader.judge.key import AnswerKey
from grader.judge.observe import WHOLE, Observed, form_problem, parts_of
from grader.kernel.inside.codec import Tensor
from grader.model import Case, Exercise, Raised, Returned

RAISED = "raised"
"""Stands for a call that ended in an exception."""


def key_of(pack: Any = "dict", outputs: tuple[str, ...] = ("a", "b")) -> AnswerKey:
    exercise = Exercise(
        id="T00.7",
        function="f",
        points=1,
        reference=lambda x: {"a": x, "b": x} if pack == "dict" else (x, x),
        inputs=lambda rng: [Case(name=n, args=(1.0,)) for n in "xy"],
        outputs=outputs,
        pack=pack,
    )
    return AnswerKey(exercise, 0)


def outcomes(*values: Any) -> tuple[Returned | Raised, ...]:
    return tuple(Raised("E") if v is RAISED else Returned(v, (1.0,)) for v in values)


def seen(*values: Any, **fields: Any) -> Observed:
    return Observed(key_of(**fields), outcomes(*values))


A1 = {"a": 1.0, "b": 2.0}


@pytest.mark.parametrize(
    ("mine", "theirs", "equal"),
    [
        ((A1, A1), (A1, A1), True),
        ((A1, A1), (A1, A1 | {"b": 9.0}), True),
        ((A1, A1), (A1, A1 | {"a": 9.0}), False),
        ((A1, A1), (A1, {"b": 2.0}), False),
        (({"b": 1.0}, A1), ({"b": 2.0}, A1), True),
        (({"b": 1.0}, {"b": 1.0}), ({"b": 2.0}, {"b": 2.0}), True),
        ((RAISED, A1), (RAISED, A1), True),
        ((A1, RAISED), (A1, RAISED), True),
        ((RAISED, RAISED), (RAISED, RAISED), False),
        ((RAISED, A1), (A1, A1), False),
        ((A1, A1), (A1, RAISED), False),
        ((3.0, 3.0), (3.0, 3.0), True),
        ((3.0, 3.0), (3.0, 4.0), False),
        ((3.0, 3.0), ({"b": 2.0}, {"b": 2.0}), False),
        (({"b": 2.0}, A1), (3.0, A1), False),
    ],
    ids=str,
)
def test_an_output_agrees_on_every_case_and_at_least_on_one_value(
    mine: tuple[Any, ...], theirs: tuple[Any, ...], equal: bool
) -> None:
    """Two calls that raised agree, and so do two answers without the output."""
    assert seen(*mine).equals(outcomes(*theirs), "a", "generic") is equal


def noise(size: float) -> dict[str, Any]:
    return {"a": size, "b": 2.0}


@pytest.mark.parametrize(
    ("mine", "theirs", "equal"),
    [
        (noise(0.0), noise(2e-17), True),
        (noise(-3e-17), noise(2e-17), True),
        (noise(2e-17), noise(1e-9), False),
        (noise(1e-9), noise(2e-17), False),
        (noise(2e-9), noise(1e-9), False),
    ],
    ids=str,
)
def test_a_wrong_sum_that_cancels_agrees_however_it_was_rounded(
    mine: dict[str, Any], theirs: dict[str, Any], equal: bool
) -> None:
    assert seen(mine, mine).equals(outcomes(theirs, theirs), "a", "generic") is equal


def test_what_is_not_there_is_of_the_wrong_type() -> None:
    assert seen(RAISED, A1).problem(0, "a") == Mismatch(
        "type", "the call ended in an exception"
    )
    assert seen({"b": 1.0}, A1).problem(0, "a") == Mismatch(
        "type", "'a' is not among what it returns"
    )


@pytest.mark.parametrize(
    ("pack", "value", "words"),
    [
        ("tuple", (1.0, 2.0), ""),
        ("tuple", 1.0, "it returns a number, expected the tuple a, b"),
        ("tuple", (1.0,) * 3, "it returns a tuple of 3 values, expected the tuple a, b"),
        ("dict", {"a": 1.0}, ""),
        ("dict", 1.0, "it returns a number, expected a dict with the keys a, b"),
        (
            "dict",
            [1.0],
            "it returns a list of 1 values, expected a dict with the keys a, b",
        ),
    ],
    ids=str,
)
def test_a_wrong_form_is_said_in_words(pack: Any, value: Any, words: str) -> None:
    (outcome,) = outcomes(value)
    assert form_problem(key_of(pack).exercise, outcome) == words


@pytest.mark.parametrize("wrap", [np.array, lambda v: Tensor(np.array(v))])
def test_the_rows_of_an_array_unpack_as_a_tuple_does(wrap: Any) -> None:
    exercise = key_of(pack="tuple").exercise
    parts = parts_of(exercise, Returned(wrap([[1.0, 2.0], [3.0, 4.0]]), (1.0,)))
    assert parts is not None
    assert [parts[name].tolist() for name in "ab"] == [[1.0, 2.0], [3.0, 4.0]]
    for other in ([1.0, 2.0, 3.0], 1.0, [[1.0, 2.0]]):
        assert list(parts_of(exercise, Returned(wrap(other), (1.0,))) or ()) == [WHOLE]


def test_one_output_is_the_value_itself() -> None:
    (outcome,) = outcomes((1.0, 2.0))
    assert parts_of(key_of("value", ("y",)).exercise, outcome) == {"y": (1.0, 2.0)}


@pytest.mark.parametrize(("by", "same"), [(1e-12, True), (2.5e-12, False)])
def test_a_second_call_may_differ_by_rounding_alone(by: float, same: bool) -> None:
    values = outcomes(1.0, 1.0)
    again = Returned(1.0 + by, ())
    assert Observed(key_of("value", ("y",)), values, again).repeats is same


@pytest.mark.parametrize(
    ("first", "again", "same"),
    [(RAISED, RAISED, True), (RAISED, 1.0, False), (1.0, RAISED, False)],
)
def test_a_second_call_ends_as_the_first_one(first: Any, again: Any, same: bool) -> None:
    (repeated,) = outcomes(again)
    assert Observed(key_of("value", ("y",)), outcomes(first, 1.0), repeated).repeats is same


def test_arguments_have_to_stay_as_they_were_bit_by_bit() -> None:
    changed = Returned(A1, (np.nextafter(1.0, 2.0),))
    observed = Observed(key_of(), (changed, Returned(A1, (1.0,))))
    assert [case.name for case in observed.changed_arguments] == ["x"]
