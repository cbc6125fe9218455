"""nbgrader's database: the only module that reads or writes it.

One process writes, and rows exist before scores arrive. What a person entered (manual
scores, comments, extra credit) is never touched.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import nbgrader.api
from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    InvalidEntry,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from traitlets.config import Config

from grader.course.class_list import ListedStudent
from grader.course.folder import Course
from grader.errors import CannotWriteError, CourseError, GraderError, UsageError
from grader.model import (
    SOLUTION_SUFFIX,
    Assignment,
    Mark,
    Result,
    SourceCell,
)

NO_KERNEL = {
    "name": "graded-by-the-command-grader-autograde",
    "display_name": "graded by the command 'grader autograde'",
    "language": "python",
}
"""The kernel that the gradebook names for every notebook. It does not exist: stock
`nbgrader autograde`, which runs submissions unprotected in the kernel that stands here,
ends before the first cell and records nothing. The name is its error message."""
_FIND_NOTEBOOKS = text(
    "select sa.student_id, sn.id from submitted_notebook sn"
    " join notebook n on n.id = sn.notebook_id"
    " join submitted_assignment sa on sa.id = sn.assignment_id"
    " join assignment a on a.id = sa.assignment_id"
    " where a.name = :assignment and n.name = :assignment"
)
_FIND_NOTEBOOK = text(f"{_FIND_NOTEBOOKS} and sa.student_id = :student")
_UPDATE_GRADE = text(
    "update grade set auto_score = :auto, needs_manual_grade = case"
    " when manual_score is null then :auto is null"
    " else needs_manual_grade or coalesce(auto_score, -1) <> coalesce(:auto, -1) end"
    " where cell_id = :cell and notebook_id = :notebook"
)
_REOPEN = text(
    "update grade set needs_manual_grade = (1 = 1)"
    " where cell_id = :cell and manual_score is not null"
)
_REOPEN_ONE = text(f"{_REOPEN} and notebook_id = :notebook and not needs_manual_grade")
_WAIT = text(
    "update grade set needs_manual_grade = (1 = 1)"
    " where notebook_id = :notebook and manual_score is null"
)
_WAIT_ONE = text(f"{_WAIT} and cell_id = :cell")
_SCORED = text(
    "select count(auto_score) from grade where notebook_id = :notebook"
    " and auto_score is not null"
)
_UPDATE_COMMENT = text(
    "update comment set auto_comment = :auto"
    " where cell_id = :cell and notebook_id = :notebook"
)
"""What nbgrader's SaveAutoGrades does, in one statement per table; but a mark that a
person gave waits again only where the answer or its automatic score changed."""


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


_REGISTERED = text(
    "select a.name from assignment a join notebook n on n.assignment_id = a.id"
    " where n.name = a.name order by a.name"
)
_SCORES = text(
    "select sa.student_id, bc.name, g.auto_score from grade g"
    " join base_cell bc on bc.id = g.cell_id"
    " join submitted_notebook sn on sn.id = g.notebook_id"
    " join submitted_assignment sa on sa.id = sn.assignment_id"
    " join assignment a on a.id = sa.assignment_id"
    " where a.name = :a order by sa.student_id"
)


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
        clear = write_error(error, course.root)
        if clear is None:
            raise
        raise clear from error
    finally:
        log.disabled = quiet


def write_error(error: Exception, where: Path) -> CannotWriteError | None:
    """Return in words what keeps results from being written; None if it is another error.

    Args:
        error: of the database or the system.
        where: what cannot be written, if the error does not name a file.
    """
    named = error.filename if isinstance(error, OSError) else None
    number = error.errno if isinstance(error, OSError) else 0
    for sign, numbers, reason in _WRITE_ERRORS:
        if number in numbers or (number == 0 and sign in str(error)):
            folder = Path(named).parent if isinstance(named, str) else where
            return CannotWriteError(
                f"results in '{folder}' cannot be written: {reason}; then run the same "
                "command again. What was recorded before is safe"
            )
    return None


def concerns_everybody(error: Exception) -> bool:
    """Whether an error met with one submission will be met with every other one, too."""
    if isinstance(error, OSError):
        return any(error.errno in numbers for _, numbers, _ in _WRITE_ERRORS)
    return isinstance(error, (GraderError, OperationalError))


_WRITE_ERRORS = (
    ("disk is full", (errno.ENOSPC, errno.EDQUOT), "the disk is full. Free some space"),
    ("is locked", (), "another program holds gradebook.db. Let it finish or close it"),
    ("readonly", (errno.EROFS, errno.EACCES), "no permission. Make the folder writable"),
    ("not a database", (), "gradebook.db is no database. Put an earlier copy there"),
    ("malformed", (), "gradebook.db is damaged. Put an earlier copy there"),
    ("no such column", (), "gradebook.db is of another nbgrader. Run nbgrader db upgrade"),
)


def in_gradebook(course: Course, named: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """Return which assignments to show, and a sentence on each that is left out.

    Args:
        course: the course.
        named: which; those of the course that the gradebook has if empty.

    Raises:
        UsageError: one that was named is not in the gradebook, or none is.
    """
    with CourseGradebook(course) as gradebook:
        for name in named:
            gradebook.require(name)
        known = gradebook.registered()
    if named:
        return list(named), []
    found = [name for name in course.assignments() if name in known]
    if not found:
        raise UsageError(
            f"no assignment of '{course.root}' is in the gradebook: run 'grader release' "
            "first"
        )
    return found, [
        f"{name} is left out: it is not in the gradebook; 'grader release {name}' puts it "
        "there"
        for name in course.assignments()
        if name not in known
    ]


class CourseGradebook:
    """The course's gradebook, open; use as a context manager, in one process."""

    def __init__(self, course: Course) -> None:
        directory = course.directory
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLAlchemy on nbgrader's own models
            self._book = Gradebook(directory.db_url, directory.course_id)
        self._config = course.config
        self._ids: dict[str, tuple[str, str]] = {}
        """Of assignments and their notebooks."""
        self._grade_cells: dict[str, str] = {}
        self._answer_cells: dict[str, str] = {}
        self._students: set[str] | None = None
        """The class list, once it was asked for."""
        self._known: dict[str, dict[str, datetime | None]] = {}
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
        empty grades, cells that are gone lose theirs. A person's mark waits again where
        the points or the text of what was marked have changed.
        """
        self._late_penalties = _late_penalties(self._config)
        name, book = assignment.name, self._book
        book.update_or_create_assignment(name)
        kernel = json.dumps(NO_KERNEL)
        notebook = book.update_or_create_notebook(name, name, kernelspec=kernel)
        graded = [cell for cell in assignment.cells if cell.kind != "plain"]
        known = {cell.key for cell in graded}
        rows = notebook.grade_cells + notebook.solution_cells
        rows += notebook.task_cells + notebook.source_cells
        before = {row.name for row in rows}
        other = _asked_otherwise(notebook, graded)
        for row in (row for row in rows if row.name not in known):
            for part in (*getattr(row, "grades", ()), *getattr(row, "comments", ())):
                book.db.delete(part)
            book.db.delete(row)
        for cell in graded:
            self._register_cell(assignment, cell)
        book.db.commit()  # and everything is read anew
        graded_cells = notebook.grade_cells + notebook.task_cells
        answered_cells = notebook.solution_cells + notebook.task_cells
        self._ids[name] = notebook.assignment_id, notebook.id
        self._grade_cells = {cell.name: cell.id for cell in graded_cells}
        self._answer_cells = {cell.name: cell.id for cell in answered_cells}
        for name in other:
            book.db.execute(_REOPEN, {"cell": self._grade_cells[name]})
        book.db.commit()
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

    def create_rows(
        self, assignment: str, student: str, timestamp: datetime | None = None
    ) -> None:
        """Create student and submission rows, or note a new time of handing in.

        `register` has to come first.

        Args:
            assignment: its name.
            student: the id.
            timestamp: when it was handed in, in UTC; None if nobody says, and then the
                one of an earlier hand-in stays.
        """
        when = timestamp.replace(tzinfo=None) if timestamp else None
        known = self._submitted(assignment)
        if student not in known:
            self._insert_rows(assignment, student, when)
        elif when and known[student] != when:
            self._book.find_submission(assignment, student).timestamp = when
        known[student] = when or known.get(student)

    def _insert_rows(self, assignment: str, student: str, when: datetime | None) -> None:
        """Do what nbgrader's `add_student` and `add_submission` do, without their commits.

        What may be wrong with a student's name, the first statement meets.
        """
        db = self._book.db
        if self._students is None:
            self._students = {row[0] for row in db.query(Student.id)}
        if student not in self._students:
            db.execute(insert(Student.__table__), {"id": student})
            self._students.add(student)
        assignment_id, notebook_id = self._ids[assignment]
        whole = {"id": new_uuid(), "assignment_id": assignment_id, "student_id": student}
        db.execute(insert(SubmittedAssignment.__table__), whole | {"timestamp": when})
        part = {"id": new_uuid(), "assignment_id": whole["id"], "notebook_id": notebook_id}
        db.execute(insert(SubmittedNotebook.__table__), part)
        for kind, cells in ((Grade, self._grade_cells), (Comment, self._answer_cells)):
            rows = [{"cell_id": i, "notebook_id": part["id"]} for i in cells.values()]
            if rows:
                db.execute(insert(kind.__table__), rows)

    def _submitted(self, assignment: str) -> dict[str, datetime | None]:
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

    def reopen(self, result: Result, changed: Collection[str]) -> None:
        """Let what a person has marked wait again where the answer is another one.

        This lasts at once: whoever is killed right after it has lost no mark, and the
        next run sees no change any more.

        Args:
            result: of one student.
            changed: grade ids of cells whose text changed since the last grading.
        """
        submitted = self._notebook_id(result.assignment, result.student)
        cells = [
            {"cell": cell, "notebook": submitted}
            for name, cell in self._grade_cells.items()
            if name in changed or name + SOLUTION_SUFFIX in changed
        ]
        # one statement each: executed together, they do not say how many rows they met
        found = [self._book.db.execute(_REOPEN_ONE, cell).rowcount for cell in cells]
        if any(found):
            self.save()

    def record(self, assignment: Assignment, result: Result) -> None:
        """Write the automatic scores of one result; `save` makes them last.

        An answer that was never tried keeps the score it had, and waits for a person.
        `register` has to come first.
        """
        submitted = self._notebook_id(assignment.name, result.student)
        scores = {score.id: score for score in result.scores}
        points = {key: scores[e.id].score for key, e in assignment.by_cell.items()}
        unseen = {k for k, e in assignment.by_cell.items() if scores[e.id].unseen}
        grades = []
        for name, cell_id in self._grade_cells.items():
            if name in unseen:
                self._book.db.execute(_WAIT_ONE, {"cell": cell_id, "notebook": submitted})
                continue
            auto = 0.0 if name in result.untouched else points.get(name)
            grades.append({"cell": cell_id, "auto": auto})
        comments = [
            {"cell": i, "auto": "No response." if name in result.untouched else None}
            for name, i in self._answer_cells.items()
        ]
        where = {"notebook": submitted}
        for statement, rows in ((_UPDATE_GRADE, grades), (_UPDATE_COMMENT, comments)):
            if rows:
                self._book.db.execute(statement, [{**row, **where} for row in rows])
        self._penalise(assignment.name, result.student)

    def wait(self, result: Result, *, news: bool) -> None:
        """Have a person look at all tasks of what could not be read; no score changes.

        Args:
            result: of one student.
            news: whether marks given by hand wait, too: nobody has seen it like this yet.
        """
        if news:
            self.reopen(result, self._grade_cells)
        where = {"notebook": self._notebook_id(result.assignment, result.student)}
        self._book.db.execute(_WAIT, where)
        self._penalise(result.assignment, result.student)

    def has_scores(self, assignment: str, student: str) -> bool:
        """Whether some task has an automatic score, of this run or an earlier one."""
        where = {"notebook": self._notebook_id(assignment, student)}
        return bool(self._book.db.execute(_SCORED, where).scalar_one())

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

    def undo(self) -> None:
        """Take back what was recorded since the last commit."""
        self._book.db.rollback()
        self._known, self._students, self._notebooks = {}, None, {}

    def _penalise(self, assignment: str, student: str) -> None:
        """Apply the course's late-penalty plugin, as nbgrader's own step does."""
        if self._submitted(assignment)[student] is None:
            return  # without a timestamp nothing is late
        self._book.db.expire_all()
        submitted = self._book.find_submission_notebook(assignment, assignment, student)
        submitted.late_submission_penalty = None
        late = submitted.assignment.total_seconds_late
        if late > 0:
            step = self._late_penalties
            plugin: LateSubmissionPlugin = step.plugin_inst
            penalty = plugin.late_submission_penalty(student, submitted.score, late)
            if penalty is not None:
                penalty = step._check_late_penalty(submitted, penalty)
            submitted.late_submission_penalty = penalty

    def registered(self) -> list[str]:
        """Return the names of all assignments whose notebook the database knows."""
        return list(self._book.db.execute(_REGISTERED).scalars())

    def require(self, assignment: str) -> None:
        """Raise `UsageError` unless the assignment was released or graded before."""
        known = self.registered()
        if assignment not in known:
            raise UsageError(
                f"'{assignment}' is not in the gradebook, which has "
                f"{', '.join(known) or 'no assignment'}: run 'grader release {assignment}' "
                f"or 'grader autograde {assignment}' first"
            )

    def marks(self, assignment: str) -> list[Mark]:
        """Return the mark of everybody on the class list, handed in or not, by id.

        Raises:
            UsageError: the assignment is not in the gradebook.
        """
        self.require(assignment)
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
        person = asdict(_listed(student))
        person["student"] = person.pop("id")
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

    def students(self) -> dict[str, ListedStudent]:
        """Return everybody on the class list, by id."""
        everybody = sorted(self._book.students, key=lambda student: student.id)
        return {student.id: _listed(student) for student in everybody}

    def put_students(self, students: Collection[ListedStudent]) -> None:
        """Add students, or change what is known of them: all of them, or none."""
        for student in students:
            values = asdict(student)
            row = self._book.db.get(Student, values.pop("id"))
            if row is None:
                self._book.db.add(Student(id=student.id, **values))
            else:
                for field, value in values.items():
                    setattr(row, field, value)
        self.save()

    def auto_scores(self, assignment: str) -> dict[str, dict[str, float | None]]:
        """Return the automatic scores of everybody, by student and grade id."""
        found: dict[str, dict[str, float | None]] = {}
        for student, cell, score in self._book.db.execute(_SCORES, {"a": assignment}):
            found.setdefault(student, {})[cell] = score
        return found

    def recorded(self, assignment: str, student: str) -> dict[str, dict[str, Any]]:
        """Return what is recorded of each task, by grade id.

        ``auto``, ``score`` (by hand) and ``extra`` credit in points, None where there is
        none; ``max_score``, ``pending``, and a person's ``comment``.
        """
        try:
            submitted = self._book.find_submission_notebook(assignment, assignment, student)
        except MissingEntry:
            return {}
        found = {
            grade.cell.name: {
                "auto": grade.auto_score,
                "score": grade.manual_score,
                "extra": grade.extra_credit,
                "max_score": grade.max_score,
                "pending": bool(grade.needs_manual_grade),
            }
            for grade in submitted.grades
        }
        for comment in submitted.comments:
            entry = found.setdefault(comment.cell.name, {})
            entry["comment"] = comment.comment
        return found


def _listed(student: Student) -> ListedStudent:
    """Return a student of the database; what is not known is empty."""
    names = [field.name for field in fields(ListedStudent)]
    return ListedStudent(**{name: getattr(student, name) or "" for name in names})


def _asked_otherwise(notebook: Any, cells: Sequence[SourceCell]) -> list[str]:
    """Return graded cells that have other points than the database says, or another text.

    The text only where it asks a person to mark something.
    """
    points = {row.name: row.max_score for row in notebook.grade_cells + notebook.task_cells}
    texts = {row.name: row.source for row in notebook.source_cells}
    return [
        cell.key
        for cell in cells
        if cell.key in points
        and (
            points[cell.key] != cell.points
            or (cell.kind in ("manual", "task") and texts.get(cell.key) != cell.full_source)
        )
    ]


def _late_penalties(config: Config) -> AssignLatePenalties:
    """Return nbgrader's step with the course's plug-in, before anybody is graded.

    Raises:
        CourseError: it cannot be loaded.
    """
    try:
        step = AssignLatePenalties(config=config)
        step.init_plugin()
    except Exception as error:
        raise CourseError(
            "the plug-in for late hand-ins cannot be loaded: put "
            f"AssignLatePenalties.plugin_class in nbgrader_config.py right: {error}"
        ) from error
    return step


def _newest_schema() -> str:
    """Return the version that a new database is given: the head of nbgrader's scripts."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(ALEMBIC_DIR).get_current_head() or ""


nbgrader.api.get_alembic_version = _newest_schema  # its own starts a process, for seconds
