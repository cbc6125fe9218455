"""Rules that scores rest on, pinned by numbers written out here and not in the code."""

from __future__ import annotations

import copy

import nbformat
import numpy as np
import pytest

from grader.course.folder import Course
from grader.course.notebooks import grade_id, parse_submission
from grader.grading.answers import KeptAnswers, pack_answers
from grader.grading.sanitize import answered_elsewhere, sanitize
from grader.judge.compare import compare
from grader.judge.key import AnswerKey, Question
from grader.judge.memory import Verdicts
from grader.judge.score import judge
from grader.model import (
    FLOAT64,
    FOUR_DIGITS,
    Answer,
    Assignment,
    Case,
    Exercise,
    Mark,
    Result,
    Score,
)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_a_millionth_is_wrong_and_a_hundred_millionth_is_rounding(scale: float) -> None:
    assert compare(scale * (1 + 1e-6), scale, FLOAT64) is not None
    assert compare(scale * (1 - 1e-6), scale, FLOAT64) is not None
    assert compare(scale * (1 + 1e-8), scale, FLOAT64) is None
    right = scale * np.array([1.0, 0.0])
    assert compare(right + scale * np.array([0.0, 1e-8]), right, FLOAT64) is not None
    assert compare(right + scale * np.array([0.0, 1e-10]), right, FLOAT64) is None


def test_by_hand_four_digits_count() -> None:
    assert compare(0.1235, 0.12346, FOUR_DIGITS) is None
    assert compare(0.1234, 0.12346, FOUR_DIGITS) is None
    assert compare(0.1236, 0.12346, FOUR_DIGITS) is not None
    assert compare(0.123, 0.12346, FOUR_DIGITS) is not None


def exercise(name: str, factor: float) -> Exercise:
    return Exercise(
        id=name,
        function="f",
        points=4,
        reference=lambda x: factor * x,
        inputs=lambda rng: [Case(name="a", args=(2.0,)), Case(name="b", args=(3.0,))],
        outputs=("value",),
        unchanged="",
    )


def test_one_answer_to_two_exercises_is_judged_for_each() -> None:
    """The same bytes are right for the one and wrong for the other."""
    double, triple = (
        AnswerKey(exercise(n, f), 1) for n, f in (("T1.1", 2.0), ("T1.2", 3.0))
    )
    answer = double.answer_of(lambda x: 2.0 * x)
    (data,) = pack_answers({"T1.1": answer}).values()
    judged, answers = Verdicts(), KeptAnswers({"T1.1": data, "T1.2": data})
    found = [
        judged.judge(Question(key), answers, data, "", "").score for key in (double, triple)
    ]
    assert found == [4.0, 0.0]
    assert [judge(key, answer).score for key in (double, triple)] == found


@pytest.mark.parametrize(
    ("raw", "penalty", "score"), [(10.0, 3.0, 7.0), (2.0, 3.0, 0.0), (0.0, 3.0, 0.0)]
)
def test_a_penalty_takes_no_more_than_there_is(
    raw: float, penalty: float, score: float
) -> None:
    mark = Mark(
        student="a",
        assignment="x",
        submitted=True,
        raw_score=raw,
        penalty=penalty,
        max_score=12.0,
    )
    assert mark.score == score


def test_a_copy_of_a_given_cell_is_the_students_own(
    course: Course, assignment: Assignment
) -> None:
    """A given cell that equals an added one is there once, the added one stays and runs."""
    released = parse_submission(course.released(assignment.name).read_bytes())
    notebook = copy.deepcopy(released)
    given = next(c for c in assignment.cells if c.kind == "plain" and c.source.strip())
    make = (
        nbformat.v4.new_code_cell
        if given.cell_type == "code"
        else nbformat.v4.new_markdown_cell
    )
    notebook.cells.append(make(given.source, id="mine"))
    prepared = sanitize(assignment, notebook)
    same = [cell for cell in prepared.cells if cell.source == given.source]
    assert [cell.key for cell in same] == [given.key, ""]
    assert prepared.repairs == ()


@pytest.mark.parametrize(
    ("met", "points"), [(0, 3.2), (1, 3.6), (2, 4.0)], ids=["none", "one", "both"]
)
def test_outputs_carry_four_fifths_where_requirements_are_named(
    met: int, points: float
) -> None:
    def inputs(rng: np.random.Generator) -> list[Case]:
        return [
            Case(name="a", args=(2.0,)),
            Case(name="e", args=(0.0,), role="edge", requirement="0 gives 0"),
            Case(name="f", args=(-1.0,), role="edge", requirement="negative numbers, too"),
        ]

    toy = Exercise(
        id="T1.3",
        function="f",
        points=4,
        reference=lambda x: 2.0 * x,
        inputs=inputs,
        outputs=("value",),
        unchanged="",
    )
    key = AnswerKey(toy, 1)
    wrong_at = {0.0, -1.0} if met == 0 else {-1.0} if met == 1 else set()
    score = judge(key, key.answer_of(lambda x: 9.0 if x in wrong_at else 2.0 * x))
    assert score.score == points


def test_no_answer_is_no_points() -> None:
    key = AnswerKey(exercise("T1.1", 2.0), 1)
    for answer in (Answer(missing=True), Answer(fault="was stopped")):
        assert judge(key, answer).score == 0.0
        assert judge(key, answer).findings


def test_a_picture_pasted_into_an_answer_stays_with_it(
    course: Course, assignment: Assignment
) -> None:
    notebook = parse_submission(course.released(assignment.name).read_bytes())
    manual = next(cell.key for cell in assignment.cells if cell.kind == "manual")
    (cell,) = (c for c in notebook.cells if grade_id(c) == manual)
    cell["pictures"] = {"sketch.png": b"a picture"}
    (kept,) = (c for c in sanitize(assignment, notebook).cells if c.key == manual)
    assert kept.pictures == {"sketch.png": b"a picture"}


@pytest.mark.parametrize(("beside", "said"), [(True, "a file beside"), (False, "")])
def test_a_file_beside_an_empty_answer_may_be_the_answer(
    beside: bool, said: str, course: Course, assignment: Assignment
) -> None:
    notebook = parse_submission(course.released(assignment.name).read_bytes())
    prepared = sanitize(assignment, notebook)
    found = answered_elsewhere(assignment, prepared, beside=beside)
    manual = {cell.key for cell in assignment.cells if cell.kind == "manual"}
    assert set(found) == (manual if beside else set())
    assert all(said in sentence for sentence in found.values())


def test_points_of_a_result_are_told_in_hundredths() -> None:
    scores = tuple(
        Score(id=i, function="f", score=0.333, max_score=1.003, findings=()) for i in "ab"
    )
    result = Result(
        student="a",
        assignment="x",
        status="graded",
        scores=scores,
        isolation="none",
        seconds=0.0,
        executed=True,
    )
    assert (result.score, result.max_score) == (0.67, 2.01)


@pytest.mark.parametrize(
    ("status", "problem", "unread"),
    [
        ("pending", "no notebook", True),
        ("pending", "", False),
        ("failed", "a fault", False),
        ("graded", "", False),
    ],
)
def test_only_what_waits_for_a_reason_of_its_own_was_not_read(
    status: str, problem: str, unread: bool
) -> None:
    result = Result(
        student="a",
        assignment="x",
        status=status,  # type: ignore[arg-type]
        scores=(),
        isolation="none",
        seconds=0.0,
        executed=True,
        problem=problem,
    )
    assert result.unread is unread
