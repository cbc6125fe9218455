"""The class report: counts that are right, and nothing of a student that acts."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from report_records import HOSTILE, exercise, finding, record

from grader.commands.autograde import autograde
from grader.commands.demo.people import Person, hand_in
from grader.course.folder import Course
from grader.errors import UsageError
from grader.model import Mark, Result
from grader.report.class_report import (
    EXAMPLE_CHARACTERS,
    MOST_AT_ONCE,
    _examples,
    report_page,
    table_entries,
    write_report,
)
from grader.report.page import heading, heat, percent, points
from grader.report.progress import print_table
from grader.report.space import PAGE_CHARACTERS
from grader.report.summary import ClassSummary, UnnamedMistake, summarise

NAME = "a07_backpropagation"


def mark(student: str, **changed: Any) -> Mark:
    known = {"assignment": NAME, "submitted": True, "max_score": 9.0}
    return Mark(student=student, **{**known, **changed})


def summary(*records: Result, marks: tuple[Mark, ...] = ()) -> ClassSummary:
    return summarise(NAME, {r.student: r for r in records}, marks)


def wrong(number: int, behaviour: str, message: str = "db differs.") -> dict[str, Any]:
    said = finding(message, named=False, code="value")
    return exercise(number, 0, said, behaviour=behaviour)


# --- counting ----------------------------------------------------------------------


def test_shares_are_those_of_the_automatic_points() -> None:
    found = summary(
        record(exercise(1, 4), exercise(2, 4), student="ada"),
        record(exercise(1, 4), exercise(2, 0), student="bela"),
        record(exercise(1, 0), exercise(2, 1), student="chloe"),
        marks=(mark("ada", raw_score=9.0), mark("bela"), mark("chloe"), mark("deniz")),
    )
    assert found.shares == [1, 0.5, 0.125]
    assert found.median == 0.5
    assert found.mean == pytest.approx(1.625 / 3)
    first, second = found.exercises
    assert (first.shares, first.right) == ((1, 1, 0), 2)
    assert (second.shares, second.right) == ((1, 0, 0.25), 1)
    assert second.mean == pytest.approx(1.25 / 3)


def test_exercises_keep_the_order_of_the_assignment() -> None:
    found = summary(record(exercise(3, 4), exercise(1, 4), exercise(2, 4)))
    assert [e.id for e in found.exercises] == ["G08.3", "G08.1", "G08.2"]


def test_students_are_sorted_and_those_without_a_result_are_among_them() -> None:
    nobody = mark("bela", submitted=False)
    found = summary(
        record(exercise(1, 4), student="chloe"),
        record(exercise(1, 0), student="ada"),
        marks=(nobody, mark("chloe", first_name="小明", last_name="王", raw_score=3.0)),
    )
    assert [s.student for s in found.students] == ["ada", "bela", "chloe"]
    assert [s.name for s in found.students] == ["ada", "bela", "小明 王"]
    assert [s.score for s in found.students] == [0, None, 3]
    assert [s.student for s in found.graded] == ["ada", "chloe"]
    assert found.students[1].shares == (None,)
    assert found.to_look_at == (found.students[1],)
    assert found.students[1].notes == ("nothing handed in",)


def test_what_counts_is_the_mark_less_its_penalty() -> None:
    late = mark("ada", raw_score=7.0, penalty=2.0, pending=True)
    (student,) = summary(record(exercise(1, 4)), marks=(late,)).students
    assert (student.score, student.max_score, student.pending) == (5, 9, True)


def test_mistakes_are_counted_once_per_student_the_most_frequent_first() -> None:
    rare = finding("Rare.", code="M08.1b")
    common = finding("Common.", code="M08.2a", lecture="08_backpropagation#Here")
    found = summary(
        record(exercise(1, 0, rare), exercise(2, 0, common, common), student="ada"),
        record(exercise(1, 4), exercise(2, 0, common), student="bela"),
        record(exercise(1, 4), exercise(2, 4), student="chloe"),
    )
    assert [(m.code, m.students) for m in found.named] == [
        ("M08.2a", ("ada", "bela")),
        ("M08.1b", ("ada",)),
    ]
    assert [m.lecture for m in found.named] == [
        "08_backpropagation#Here",
        "08_backpropagation",
    ]


def test_a_mistake_counts_for_each_exercise_it_is_made_in() -> None:
    both = finding(code="MX.7")
    found = summary(record(exercise(1, 0, both), exercise(2, 0, both)))
    assert [(m.code, m.exercise) for m in found.named] == [
        ("MX.7", "G08.1"),
        ("MX.7", "G08.2"),
    ]


def test_general_mistakes_are_told_apart_by_their_sentences() -> None:
    """All have one code."""
    unused, turned = (
        finding("b is 0.", code="general"),
        finding("W is turned.", code="general"),
    )
    found = summary(
        record(exercise(1, 0, unused), student="ada"),
        record(exercise(1, 0, turned), student="bela"),
        record(exercise(1, 0, unused), student="chloe"),
    )
    assert [(m.message, m.students) for m in found.named] == [
        ("b is 0.", ("ada", "chloe")),
        ("W is turned.", ("bela",)),
    ]


def test_remarks_and_nameless_findings_are_no_named_mistakes() -> None:
    said = finding(remark=True), finding(named=False)
    assert summary(record(exercise(1, 3, *said))).named == ()


def test_wrong_answers_without_a_name_are_grouped_by_what_they_give() -> None:
    found = summary(
        record(wrong(1, "p"), student="ada"),
        record(wrong(1, "q"), student="bela"),
        record(wrong(1, "q", "another sentence"), student="chloe"),
        record(wrong(2, "q"), student="deniz"),
        record(exercise(1, 4), student="emil"),
    )
    assert [(m.exercise, m.behaviour, m.students) for m in found.unnamed] == [
        ("G08.1", "q", ("bela", "chloe")),
        ("G08.1", "p", ("ada",)),
        ("G08.2", "q", ("deniz",)),
    ]
    assert found.unnamed[0].message == "db differs."


def test_a_remark_is_not_what_is_said_of_a_wrong_answer() -> None:
    answer = exercise(
        1, 0, finding("Loops.", remark=True), finding("db.", named=False), behaviour="p"
    )
    assert summary(record(answer)).unnamed[0].message == "db."


def test_whom_to_look_at_and_why_the_gravest_first() -> None:
    found = summary(
        record(exercise(1, 0), student="a", status="pending", problem="no notebook"),
        record(exercise(1, 4), student="b", limits=("cell 3 stopped",), repairs=("one",)),
        record(
            exercise(1, 4),
            student="c",
            repairs=(
                "1",
                "2",
                "3",
                "4",
                "5",
            ),
        ),
        record(exercise(1, 4), student="d"),
    )
    assert [(s.student, s.notes) for s in found.to_look_at] == [
        ("a", ("could not be graded: no notebook",)),
        ("b", ("cell 3 stopped", "repaired: one")),
        ("c", ("repaired: 1", "repaired: 2", "repaired: 3", "and 2 more")),
    ]
    assert found.students[0].shares == (None,)


def test_time_is_that_of_submissions_that_ran() -> None:
    found = summary(
        *(record(exercise(1, 4), student=f"{t}", run_s=float(t)) for t in (1, 2, 9)),
        marks=(mark("nobody", submitted=False),),
    )
    assert found.seconds == (2.0, 9.0)


@pytest.mark.parametrize(
    ("share", "text"),
    [(1, "100 %"), (0.999, "99 %"), (0.29, "29 %"), (0.005, "0 %"), (0, "0 %")],
)
def test_a_share_never_rounds_up_to_all(share: float, text: str) -> None:
    assert percent(share) == text


def test_points_have_no_needless_digits() -> None:
    assert [points(p) for p in (2.0, 1.5, 1 / 3, 10.0, 0.0)] == [
        *("2", "1.5", "0.33", "10", "0")
    ]


@pytest.mark.parametrize(
    ("lecture", "text"),
    [
        ("08_backpropagation#The-kink", "lecture 08_backpropagation, “The kink”"),
        ("13_iris#The-network:-4-6-3", "lecture 13_iris, “The network: 4-6-3”"),
        ("13_iris", "lecture 13_iris"),
    ],
)
def test_a_place_in_the_lectures_reads_like_its_heading(lecture: str, text: str) -> None:
    assert heading(lecture) == text


def contrast(colour: str) -> float:
    """Return the contrast of the heat map's #111 on a colour, by the rule of WCAG."""

    def luminance(channels: list[int]) -> float:
        parts = [c / 255 for c in channels]
        linear = [p / 12.92 if p <= 0.04 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05

    return luminance([int(c) for c in re.findall(r"\d+", colour)]) / luminance([17] * 3)


def test_text_is_readable_on_every_shade_of_the_heat_map() -> None:
    assert heat(0) != heat(1)
    assert min(contrast(heat(share / 20)) for share in range(21)) > 7


# --- the page ----------------------------------------------------------------------


class Page(HTMLParser):
    """The tables and scripts of a page, and every element with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.rows: list[list[str]] = []
        self.script, self._in = "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag in ("td", "th", "script"):
            self._in = tag
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "script"):
            self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            self.script += data
        elif self._in:
            self.rows[-1][-1] = " ".join(f"{self.rows[-1][-1]} {data}".split())


def hostile_summary() -> tuple[ClassSummary, dict[tuple[str, str], str]]:
    said = finding(HOSTILE, code=HOSTILE, lecture=f"08#{HOSTILE}")
    found = summary(
        record(exercise(1, 0, said), student=HOSTILE, limits=(HOSTILE,)),
        record(wrong(1, HOSTILE, HOSTILE), student="b" + HOSTILE, repairs=(HOSTILE,)),
        marks=(mark(HOSTILE, first_name=HOSTILE),),
    )
    return found, {("G08.1", HOSTILE): HOSTILE}


def test_nothing_of_a_student_becomes_an_element() -> None:
    harmless = Page(report_page(*harmless_summary()))
    page = Page(report_page(*hostile_summary()))
    assert set(page.tags) <= set(harmless.tags)
    assert page.tags.count("script") == 1
    assert "alert" not in page.script
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert sum("alert(1)" in cell for row in page.rows for cell in row) > 5


def harmless_summary() -> tuple[ClassSummary, dict[tuple[str, str], str]]:
    said = finding("Sign.", lecture="08_backpropagation#Sign")
    found = summary(
        record(exercise(1, 2, said), student="ada", limits=("cell 1 stopped",)),
        record(
            wrong(1, "p"),
            student="bela",
            repairs=(
                "one",
                "two",
            ),
        ),
        marks=(
            mark("ada", first_name="小明", raw_score=2.0, pending=True),
            mark("bela", raw_score=0.0),
            mark("nobody", submitted=False),
        ),
    )
    return found, {("G08.1", "p"): "def f1(): ..."}


def test_the_only_script_is_the_one_that_the_policy_names() -> None:
    page = report_page(*harmless_summary())
    script = Page(page).script
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'\"" in page
    assert "default-src 'none'" in page
    assert "addEventListener" in script


def test_the_page_shows_the_counts() -> None:
    rows = Page(report_page(*harmless_summary())).rows
    assert ["G08.1 f1", "4", "25 %", "0 of 2"] in rows
    assert ["小明", "2 / 9 + by hand", "50", "0.1"] in rows
    assert ["bela", "0 / 9", "0", "0.1"] in rows
    assert ["nobody", "–", "–", "0.0"] in rows
    assert ["nobody", "nothing handed in"] in rows
    assert ["bela", "repaired: one repaired: two"] in rows
    named = next(row for row in rows if row[-1] == "lecture 08_backpropagation, “Sign”")
    assert named[0] == "1 student: who ada"
    assert named[1:4] == ["50 %", "G08.1 f1", "Sign. M08.1a"]


def test_the_page_says_how_many_handed_in_and_how_many_wait() -> None:
    page = report_page(*harmless_summary())
    assert "<b>2</b> of 3 handed in" in page
    assert "mean <b>25 %</b>, median <b>25 %</b>" in page
    assert "<b>1</b> wait to be marked by hand" in page


def test_rare_mistakes_wait_behind_a_click() -> None:
    many = [finding(code=f"M08.{n}") for n in range(MOST_AT_ONCE + 2)]
    page = report_page(summary(record(exercise(1, 0, *many))), {})
    assert "<summary>2 rarer ones</summary>" in page
    few = report_page(summary(record(exercise(1, 0, *many[:-2]))), {})
    assert "rarer ones" not in few


@pytest.mark.parametrize("marks", [(), (mark("ada", submitted=False),)])
def test_a_class_without_submissions_has_a_page(marks: tuple[Mark, ...]) -> None:
    found = summary(marks=marks)
    page = report_page(found, {})
    assert f"<b>0</b> of {len(marks)} handed in" in page
    assert "Nobody made a mistake that has a name." in page
    assert "<svg" not in page
    assert (found.mean, found.median, found.seconds) == (0, 0, (0, 0))


def test_work_that_only_people_mark_has_no_share_of_automatic_points() -> None:
    found = summary(
        record(student="ada"),
        record(student="bela", status="pending", problem="no notebook"),
        marks=(mark("ada", pending=True), mark("bela"), mark("chloe", submitted=False)),
    )
    assert found.only_by_hand
    assert found.shares == []
    page = report_page(found, {})
    assert "<b>2</b> of 3 handed in" in page
    assert "no automatic points: people mark this assignment" in page
    assert "<b>1</b> wait to be marked by hand" in page
    assert ["ada", "0 / 9 + by hand", "0.1"] in Page(page).rows
    for untrue in ("0 %", "all right", "<svg"):
        assert untrue not in page


@pytest.mark.parametrize("marks", [(), (mark("ada"),)])
def test_a_class_without_results_is_not_said_to_be_marked_by_hand(
    marks: tuple[Mark, ...],
) -> None:
    page = report_page(summary(marks=marks), {})
    assert "No results yet." in page
    for untrue in ("0 %", "all right", "people mark"):
        assert untrue not in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "no automatic points: what was answered waits to be marked by hand"),
        ({"repairs": ("cell 'x' was put back",)}, "cell 'x' was put back"),
        ({"status": "pending", "problem": "no notebook"}, "no notebook"),
    ],
)
def test_the_table_never_calls_work_right_that_people_mark(
    changed: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = Result(
        **{"student": "ada", "assignment": NAME, "status": "graded", "scores": ()},
        **{"isolation": "full", "seconds": 0.1, "executed": True},
    )
    print_table([replace(result, **changed)])
    points = "–/0" if changed.get("status") == "pending" else "0/0"
    line = capsys.readouterr().out.splitlines()[1]
    assert line.split(maxsplit=2) == ["ada", points, said]


# --- the drawing -------------------------------------------------------------------


def test_what_could_not_be_read_counts_in_no_mean() -> None:
    found = summary(
        record(exercise(1, 4), student="ada"),
        record(exercise(1, 0), student="bela", status="pending", problem="no JSON"),
    )
    assert (found.shares, found.exercises[0].shares) == ([1], (1,))
    assert found.students[1].shares == (None,)


def test_the_distribution_counts_each_submission_once() -> None:
    points = (0.0, 0.39, 0.4, 2.0, 3.99, 4.0, 4.0)
    people = [record(exercise(1, p), student=f"{n}") for n, p in enumerate(points)]
    assert summary(*people).distribution == [2, 1, 0, 0, 0, 1, 0, 0, 0, 3]
    assert summary().distribution == [0] * 10


def test_the_distribution_is_drawn_to_scale_and_speaks() -> None:
    people = [record(exercise(1, p), student=f"{n}") for n, p in enumerate((0, 4, 4))]
    page = report_page(summary(*people), {})
    found = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    said = "Distribution of points of 3 submissions: mean 66 %, median 100 %"
    assert found.attrib["aria-label"] == said
    low, high = (float(bar.attrib["height"]) for bar in found.iter("rect"))
    assert 2 * low == high
    assert [t.text for t in found.iter("text")][:2] == ["1", "2"]


# --- entries for new mistakes ------------------------------------------------------


def unnamed(message: str = "db differs.", student: str = "ada") -> UnnamedMistake:
    return UnnamedMistake(
        behaviour="p",
        exercise="G08.1",
        function="f1",
        message=message,
        students=(student, "bela"),
    )


def test_an_entry_is_python_to_fill_in() -> None:
    text = table_entries([unnamed()], {("G08.1", "p"): "def f1(x):\n    return -x"})
    assert "2 answer(s) like that of 'ada'; so far: db differs." in text
    assert "#     def f1(x):\n#         return -x\n" in text
    (_, entry) = ast.parse(text).body
    (call,) = entry.value.elts  # type: ignore[attr-defined]
    assert {k.arg: ast.unparse(k.value) for k in call.keywords} == {
        "code": "'M08.1?'",
        "variant": "lambda *args: ...",
        "message": "'What it looks like, and what to do instead'",
    }


BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("end", BREAKS, ids=[ascii(end) for end in BREAKS])
def test_no_line_of_a_student_leaves_its_comment(end: str) -> None:
    hostile = f'x{end}import os{end}os.system(\'x\'){end}"""{end}'
    mistake = unnamed(message=hostile, student=hostile)
    text = table_entries([mistake], {("G08.1", "p"): hostile})
    names = {type(node) for node in ast.parse(text).body}
    assert names == {ast.Expr}
    assert len(ast.parse(text).body) == 2
    assert "os.system" in text


def test_an_example_is_cut_and_says_so(course: Course) -> None:
    notebook = course.autograded("ada", NAME) / f"{NAME}.ipynb"
    notebook.parent.mkdir(parents=True)
    meta = {"nbgrader": {"grade_id": "G08-1-f1-solution", "solution": True}}
    cells = [new_code_cell("'" * 1_000_000, metadata=meta)]
    notebook.write_text(json.dumps(new_notebook(cells=cells)), "utf-8")
    try:
        mistakes = [replace(unnamed(), behaviour=str(i)) for i in range(200)]
        found = _examples(course, NAME, mistakes)
    finally:
        shutil.rmtree(course.root / "autograded")
    first, *_, last = found.values()
    assert first.startswith(
        "'" * EXAMPLE_CHARACTERS + "\n… The page shows 5,000 of 1,000,000"
    )
    assert "shows 0 of 1,000,000" in last
    assert sum(text.count("'") for text in found.values()) == PAGE_CHARACTERS


def test_a_report_needs_a_released_assignment(course: Course) -> None:
    with pytest.raises(UsageError, match="'hw9' is not in the gradebook"):
        write_report(course, "hw9")


@pytest.mark.kernel
def test_report_and_entries_are_written_with_or_without_graded_notebooks(
    new_course: Callable[..., Course], tmp_path: Path
) -> None:
    course = new_course(tmp_path)
    odd = "def weight_grad(delta, a_prev):\n    return np.cos(delta), np.sin(a_prev)"
    for name in ("王小明", "bo"):
        hand_in(course, Person(name, {"G08.3": odd}))
    autograde(course, NAME, isolation="none")
    page = write_report(course, NAME, new_mistakes=True)
    entries = page.with_name(f"{NAME}_new_mistakes.py")
    assert "np.cos(delta)" in page.read_text(encoding="utf-8")
    assert "2 answer(s) like that of 'bo'" in entries.read_text(encoding="utf-8")
    shutil.rmtree(course.root / "autograded")
    page = write_report(course, NAME, new_mistakes=True)
    assert "王小明" in page.read_text(encoding="utf-8")
    assert "np.cos(delta)" not in page.read_text(encoding="utf-8")
