"""A small released course, for everything that looks at a submission."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import records
from hypothesis import HealthCheck, settings

from grader.commands.demo.people import Person, hand_in, solutions
from grader.commands.release import release
from grader.course.assignment import copy_assignment, load_assignment
from grader.course.folder import CONFIG_NAME, Course, open_course
from grader.course.gradebook import CourseGradebook
from grader.model import Assignment
from grader.sandbox.probe import probe

ROOT = Path(__file__).parents[1]
NAME = "a07_backpropagation"

# how long an example takes says how busy the machine is, and nothing about the code
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    records.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(records.Records(config, ROOT))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Undo what earlier tests in this process, or how it was started, leave behind.

    multiprocessing reads the main module's ``__spec__``, which a process of pytest-xdist
    and a shell of IPython's lack; nbgrader's API leaves a variable that silences checks.
    """
    main = sys.modules["__main__"]
    main.__spec__ = getattr(main, "__spec__", None)
    os.environ.pop("NBGRADER_EXECUTION", None)


@pytest.hookimpl(tryfirst=True)  # the hook of this name in xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each process whole files, those with slow tests first.

    A file that would keep one process busy when the others have ended names a parameter
    by whose values it falls apart: ``SHARED_BY = "assignment"``.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item: pytest.Item) -> str:
    name = getattr(getattr(item, "module", None), "SHARED_BY", "")
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return f"{item.nodeid.partition('::')[0]}:{parameters.get(name, '')}"


def _new_course(root: Path, name: str = NAME) -> Course:
    shutil.copy(ROOT / CONFIG_NAME, root)
    copy_assignment(open_course(ROOT), name, root / "solutions")
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
def _empty_gradebook(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database."""
    root = tmp_path_factory.mktemp("gradebook")
    shutil.copy(course.root / CONFIG_NAME, root)
    with CourseGradebook(open_course(root)):
        return root / "gradebook.db"


@pytest.fixture
def own_course(course: Course, _empty_gradebook: Path, tmp_path: Path) -> Course:
    """A course of the test's own, with an empty gradebook and nothing else."""
    shutil.copy(course.root / CONFIG_NAME, tmp_path)
    shutil.copy(_empty_gradebook, tmp_path)
    return open_course(tmp_path)


@pytest.fixture(scope="session")
def assignment(course: Course) -> Assignment:
    """Its assignment, with its exercises."""
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
