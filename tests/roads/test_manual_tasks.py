"""nbgrader's "manually graded task": a description, answered in cells of one's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell

from grader.authoring import init
from grader.commands.autograde import autograde
from grader.commands.release import release
from grader.course.folder import Course, open_course
from grader.course.gradebook import CourseGradebook
from grader.report.feedback import write_feedback

pytestmark = pytest.mark.kernel
ESSAY = {
    **{"schema_version": 3, "grade_id": "essay", "points": 4, "cell_type": "markdown"},
    **{"grade": False, "solution": False, "locked": False, "task": True},
}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = open_course(init(tmp_path / "course"))
    path = course.source("hw1")
    notebook = nbformat.read(path, 4)
    text = "Discuss both in cells of your own.\n=== BEGIN MARK SCHEME ===\none point each\n"
    cell = new_markdown_cell(text + "=== END MARK SCHEME ===")
    cell.metadata["nbgrader"] = ESSAY
    notebook.cells.append(cell)
    nbformat.write(notebook, path)
    release(course, "hw1")
    return course


def hand_in(course: Course, student: str, answer: str) -> None:
    folder = course.submission(student, "hw1")
    folder.mkdir(parents=True)
    shutil.copy(course.released("hw1"), folder)
    if answer:
        notebook = nbformat.read(folder / "hw1.ipynb", 4)
        notebook.cells.append(new_markdown_cell(answer))
        nbformat.write(notebook, folder / "hw1.ipynb")


def waits(course: Course, student: str) -> bool:
    """Grade again; return whether the student's task waits to be marked."""
    autograde(course, "hw1")
    with CourseGradebook(course) as gradebook:
        found = gradebook.recorded("hw1", student)["essay"]
    return bool(found["pending"])


def test_a_mark_waits_again_only_after_a_new_answer(course: Course) -> None:
    hand_in(course, "ada", "An answer below the task.")
    assert waits(course, "ada")
    with CourseGradebook(course) as gradebook:
        grade = gradebook._book.find_grade("essay", "hw1", "hw1", "ada")
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        gradebook.save()
    assert not waits(course, "ada")
    path = course.submission("ada", "hw1") / "hw1.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[-1].source = "A better answer."
    nbformat.write(notebook, path)
    assert waits(course, "ada")
    assert waits(course, "ada")  # until a person has looked


def test_a_task_waits_for_a_person_whatever_its_own_cell_says(course: Course) -> None:
    assert "MARK SCHEME" not in course.released("hw1").read_text("utf-8")
    hand_in(course, "ada", "An answer below the task.")
    hand_in(course, "bob", "")
    autograde(course, "hw1")
    with CourseGradebook(course) as gradebook:
        marks = gradebook.marks("hw1")
    assert [(mark.student, mark.pending, mark.max_score) for mark in marks] == [
        ("ada", True, 7.0),
        ("bob", True, 7.0),
    ]
    ada, bob = (page.read_text("utf-8") for page in write_feedback(course, "hw1"))
    for page in (ada, bob):
        assert "waits to be marked by hand" in page
        assert "No response" not in page
    assert "An answer below the task." in ada
