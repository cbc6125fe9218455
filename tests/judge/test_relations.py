"""How a wrong value relates to the right one, claimed only if seen on all cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.judge.key import AnswerKey
from grader.judge.score import judge
from grader.kernel.inside.codec import Tensor
from grader.model import Case, Exercise, Finding

Array = np.ndarray


def batch(n: int, columns: int) -> Case:
    rng = np.random.default_rng(n)
    return Case(name=str(n), args=(rng.normal(2, 1, (n, columns)),), batch=n)


def task(*cases: Case, reference: Any = lambda X: X + 1, **fields: Any) -> Exercise:
    exercise = Exercise(
        id="T00.6",
        function="f",
        points=1,
        reference=reference,
        inputs=lambda rng: cases,
        outputs=("y",),
    )
    return replace(exercise, **fields)


TASK = task(batch(5, 3), batch(4, 2))


def said(exercise: Exercise, function: Any) -> Finding:
    key = AnswerKey(exercise, 0)
    (finding,) = judge(key, key.answer_of(function)).findings
    return finding


def case(*args: Any) -> Case:
    return Case(name=str(args), args=args)


# --- factors and signs ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (3, "3 times what"),
        (10, "10 times what"),
        (1 / 4, "1/4 of what"),
        (0.1, "1/10 of what"),
    ],
)
def test_a_constant_factor_is_said_in_words(factor: float, words: str) -> None:
    finding = said(TASK, lambda X: (X + 1) * factor)
    assert finding.code == "factor"
    assert finding.message == f"Every value is {words} it should be."


def test_two_and_the_size_of_an_axis_are_one_factor() -> None:
    finding = said(TASK, lambda X: (X + 1) * 2 * X.shape[1])
    assert finding.message == "Every value is 2 * X.shape[1] times what it should be."


def test_an_axis_that_is_as_long_in_all_cases_explains_no_factor() -> None:
    same = task(batch(5, 7), batch(4, 7))
    assert said(same, lambda X: (X + 1) * 7).code == "value"


@pytest.mark.parametrize("sizes", [(5, 2), (5, 1)])
def test_a_batch_of_one_or_two_is_a_batch(sizes: tuple[int, int]) -> None:
    exercise = task(*(batch(n, 3) for n in sizes))
    assert said(exercise, lambda X: (X + 1) * len(X)).code == "MX.2"
    assert said(exercise, lambda X: (X + 1) / len(X)).code == "MX.2"


def test_a_tensor_is_looked_at_like_an_array() -> None:
    exercise = replace(TASK, reference=lambda X: Tensor(X + 1))
    assert said(exercise, lambda X: Tensor(-X - 1)).code == "MX.1"


def test_a_list_is_compared_item_by_item() -> None:
    exercise = replace(TASK, reference=lambda X: [1.0, 2.0])
    finding = said(exercise, lambda X: [1.0, -2.0])
    assert (
        finding.message == "Not yet. In this example the result first differs at index [1]."
    )
    assert finding.example.splitlines()[-2:] == [
        "the result, expected: [1, 2]",
        "the result, yours: [1, -2]",
    ]


def test_arguments_have_names_where_each_case_has_one_for_each() -> None:
    assert AnswerKey(TASK, 0).names == ("X",)
    more = replace(
        TASK, driver="def drive(f, X, n): return f(X)", inputs=lambda rng: [case(1, 2)]
    )
    assert AnswerKey(more, 0).names == ()
    assert AnswerKey(replace(TASK, reference={"y": 1.0}), 0).names == ()


# --- precision -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda X: (X + 1) * (1 + 1e-5),
        lambda X: (X + 2).astype(np.float32),
        lambda X: (X + 7).astype(int),
        lambda X: np.round(X + 1, 3) + 1e-4,
        lambda X: np.round(X + 1, 3) * (len(X) == 5),
    ],
    ids=["nearly right", "float32, wrong", "whole, wrong", "rounded, wrong", "zero once"],
)
def test_only_what_is_lost_by_rounding_is_called_imprecise(function: Any) -> None:
    assert said(TASK, function).code != "MX.6"


@pytest.mark.parametrize(
    "function",
    [
        lambda X: (X + 1) * (1 + 1e-6),
        lambda X: (X + 1) * (1 - 3e-7),
        lambda X: (X + 1) * np.where(X > 0, 1 + 1e-6, 1),
    ],
    ids=["a millionth more", "a little less", "some rows only"],
)
def test_too_few_digits_are_told_by_the_size_of_the_error(function: Any) -> None:
    finding = said(TASK, function)
    assert (finding.code, finding.named) == ("MX.6", True)
    assert "to about six digits" in finding.message


@pytest.mark.parametrize("decimals", [2, 3, 6])
def test_what_is_rounded_is_told_so(decimals: int) -> None:
    finding = said(TASK, lambda X: np.round(X + 1, decimals))
    assert finding.code == "MX.6"
    assert f"rounded to {decimals} decimals." in finding.message


def test_one_number_near_all_results_is_not_called_imprecise() -> None:
    near = task(case(np.array(0.1)), case(np.array(-0.2)), case(np.array(0.3)))
    assert said(near, lambda x: 1).code == "value"
    assert said(near, lambda x: int(x + 1)).code == "MX.6"


def test_a_zero_in_place_of_an_array_is_not_called_imprecise() -> None:
    small = replace(TASK, reference=lambda X: X * 0 + 0.25)
    assert said(small, lambda X: 0).code == "shape"


def test_whole_numbers_are_never_meant_roughly() -> None:
    whole = replace(TASK, reference=lambda X: np.full(X.shape, 3))
    assert said(whole, lambda X: np.full(X.shape, 3.000001, "f4")).code == "value"


def test_right_numbers_that_are_narrow_in_one_case_only_are_told_their_digits() -> None:
    exercise = task(batch(5, 3), batch(4, 2), reference=lambda X: X * 0 + 0.1)
    finding = said(exercise, lambda X: np.full(X.shape, 0.1, "f4" if len(X) == 4 else "f8"))
    assert "to about six digits" in finding.message


# --- where it is wrong ---------------------------------------------------------------

RAMP = np.array([-3.0, -2.0, -0.5, 0.0, 0.5, 2.0, 3.0])
SLOPE = task(case(RAMP), case(RAMP[1:]), reference=lambda x: np.cosh(x) + 1)


@pytest.mark.parametrize(
    ("wrong_at", "words"),
    [
        (lambda x: x <= 0, "Right wherever x is positive; wrong where it is negative."),
        (lambda x: x >= 0, "Right wherever x is negative; wrong where it is positive."),
        (lambda x: x < -1, "Right wherever x is positive; wrong where it is negative."),
        (lambda x: x > 1, "Right wherever x is negative; wrong where it is positive."),
    ],
)
def test_zero_belongs_to_neither_side(wrong_at: Any, words: str) -> None:
    finding = said(SLOPE, lambda x: np.cosh(x) + 1 + wrong_at(x))
    assert finding.message == words


@pytest.mark.parametrize(
    ("wrong_at", "words"),
    [
        (lambda x: x < 0, "Right wherever x is positive; wrong where it is negative."),
        (lambda x: x > 0, "Right wherever x is negative; wrong where it is positive."),
    ],
)
def test_a_side_is_wrong_if_it_is_wrong_in_one_case(wrong_at: Any, words: str) -> None:
    finding = said(SLOPE, lambda x: np.cosh(x) + 1 + wrong_at(x) * (len(x) == 7))
    assert finding.message == words


def test_no_side_is_claimed_where_one_case_has_another_shape() -> None:
    four = task(case(RAMP[:4]), case(RAMP), reference=lambda x: np.cosh(x[:4]) + 1)
    finding = said(four, lambda x: np.cosh(x) + 1 + (x < 0))
    assert finding.message.startswith("Not yet: 1 of 4 entries are right; the first wrong")


def at(*places: tuple[int, ...]) -> Any:
    """Return a function that is wrong at some places."""

    def f(X: Array) -> Array:
        value = X + 1
        for place in places:
            value[place] += 5
        return value

    return f


@pytest.mark.parametrize(
    ("shape", "function", "words"),
    [
        ((9, 7), at((2,)), "Right except for row 2 (counted from 0)."),
        ((9, 7), at((2, 0), (2, 1)), "Right except for row 2 (counted from 0)."),
        ((30, 2), at((1, 0)), "Right except for row 1 (counted from 0)."),
        ((9, 7), at((0, 1), (3, 1)), "Right except for column 1 (counted from 0)."),
        ((60, 1), at((2, 0)), "Right except for row 2 (counted from 0)."),
        ((1, 60), at((0, 1)), "Right except for column 1 (counted from 0)."),
        (
            (9, 7),
            at((1, 2), (2, 0)),
            "Not yet: 61 of 63 entries are right; the first wrong one is at index [1, 2].",
        ),
        (
            (60,),
            at((1,), (3,)),
            "Not yet: 58 of 60 entries are right; the first wrong one is at index [1].",
        ),
    ],
)
def test_where_the_example_is_too_large_the_place_is_said(
    shape: tuple[int, ...], function: Any, words: str
) -> None:
    values = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    assert said(task(case(values), case(2 * values)), function).message == words


def test_an_array_made_by_a_driver_is_not_spoken_of() -> None:
    driver = "def drive(f, X, n): return f(X)"
    cases = (case(RAMP, 1), case(RAMP[1:], 2))
    finding = said(task(*cases, driver=driver), np.cos)
    assert finding.message == "Not yet: its values are others than expected."
