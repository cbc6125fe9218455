"""From release to feedback on one machine, as people see it in JupyterLab."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from course_exercises import FULL, exercises_of
from lab import ANSWER_MS, Account, Lab

from grader.course.assignment import copy_assignment
from grader.course.folder import CONFIG_NAME, open_course
from grader.course.gradebook import CourseGradebook

api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = [pytest.mark.browser, pytest.mark.kernel, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
NAME = "a07_backpropagation"
STUDENT = "王小明"
COMMENT = "Complete; name the rule in your second step. 很好"
CLAIM = "By the quotient rule the slope of p is diag(p) - pp', 所以 p - y."
LOADED = """() => new Promise(resolve => {
    const look = () =>
        window.formgrader?.grades?.loaded && window.formgrader?.comments?.loaded
            ? resolve() : setTimeout(look, 50);
    look();
})"""
"""Waits for formgrader's fields: what is written earlier is overwritten, and not saved."""
FORGOTTEN_SLOPE = next(
    mistake
    for exercise in exercises_of(NAME)
    for mistake in exercise.mistakes
    if mistake.code == "M08.2b"
)


@pytest.fixture
def instructor(tmp_path: Path) -> Account:
    """Owns a course of one assignment; the exchange is there and open to all."""
    exchange, course = tmp_path / "exchange", tmp_path / "course"
    exchange.mkdir()
    exchange.chmod(0o777)
    copy_assignment(open_course(ROOT), NAME, course / "solutions")
    shutil.copy(ROOT / CONFIG_NAME, course)
    return Account.create(tmp_path / "instructor", course, Exchange_root=str(exchange))


@pytest.fixture
def student(tmp_path: Path) -> Account:
    """Has an empty folder, and settings as an administrator hands them out."""
    return Account.create(
        tmp_path / "student",
        tmp_path / "student" / "work",
        Exchange_root=str(tmp_path / "exchange"),
        CourseDirectory_course_id="backprop",
        CourseDirectory_student_id=STUDENT,
    )


@pytest.fixture
def window(browser: Any) -> Iterator[Any]:
    """Opens JupyterLab for an account: `window(account)`; everything ends with the test."""
    with ExitStack() as stack:

        def open_for(account: Account) -> Lab:
            address = stack.enter_context(account.jupyterlab())
            return stack.enter_context(Lab.opened(browser, address))

        yield open_for


@pytest.mark.usefixtures("can_confine")
def test_an_assignment_goes_out_and_comes_back(
    instructor: Account, student: Account, window: Any
) -> None:
    instructor.run("grader", "release", NAME)
    instructor.run("nbgrader", "release_assignment", NAME)

    theirs = window(student)
    fetch(theirs)
    answer(theirs)
    submit(theirs)

    instructor.run("nbgrader", "collect", NAME)
    instructor.run("grader", "autograde", NAME)
    mark_by_hand(window(instructor))
    assert marked(instructor.work) == {"score": 4.0, "comment": COMMENT, "pending": False}
    instructor.run("grader", "feedback", NAME)
    instructor.run("nbgrader", "release_feedback", NAME)

    page = fetched_feedback(theirs)
    assert f"6 of {FULL + 5:g} points" in page
    assert FORGOTTEN_SLOPE.message in page
    assert COMMENT in page


def test_a_slider_of_a_lecture_moves_its_picture(instructor: Account, window: Any) -> None:
    lecture = "07_matrix_calculus.ipynb"
    (instructor.work / "lectures").mkdir()
    shutil.copy(ROOT / "lectures" / lecture, instructor.work / "lectures")
    lab = window(instructor)
    lab.open("lectures", lecture)
    lab.menu("Edit", "Clear Outputs of All Cells")
    lab.menu("View", "Expand All Code")  # drawings are folded
    lab.go_to("A derivative is a factor")
    for text in ("from utils import check, plotting", "def cube", "def draw_view"):
        output = lab.run(lab.cell(text))
    slider, picture = output.get_by_role("slider").first, output.locator("img")
    before = picture.get_attribute("src")
    slider.press("ArrowRight")
    api.expect(picture).not_to_have_attribute("src", before, timeout=ANSWER_MS)


def fetch(lab: Lab) -> None:
    """Fetch the assignment and open its notebook."""
    lab.menu("Nbgrader", "Assignment List")
    page = lab.page
    page.locator("#released_assignments_list").get_by_role("button", name="Fetch").click()
    fetched = page.locator("#fetched_assignments_list")
    fetched.get_by_role("button", name=NAME).click()
    fetched.get_by_role("link", name=NAME).click()
    lab.contents()


def answer(lab: Lab) -> None:
    """Answer one task wrong, then right, another one wrong, and write the derivation."""
    lab.go_to("Backpropagation by hand")
    lab.run(lab.cell("from utils import check"))
    lab.run(lab.cell("def sigmoid"))

    lab.go_to("Task G08.1")
    function, test = lab.cell("def output_delta"), lab.cell("delta = output_delta(")
    lab.write(function, "return (t - g(net)) * dg(net)", over=2)
    lab.run(function)
    reason = lab.run(test).get_by_role("alert").first
    assert "delta has the opposite sign" in reason.inner_text()
    assert reason.get_by_role("table").is_visible()
    assert "Traceback" not in test.inner_text()
    assert "delta has the opposite sign" in lab.validate()

    lab.write(function, "return (g(net) - t) * dg(net)")
    lab.run(function)
    line = lab.run(test).get_by_role("status").first
    assert line.inner_text() == "✓ delta agrees with finite differences"

    lab.go_to("Task G08.2")
    lab.write(lab.cell("def hidden_delta"), "return W_next.T @ delta_next", over=2)
    lab.go_to("In your own words")
    lab.write_text(lab.cell("YOUR ANSWER HERE"), CLAIM)
    verdict = lab.validate()
    assert "def hidden_delta" not in verdict
    assert "delta = hidden_delta(" in verdict
    assert "delta = output_delta(" not in verdict


def submit(lab: Lab) -> None:
    """Save, and hand in through the exchange."""
    lab.save()
    lab.menu("Nbgrader", "Assignment List")
    fetched = lab.page.locator("#fetched_assignments_list")
    fetched.get_by_role("button", name="Submit").click()
    lab.page.locator("#submitted_assignments_list").get_by_text(NAME).wait_for()


def mark_by_hand(lab: Lab) -> None:
    """Find the one submission that waits for a person; give points and a comment."""
    lab.menu("Nbgrader", "Formgrader")
    form = lab.frame()
    form.get_by_role("link", name="Manual Grading").click()
    form.locator("table").get_by_role("link", name=NAME).click()
    form.locator("table").get_by_role("link", name=NAME).click()
    form.get_by_role("link", name="Submission #1").click()
    form.get_by_text(CLAIM).wait_for()
    form.locator("body").evaluate(LOADED)
    for field, text, kind in (
        ("#D08-1-derivation", "4", "grade"),
        ("#D08-1-derivation-comment", COMMENT, "comment"),
    ):
        with lab.page.expect_response(f"**/formgrader/api/{kind}/*") as saved:
            form.locator(field).fill(text)
            form.locator(field).press("Tab")
        assert saved.value.ok


def marked(folder: Path) -> dict[str, Any]:
    """Return what the gradebook has for the derivation."""
    with CourseGradebook(open_course(folder)) as gradebook:
        entry = gradebook.recorded(NAME, STUDENT)["D08-1-derivation"]
    return {key: entry[key] for key in ("score", "comment", "pending")}


def fetched_feedback(lab: Lab) -> str:
    """Fetch the page, open it in JupyterLab and return its text."""
    lab.menu("Nbgrader", "Assignment List")
    submitted = lab.page.locator("#submitted_assignments_list")
    submitted.get_by_role("button", name="Fetch Feedback").click()
    submitted.get_by_text("view feedback").click()
    lab.page.locator(".jp-DirListing-item", has_text=f"{NAME}.html").dblclick()
    return lab.frame().locator("main").inner_text()
