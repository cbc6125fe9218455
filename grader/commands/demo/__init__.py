"""A simulated class, to see the whole road at work without a single real student."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from grader.commands.autograde import autograde
from grader.commands.demo.people import Person, hand_in, solutions
from grader.commands.release import release
from grader.course import exercises
from grader.course.assignment import copy_assignment
from grader.course.files import write_json
from grader.course.folder import CONFIG_NAME, Course, open_course
from grader.errors import CourseError
from grader.limits import Limits
from grader.report.class_report import write_report
from grader.report.feedback import write_feedback
from grader.report.progress import GradingProgress, print_table
from grader.report.records import as_json
from grader.sandbox.levels import Level

FOLDER = "demo"
PEOPLE = "_demo.py"
"""In an assignment's exercises: defines ``people(solutions)``, a class."""
LIMITS = replace(Limits(), cell_s=3.0, submission_s=30.0)
"""Shorter than in a course, so that the endless loops of the demo end soon."""


def run_demo(root: Path, *, jobs: int, isolation: Level, json_file: Path | None) -> int:
    """Release, hand in, grade and explain in a course of its own; return 0.

    Args:
        root: a course; only its source notebook and configuration are read.
        jobs: worker processes.
        isolation: as in `grader.commands.autograde.autograde`.
        json_file: where to write the results, if anywhere.
    """
    original = open_course(root)
    name = demo_assignment(original)
    course = _fresh_course(original, name)
    release(course, name)
    class_list = simulated_class(course, name)
    for person in class_list:
        hand_in(course, person, name)
    with GradingProgress(name, len(class_list)) as progress:
        results = autograde(
            course,
            name,
            jobs=jobs,
            isolation=isolation,
            limits=LIMITS,
            on_result=progress.add,
        )
    pages = write_feedback(course, name)
    report = write_report(course, name)
    if json_file:
        write_json(json_file, [as_json(result) for result in results])
    print_table(results)
    _say_where(course, name, pages, report)
    return 0


def demo_assignment(course: Course) -> str:
    """Return the assignment that has a simulated class.

    Raises:
        CourseError: none has.
    """
    for name in course.assignments():
        if (course.source(name).parent / exercises.FOLDER / PEOPLE).is_file():
            return name
    raise CourseError(
        f"no assignment has a simulated class: '{PEOPLE}' in its {exercises.FOLDER}/ "
        "would define people(solutions)"
    )


def simulated_class(course: Course, name: str) -> list[Person]:
    """Return the people whom an assignment's own file invents."""
    people: list[Person] = invented(course, name).people(solutions(course, name))
    return people


def runaway(course: Course, name: str) -> tuple[str, ...]:
    """Return the names of those among them whose code is stopped."""
    names: tuple[str, ...] = invented(course, name).RUNAWAY
    return names


def invented(course: Course, name: str) -> ModuleType:
    """Return an assignment's own file of simulated people."""
    path = f"{name}/{exercises.FOLDER}/{PEOPLE}"
    return exercises.load_file(course.source(name).parents[1], path)


def _fresh_course(original: Course, name: str) -> Course:
    """Return an empty course in ``demo/`` with one assignment."""
    root = original.root / FOLDER
    if root.exists():
        if not (root / ".grader").exists() and any(root.iterdir()):
            raise FileExistsError(f"'{FOLDER}/' exists and was not made by the demo")
        shutil.rmtree(root)
    root.mkdir()
    (root / ".grader").mkdir()
    shutil.copy(original.root / CONFIG_NAME, root / CONFIG_NAME)
    copy_assignment(original, name, Course(root).source(name).parents[1])
    return open_course(root)


def _say_where(course: Course, name: str, pages: list[Path], report: Path) -> None:
    inside = f"{FOLDER}/{course.directory.feedback_directory}"
    print()
    print(f"{len(pages)} feedback pages: {inside}/<student>/{name}/")
    print(f"  e.g. {FOLDER}/{pages[0].relative_to(course.root)}")
    print(f"class report: {FOLDER}/{report.relative_to(course.root)}")
    print(f"gradebook: {FOLDER}/gradebook.db; to open it in nbgrader's formgrader:")
    print(f"  cd {FOLDER} && jupyter lab   (menu Nbgrader > Formgrader)")
