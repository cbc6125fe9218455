"""What could not be read waits for a person; it never costs a point by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from course_exercises import FULL
from report_records import result_of

from grader.commands.autograde import EARLIER_STAYS, save
from grader.course.folder import Course
from grader.course.gradebook import CourseGradebook
from grader.model import Assignment, Finding, Mark, Result
from grader.report.feedback import write_feedback
from grader.report.records import read_records, unsettled

NAME = "a07_backpropagation"


@pytest.fixture
def own(own_course: Course) -> Course:
    return own_course


@pytest.fixture
def gradebook(own: Course, assignment: Assignment) -> Iterator[CourseGradebook]:
    with CourseGradebook(own) as opened:
        opened.register(assignment)
        opened.create_rows(NAME, "ada")
        yield opened


def result(assignment: Assignment, share: float = 1.0) -> Result:
    empty = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    return replace(result_of(assignment, "ada", share), notebook=empty)


def unreadable(assignment: Assignment, problem: str = "no JSON") -> Result:
    made = result(assignment, 0.0)
    why = (Finding(code="damaged", message=problem),)
    scores = tuple(replace(score, findings=why) for score in made.scores)
    return replace(made, status="pending", problem=problem, scores=scores)


def mark(gradebook: CourseGradebook) -> Mark:
    gradebook.save()
    return next(m for m in gradebook.marks(NAME) if m.student == "ada")


def by_hand(gradebook: CourseGradebook, cell: str, points: float) -> None:
    grade = gradebook._book.find_grade(cell, NAME, NAME, "ada")
    grade.manual_score, grade.needs_manual_grade = points, False
    gradebook.save()


def test_it_waits_and_has_no_score(own, assignment, gradebook) -> None:
    save(own, assignment, unreadable(assignment), gradebook)
    assert (mark(gradebook).raw_score, mark(gradebook).pending) == (0, True)
    assert set(gradebook.auto_scores(NAME)["ada"].values()) == {None}
    cells = gradebook.recorded(NAME, "ada").values()
    assert all(cell["pending"] for cell in cells if "max_score" in cell)
    assert "No response." not in str(gradebook.recorded(NAME, "ada"))


def test_an_earlier_score_stays(own, assignment, gradebook) -> None:
    save(own, assignment, result(assignment), gradebook)
    assert (mark(gradebook).raw_score, mark(gradebook).pending) == (FULL, True)
    before = own.autograded("ada", NAME) / f"{NAME}.ipynb"
    text = before.read_bytes()
    save(own, assignment, unreadable(assignment), gradebook)
    assert mark(gradebook).raw_score == FULL
    (kept,) = read_records(own, NAME).values()
    assert (kept.status, kept.problem, kept.score) == ("pending", "no JSON", FULL)
    assert kept.repairs == (EARLIER_STAYS,)
    assert before.read_bytes() == text
    (page,) = write_feedback(own, NAME)
    said = page.read_text("utf-8")
    assert "a person will look at it" in said
    assert f"<strong>{FULL:g}</strong>" in said


def test_a_second_look_is_asked_for_once(own, assignment, gradebook) -> None:
    """Nobody has to mark the same unreadable file after every run."""
    save(own, assignment, unreadable(assignment), gradebook)
    cells = [n for n, c in gradebook.recorded(NAME, "ada").items() if "max_score" in c]
    for cell in cells:
        by_hand(gradebook, cell, 1.0)
    save(own, assignment, unreadable(assignment), gradebook)
    assert (mark(gradebook).raw_score, mark(gradebook).pending) == (len(cells), False)
    save(own, assignment, unreadable(assignment, "a link"), gradebook)
    assert (mark(gradebook).raw_score, mark(gradebook).pending) == (len(cells), True)


def test_what_is_readable_again_gets_its_score(own, assignment, gradebook) -> None:
    save(own, assignment, unreadable(assignment), gradebook)
    empty = replace(result(assignment), untouched=("D08-1-derivation", "T08-1-sentence"))
    save(own, assignment, empty, gradebook)
    assert mark(gradebook).raw_score == FULL
    tests = list(assignment.by_cell)
    assert not any(gradebook.recorded(NAME, "ada")[key]["pending"] for key in tests)
    (kept,) = read_records(own, NAME).values()
    assert (kept.status, kept.repairs) == ("graded", ())


def test_an_answer_that_was_never_tried_waits_alone(own, assignment, gradebook) -> None:
    """The submission's time was used up before: no evidence against this answer."""
    whole = result(assignment)
    last, other = whole.scores[-1], whole.scores[0]
    why = (Finding(code="fault", message="Not run: the time was used up."),)
    unseen = replace(last, score=0.0, findings=why, unseen=True)
    save(own, assignment, replace(whole, scores=(*whole.scores[:-1], unseen)), gradebook)
    cells = {e.id: key for key, e in assignment.by_cell.items()}
    recorded = gradebook.recorded(NAME, "ada")
    assert (recorded[cells[last.id]]["auto"], recorded[cells[last.id]]["pending"]) == (
        None,
        True,
    )
    assert not recorded[cells[other.id]]["pending"]
    gradebook.save()
    (page,) = write_feedback(own, NAME)
    assert "Not run: the time was used up." in page.read_text("utf-8")
    save(own, assignment, whole, gradebook)
    assert not gradebook.recorded(NAME, "ada")[cells[last.id]]["pending"]
    save(own, assignment, replace(whole, scores=(*whole.scores[:-1], unseen)), gradebook)
    recorded = gradebook.recorded(NAME, "ada")[cells[last.id]]
    assert (recorded["auto"], recorded["pending"]) == (last.score, True)


def test_pages_do_not_wait_for_it(own, assignment, gradebook) -> None:
    save(own, assignment, unreadable(assignment), gradebook)
    gradebook.save()
    assert unsettled(read_records(own, NAME), gradebook.auto_scores(NAME)) == []
    (page,) = write_feedback(own, NAME)
    said = page.read_text("utf-8")
    assert "Could not be graded:</strong> no JSON" in said
    assert "– / 4" in said


def test_extra_credit_is_on_the_page_as_in_the_gradebook(
    own, assignment, gradebook
) -> None:
    save(own, assignment, result(assignment), gradebook)
    first = next(iter(assignment.by_cell))
    gradebook._book.find_grade(first, NAME, NAME, "ada").extra_credit = 2.0
    gradebook.save()
    (page,) = write_feedback(own, NAME)
    said = page.read_text("utf-8")
    assert f"<strong>{FULL + 2:g}</strong>" in said
    assert "2 points of extra credit are among them" in said
