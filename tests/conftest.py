"""A small released course, for everything that looks at a submission."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.course import CONFIG_NAME, Course, open_course
from grader.demo.people import Person, hand_in, solutions
from grader.model import Assignment
from grader.release import release
from grader.sandbox.probe import probe
from grader.source import load_assignment

ROOT = Path(__file__).parents[1]
NAME = "a07_backpropagation"


def _new_course(root: Path, name: str = NAME) -> Course:
    shutil.copy(ROOT / CONFIG_NAME, root)
    shutil.copytree(ROOT / "solutions" / name, root / "solutions" / name)
    made = open_course(root)
    release(made, name)
    return made


@pytest.fixture(scope="session")
def new_course() -> Callable[..., Course]:
    """A function that makes a released course of one assignment in an empty folder."""
    return _new_course


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of one assignment, released."""
    return _new_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="session")
def assignment(course: Course) -> Assignment:
    """Its assignment, with the table of exercises."""
    return load_assignment(course, NAME)


@pytest.fixture(scope="session")
def can_confine() -> None:
    """Skip where this machine cannot confine, with its reason."""
    report = probe()
    if report.level == "none":
        missing = [f"{x.name}: {x.detail}" for x in report.layers if not x.works]
        pytest.skip("; ".join(missing))


@pytest.fixture(scope="session")
def make_slow_class() -> Callable[[Path, int, float], Course]:
    """A function that makes a course with a class, all right, each taking a while."""

    def make(root: Path, size: int, pause_s: float) -> Course:
        made = _new_course(root)
        right = solutions(made)
        for number in range(size):
            pause = f"\nimport time\ntime.sleep({pause_s})  # {number}"
            answers = {**right, "G08.1": right["G08.1"] + pause}
            hand_in(made, Person(f"student-{number:02}", answers))
        return made

    return make
