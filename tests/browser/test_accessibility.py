"""axe-core finds nothing serious on what students and instructors open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from report_records import exercise, finding, record

from grader.model import Mark
from grader.report.class_report import report_page
from grader.report.feedback import feedback_page
from grader.report.summary import summarise
from utils import check
from utils.check.results import CheckPassed

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GRAVE = {"serious", "critical"}
PLACE = "08_backpropagation#Bias-gradient"
MARKED = finding("db is a copy.", output="db", lecture=PLACE)
NAMELESS = finding("dW differs.", named=False, code="value")


def feedback() -> str:
    """A page on which everything happens."""
    manual = {
        "D1": {"score": 3.0, "max_score": 5.0, "pending": False, "comment": "Why?"},
        "D2": {"score": None, "max_score": 5.0, "pending": True},
    }
    table = "<table><caption>c</caption><tr><th>a<td>1</table>"
    outputs = [
        new_output("stream", text="hello " * 300),
        new_output("error", ename="E", evalue="", traceback=["E: wrong"]),
        new_output("display_data", {"text/html": table}),
        new_output("display_data", {"image/png": "QUJD"}),
    ]
    grader = {"grade_id": "G08-2-f2-solution", "solution": True}
    added = new_markdown_cell("A note.")
    added["id"] = "added-1"
    cells = [
        new_code_cell("x = 1", metadata={"nbgrader": grader}, outputs=outputs),
        added,
    ]
    remark = finding("Loops.", remark=True)
    done = record(
        exercise(1, 4, remark),
        exercise(2, 2, MARKED),
        exercise(3, 0, NAMELESS),
        repairs=("a test was restored",),
        limits=("cell 3 stopped at its limit of 20 s",),
    )
    return feedback_page(done, manual, cells)


def report() -> str:
    """A class of four, with everything that a report can show."""
    records = {
        "ada": record(exercise(1, 4), exercise(2, 2, MARKED)),
        "bela": record(exercise(1, 0, NAMELESS, behaviour="p"), exercise(2, 0)),
        "王小明": record(exercise(1, 0), exercise(2, 0), status="pending", problem="none"),
    }
    marks = [
        Mark(student=name, assignment="a", submitted=True, max_score=8.0)
        for name in records
    ]
    marks.append(Mark(student="deniz", assignment="a", submitted=False, max_score=8.0))
    return report_page(summarise("a", records, marks), {("G08.1", "p"): "def f1(): ..."})


def checks(background: str, ink: str) -> str:
    """What `utils.check` shows, in the colours of a theme of JupyterLab."""
    x = np.arange(12.0).reshape(3, 4) + 1
    wrong = 2 * x * [1, 2, 0.99, -1]
    wrong[1, 1] = np.nan
    with pytest.raises(check.CheckFailed) as caught:
        check.gradient(lambda v: np.sum(v**2), wrong, x, "dW")
    passed = CheckPassed("W has shape (3, 4)")._repr_html_()
    return (
        '<!doctype html><html lang="en"><title>a notebook</title>'
        f'<body style="background:{background};color:{ink}"><main><h1>a notebook</h1>'
        f"{passed}{caught.value._repr_html_()}</main>"
    )


PAGES = {
    "feedback": {"light": feedback, "dark": feedback},
    "class report": {"light": report, "dark": report},
    "checks": {
        "light": lambda: checks("#fff", "rgba(0,0,0,.87)"),
        "dark": lambda: checks("#111", "rgba(255,255,255,.87)"),
    },
}


def findings(browser: Any, page: str, scheme: str, folder: Path) -> list[dict[str, Any]]:
    """Return what axe-core finds on a page."""
    reason = "axe-playwright-python is not installed"
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=reason)
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    tab = browser.new_page(color_scheme=scheme)
    try:
        tab.goto(file.as_uri())
        for closed in tab.query_selector_all("summary"):
            closed.click()
        return axe.Axe().run(tab).response["violations"]
    finally:
        tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nobody_is_shut_out(browser: Any, tmp_path: Path, name: str, scheme: str) -> None:
    found = findings(browser, PAGES[name][scheme](), scheme, tmp_path)
    grave = [
        (rule["id"], node["html"][:200], node["failureSummary"])
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
    assert grave == []


def test_a_page_that_shuts_people_out_would_be_noticed(
    browser: Any, tmp_path: Path
) -> None:
    bad = '<title>x</title><img src="data:,"><p style="color:#ccc;background:#fff">pale'
    found = findings(browser, bad, "light", tmp_path)
    grave = {rule["id"] for rule in found if rule["impact"] in GRAVE}
    assert {"image-alt", "color-contrast", "html-has-lang"} <= grave


def test_the_report_is_sorted_from_the_keyboard(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(report(), encoding="utf-8")
    tab = browser.new_page()
    try:
        tab.goto(file.as_uri())
        button = tab.locator(".heat th button").first
        rows = tab.locator(".heat tbody th")
        before = rows.all_inner_texts()
        button.focus()
        tab.keyboard.press("Enter")
        assert rows.all_inner_texts() == before[::-1]
        tab.keyboard.press("Enter")
        assert rows.all_inner_texts() == before
    finally:
        tab.close()
