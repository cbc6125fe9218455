"""What the gradebook keeps: automatic scores, late penalties, and what people entered."""

from __future__ import annotations

import errno
import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import InvalidEntry
from report_records import result_of
from sqlalchemy.exc import DatabaseError, OperationalError

from grader.course.changes import changed_answers
from grader.course.folder import CONFIG_NAME, Course, open_course
from grader.course.gradebook import (
    CourseGradebook,
    clear_write_errors,
    concerns_everybody,
    in_gradebook,
)
from grader.course.timestamps import doubts, parsed
from grader.errors import CannotWriteError, CourseError, UsageError
from grader.model import Assignment, Result, Submission

NAME = "a07_backpropagation"
DUE = "2026-11-20 12:00:00 UTC"
LATE = "2026-11-21 12:00:00.000000 UTC"
IN_TIME = "2026-11-20 11:00:00.000000 UTC"


def worth(assignment: Assignment) -> float:
    """Return the points of all cells that are graded automatically, by the notebook."""
    return sum(cell.points for cell in assignment.cells if cell.kind == "test")


def record(
    gradebook: CourseGradebook,
    assignment: Assignment,
    result: Result,
    timestamp: str = "",
    changed: Collection[str] = (),
) -> None:
    """Do what `autograde` does for one submission."""
    submission = Submission(
        student=result.student,
        assignment=NAME,
        notebook=b"",
        timestamp=parsed(timestamp),
    )
    gradebook.create_rows(submission.assignment, submission.student, submission.timestamp)
    gradebook.reopen(result, changed)
    gradebook.record(assignment, result)
    gradebook.save()


def penalty(own_course: Course, assignment: Assignment, timestamp: str) -> float | None:
    """Grade one submission in a course with a due date; return its penalty."""
    with open(own_course.root / "nbgrader_config.py", "a") as file:
        file.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    with CourseGradebook(open_course(own_course.root)) as gradebook:
        gradebook.register(assignment)
        gradebook._book.update_or_create_assignment(NAME, duedate=DUE)
        record(gradebook, assignment, result_of(assignment, "ann"), timestamp)
        found = gradebook._book.find_submission_notebook(NAME, NAME, "ann")
        return found.late_submission_penalty


def test_late_work_gets_the_penalty_of_nbgraders_plugin(
    own_course: Course, assignment: Assignment
) -> None:
    assert penalty(own_course, assignment, LATE) == worth(assignment)


@pytest.mark.parametrize("timestamp", [IN_TIME, "", "yesterday, I think"])
def test_work_that_is_not_known_to_be_late_gets_none(
    own_course: Course, assignment: Assignment, timestamp: str
) -> None:
    assert penalty(own_course, assignment, timestamp) is None


def test_regrade_replaces_automatic_scores_only(
    own_course: Course, assignment: Assignment
) -> None:
    with CourseGradebook(own_course) as gradebook:
        gradebook.register(assignment)
        record(gradebook, assignment, result_of(assignment, "ann"))
        grade = gradebook._book.find_grade("G08-2-hidden_delta", NAME, NAME, "ann")
        grade.manual_score, grade.extra_credit = 2.5, 0.5
        record(gradebook, assignment, result_of(assignment, "ann", 0.0))
        gradebook._book.db.expire_all()
        assert (grade.auto_score, grade.manual_score, grade.extra_credit) == (0, 2.5, 0.5)
        assert grade.needs_manual_grade


@pytest.mark.parametrize(
    ("key", "changed", "share", "waits"),
    [
        ("D08-1-derivation", (), 1.0, False),
        ("D08-1-derivation", ("G08-2-hidden_delta",), 0.5, False),
        ("D08-1-derivation", ("D08-1-derivation",), 1.0, True),
        ("G08-2-hidden_delta", (), 1.0, False),
        ("G08-2-hidden_delta", ("G08-2-hidden_delta-solution",), 1.0, True),
        ("G08-2-hidden_delta", ("G08-2-hidden_delta",), 1.0, True),
        ("G08-2-hidden_delta", (), 0.5, True),  # its exercise judges otherwise now
    ],
)
def test_a_mark_by_hand_waits_again_only_where_something_changed(
    own_course: Course,
    assignment: Assignment,
    key: str,
    changed: tuple[str, ...],
    share: float,
    waits: bool,
) -> None:
    with CourseGradebook(own_course) as gradebook:
        gradebook.register(assignment)
        record(gradebook, assignment, result_of(assignment, "ann"), changed=[key])
        grade = gradebook._book.find_grade(key, NAME, NAME, "ann")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        record(gradebook, assignment, result_of(assignment, "ann", share), changed=changed)
        gradebook._book.db.expire_all()
        assert grade.needs_manual_grade is waits
        record(gradebook, assignment, result_of(assignment, "ann", share))
        gradebook._book.db.expire_all()
        assert grade.needs_manual_grade is waits  # until a person has looked


@pytest.mark.parametrize(
    ("key", "new", "waits"),
    [
        ("D08-1-derivation", {"points": 7.0}, True),
        ("D08-1-derivation", {"full_source": "Derive something else."}, True),
        ("D08-1-derivation", {}, False),
        ("G08-2-hidden_delta", {"points": 7.0}, True),
        ("G08-2-hidden_delta", {"full_source": "other visible checks"}, False),
    ],
)
def test_a_mark_by_hand_waits_again_where_something_else_is_asked(
    own_course: Course, assignment: Assignment, key: str, new: dict[str, Any], waits: bool
) -> None:
    cells = tuple(replace(c, **new) if c.key == key else c for c in assignment.cells)
    with CourseGradebook(own_course) as gradebook:
        gradebook.register(assignment)
        record(gradebook, assignment, result_of(assignment, "ann"))
        grade = gradebook._book.find_grade(key, NAME, NAME, "ann")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        gradebook.register(replace(assignment, cells=cells))
        gradebook._book.db.expire_all()
        assert grade.needs_manual_grade is waits
        assert grade.manual_score == 1.0


def notebook(*cells: tuple[str, str]) -> str:
    return json.dumps({"cells": [{"id": key, "source": text} for key, text in cells]})


@pytest.mark.parametrize(
    ("before", "changed"),
    [
        (notebook(("t", "task"), ("a", "1"), ("added-2", "own"), ("b", "2")), set()),
        (notebook(("t", "task"), ("a", "9"), ("added-2", "own"), ("b", "2")), {"a"}),
        (notebook(("t", "task"), ("a", "1"), ("added-2", "new"), ("b", "2")), {"a"}),
        (notebook(("t", "task"), ("a", "1"), ("b", "2"), ("added-3", "own")), {"a", "b"}),
        (notebook(("t", "task"), ("a", "1"), ("added-2", "own")), {"b"}),
        ("no JSON", {"t", "a", "b"}),
        ("[]", {"t", "a", "b"}),
        ('{"cells": [1]}', {"t", "a", "b"}),
    ],
)
def test_what_a_student_changed_is_seen(
    tmp_path: Path, before: str, changed: set[str]
) -> None:
    after = notebook(("t", "task"), ("a", "1"), ("added-2", "own"), ("b", "2"))
    path = tmp_path / "before.ipynb"
    assert changed_answers(path, after) == {"t", "a", "b"}
    path.write_text(before, "utf-8")
    assert changed_answers(path, after) == changed


def test_cells_of_ones_own_at_the_top_belong_to_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "earlier.ipynb"
    cells = [{"id": "added-0", "source": "# mine"}, {"id": "a", "source": "1"}]
    path.write_text(json.dumps({"cells": cells}), "utf-8")
    after = json.dumps({"cells": [{"id": "added-0", "source": "# ours"}, cells[1]]})
    assert changed_answers(path, after) == {""}


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        ("2026-11-01 11:55:00 UTC", ""),
        ("2026-11-01 11:54:59 UTC", "before the release at 2026-11-01 12:00:00 UTC"),
        ("2026-11-20 12:05:00 UTC", ""),
        ("2026-11-20 12:05:01 UTC", "after it was collected at 2026-11-20 12:00:00 UTC"),
    ],
)
def test_clocks_may_differ_by_five_minutes(said: str, doubt: str) -> None:
    released, arrived = parsed("2026-11-01 12:00:00 UTC"), parsed("2026-11-20 12:00:00 UTC")
    assert arrived is not None
    wanted = f"timestamp.txt says {said}, {doubt}" if doubt else ""
    assert doubts(said, released, arrived) == wanted


def test_a_cell_that_is_gone_loses_its_rows(
    own_course: Course, assignment: Assignment
) -> None:
    gone = next(cell.key for cell in assignment.cells if cell.kind == "test")
    left = tuple(cell for cell in assignment.cells if cell.key != gone)
    with CourseGradebook(own_course) as gradebook:
        gradebook.register(assignment)
        record(gradebook, assignment, result_of(assignment, "ann"))
        before = set(gradebook.auto_scores(NAME)["ann"])
        gradebook.register(replace(assignment, cells=left))
        assert set(gradebook.auto_scores(NAME)["ann"]) == before - {gone}
    assert gone in before


@pytest.mark.parametrize(
    ("error", "everybody"),
    [
        (OSError(errno.ENOSPC, "full"), True),
        (OSError(errno.EROFS, "read only"), True),
        (OSError(errno.ENOENT, "no such file"), False),
        (OperationalError("", {}, Exception("locked")), True),
        (CourseError("no plug-in"), True),
        (ValueError("this one"), False),
    ],
    ids=repr,
)
def test_what_one_meets_and_everybody_will_ends_the_run(
    error: Exception, everybody: bool
) -> None:
    assert concerns_everybody(error) is everybody


def test_assignments_are_shown_if_the_gradebook_has_them(
    course: Course, own_course: Course
) -> None:
    assert in_gradebook(course) == ([NAME], [])
    assert in_gradebook(course, [NAME]) == ([NAME], [])
    with pytest.raises(UsageError, match="'a99' is not in the gradebook, which has a07"):
        in_gradebook(course, ["a99"])
    with pytest.raises(UsageError, match=r"no assignment of .* is in the gradebook"):
        in_gradebook(own_course)


def test_written_answers_wait_for_a_person_and_untouched_ones_score_zero(
    own_course: Course, assignment: Assignment
) -> None:
    with CourseGradebook(own_course) as gradebook:
        gradebook.register(assignment)
        record(gradebook, assignment, result_of(assignment, "ann"))
        blank = replace(result_of(assignment, "bob"), untouched=("D08-1-derivation",))
        record(gradebook, assignment, blank)
        find = gradebook._book.find_grade
        written = find("D08-1-derivation", NAME, NAME, "ann")
        empty = find("D08-1-derivation", NAME, NAME, "bob")
        assert (written.auto_score, written.needs_manual_grade) == (None, True)
        assert (empty.auto_score, empty.needs_manual_grade) == (0.0, False)


def test_database_locked_by_another_program_is_waited_for(
    own_course: Course, assignment: Assignment
) -> None:
    import sqlite3
    import threading

    with CourseGradebook(own_course) as gradebook:
        gradebook.register(assignment)
        other = sqlite3.connect(own_course.root / "gradebook.db", check_same_thread=False)
        other.execute("begin exclusive")
        threading.Timer(1.0, other.rollback).start()
        record(gradebook, assignment, result_of(assignment, "ann"))
        assert gradebook._book.find_submission(NAME, "ann").score == worth(assignment)
        other.close()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "Free some space"),
        (InvalidEntry("database or disk is full"), "Free some space"),
        (OperationalError("insert", {}, Exception("database is locked")), "close it"),
        (PermissionError(errno.EACCES, "denied"), "Make the folder writable"),
        (DatabaseError("s", {}, Exception("file is not a database")), "an earlier copy"),
        (OperationalError("s", {}, Exception("no such column: x")), "nbgrader db upgrade"),
    ],
)
def test_what_keeps_results_from_being_written_is_said(
    error: Exception, words: str, tmp_path: Path
) -> None:
    with pytest.raises(CannotWriteError, match=words), clear_write_errors(Course(tmp_path)):
        raise error


def test_any_other_error_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), clear_write_errors(Course(tmp_path)):
        raise FileNotFoundError(errno.ENOENT, "no such file")


def test_a_misspelt_plug_in_is_said_before_anybody_is_graded(
    own_course: Course, assignment: Assignment
) -> None:
    with (own_course.root / CONFIG_NAME).open("a") as config:
        config.write('\nc.AssignLatePenalties.plugin_class = "nowhere.Plugin"\n')
    course = open_course(own_course.root)
    with (
        CourseGradebook(course) as gradebook,
        pytest.raises(CourseError, match=r"plugin_class in nbgrader_config.py right"),
    ):
        gradebook.register(assignment)
