"""The command ``check``: whether the exercises of an assignment are fit for students."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.course.assignment import load_assignment, load_exercises
from grader.course.folder import Course
from grader.vetting.notebook import SolutionNotebook
from grader.vetting.rules import RULES, SECRETS, Finding, Subject, hold


def subjects(course: Course, name: str, secrets: int = SECRETS) -> list[Subject]:
    """Return the exercises of an assignment, in the order of the notebook.

    Args:
        course: the course.
        name: of the assignment.
        secrets: on the hidden inputs of how many secrets each is to be tried.

    Raises:
        SourceError: notebook and exercises contradict each other.
    """
    assignment = load_assignment(course, name, points=False)
    files = load_exercises(course, name).files
    notebook = SolutionNotebook.of(course, assignment)
    return [
        Subject(files[exercise.id], key, notebook, secrets)
        for key, exercise in assignment.by_cell.items()
    ]


def check(
    course: Course,
    name: str,
    rules: Sequence[str] = tuple(RULES),
    *,
    secrets: int = SECRETS,
) -> Iterator[Finding]:
    """Yield what each rule finds about each exercise.

    All of them lean on the first: where an exercise has no sound reference, the others
    have nothing to say.
    """
    for subject in subjects(course, name, secrets):
        for rule in rules:
            finding = hold(subject, rule)
            yield finding
            if rule == "reference" and finding.faults:
                break
