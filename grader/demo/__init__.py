"""A simulated class, to see the whole road at work without a single real student."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from grader.autograde import as_json, autograde
from grader.course import CONFIG_NAME, Course, open_course
from grader.demo.people import ASSIGNMENT, hand_in, people
from grader.files import write_json
from grader.limits import Limits
from grader.release import release
from grader.report.class_report import write_report
from grader.report.feedback import write_feedback
from grader.report.progress import GradingProgress, print_table
from grader.sandbox.levels import Level

FOLDER = "demo"
LIMITS = replace(Limits(), cell_s=3.0, submission_s=30.0)
"""Shorter than in a course, so that the endless loops of the demo end soon."""


def run_demo(root: Path, *, jobs: int, isolation: Level, json_file: Path | None) -> int:
    """Release, hand in, grade and explain in a course of its own; return 0.

    Args:
        root: a course; only its source notebook and configuration are read.
        jobs: worker processes.
        isolation: as in `grader.autograde.autograde`.
        json_file: where to write the results, if anywhere.
    """
    course = _fresh_course(open_course(root))
    release(course, ASSIGNMENT)
    class_list = people(course)
    for person in class_list:
        hand_in(course, person)
    with GradingProgress(ASSIGNMENT, len(class_list)) as progress:
        results = autograde(
            course,
            ASSIGNMENT,
            jobs=jobs,
            isolation=isolation,
            limits=LIMITS,
            on_result=progress.add,
        )
    pages = write_feedback(course, ASSIGNMENT)
    report = write_report(course, ASSIGNMENT)
    if json_file:
        write_json(json_file, [as_json(result) for result in results])
    print_table(results)
    _say_where(course, pages, report)
    return 0


def _fresh_course(original: Course) -> Course:
    """Return an empty course in ``demo/`` with one assignment."""
    root = original.root / FOLDER
    if root.exists():
        if not (root / ".grader").exists() and any(root.iterdir()):
            raise FileExistsError(f"'{FOLDER}/' exists and was not made by the demo")
        shutil.rmtree(root)
    source = Course(root)
    root.mkdir()
    (root / ".grader").mkdir()
    shutil.copy(original.root / CONFIG_NAME, root / CONFIG_NAME)
    target = source.source(ASSIGNMENT)
    target.parent.mkdir(parents=True)
    shutil.copy(original.source(ASSIGNMENT), target)
    return open_course(root)


def _say_where(course: Course, pages: list[Path], report: Path) -> None:
    inside = f"{FOLDER}/{course.directory.feedback_directory}"
    print()
    print(f"{len(pages)} feedback pages: {inside}/<student>/{ASSIGNMENT}/")
    print(f"  e.g. {FOLDER}/{pages[0].relative_to(course.root)}")
    print(f"class report: {FOLDER}/{report.relative_to(course.root)}")
    print(f"gradebook: {FOLDER}/gradebook.db; to open it in nbgrader's formgrader:")
    print(f"  cd {FOLDER} && jupyter lab   (menu Nbgrader > Formgrader)")
