"""nbgrader's database: the only module that reads or writes it.

One process writes, and rows exist before scores arrive. What a person entered (manual
scores, comments, extra credit) is never touched.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    InvalidEntry,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from grader.course import Course
from grader.errors import CannotWriteError
from grader.model import Assignment, Mark, Result, SourceCell, Submission

_FIND_NOTEBOOKS = text(
    "select sa.student_id, sn.id from submitted_notebook sn"
    " join notebook n on n.id = sn.notebook_id"
    " join submitted_assignment sa on sa.id = sn.assignment_id"
    " join assignment a on a.id = sa.assignment_id"
    " where a.name = :assignment and n.name = :assignment"
)
_FIND_NOTEBOOK = text(f"{_FIND_NOTEBOOKS} and sa.student_id = :student")
_UPDATE_GRADE = text(
    "update grade set auto_score = :auto,"
    " needs_manual_grade = (manual_score is not null or :auto is null)"
    " where cell_id = :cell and notebook_id = :notebook"
)
_UPDATE_COMMENT = text(
    "update comment set auto_comment = :auto"
    " where cell_id = :cell and notebook_id = :notebook"
)
"""What nbgrader's SaveAutoGrades does, in one statement per table."""


_MARKS = text(
    "select sa.student_id as student, sa.timestamp as timestamp,"
    " sum(coalesce(g.manual_score, g.auto_score, 0) + coalesce(g.extra_credit, 0))"
    " as points, max(g.needs_manual_grade) as pending,"
    " max(sn.late_submission_penalty) as penalty"
    " from submitted_assignment sa join assignment a on a.id = sa.assignment_id"
    " join submitted_notebook sn on sn.assignment_id = sa.id"
    " left join grade g on g.notebook_id = sn.id where a.name = :a group by sa.id"
)
"""What nbgrader's SubmittedAssignment computes one student at a time."""


@contextlib.contextmanager
def clear_write_errors(course: Course) -> Iterator[None]:
    """Say in words what keeps results from being written.

    Raises:
        CannotWriteError: in place of the database's and the system's own errors.
    """
    log = logging.getLogger("tornado.application")  # where nbgrader prints tracebacks
    quiet, log.disabled = log.disabled, True
    try:
        yield
    except (SQLAlchemyError, InvalidEntry, OSError) as error:
        said = str(error)
        system = error.errno if isinstance(error, OSError) else 0
        for sign, numbers, reason in _WRITE_ERRORS:
            if sign in said or system in numbers:
                raise CannotWriteError(
                    f"results of {course.root} cannot be written: {reason}; then run the "
                    "same command again. What was recorded before is safe"
                ) from error
        raise
    finally:
        log.disabled = quiet


_WRITE_ERRORS = (
    ("disk is full", (errno.ENOSPC, errno.EDQUOT), "the disk is full. Free some space"),
    ("is locked", (), "another program holds gradebook.db. Let it finish or close it"),
    ("readonly", (errno.EROFS, errno.EACCES), "no permission. Make the folder writable"),
)


class CourseGradebook:
    """The course's gradebook, open; use as a context manager, in one process."""

    def __init__(self, course: Course) -> None:
        directory = course.directory
        _put_alembic_on_path()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLAlchemy on nbgrader's own models
            self._book = Gradebook(directory.db_url, directory.course_id)
        self._config = course.config
        self._grade_cells: dict[str, str] = {}
        self._answer_cells: dict[str, str] = {}
        self._known: dict[str, dict[str, Any]] = {}
        self._notebooks: dict[str, dict[str, str]] = {}
        self._warnings = warnings.catch_warnings()

    def __enter__(self) -> CourseGradebook:
        self._warnings.__enter__()
        warnings.filterwarnings("ignore", module="nbgrader")
        return self

    def __exit__(self, *error: object) -> None:
        self._book.close()
        self._warnings.__exit__(None, None, None)

    def register(self, assignment: Assignment) -> None:
        """Make the database know the assignment's notebook as it is now.

        Unlike nbgrader's own step this also works when submissions exist: new cells get
        empty grades, cells that are gone lose theirs.
        """
        name, book = assignment.name, self._book
        book.update_or_create_assignment(name)
        kernelspec = json.dumps(assignment.metadata.get("kernelspec", {}))
        notebook = book.update_or_create_notebook(name, name, kernelspec=kernelspec)
        graded = [cell for cell in assignment.cells if cell.kind != "plain"]
        known = {cell.key for cell in graded}
        rows = notebook.grade_cells + notebook.solution_cells
        rows += notebook.task_cells + notebook.source_cells
        before = {row.name for row in rows}
        for row in (row for row in rows if row.name not in known):
            for part in (*getattr(row, "grades", ()), *getattr(row, "comments", ())):
                book.db.delete(part)
            book.db.delete(row)
        for cell in graded:
            self._register_cell(assignment, cell)
        book.db.commit()
        book.db.refresh(notebook)
        graded_cells = notebook.grade_cells + notebook.task_cells
        answered_cells = notebook.solution_cells + notebook.task_cells
        self._grade_cells = {cell.name: cell.id for cell in graded_cells}
        self._answer_cells = {cell.name: cell.id for cell in answered_cells}
        if before != known:
            for submitted in notebook.submissions:
                self._complete_rows(submitted)

    def _register_cell(self, assignment: Assignment, cell: SourceCell) -> None:
        name, book = assignment.name, self._book
        data = cell.metadata.get("nbgrader", {})
        where = (cell.key, name, name)
        points = {"max_score": cell.points, "cell_type": cell.cell_type}
        if data.get("grade"):
            book.update_or_create_grade_cell(*where, **points)
        if data.get("solution"):
            book.update_or_create_solution_cell(*where)
        if data.get("task"):
            book.update_or_create_task_cell(*where, **points)
        book.update_or_create_source_cell(
            *where,
            cell_type=cell.cell_type,
            locked=cell.kind in ("test", "locked"),
            source=cell.full_source,
            checksum=cell.checksum,
        )

    def _complete_rows(self, submitted: SubmittedNotebook) -> None:
        """Add the grades and comments a submission lacks since cells were added."""
        book, notebook = self._book, submitted.notebook
        grades = {grade.cell_id for grade in submitted.grades}
        comments = {comment.cell_id for comment in submitted.comments}
        for cell in (*notebook.grade_cells, *notebook.task_cells):
            if cell.id not in grades:
                book.db.add(Grade(cell_id=cell.id, notebook=submitted))
        for cell in (*notebook.solution_cells, *notebook.task_cells):
            if cell.id not in comments:
                book.db.add(Comment(cell_id=cell.id, notebook=submitted))
        book.db.commit()

    def create_rows(self, submission: Submission) -> None:
        """Create student and submission rows, with nbgrader's reading of timestamps."""
        student, assignment = submission.student, submission.assignment
        extra = {}
        if submission.timestamp:
            # the student's word: an unreadable one counts as none
            with contextlib.suppress(ValueError, OverflowError):
                extra["timestamp"] = parse_utc(submission.timestamp)
        known = self._submitted(assignment)
        if student not in known:
            self._book.update_or_create_student(student)
            self._book.add_submission(assignment, student, **extra)
        elif extra and known[student] != extra["timestamp"]:
            self._book.find_submission(assignment, student).timestamp = extra["timestamp"]
        known[student] = extra.get("timestamp", known.get(student))

    def _submitted(self, assignment: str) -> dict[str, Any]:
        """Return everyone who has rows, with their timestamps; asked for once."""
        if assignment not in self._known:
            query = (
                self._book.db.query(Student.id, SubmittedAssignment.timestamp)
                .join(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
                .join(SubmittedAssignment.assignment)
                .filter_by(name=assignment)
            )
            self._known[assignment] = dict(query.all())
        return self._known[assignment]

    def record(self, assignment: Assignment, result: Result) -> None:
        """Write the automatic scores of one result; `save` makes them last.

        `register` has to come first.
        """
        submitted = self._notebook_id(assignment.name, result.student)
        scores = {score.id: score.score for score in result.scores}
        points = {c.key: scores[c.exercise.id] for c in assignment.cells if c.exercise}
        grades = []
        for name, cell_id in self._grade_cells.items():
            nothing = result.status == "failed" or name in result.untouched
            grades.append({"cell": cell_id, "auto": 0.0 if nothing else points.get(name)})
        comments = [
            {"cell": i, "auto": "No response." if name in result.untouched else None}
            for name, i in self._answer_cells.items()
        ]
        where = {"notebook": submitted}
        self._book.db.execute(_UPDATE_GRADE, [{**row, **where} for row in grades])
        self._book.db.execute(_UPDATE_COMMENT, [{**row, **where} for row in comments])
        self._penalise(assignment.name, result.student)

    def _notebook_id(self, assignment: str, student: str) -> str:
        """Return the id of a submitted notebook; those of earlier runs are read at once."""
        if assignment not in self._notebooks:
            rows = self._book.db.execute(_FIND_NOTEBOOKS, {"assignment": assignment})
            self._notebooks[assignment] = {row[0]: row[1] for row in rows}
        known = self._notebooks[assignment]
        if student not in known:
            where = {"assignment": assignment, "student": student}
            known[student] = str(self._book.db.execute(_FIND_NOTEBOOK, where).one()[1])
        return known[student]

    def save(self) -> None:
        """Commit what was recorded."""
        self._book.db.commit()

    def _penalise(self, assignment: str, student: str) -> None:
        """Apply the course's late-penalty plugin, as nbgrader's own step does."""
        if self._submitted(assignment)[student] is None:
            return  # without a timestamp nothing is late
        self._book.db.expire_all()
        submitted = self._book.find_submission_notebook(assignment, assignment, student)
        submitted.late_submission_penalty = None
        late = submitted.assignment.total_seconds_late
        if late > 0:
            step = AssignLatePenalties(config=self._config)
            step.init_plugin()
            plugin: LateSubmissionPlugin = step.plugin_inst
            penalty = plugin.late_submission_penalty(student, submitted.score, late)
            if penalty is not None:
                penalty = step._check_late_penalty(submitted, penalty)
            submitted.late_submission_penalty = penalty

    def marks(self, assignment: str) -> list[Mark]:
        """Return the mark of everybody on the class list, handed in or not, by id."""
        top = float(self._book.find_assignment(assignment).max_score or 0)
        found = {
            row.student: row for row in self._book.db.execute(_MARKS, {"a": assignment})
        }
        return [
            self._mark(student, assignment, found.get(student.id), top)
            for student in sorted(self._book.students, key=lambda student: student.id)
        ]

    @staticmethod
    def _mark(student: Student, assignment: str, row: Any, top: float) -> Mark:
        person = {
            "student": student.id,
            "first_name": student.first_name or "",
            "last_name": student.last_name or "",
            "email": student.email or "",
            "lms_user_id": student.lms_user_id or "",
        }
        if row is None:
            return Mark(**person, assignment=assignment, submitted=False, max_score=top)
        return Mark(
            **person,
            assignment=assignment,
            submitted=True,
            timestamp=str(row.timestamp or "").partition(".")[0],
            raw_score=float(row.points or 0),
            penalty=float(row.penalty or 0),
            max_score=top,
            pending=bool(row.pending),
        )

    def manual_scores(self, assignment: str, student: str) -> dict[str, dict[str, Any]]:
        """Return what people entered, by grade id: score, extra credit, comment."""
        try:
            submitted = self._book.find_submission_notebook(assignment, assignment, student)
        except MissingEntry:
            return {}
        found = {
            grade.cell.name: {
                "score": grade.manual_score,
                "max_score": grade.max_score,
                "pending": bool(grade.needs_manual_grade),
            }
            for grade in submitted.grades
        }
        for comment in submitted.comments:
            entry = found.setdefault(comment.cell.name, {})
            entry["comment"] = comment.comment
        return found


def _put_alembic_on_path() -> None:
    """Nbgrader runs `alembic` by name when it creates a database."""
    folder = str(Path(sys.executable).parent)
    if folder not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = folder + os.pathsep + os.environ.get("PATH", "")
