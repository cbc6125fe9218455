"""A submission in one request gives what it gives step by step, of real notebooks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from course_exercises import DEMO as ASSIGNMENT
from course_exercises import RUNAWAY

from grader.commands.demo import simulated_class
from grader.commands.demo.people import hand_in
from grader.commands.release import release
from grader.course.assignment import load_assignment
from grader.course.folder import Course, open_course
from grader.course.notebooks import parse_submission
from grader.course.submission import read_submission
from grader.errors import DamagedNotebook
from grader.grading import answers
from grader.grading.runner import execute_at_once, execute_step_by_step
from grader.grading.sanitize import sanitize
from grader.grading.submission import Grader
from grader.model import Submission

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.ipynb"))


@pytest.fixture(scope="module")
def whole_course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """All assignments, and the demo's class."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    (folder / "solutions").symlink_to(ROOT / "solutions")
    course = open_course(folder)
    release(course, ASSIGNMENT)
    for person in simulated_class(course, ASSIGNMENT):
        if person.name not in RUNAWAY:
            hand_in(course, person, ASSIGNMENT)
    return course


def assert_same(grader: Grader, submission: Submission) -> None:
    """Run a submission both ways and compare all there is to compare."""
    assignment = grader.assignment
    prepared = sanitize(assignment, parse_submission(submission.notebook or b""))
    rest = grader.keys, assignment.limits, grader.kernels
    at_once = execute_at_once(prepared, *rest)
    stepwise = execute_step_by_step(prepared, *rest)
    assert at_once is not None
    assert at_once.runs == stepwise.runs
    kept = [answers.pack_answers(way.answers) for way in (at_once, stepwise)]
    assert kept[0] == kept[1]
    assert kept[0].keys() == {key.exercise.id for key in grader.keys.values()}
    assert at_once.isolation == stepwise.isolation != "none"


@pytest.mark.usefixtures("can_confine")
@pytest.mark.parametrize("source", SOLUTIONS, ids=lambda path: path.stem)
def test_the_instructors_own_answers(whole_course: Course, source: Path) -> None:
    assignment = load_assignment(whole_course, source.stem)
    submission = Submission(
        student="one", assignment=assignment.name, notebook=source.read_bytes()
    )
    assert_same(Grader(assignment, whole_course.secret()), submission)


@pytest.mark.usefixtures("can_confine")
def test_a_third_of_a_class_with_its_mistakes(whole_course: Course) -> None:
    grader = Grader(load_assignment(whole_course, ASSIGNMENT), whole_course.secret())
    compared = 0
    for student in whole_course.students(ASSIGNMENT)[::3]:
        submission = read_submission(whole_course, student, grader.assignment)
        try:
            parse_submission(submission.notebook or b"")
        except DamagedNotebook:  # nothing to run either way
            continue
        assert_same(grader, submission)
        compared += 1
    assert compared > 8
