"""Grades leave in the columns the importers document, whatever people are called."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from course_exercises import FULL
from nbgrader.api import Gradebook

from grader.authoring import init
from grader.cli import main
from grader.commands.autograde import autograde
from grader.commands.demo.people import Person, hand_in, solutions
from grader.commands.release import release
from grader.course.folder import Course, open_course
from grader.course.gradebook import CourseGradebook, in_gradebook
from grader.errors import UsageError
from grader.model import Mark
from grader.report.exports import (
    CSV_COLUMNS,
    FORMATS,
    canvas_csv,
    export,
    grades_csv,
    moodle_csv,
)
from grader.report.records import read_records

NAME = "a07_backpropagation"
NAMES = (
    *("O'Brien", "王小明", 'Jane "JJ" Doe', "Smith, John", "=cmd|' /C calc'!A0", "-1"),
    *("+49 30", "@SUM(A1)", "＝1+1", "Ελένη", "Ana-Maria", "x=1", "5 - 3"),
)
FORMULAS = (
    *("=1+1", "-5", "  =1+1", "\t=1+1", "bob;=1+1", "bob; =1+1", 'bob;"=1+1"', "a|@x"),
    *("a\t=1+1", "a\n=1+1", "a\r\n=1+1", "a,=1+1", "＋1", "−1", "﹣1", ";;=1", "';'=1"),
    *("\u200b=1+1", "\x1b[2J=1", "\ufeff=1", "x;\xa0=1"),
)
"""Cells, or parts of one for somebody who reads the table with another separator."""


def mark(student: str, score: float = 1.5, **fields: object) -> Mark:
    """Return a mark of somebody who is called like their id."""
    standard = {"assignment": NAME, "submitted": True, "max_score": 32.0}
    return Mark(student=student, raw_score=score, **{**standard, **fields})  # type: ignore[arg-type]


def table(text: str) -> list[list[str]]:
    """Read a table as an importer does: RFC 4180, commas and doubled quotes."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("write", [grades_csv, canvas_csv, moodle_csv])
def test_every_name_survives_and_none_is_a_formula(write) -> None:
    people = [mark(name, first_name=name, last_name=name, email=name) for name in NAMES]
    rows = table(write({NAME: people}))
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows for cell in row]
    for name in NAMES:
        assert any(name in cell for cell in cells), name
    for cell in cells:
        number = cell.replace(".", "", 1).isdigit()
        assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\n", "＝")), cell


def test_spreadsheet_has_a_header_a_line_each_and_a_mark_for_utf_8() -> None:
    text = grades_csv({NAME: [mark("王小明", 20, penalty=2.0, pending=True)]})
    assert text.encode().startswith(b"\xef\xbb\xbf")
    header, row = table(text.removeprefix("\ufeff"))
    assert tuple(header) == CSV_COLUMNS
    found = dict(zip(header, row, strict=True))
    assert (found["raw_score"], found["late_penalty"], found["score"]) == ("20", "2", "18")
    assert (found["max_score"], found["to_mark_by_hand"]) == ("32", "yes")


def test_canvas_gets_its_five_columns_points_possible_and_its_own_ids() -> None:
    """Canvas: five columns for the person, then assignments; a second row of points."""
    marks = {
        "a01": [
            mark("ada", 3, assignment="a01", max_score=10.0, first_name="Ada"),
            mark("bo", assignment="a01", max_score=10.0, submitted=False),
        ],
        "a02": [
            mark("ada", 20.25, assignment="a02", first_name="Ada", lms_user_id="77"),
            mark("bo", 0, assignment="a02"),
        ],
    }
    header, points, ada, bo = table(canvas_csv(marks))
    person = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert header == [*person, "a01", "a02"]
    assert points[0].strip() == "Points Possible"
    assert points[5:] == ["10", "32"]
    assert ada == ["Ada", "", "", "ada", "", "3", "20.25"]
    assert bo[5:] == ["", "0"]  # nothing handed in is no zero


def test_canvas_names_people_last_name_first() -> None:
    person = mark("ml", first_name="Mei", last_name="Li", lms_user_id="12")
    assert table(canvas_csv({NAME: [person]}))[2][:4] == ["Li, Mei", "12", "", "ml"]


def test_moodle_gets_identifying_columns_and_one_per_assignment() -> None:
    rows = table(moodle_csv({NAME: [mark("mei", email="mei@x.org", lms_user_id="5")]}))
    person = ["Username", "ID number", "First name", "Last name", "Email address"]
    assert rows == [[*person, NAME], ["mei", "5", "", "", "mei@x.org", "1.5"]]


@pytest.mark.parametrize("write", [grades_csv, canvas_csv, moodle_csv])
@pytest.mark.parametrize("separator", [",", ";", "|", "\t"])
@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_is_a_formula_whatever_separates_them(write, separator, name) -> None:
    text = write({NAME: [mark(name, first_name=name, last_name=name, email=name)]})
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    assert rows[-1]
    for cell in (cell for row in rows for cell in row):
        shown = re.sub('["\\s\u200b\ufeff]', "", cell)
        assert not shown.startswith(tuple("=+-@＝＋－＠−﹣")), cell


ORDINARY = ("O'Brien", "李雷", "Ana-Maria", "x=1", "a, b; c | d", "'")


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_names_come_back_as_they_were(name: str) -> None:
    assert table(moodle_csv({NAME: [mark(name)]}))[1][0] == name


def test_numbers_stay_numbers_and_a_number_as_a_name_is_text() -> None:
    row = table(moodle_csv({NAME: [mark("-5", 2.5)]}))[1]
    assert (row[0], row[-1]) == ("'-5", "2.5")


def test_no_control_character_is_in_a_table() -> None:
    text = grades_csv({NAME: [mark("\x1b]0;t\x07eve\x1b[2J\nadmin\u202e\x9b1A")]})
    assert "eve admin " in text
    assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", text)


@pytest.fixture(scope="module")
def graded(
    new_course: Callable[..., Course], tmp_path_factory: pytest.TempPathFactory
) -> Course:
    """A graded course of three: right, blank, and one on the list who never came."""
    course = new_course(tmp_path_factory.mktemp("course"))
    right = solutions(course)
    hand_in(course, Person("O'Brien", right))
    hand_in(course, Person("王小明", {"G08.3": right["G08.3"]}))
    autograde(course, NAME, isolation="none", jobs=1)
    with Gradebook(course.directory.db_url) as book:
        book.update_or_create_student("never", first_name="Never", last_name="Came")
        submission = book.find_submission_notebook(NAME, NAME, "O'Brien")
        for grade in submission.grades:
            if grade.cell.name.startswith("D08"):
                grade.manual_score, grade.needs_manual_grade = 4.0, False
            if grade.cell.name == "G08-1-output_delta":
                grade.extra_credit = 0.5
        submission.late_submission_penalty = 1.25
        book.db.commit()
    return course


@pytest.mark.kernel
def test_marks_are_those_of_nbgrader(graded: Course) -> None:
    with CourseGradebook(graded) as gradebook:
        marks = {m.student: m for m in gradebook.marks(NAME)}
    assert list(marks) == ["O'Brien", "never", "王小明"]
    with Gradebook(graded.directory.db_url) as book:
        for student in ("O'Brien", "王小明"):
            theirs = book.find_submission(NAME, student)
            ours = marks[student]
            assert ours.raw_score == pytest.approx(theirs.score)
            assert ours.max_score == pytest.approx(theirs.max_score)
            assert ours.penalty == pytest.approx(theirs.late_submission_penalty or 0)
            assert ours.pending == theirs.needs_manual_grade
    assert marks["O'Brien"].score == pytest.approx(FULL + 4 + 0.5 - 1.25)
    assert not marks["never"].submitted
    assert marks["never"].name == "Never Came"


@pytest.mark.kernel
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written(graded: Course, form: str, tmp_path: Path) -> None:
    files, _ = export(graded, [NAME], form, tmp_path / "out")
    assert files
    for path in files:
        assert path.read_text(encoding="utf-8")


@pytest.mark.kernel
def test_gradescope_results_have_the_documented_fields(
    graded: Course, tmp_path: Path
) -> None:
    """Gradescope: a score or tests; a test has score and max_score, all else optional."""
    files, _ = export(graded, [NAME], "gradescope", tmp_path)
    assert [path.parent.name for path in files] == ["O'Brien", "王小明"]
    for path in files:
        assert path.name == "results.json"
        result = json.loads(path.read_text(encoding="utf-8"))
        assert isinstance(result["score"], float)
        assert result["visibility"] == "visible"
        for test in result["tests"]:
            assert 0 <= test["score"] <= test["max_score"]
            assert test["status"] in ("passed", "failed")
            assert (test["status"] == "passed") == (test["score"] == test["max_score"])
            assert isinstance(test["output"], str)
            assert test["output_format"] == "text"
    blank = {t["number"]: t for t in result["tests"]}
    assert blank["G08.1"]["output"] == "This task has not been answered yet."
    assert blank["G08.3"]["status"] == "passed"


@pytest.mark.kernel
def test_grades_that_are_not_final_are_named(graded: Course, tmp_path: Path) -> None:
    assert export(graded, [NAME], "csv", tmp_path / "a.csv")[1] == []
    with Gradebook(graded.directory.db_url) as book:
        grade = book.find_submission_notebook(NAME, NAME, "O'Brien").grades[-1]
        grade.needs_manual_grade = True
        book.db.commit()
    (remark,) = export(graded, [NAME], "csv", tmp_path / "b.csv")[1]
    assert "1 of 3 still wait" in remark
    assert "O'Brien" in remark


@pytest.mark.kernel
def test_result_of_somebody_unknown_is_asked_for_clearly(graded: Course) -> None:
    assert list(read_records(graded, NAME)) == ["O'Brien", "王小明"]
    with pytest.raises(UsageError, match=r"'nobody' has not been graded.*王小明"):
        read_records(graded, NAME, ("nobody",))


# --- assignments that the gradebook does not have ------------------------------------


@pytest.fixture
def two(tmp_path: Path) -> Course:
    """A course of two assignments, neither released."""
    course = open_course(init(tmp_path / "course"))
    first, second = course.source("hw1").parent, course.source("hw2").parent
    shutil.copytree(first, second)
    (second / "hw1.ipynb").rename(course.source("hw2"))
    return course


def test_those_in_the_gradebook_are_shown_and_the_others_named(two: Course) -> None:
    with pytest.raises(UsageError, match=r"no assignment .* run 'grader release' first"):
        in_gradebook(two)
    release(two, "hw1")
    names, (left_out,) = in_gradebook(two)
    assert names == ["hw1"]
    assert left_out.startswith("hw2 is left out: it is not in the gradebook; 'grader rel")
    assert in_gradebook(two, ["hw1"]) == (["hw1"], [])
    with pytest.raises(UsageError, match=r"'hw2' is not in the gradebook, which has hw1:"):
        in_gradebook(two, ["hw1", "hw2"])


def test_an_assignment_that_formgrader_only_announced_was_not_released(
    two: Course,
) -> None:
    with CourseGradebook(two) as gradebook:
        gradebook._book.update_or_create_assignment("hw2")
    with pytest.raises(UsageError, match="'hw2' is not in the gradebook"):
        in_gradebook(two, ["hw2"])


COMMANDS = (
    *(["report"], ["report", "--new-mistakes"], ["feedback"]),
    *(["export", "--format", form] for form in FORMATS),
)


@pytest.mark.parametrize("known", ["hw1", "no assignment"])
def test_an_assignment_that_was_never_released_is_said_in_one_line(
    two: Course, known: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if known == "hw1":
        release(two, "hw1")
    for command in COMMANDS:
        assert main([*command, "hw2", "--course", str(two.root)]) == 2
        assert capsys.readouterr().err == (
            f"grader: 'hw2' is not in the gradebook, which has {known}: run 'grader "
            "release hw2' or 'grader autograde hw2' first\n"
        )
    assert not two.reports.exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_without_names_those_that_were_not_released_are_left_out(
    two: Course, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    release(two, "hw1")
    assert main([*command, "--course", str(two.root)]) == 0
    assert capsys.readouterr().err == (
        "grader: hw2 is left out: it is not in the gradebook; 'grader release hw2' puts it "
        "there\n"
    )


def nbgrader_export(course: Course, *options: str) -> subprocess.CompletedProcess[str]:
    """Run nbgrader's own command."""
    folder = Path(sys.executable).parent
    return subprocess.run(
        [str(folder / "nbgrader"), "export", *options],
        cwd=course.root,
        env={**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_nbgraders_export_says_it_too(two: Course) -> None:
    release(two, "hw1")
    done = nbgrader_export(two, '--assignment=["hw2"]')
    assert done.returncode == 1
    assert "'hw2' is not in the gradebook, which has hw1" in done.stderr
    assert "Traceback" not in done.stderr
    done = nbgrader_export(two)
    assert done.returncode == 0, done.stderr
    assert "hw2 is left out" in done.stderr
    assert list(two.reports.iterdir()) == [two.reports / "grades.csv"]
