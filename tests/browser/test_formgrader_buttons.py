"""Every button of formgrader is the grader's own command, clicked in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from lab import ANSWER_MS, Account

from grader.commands.demo.people import Person, hand_in, solutions
from grader.course.assignment import copy_assignment
from grader.course.folder import CONFIG_NAME, Course, open_course
from grader.course.gradebook import NO_KERNEL, CourseGradebook

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = [
    *(pytest.mark.browser, pytest.mark.kernel, pytest.mark.slow),
    pytest.mark.usefixtures("can_confine"),
]

ROOT = Path(__file__).parents[2]
NAME = "a07_backpropagation"
FLASH, COMMENT, LETTER = "autograde", "generate-feedback", "release-feedback"
"""Columns of the page of submissions."""


@pytest.fixture
def instructor(tmp_path: Path) -> Account:
    """Owns a course of one assignment and an exchange; nothing is generated yet."""
    exchange, course = tmp_path / "exchange", tmp_path / "course"
    exchange.mkdir()
    exchange.chmod(0o777)
    copy_assignment(open_course(ROOT), NAME, course / "solutions")
    shutil.copy(ROOT / CONFIG_NAME, course)
    return Account.create(tmp_path / "instructor", course, Exchange_root=str(exchange))


def hand_in_three(course: Course, trace: Path) -> None:
    """One right, one wrong, and one who would like to be the instructor."""
    right = solutions(course)
    wrong = {**right, "G08.2": "def hidden_delta(W, d, net, dg):\n    return W.T @ d"}
    forged = (
        f"open({str(trace)!r}, 'w').write('ran')\nimport sys, types\n"
        "sys.modules['grader'] = types.ModuleType('grader')\n"
        "sys.modules['grader'].grade = lambda *_: 99.0\n"
    )
    hand_in(course, Person("ada", right))
    hand_in(course, Person("李雷", wrong))
    hand_in(course, Person("mallory", {"G08.1": forged + right["G08.1"]}))


def recorded(course: Course) -> dict[str, dict[str, float | None]]:
    with CourseGradebook(course) as gradebook:
        return gradebook.auto_scores(NAME)


def written(course: Course, step: str) -> dict[str, bytes]:
    files = (path for path in (course.root / step).rglob("*") if path.is_file())
    return {str(path.relative_to(course.root)): path.read_bytes() for path in files}


@contextmanager
def formgrader(browser: Any, account: Account, page: str) -> Iterator[Any]:
    """Open a page of the formgrader of an account's JupyterLab."""
    with ExitStack() as stack:
        address = stack.enter_context(account.jupyterlab())
        window = stack.enter_context(browser.new_page())
        window.set_default_timeout(ANSWER_MS)
        window.goto(f"{address}/formgrader/{page}")
        yield window


def press(page: Any, student: str, column: str) -> str:
    """Press the button of a student; return what the dialog says."""
    row = page.locator("tr", has=page.locator(f"td.student-id:text-is('{student}')"))
    row.locator(f"td.{column} a").click()
    return said(page)


def said(page: Any) -> str:
    """Return the text of the dialog that appears, and close it."""
    dialog = page.locator(".modal.in, .modal.show").first
    dialog.wait_for()
    text = dialog.inner_text()
    dialog.get_by_role("button", name="OK").click()
    dialog.wait_for(state="hidden")
    return str(text)


def test_every_button_gives_what_the_command_gives(
    instructor: Account, browser: Any, tmp_path: Path
) -> None:
    course, trace = open_course(instructor.work), tmp_path / "trace"
    with formgrader(browser, instructor, "manage_assignments") as page:
        page.locator("td.assign a").click()
        assert "Successfully created" in said(page)
    hand_in_three(course, trace)
    for student in ("ada", "mallory"):
        for name, text in (
            ("timestamp.txt", "2026-11-20 12:00:00 UTC"),
            ("submission_secret.txt", f"secret of {student}"),
        ):
            (course.submission(student, NAME) / name).write_text(text)
    shutil.copytree(course.root, tmp_path / "by command")
    by_command = open_course(tmp_path / "by command")
    instructor.run("grader", "autograde", NAME, "--course", str(by_command.root))
    instructor.run("grader", "feedback", NAME, "--course", str(by_command.root))

    with formgrader(browser, instructor, f"manage_submissions/{NAME}") as page:
        for student in ("ada", "李雷", "mallory"):
            assert "Successfully autograded" in press(page, student, FLASH)
            assert "Successfully generated" in press(page, student, COMMENT)
        assert recorded(course) == recorded(by_command)
        assert not trace.exists()
        assert "Successfully released" in press(page, "ada", LETTER)
        assert "Successfully released" in press(page, "李雷", LETTER)
    for step in ("assignments", "autograded", "feedback"):
        assert written(course, step) == written(by_command, step), step
    (page_of_ada,) = (tmp_path / "exchange").rglob("*.html")
    assert page_of_ada.read_bytes() == course.feedback("ada", NAME).read_bytes()

    shutil.rmtree(course.root / "feedback")
    with formgrader(browser, instructor, "manage_assignments") as page:
        page.locator("td.generate-feedback a").click()
        assert "Successfully generated" in said(page)
        page.locator("td.release-feedback a").click()
        assert "Successfully released" in said(page)
    assert written(course, "feedback") == written(by_command, "feedback")
    assert len(list((tmp_path / "exchange").rglob("*.html"))) == 2


def test_a_button_that_fails_leaves_everything_as_it_was(
    instructor: Account, browser: Any, tmp_path: Path
) -> None:
    course = open_course(instructor.work)
    instructor.run("grader", "release", NAME)
    hand_in_three(course, tmp_path / "trace")
    instructor.run("grader", "autograde", NAME)
    scores, files = recorded(course), written(course, "autograded")
    course.source(NAME).write_text("no notebook")
    with formgrader(browser, instructor, f"manage_submissions/{NAME}") as page:
        assert "There was an error" in press(page, "ada", FLASH)
    assert recorded(course) == scores
    assert written(course, "autograded") == files


@pytest.mark.parametrize("registered", [True, False])
def test_jupyterlab_started_from_another_folder(
    instructor: Account, browser: Any, tmp_path: Path, registered: bool
) -> None:
    """Where the course's settings are not read, nothing runs and nothing is recorded."""
    course, trace = open_course(instructor.work), tmp_path / "trace"
    instructor.run("grader", "release", NAME)
    hand_in_three(course, trace)
    if not registered:
        settings = 'c = get_config()\nc.CourseDirectory.source_directory = "solutions"\n'
        (course.root / CONFIG_NAME).write_text(settings)
    elsewhere = Account.create(
        tmp_path / "other", tmp_path, CourseDirectory_root=str(course.root)
    )
    with formgrader(browser, elsewhere, f"manage_submissions/{NAME}") as page:
        text = press(page, "mallory", FLASH)
    assert not trace.exists()
    scores = {score for cells in recorded(course).values() for score in cells.values()}
    if registered:
        assert "Successfully autograded" in text
        assert scores == {0.0}
    else:
        assert "There was an error" in text
        assert NO_KERNEL["name"] in text
        assert scores <= {None}
