"""The exercises of this course, for tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from grader.commands.demo import demo_assignment, runaway
from grader.course import exercises
from grader.course.exercises import ExerciseBook, ExerciseFile
from grader.course.folder import open_course
from grader.model import Exercise

ROOT = Path(__file__).parents[1]
ASSIGNMENTS = open_course(ROOT).assignments()
DEMO = demo_assignment(open_course(ROOT))
RUNAWAY = runaway(open_course(ROOT), DEMO)
"""Students of the demo whose code is stopped."""


@cache
def book(assignment: str) -> ExerciseBook:
    """Return the exercises of an assignment, loaded once for all tests."""
    return exercises.load(ROOT / "solutions", assignment)


def exercises_of(assignment: str) -> tuple[Exercise, ...]:
    """Return them in the order of their files."""
    return tuple(file.exercise for file in book(assignment).files.values())


def file_of(exercise_id: str) -> ExerciseFile:
    """Return where an exercise stands, in the first assignment that has it."""
    for assignment in ASSIGNMENTS:
        if exercise_id in book(assignment).files:
            return book(assignment).files[exercise_id]
    raise KeyError(exercise_id)


def find(exercise_id: str) -> Exercise:
    """Return an exercise by its id."""
    return file_of(exercise_id).exercise


FULL = sum(exercise.points for exercise in exercises_of(DEMO))
"""What the code of the demo's assignment is worth."""
