"""The public example: small, public, and never one of the hidden cases."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from course_exercises import ASSIGNMENTS, exercises_of

from grader.judge.example import LARGE, MOST_ENTRIES, entries, in_digits, largest
from grader.judge.key import AnswerKey
from grader.judge.score import judge
from grader.kernel.inside import codec
from grader.kernel.inside.codec import Tensor
from grader.model import Case, Exercise, Returned

SQUARES = Exercise(
    id="T00.1",
    function="f",
    points=1,
    reference=lambda x, k: x**2 * k,
    inputs=lambda rng: [Case(name=str(n), args=(rng.normal(size=n), n)) for n in (3, 2)],
    outputs=("y",),
)


def example_of(exercise: Exercise, seed: int = 0) -> Case | None:
    cases = AnswerKey(exercise, seed).cases
    return next((case for case in cases if case.role == "example"), None)


def test_it_is_the_smallest_case_of_a_public_seed_with_short_numbers() -> None:
    case = example_of(SQUARES)
    assert case is not None
    x, k = case.args
    assert k == 2
    assert [float(f"{number:.2g}") for number in x] == list(x)
    other = example_of(SQUARES, seed=9)
    assert other is not None
    assert np.array_equal(other.args[0], x)


def test_its_result_is_shown_beside_ones_own() -> None:
    key = AnswerKey(SQUARES, 0)
    (finding,) = judge(key, key.answer_of(lambda x, k: x**2 + k)).findings
    case = example_of(SQUARES)
    assert case is not None
    x = case.args[0]
    right, mine = (f"[{a:.4g}, {b:.4g}]" for a, b in (x**2 * 2, x**2 + 2))
    shown = f"[{x[0]:.4g}, {x[1]:.4g}]"
    assert finding.example == (
        f"x = {shown}\nk = 2\nthe result, expected: {right}\nthe result, yours: {mine}"
    )


def test_two_results_are_shown_in_as_many_digits_as_tell_them_apart() -> None:
    key = AnswerKey(SQUARES, 0)
    (finding,) = judge(
        key, key.answer_of(lambda x, k: x**2 * k + 3e-5 * np.sign(x))
    ).findings
    right, mine = (line.partition(": ")[2] for line in finding.example.splitlines()[-2:])
    assert right != mine


def test_the_tasks_own_example_comes_first() -> None:
    visible = Case(name="visible", args=(np.array([1.0, 2.0]), 3), role="visible")
    hidden = SQUARES.inputs
    task = replace(SQUARES, inputs=lambda rng: [*hidden(rng), visible])
    assert example_of(task) is None
    key = AnswerKey(task, 0)
    (finding,) = judge(key, key.answer_of(lambda x, k: x**2 + k)).findings
    assert finding.example == (
        "x = [1, 2]\nk = 3\nthe result, expected: [3, 12]\nthe result, yours: [4, 7]"
    )


def test_a_large_result_is_described_and_not_written_out() -> None:
    key = AnswerKey(SQUARES, 0)
    (finding,) = judge(key, key.answer_of(lambda x, k: [[]] * 5000)).findings
    assert len(finding.example) < 200


@pytest.mark.parametrize(
    "inputs",
    [
        lambda rng: [Case(name="a", args=(np.array([1.0, 2.0]), 3))],
        lambda rng: [Case(name="a", args=(rng.normal(size=60), 3))],
        lambda rng: [Case(name="a", args=(rng.normal(size=2) * 1e9, 3))],
        lambda rng: [Case(name="a", args=(rng.normal(size=2),))],
    ],
    ids=["the same for all seeds", "too large", "too large numbers", "other arguments"],
)
def test_there_is_none_where_it_would_show_a_hidden_case_or_nothing(inputs: object) -> None:
    task = replace(SQUARES, inputs=inputs, driver="def drive(f, x, k=1): return f(x, k)")
    assert example_of(task) is None  # type: ignore[arg-type]


def test_there_is_none_where_the_reference_gives_nan() -> None:
    with np.errstate(all="ignore"):
        task = replace(SQUARES, reference=lambda x, k: np.log(x - 1e9))
        assert example_of(task) is None


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_no_example_of_this_course_is_a_hidden_case(assignment: str) -> None:
    for exercise in exercises_of(assignment):
        for seed in (0, 1):
            key = AnswerKey(exercise, seed)
            hidden = {
                codec.encode(c.args) for c in key.cases if c.role in ("generic", "edge")
            }
            for case, outcome in zip(key.cases, key.expected, strict=True):
                if case.role == "example":
                    assert codec.encode(case.args) not in hidden
                    assert entries(case.args) <= MOST_ENTRIES
                    assert largest(case.args) <= LARGE
                    assert isinstance(outcome, Returned)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.1235"),
        (np.array([[1.0, 2.5]]), "[[1, 2.5]]"),
        (Tensor(np.array([3.0])), "[3]"),
        ({"w": (1, None)}, "{'w': (1, None)}"),
        ((1.5,), "(1.5,)"),
        (True, "True"),
        ({"V", "N"}, "{'N', 'V'}"),
        ({"saw": set()}, "{'saw': set()}"),
        (10**40, "a very large number"),
        ("山" * 99, repr("山" * 40)),
        (float("nan"), "nan"),
        (codec.Opaque("Cat"), "an object of type 'Cat'"),
    ],
)
def test_values_are_written_as_one_would_write_them(value: object, text: str) -> None:
    assert in_digits(value) == text


def test_trying_other_arguments_says_nothing() -> None:
    def mean_of_some(x: np.ndarray, keep: np.ndarray) -> float:
        return float(x[keep > 0].mean())

    with_mask = replace(
        SQUARES,
        reference=mean_of_some,
        inputs=lambda rng: [
            Case(name=str(n), args=(rng.normal(size=n), np.ones(n))) for n in (3, 4)
        ],
    )
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        mean_of_some(np.ones(2), np.zeros(2))
        before = len(said)
        assert AnswerKey(with_mask, 0).others
    assert before > 0
    assert len(said) == before
