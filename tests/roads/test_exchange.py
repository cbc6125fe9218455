"""What nbgrader's exchange puts beside a submission comes back beside its feedback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.commands.autograde import EXCHANGE_BYTES, autograde
from grader.commands.demo.people import Person, hand_in
from grader.course.folder import EXCHANGE_FILES, Course
from grader.report.feedback import write_feedback

NAME = "a07_backpropagation"
TEXTS = {"timestamp.txt": "2026-11-20 12:00:00 UTC", "submission_secret.txt": "ab12"}

pytestmark = pytest.mark.kernel


@pytest.fixture
def own(new_course: Callable[..., Course], tmp_path: Path) -> Course:
    """A released course with one blank submission."""
    made = new_course(tmp_path)
    hand_in(made, Person("ada"))
    return made


def graded(course: Course) -> Path:
    """Grade, write the page, and return its folder."""
    autograde(course, NAME, isolation="none")
    (page,) = write_feedback(course, NAME)
    return page.parent


def test_files_of_the_exchange_reach_the_feedback(own: Course) -> None:
    for name in EXCHANGE_FILES:
        (own.submission("ada", NAME) / name).write_text(TEXTS[name])
    folder = graded(own)
    assert {name: (folder / name).read_text() for name in EXCHANGE_FILES} == TEXTS


def test_without_an_exchange_there_are_none(own: Course) -> None:
    folder = graded(own)
    assert [path.name for path in folder.iterdir()] == [f"{NAME}.html"]


def test_links_and_giants_are_left_where_they_are(own: Course, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the machine")
    handed_in = own.submission("ada", NAME)
    (handed_in / "submission_secret.txt").symlink_to(secret)
    (handed_in / "timestamp.txt").write_text("x" * (EXCHANGE_BYTES + 1))
    folder = graded(own)
    assert [path.name for path in folder.iterdir()] == [f"{NAME}.html"]
