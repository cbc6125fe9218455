"""Grades on their way into other systems, in the columns those document.

    csv          one line per student and assignment, for spreadsheets
    canvas       Canvas: Grades > Import
    moodle       Moodle: Grades > Import > CSV file
    gradescope   one results.json per submission, as its autograders write it

Text that a spreadsheet would run as a formula is made harmless in every table, whatever
separator it is read with.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.course.files import write_atomically
from grader.course.folder import Course
from grader.course.gradebook import CourseGradebook
from grader.model import Mark, Result, Score
from grader.report.harmless import lines, printable
from grader.report.page import points
from grader.report.records import read_records, require_settled
from grader.report.space import shortened

Cell = str | float
Marks = Mapping[str, Sequence[Mark]]
"""Everybody's marks by assignment."""
Scores = Mapping[str, Mapping[str, Mapping[str, float | None]]]
"""Everybody's automatic scores by assignment, student and grade id."""

CSV_COLUMNS = (
    *("assignment", "student_id", "last_name", "first_name", "email", "timestamp"),
    *("submitted", "raw_score", "late_penalty", "score", "max_score", "to_mark_by_hand"),
)
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE_COLUMNS = ("Username", "ID number", "First name", "Last name", "Email address")
_FORMULA = re.compile(
    r"""((?:^|[,;|])["'\s]*)(?=[=+\-@\u2212\ufe62\ufe63\ufe66\uff0b\uff0d\uff1d\uff20])"""
)
"""Where a formula begins, if not here then in a table split at another separator: a sign
that starts one, of full width too, at the front or behind a separator, after any blanks
and quotation marks that an importer takes away."""


def export(
    course: Course,
    assignments: Sequence[str],
    form: str,
    to: Path | None = None,
    students: Sequence[str] = (),
) -> tuple[list[Path], list[str]]:
    """Write grades in one of `FORMATS`.

    Args:
        course: the course.
        assignments: which; one column or group of lines each.
        form: a key of `FORMATS`.
        to: file, or folder for gradescope; by default inside ``report/``.
        students: whose; everybody's if empty.

    Returns:
        The files, and what the instructor should know about them.

    Raises:
        UsageError: an assignment is not in the gradebook.
        UnsettledError: for gradescope: the gradebook has other points than the results.
    """
    with CourseGradebook(course) as gradebook:
        marks = {
            name: [
                m for m in gradebook.marks(name) if not students or m.student in students
            ]
            for name in assignments
        }
        scores = {name: gradebook.auto_scores(name) for name in assignments}
    to = to or course.reports / DEFAULT_NAMES[form]
    if form == "gradescope":
        files = _gradescope_files(course, marks, scores, to)
    else:
        write_atomically(to, TABLES[form](marks))
        files = [to]
    return files, _remarks(marks)


def _remarks(marks: Marks) -> list[str]:
    """Say which grades are not final."""
    remarks = []
    for name, rows in marks.items():
        pending = [mark.student for mark in rows if mark.pending]
        if pending:
            some = printable(", ".join(pending[:5])) + (", …" if len(pending) > 5 else "")
            remarks.append(
                f"{name}: {len(pending)} of {len(rows)} still wait to be marked by hand "
                f"({some}); they are exported with the points they have"
            )
    return remarks


def grades_csv(marks: Marks) -> str:
    """Return the plain table, with a mark at its start that makes Excel read UTF-8."""
    rows: list[Sequence[Cell]] = [CSV_COLUMNS]
    for name, people in marks.items():
        rows += [
            (
                *(name, mark.student, mark.last_name, mark.first_name, mark.email),
                *(mark.timestamp, "yes" if mark.submitted else "no", mark.raw_score),
                *(mark.penalty, mark.score, mark.max_score),
                "yes" if mark.pending else "no",
            )
            for mark in people
        ]
    return "\ufeff" + _table(rows)


def canvas_csv(marks: Marks) -> str:
    """Return Canvas's gradebook: names, five columns for the person, one per assignment.

    Canvas finds a student by ``ID``, its own number (``lms_user_id`` in nbgrader), or by
    ``SIS Login ID``. A student who handed in nothing keeps the grade that is there.
    """
    tops = [max((mark.max_score for mark in rows), default=0.0) for rows in marks.values()]
    rows: list[Sequence[Cell]] = [
        (*CANVAS_COLUMNS, *marks),
        ("    Points Possible", "", "", "", "", *tops),
    ]
    for person, scores in _by_student(marks):
        full = ", ".join(part for part in (person.last_name, person.first_name) if part)
        identity = (full or person.student, person.lms_user_id, "", person.student, "")
        rows.append((*identity, *scores))
    return _table(rows)


def moodle_csv(marks: Marks) -> str:
    """Return what Moodle's CSV import maps: the person, then one column per assignment."""
    rows: list[Sequence[Cell]] = [(*MOODLE_COLUMNS, *marks)]
    for person, scores in _by_student(marks):
        names = (person.first_name, person.last_name, person.email)
        rows.append((person.student, person.lms_user_id, *names, *scores))
    return _table(rows)


def _by_student(marks: Marks) -> Iterable[tuple[Mark, list[Cell]]]:
    """Yield everybody with a score per assignment, empty where nothing was handed in."""
    people: dict[str, tuple[Mark, dict[str, Cell]]] = {}
    for name, rows in marks.items():
        for mark in rows:
            scores = people.setdefault(mark.student, (mark, {}))[1]
            if mark.submitted:
                scores[name] = mark.score
    for person, scores in people.values():
        yield person, [scores.get(name, "") for name in marks]


def gradescope_results(record: Result, mark: Mark) -> dict[str, Any]:
    """Return one submission in the form of Gradescope's ``results.json``."""
    return {
        "score": mark.score,
        "execution_time": record.run_s,
        "output": lines(
            "\n".join([*filter(None, [record.problem]), *shortened(record.repairs)])
        ),
        "output_format": "text",
        "visibility": "visible",
        "tests": [_gradescope_test(score) for score in record.scores],
        "extra_data": {"assignment": mark.assignment, "late_penalty": mark.penalty},
    }


def _gradescope_test(score: Score) -> dict[str, Any]:
    findings = [
        (f"{finding.output}: " if finding.output else "") + finding.message
        for finding in score.findings
    ]
    right = score.score == score.max_score
    return {
        "name": f"{score.id} {score.function}",
        "number": score.id,
        "score": score.score,
        "max_score": score.max_score,
        "status": "passed" if right else "failed",
        "output": lines("\n".join(findings)),
        "output_format": "text",
        "visibility": "visible",
    }


def _gradescope_files(
    course: Course, marks: Marks, scores: Scores, folder: Path
) -> list[Path]:
    files = []
    for name, people in marks.items():
        known = {mark.student: mark for mark in people}
        records = read_records(course, name)
        require_settled(name, records, scores[name])
        for student, record in records.items():
            if student not in known:
                continue
            result = gradescope_results(record, known[student])
            path = folder / name / student / "results.json"
            write_atomically(path, json.dumps(result, ensure_ascii=False, indent=1) + "\n")
            files.append(path)
    return files


def _table(rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([map(_harmless, row) for row in rows])
    return text.getvalue()


def _harmless(cell: Cell) -> str:
    """Return a cell that a spreadsheet takes for text; numbers stay numbers.

    One line without tabs: those separate, too.
    """
    if not isinstance(cell, str):
        return points(cell)
    return _FORMULA.sub(r"\1'", printable(cell))


TABLES: Mapping[str, Callable[[Marks], str]] = {
    "csv": grades_csv,
    "canvas": canvas_csv,
    "moodle": moodle_csv,
}
DEFAULT_NAMES = {
    "csv": "grades.csv",
    "canvas": "canvas.csv",
    "moodle": "moodle.csv",
    "gradescope": "gradescope",
}
FORMATS = tuple(DEFAULT_NAMES)
"""Names of the formats."""
