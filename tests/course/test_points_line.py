"""The line below a task says the rule by which its points are given."""

from __future__ import annotations

import re
from dataclasses import replace

import nbformat
import pytest
from course_exercises import ASSIGNMENTS, ROOT, book, find

from grader.course.assignment import load_assignment
from grader.course.folder import open_course
from grader.course.points_line import BEGINS, points_line
from grader.judge.key import AnswerKey
from grader.judge.score import judge


@pytest.mark.parametrize(
    ("exercise", "line"),
    [
        (
            "G08.3",
            "`dW`, `db`: 1.2 each · *a layer with a single unit, m = 1*, *the arguments "
            "are left unchanged*: 0.3 each",
        ),
        ("G04.2", "the result: 0.8 · *the arguments are left unchanged*: 0.2"),
        ("X08.1", "`u3` … `dw45` (15 parts): 0.1 each"),
        (
            "X11.2",
            "`survivors`, `chance`, `mask`, `fresh`, `generator`, `evaluation`, "
            "`backward`: 0.2 each (two axes), 0.15 each (one axis), 0.1 each (three axes) "
            "· *p = 0 drops nothing*: 0.45 · *the arguments are left unchanged*: 0.4",
        ),
    ],
)
def test_parts_of_equal_worth_stand_together(exercise: str, line: str) -> None:
    assert points_line(find(exercise)) == f"**Points by part.** {line}"


def test_below_a_text_about_several_the_function_is_named() -> None:
    line = points_line(find("G06.1"), named=True)
    assert line.startswith("**Points by part of `glorot_limit`.** the result: ")


def test_there_is_no_line_where_cases_cannot_be_made() -> None:
    broken = replace(find("G08.3"), inputs=lambda rng: rng.nothing)
    assert points_line(broken) == ""


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_line_is_the_rule_of_every_exercise(assignment: str) -> None:
    """Its numbers are those that the judge gives for each part; they add up."""
    loaded = load_assignment(open_course(ROOT), assignment)
    lines = [
        line
        for cell in loaded.cells
        for line in cell.source.splitlines()
        if line.startswith(BEGINS)
    ]
    assert len(lines) == len(loaded.exercises)
    for exercise, line in zip(loaded.exercises, lines, strict=True):
        assert line.partition(".** ")[2] == points_line(exercise).partition(".** ")[2]
        key = AnswerKey(exercise, 1)
        score = judge(key, key.answer_of(exercise.reference))
        assert sum(score.worth) == pytest.approx(exercise.points)
        numbers = {float(n) for n in re.findall(r"[:,] ([\d.]+)", line)}
        assert {float(f"{worth:.3g}") for worth in score.worth} <= numbers


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_author_writes_no_such_line(assignment: str) -> None:
    path = ROOT / "solutions" / assignment / f"{assignment}.ipynb"
    assert BEGINS not in path.read_text("utf-8")
    released = nbformat.read(ROOT / "assignments" / assignment / path.name, 4)
    lines = sum(cell.source.count(BEGINS) for cell in released.cells)
    assert lines == len(book(assignment).files)
