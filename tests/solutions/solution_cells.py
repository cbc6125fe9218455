"""What the solution notebooks of this course define."""

from __future__ import annotations

from functools import cache
from typing import Any

from course_exercises import ROOT

from grader.course.assignment import load_assignment
from grader.course.folder import open_course
from grader.vetting.notebook import SolutionNotebook


@cache
def solution_names(assignment: str) -> dict[str, Any]:
    """Return what is defined after all cells have run, without hidden tests."""
    course = open_course(ROOT)
    loaded = load_assignment(course, assignment)
    return SolutionNotebook.of(course, loaded).names
