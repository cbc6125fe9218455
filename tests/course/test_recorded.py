"""What the gradebook writes, read back: who, how many points, when, what waits."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from report_records import result_of

from grader.course import gradebook as module
from grader.course.folder import CONFIG_NAME, Course, open_course
from grader.course.gradebook import CourseGradebook, clear_write_errors, in_gradebook
from grader.errors import UsageError
from grader.model import Assignment, Mark, SourceCell

NAME = "a07_backpropagation"
FIRST, SECOND, WRITTEN, TASK = "G08-1-output_delta", "G08-2-hidden_delta", "D08-1", "T1"
EARLY = datetime(2026, 11, 19, 12, tzinfo=UTC)
LATE = datetime(2026, 11, 21, 12, tzinfo=UTC)
DUE = "2026-11-20 12:00:00 UTC"


def graded_by_hand(key: str, kind: str, **flags: bool) -> SourceCell:
    """Return a cell worth five points that a person marks."""
    return SourceCell(
        key=key,
        kind=kind,  # type: ignore[arg-type]
        cell_type="markdown",
        source="Derive it.",
        full_source="Derive it.",
        metadata={"nbgrader": {"grade": False, "solution": False, "task": False} | flags},
        points=5.0,
    )


@pytest.fixture
def small(assignment: Assignment) -> Assignment:
    """Two functions of two and three points, a text and a task of five points each."""
    keys = {FIRST, SECOND, f"{FIRST}-solution", f"{SECOND}-solution"}
    cells = tuple(cell for cell in assignment.cells if cell.key in keys)
    written = graded_by_hand(WRITTEN, "manual", grade=True, solution=True)
    task = graded_by_hand(TASK, "task", task=True)
    exercises = {exercise.id: exercise for exercise in assignment.exercises}
    return replace(
        assignment,
        cells=(*cells, written, task),
        exercises=(exercises["G08.1"], exercises["G08.2"]),
    )


@pytest.fixture
def book(own_course: Course, small: Assignment) -> Iterator[CourseGradebook]:
    """The gradebook of a course that knows the small assignment."""
    with CourseGradebook(own_course) as opened:
        opened.register(small)
        yield opened


def record(
    book: CourseGradebook,
    small: Assignment,
    student: str = "ann",
    share: float = 1.0,
    when: datetime | None = None,
    untouched: tuple[str, ...] = (),
) -> None:
    """Record a result with a share of the points of both functions."""
    book.create_rows(NAME, student, when)
    result = result_of(small, student, share)
    book.record(small, replace(result, untouched=untouched))
    book.save()


def by_hand(book: CourseGradebook, key: str, points: float, student: str = "ann") -> None:
    """Mark one task as a person does in formgrader."""
    book._book.db.expire_all()
    grade = book._book.find_grade(key, NAME, NAME, student)
    grade.manual_score, grade.needs_manual_grade = points, False
    book._book.db.commit()


def waiting(book: CourseGradebook, student: str = "ann") -> set[str]:
    """Return the tasks that wait for a person."""
    book._book.db.expire_all()
    return {key for key, row in book.recorded(NAME, student).items() if row.get("pending")}


def test_rows_and_scores_of_two_students(book: CourseGradebook, small: Assignment) -> None:
    record(book, small, "bob", 0.5, EARLY)
    record(book, small, "ann", 1.0)
    assert book.auto_scores(NAME) == {
        "ann": {FIRST: 2.0, SECOND: 3.0, WRITTEN: None, TASK: None},
        "bob": {FIRST: 1.0, SECOND: 1.5, WRITTEN: None, TASK: None},
    }
    row = {"score": None, "extra": None, "comment": None}
    assert book.recorded(NAME, "bob") == {
        FIRST: {
            "auto": 1.0,
            "max_score": 2.0,
            "pending": False,
            "score": None,
            "extra": None,
        },
        SECOND: {
            "auto": 1.5,
            "max_score": 3.0,
            "pending": False,
            "score": None,
            "extra": None,
        },
        WRITTEN: {"auto": None, "max_score": 5.0, "pending": True, **row},
        TASK: {"auto": None, "max_score": 5.0, "pending": True, **row},
        f"{FIRST}-solution": {"comment": None},
        f"{SECOND}-solution": {"comment": None},
    }
    assert book.recorded(NAME, "nobody") == {}


def test_marks_of_the_class_list(book: CourseGradebook, small: Assignment) -> None:
    person = {"first_name": "Bo", "last_name": "Li", "email": "b@x", "lms_user_id": "7"}
    book._book.update_or_create_student("zoe", **person)
    record(book, small, "bob", 0.5, EARLY)
    by_hand(book, WRITTEN, 4.0, "bob")
    by_hand(book, TASK, 3.0, "bob")
    grade = book._book.find_grade(TASK, NAME, NAME, "bob")
    grade.extra_credit = 0.5
    record(book, small, "ann")
    assert book.marks(NAME) == [
        Mark(student="ann", assignment=NAME, submitted=True, raw_score=5.0, max_score=15.0,
             pending=True),
        Mark(student="bob", assignment=NAME, submitted=True, raw_score=10.0, max_score=15.0,
             timestamp="2026-11-19 12:00:00"),
        Mark(student="zoe", assignment=NAME, submitted=False, max_score=15.0, **person),
    ]  # fmt: skip


def test_an_assignment_without_points_has_a_maximum_of_zero(
    own_course: Course, small: Assignment
) -> None:
    with CourseGradebook(own_course) as book:
        book.register(replace(small, cells=(), exercises=()))
        book.create_rows(NAME, "ann")
        assert [mark.max_score for mark in book.marks(NAME)] == [0.0]


def test_a_later_hand_in_brings_its_time_along(
    book: CourseGradebook, small: Assignment
) -> None:
    for when, shown in [
        (None, ""),
        (EARLY, "2026-11-19 12:00:00"),
        (None, "2026-11-19 12:00:00"),
        (LATE, "2026-11-21 12:00:00"),
        (EARLY, "2026-11-19 12:00:00"),
    ]:
        record(book, small, when=when)
        assert [mark.timestamp for mark in book.marks(NAME)] == [shown]


def test_another_run_finds_the_rows_and_times_of_an_earlier_one(
    own_course: Course, book: CourseGradebook, small: Assignment
) -> None:
    record(book, small, "ann", when=EARLY)
    record(book, small, "bob")
    with CourseGradebook(own_course) as later:
        later.register(small)
        record(later, small, "bob", 0.5, LATE)
        record(later, small, "ann", 0.0)
        marks = {
            mark.student: (mark.raw_score, mark.timestamp) for mark in later.marks(NAME)
        }
    assert marks == {
        "ann": (0.0, "2026-11-19 12:00:00"),
        "bob": (2.5, "2026-11-21 12:00:00"),
    }


def test_an_untouched_answer_says_so_until_there_is_one(
    book: CourseGradebook, small: Assignment
) -> None:
    def comment(key: str) -> str | None:
        book._book.db.expire_all()
        return str(book._book.find_comment(key, NAME, NAME, "ann").auto_comment)

    record(book, small, untouched=(WRITTEN,))
    assert comment(WRITTEN) == "No response."
    assert comment(f"{FIRST}-solution") == "None"
    assert book.recorded(NAME, "ann")[WRITTEN]["auto"] == 0.0
    assert waiting(book) == {TASK}
    record(book, small)
    assert comment(WRITTEN) == "None"
    assert waiting(book) == {WRITTEN, TASK}


def test_what_was_never_tried_keeps_its_points_and_waits(
    book: CourseGradebook, small: Assignment
) -> None:
    record(book, small)
    result = result_of(small, "ann", 0.0)
    tried, untried = result.scores
    book.record(small, replace(result, scores=(tried, replace(untried, unseen=True))))
    assert book.auto_scores(NAME)["ann"] == {
        FIRST: 0.0,
        SECOND: 3.0,
        WRITTEN: None,
        TASK: None,
    }
    assert waiting(book) == {SECOND, WRITTEN, TASK}


def test_what_cannot_be_read_waits_as_a_whole(
    book: CourseGradebook, small: Assignment
) -> None:
    unread = result_of(small, "ann", 0.0)
    book.create_rows(NAME, "ann")
    assert not book.has_scores(NAME, "ann")
    record(book, small)
    assert book.has_scores(NAME, "ann")
    by_hand(book, WRITTEN, 4.0)
    book.wait(unread, news=False)
    assert waiting(book) == {FIRST, SECOND, TASK}  # a person's mark stands
    assert book.auto_scores(NAME)["ann"][FIRST] == 2.0
    book.wait(unread, news=True)
    assert waiting(book) == {FIRST, SECOND, WRITTEN, TASK}
    assert book.recorded(NAME, "ann")[WRITTEN]["score"] == 4.0


@pytest.mark.parametrize("road", ["record", "wait"])
def test_a_penalty_comes_and_goes_with_the_time(
    book: CourseGradebook, small: Assignment, road: str
) -> None:
    config = book._config
    config.LateSubmissionPlugin.penalty_method = "zero"
    book.register(small)
    book._book.update_or_create_assignment(NAME, duedate=DUE)
    exactly = datetime(2026, 11, 20, 12, tzinfo=UTC)
    moment = exactly.replace(microsecond=500_000)
    record(book, small)
    for when, penalty in [(LATE, 5.0), (exactly, 0.0), (moment, 5.0), (EARLY, 0.0)]:
        book.create_rows(NAME, "ann", when)
        if road == "record":
            book.record(small, result_of(small, "ann"))
        else:
            book.wait(result_of(small, "ann"), news=False)
        book.save()
        (mark,) = book.marks(NAME)
        assert (mark.raw_score, mark.penalty, mark.score) == (5.0, penalty, 5.0 - penalty)


def test_a_penalty_follows_the_points(book: CourseGradebook, small: Assignment) -> None:
    book._config.LateSubmissionPlugin.penalty_method = "zero"
    book.register(small)
    book._book.update_or_create_assignment(NAME, duedate=DUE)
    book.create_rows(NAME, "ann", LATE)
    for share, penalty in [(1.0, 5.0), (0.5, 2.5)]:
        book.record(small, result_of(small, "ann", share))
        assert [mark.penalty for mark in book.marks(NAME)] == [penalty]


def test_another_run_knows_who_was_late(
    own_course: Course, book: CourseGradebook, small: Assignment
) -> None:
    record(book, small, "ann", when=LATE)
    record(book, small, "bob")
    with CourseGradebook(own_course) as later:
        later._config.LateSubmissionPlugin.penalty_method = "zero"
        later.register(small)
        later._book.update_or_create_assignment(NAME, duedate=DUE)
        record(later, small, "ann", 0.5)
        record(later, small, "bob", 0.5)
        assert [mark.penalty for mark in later.marks(NAME)] == [2.5, 0.0]


def test_a_penalty_is_never_more_than_what_was_earned(
    book: CourseGradebook, small: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = book._late_penalties.plugin_inst
    monkeypatch.setattr(plugin, "late_submission_penalty", lambda *_: 99.0)
    book._book.update_or_create_assignment(NAME, duedate=DUE)
    record(book, small, when=LATE)
    assert [mark.penalty for mark in book.marks(NAME)] == [5.0]


def test_what_was_not_committed_can_be_taken_back(
    book: CourseGradebook, small: Assignment
) -> None:
    record(book, small, "ann")
    book.create_rows(NAME, "bob")
    book.record(small, result_of(small, "ann", 0.0))
    book.undo()
    assert set(book.auto_scores(NAME)) == {"ann"}
    assert book.auto_scores(NAME)["ann"][FIRST] == 2.0
    record(book, small, "bob", 0.5)
    assert book.auto_scores(NAME)["bob"][FIRST] == 1.0


def test_a_mark_that_waits_again_has_lasted_before_anything_else_is_written(
    own_course: Course, book: CourseGradebook, small: Assignment
) -> None:
    record(book, small)
    by_hand(book, WRITTEN, 4.0)
    book.reopen(result_of(small, "ann"), {WRITTEN})
    book._book.db.rollback()  # as a kill would
    assert waiting(book) == {WRITTEN, TASK}


def test_scores_that_are_not_saved_do_not_last(
    own_course: Course, book: CourseGradebook, small: Assignment
) -> None:
    record(book, small)
    book.record(small, result_of(small, "ann", 0.0))
    query = "select auto_score from grade order by auto_score desc limit 1"
    with sqlite3.connect(own_course.root / "gradebook.db") as other:
        assert other.execute(query).fetchone() == (3.0,)
        book.save()
        assert other.execute(query).fetchone() == (0.0,)
    other.close()


@pytest.mark.parametrize("gone", [FIRST, f"{FIRST}-solution", WRITTEN, TASK])
def test_a_cell_that_is_gone_leaves_nothing(
    own_course: Course, book: CourseGradebook, small: Assignment, gone: str
) -> None:
    record(book, small)
    cells = tuple(cell for cell in small.cells if cell.key != gone)
    kept = [e for e in small.exercises if gone != FIRST or e.id != "G08.1"]
    book.register(replace(small, cells=cells, exercises=tuple(kept)))
    with sqlite3.connect(own_course.root / "gradebook.db") as other:
        left = {row[0] for row in other.execute("select name from base_cell")}
    other.close()
    assert left == {cell.key for cell in cells}
    record(book, replace(small, cells=cells, exercises=tuple(kept)), "bob")
    for table in ("grade", "comment"):
        lost = f"select count(*) from {table} where coalesce(cell_id, '') not in"
        lost += " (select id from base_cell)"
        assert book._book.db.execute(module.text(lost)).scalar_one() == 0


@pytest.mark.parametrize("new", [FIRST, f"{FIRST}-solution", WRITTEN, TASK])
def test_a_new_cell_has_rows_for_those_who_came_before(
    own_course: Course, small: Assignment, new: str
) -> None:
    cells = tuple(cell for cell in small.cells if cell.key != new)
    kept = tuple(e for e in small.exercises if new != FIRST or e.id != "G08.1")
    with CourseGradebook(own_course) as book:
        before = replace(small, cells=cells, exercises=kept)
        book.register(before)
        record(book, before)
        assert new not in book.recorded(NAME, "ann")
        book.register(small)
        book.undo()  # it has lasted
        assert new in book.recorded(NAME, "ann")
        record(book, small)
        assert book.auto_scores(NAME)["ann"][FIRST] == 2.0
        query = "select count(*) from grade union all select count(*) from comment"
        assert [row[0] for row in book._book.db.execute(module.text(query))] == [4, 4]


def test_a_student_may_hand_in_several_assignments(
    book: CourseGradebook, small: Assignment
) -> None:
    record(book, small)
    book.register(replace(small, name="b"))
    book.create_rows("b", "ann")
    assert [mark.submitted for mark in book.marks("b")] == [True]
    with pytest.raises(UsageError, match="'c' is not in the gradebook"):
        book.marks("c")


def test_what_is_asked_for_is_shown_and_nothing_else(
    book: CourseGradebook, own_course: Course, small: Assignment
) -> None:
    other = own_course.root / "solutions" / "b"
    for folder in (other, own_course.root / "solutions" / NAME):
        folder.mkdir(parents=True)
        (folder / f"{folder.name}.ipynb").write_text("{}")
    book.register(replace(small, name="b"))
    assert in_gradebook(own_course) == ([NAME, "b"], [])
    assert in_gradebook(own_course, ["b"]) == (["b"], [])


def test_nbgrader_prints_no_traceback_of_what_is_said_in_words(own_course: Course) -> None:
    log = logging.getLogger("tornado.application")
    with clear_write_errors(own_course):
        assert log.disabled
    assert not log.disabled


def test_a_closed_gradebook_leaves_no_file_open_and_no_filter(own_course: Course) -> None:
    def opened() -> list[str]:
        folder = Path("/proc/self/fd")
        links = [os.readlink(path) for path in folder.iterdir() if path.is_symlink()]
        return [link for link in links if link.startswith(str(own_course.root))]

    filters = list(warnings.filters)
    with CourseGradebook(own_course) as book:
        book.registered()
        assert warnings.filters != filters
        if sys.platform == "linux":
            assert opened()
    assert warnings.filters == filters
    if sys.platform == "linux":
        assert not opened()


def test_a_new_gradebook_has_the_version_that_nbgrader_gives(tmp_path: Path) -> None:
    beside = str(Path(sys.executable).parent)
    code = "from nbgrader.api import get_alembic_version as f; print(f())"
    path = beside + os.pathsep + os.environ.get("PATH", "")
    stock = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, "PATH": path},
        check=True,
        capture_output=True,
        text=True,
    )
    shutil.copy(Path(__file__).parents[2] / CONFIG_NAME, tmp_path)
    with CourseGradebook(open_course(tmp_path)):
        database = sqlite3.connect(tmp_path / "gradebook.db")
    (found,) = database.execute("select version_num from alembic_version")
    database.close()
    assert found == (stock.stdout.strip(),)
