"""By whatever road an assignment goes to students, no exercise goes with it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from grader.commands.autograde import autograde
from grader.commands.demo.people import Person, hand_in
from grader.commands.publish import publish
from grader.course.exercises import FOLDER
from grader.course.folder import Course, open_course
from grader.report.feedback import write_feedback

NAME = "a11_iris"
MARKS = (b"EXERCISE", b"RIGHT_WAYS", b"BEGIN HIDDEN")


@pytest.fixture
def own(new_course: Callable[..., Course], tmp_path: Path) -> Course:
    root = tmp_path / "course"
    root.mkdir()
    return new_course(root, NAME)


def answers_in(*folders: Path) -> list[str]:
    """Return every file that belongs to an exercise, by its name or by what is in it."""
    found = []
    for path in (p for folder in folders for p in folder.rglob("*")):
        if (
            FOLDER in path.parts
            or path.suffix == ".py"
            or (path.is_file() and any(mark in path.read_bytes() for mark in MARKS))
        ):
            found.append(str(path))
    return found


def nbgrader(course: Course, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=course.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_search_finds_what_it_looks_for(own: Course) -> None:
    assert len(answers_in(own.source(NAME).parent)) > 10


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of SQLAlchemy, on nbgrader's own models
def test_release_by_command_api_exchange_and_archive(own: Course, tmp_path: Path) -> None:
    release, exchange = own.released(NAME).parent, tmp_path / "exchange"
    exchange.mkdir()
    os.chmod(exchange, 0o777)
    assert answers_in(release) == []
    nbgrader(own, "generate_assignment", NAME, "--force")
    assert {path.name for path in release.iterdir()} >= {f"{NAME}.ipynb"}
    assert answers_in(release) == []
    api = NbGraderAPI(
        CourseDirectory(root=str(own.root), config=own.config), config=own.config
    )
    assert api.generate_assignment(NAME, force=True)["success"]
    assert answers_in(release) == []
    nbgrader(own, "release_assignment", NAME, f"--Exchange.root={exchange}")
    assert any(exchange.rglob(f"{NAME}.ipynb"))
    assert answers_in(exchange) == []
    archive, _ = publish(own)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "unpacked")
    inside = tmp_path / "unpacked" / "backprop-course" / "assignments"
    assert any(inside.rglob(f"{NAME}.ipynb"))
    assert answers_in(inside) == []


@pytest.mark.slow
@pytest.mark.kernel
def test_what_comes_back_to_students(own: Course) -> None:
    hand_in(own, Person("ada"), NAME)
    autograde(own, NAME, isolation="none")
    write_feedback(own, NAME)
    back = [own.autograded("ada", NAME), own.feedback("ada", NAME).parent]
    assert all(any(folder.iterdir()) for folder in back)
    assert answers_in(*back) == []


def test_a_configuration_of_nbgrader_s_own_keeps_them_in_too(own: Course) -> None:
    """`configure` leaves nbgrader's list as it is and adds to it."""
    theirs = CourseDirectory().ignore
    assert set(open_course(own.root).directory.ignore) == {*theirs, FOLDER}
