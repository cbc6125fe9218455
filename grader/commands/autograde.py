"""The command ``autograde``: whom to grade, and where the results go."""

from __future__ import annotations

import contextlib
import shutil
import time
import traceback
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path

from grader.course.assignment import load_assignment
from grader.course.beside import SHOWN, files_beside
from grader.course.changes import changed_answers
from grader.course.files import write_if_changed
from grader.course.folder import EXCHANGE_FILES, Course, only_grader
from grader.course.gradebook import CourseGradebook, clear_write_errors, concerns_everybody
from grader.course.pictures import plain_files
from grader.course.submission import read_submission
from grader.errors import DamagedNotebook, UnsettledError, UsageError
from grader.grading.answers import AnswerStore
from grader.grading.cluster import grade_on_cluster
from grader.grading.interrupts import Interrupts
from grader.grading.processes import grade_many
from grader.grading.submission import Grader
from grader.limits import Limits
from grader.model import Assignment, Graded, Job, Result, Submission
from grader.report.changes import Change, changes, said, stale_pages, write_changes
from grader.report.records import read_record, write_record
from grader.sandbox.levels import Level

Progress = Callable[[Result], None]

EXCHANGE_BYTES = 1000
"""A timestamp or a secret of nbgrader's exchange has fewer than a hundred."""
NOT_RENEWED = "the last run of the grader failed here; this is of an earlier run"
EARLIER_STAYS = "the points are those of an earlier hand-in, until a person has looked"


def autograde(
    course: Course,
    name: str,
    *,
    students: Iterable[str] = (),
    jobs: int = 1,
    isolation: Level = "namespaces",
    limits: Limits | None = None,
    force: bool = False,
    scheduler: str = "",
    on_result: Progress = lambda result: None,
    on_changes: Callable[[str], None] = lambda said: None,
) -> list[Result]:
    """Grade an assignment's submissions and write everything nbgrader expects.

    Args:
        course: the course.
        name: the assignment.
        students: whom to grade; everyone who handed in if empty.
        jobs: worker processes.
        isolation: the least confinement of student code that is accepted.
        limits: in place of the assignment's own.
        scheduler: address of a Dask scheduler; then ``jobs`` does not matter.
        force: run everything anew, whatever was kept of earlier runs.
        on_result: called after each result has been recorded.
        on_changes: told what this run says otherwise than the one before, if anything;
            `grader.report.changes` has the page.

    Returns:
        The results, sorted by student.
    """
    assignment = load_assignment(course, name)
    if limits:
        assignment = replace(assignment, limits=limits)
    chosen = _chosen(course, name, tuple(students))
    grader = Grader(assignment, course.secret(), isolation)
    results = []
    with (
        clear_write_errors(course),
        only_grader(course),
        CourseGradebook(course) as gradebook,
        Interrupts().owned() as interrupts,
    ):
        desk = _Desk(course, grader, gradebook, interrupts)
        work = desk.work(chosen, force=force)
        stream = (
            grade_on_cluster(grader, work, scheduler=scheduler)
            if scheduler
            else grade_many(grader, work, jobs=jobs)
        )
        with contextlib.closing(stream):  # not whenever Python happens to forget it
            try:
                for graded in chain(stream, desk.turned_away):  # these arise on the way
                    results.append(desk.take(graded))
                    on_result(results[-1])
            finally:
                gradebook.save()
                desk.report_changes(on_changes)
    return sorted(results, key=lambda result: result.student)


class _Desk:
    """Where submissions leave to be graded and results come back to be kept.

    Ctrl-C waits while something is written. Whatever goes wrong with one submission, on
    the way out or back, is that submission's result; what concerns them all ends the run.
    """

    def __init__(
        self,
        course: Course,
        grader: Grader,
        gradebook: CourseGradebook,
        interrupts: Interrupts,
    ) -> None:
        self._course = course
        self._assignment = grader.assignment
        self._key = grader.execution_key
        self._gradebook = gradebook
        self._interrupts = interrupts
        self._answers = AnswerStore(course.state / "answers")
        self._failed = grader.failed
        self._names: dict[str, str] = {}
        """Of kept answers, by student."""
        self._handed_in: dict[str, datetime | None] = {}
        self.turned_away: list[Graded] = []
        """Results of submissions that could not even be sent out."""
        self._changes: list[Change] = []
        with interrupts.held():
            gradebook.register(self._assignment)

    def work(self, students: Iterable[str], *, force: bool) -> Iterator[Job]:
        """Read submissions one by one."""
        for student in students:
            try:
                yield self._job(student, force=force)
            except Exception as error:
                if concerns_everybody(error):
                    raise
                self.turned_away.append(self._fault(student, error))

    def _job(self, student: str, *, force: bool) -> Job:
        submission = read_submission(self._course, student, self._assignment)
        self._handed_in[student] = submission.timestamp
        name = self._answers.name(self._key, submission.notebook or b"")
        self._names[student] = name
        stored = b"" if force else self._answers.get(name)
        return Job(submission=submission, stored=stored)

    def _fault(self, student: str, error: Exception) -> Graded:
        """Return the result of a submission that the grader itself cannot handle."""
        reason = f"the grader failed ({type(error).__name__}); nothing was scored"
        submission = Submission(
            student=student, assignment=self._assignment.name, notebook=None
        )
        text = "".join(traceback.format_exception(error))
        return self._failed(submission, reason, text, time.monotonic())

    def take(self, graded: Graded) -> Result:
        """Keep one result; return it without its notebook, which is on disk now.

        Nothing stays locked in the database: it is committed at once.
        """
        result = graded.result
        with self._interrupts.held():
            try:
                self._create_rows(result.student)
                self._record(result)
            except Exception as error:
                if concerns_everybody(error):
                    raise
                self._gradebook.undo()
                result = self._fault(result.student, error).result
                with contextlib.suppress(Exception):
                    self._create_rows(result.student)
                with contextlib.suppress(Exception):  # then even the remark is lost
                    self._record(result)
            self._handed_in.pop(result.student, None)
            name = self._names.pop(result.student, "")
            if name and not result.grader_fault:
                self._answers.put(name, graded.execution)
        return replace(result, notebook="")

    def _create_rows(self, student: str) -> None:
        if student in self._handed_in:  # otherwise it could not even be read
            when = self._handed_in[student]
            self._gradebook.create_rows(self._assignment.name, student, when)

    def _record(self, result: Result) -> None:
        earlier = _earlier(self._course.result(result.student, result.assignment))
        kept = save(self._course, self._assignment, result, self._gradebook)
        self._gradebook.save()
        if earlier and kept:
            self._changes += changes(earlier, kept)

    def report_changes(self, tell: Callable[[str], None]) -> None:
        """Write the page of what this run says otherwise than the last, if anything."""
        if not self._changes:
            return
        name = self._assignment.name
        stale = stale_pages(self._course, name, self._changes)
        page = write_changes(self._course, name, self._changes, stale)
        tell(f"{said(self._changes, stale)}: {page.relative_to(self._course.root)}")


def _chosen(course: Course, name: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    present = course.students(name)
    wanted = tuple(unicodedata.normalize("NFC", student) for student in wanted)
    for student in wanted:
        if student not in present:
            known = ", ".join(present[:10]) or "nobody"
            raise UsageError(
                f"'{student}' has not handed in '{name}'; those who have: {known}"
            )
    return wanted or present


def save(
    course: Course, assignment: Assignment, result: Result, gradebook: CourseGradebook
) -> Result | None:
    """Write the executed notebook, the scores and the reasons of one result.

    A fault of the grader changes nothing that was recorded before: the record keeps the
    reasons for the scores in the gradebook, and says what happened.

    Returns:
        The result that is on record now; None if there is none.
    """
    path = course.result(result.student, result.assignment)
    if result.grader_fault:
        earlier = _earlier(path)
        if earlier is None:
            return None
        result = _with_remark(earlier, NOT_RENEWED)
    elif result.unread:
        result = _waiting(course, result, _earlier(path), gradebook)
    else:
        folder = course.autograded(result.student, result.assignment)
        notebook = folder / f"{result.assignment}.ipynb"
        gradebook.reopen(result, changed_answers(notebook, result.notebook))
        write_if_changed(notebook, result.notebook)
        _keep_exchange_files(course, result, folder)
        gradebook.record(assignment, result)
        _keep_files_beside(course, assignment, result, folder)
    write_record(path, result)
    return result


def _earlier(path: Path) -> Result | None:
    """Return the result that was kept last; a damaged one is none."""
    try:
        return read_record(path) if path.is_file() else None
    except UnsettledError:  # whoever writes pages hears of it
        return None


def _waiting(
    course: Course, result: Result, earlier: Result | None, gradebook: CourseGradebook
) -> Result:
    """Leave it to a person what cannot be read, and the scores as they were.

    Returns:
        The result to keep: with the points of an earlier hand-in, if there are any.
    """
    student, name = result.student, result.assignment
    folder = course.autograded(student, name)
    gradebook.wait(result, news=earlier is None or earlier.problem != result.problem)
    _keep_exchange_files(course, result, folder)
    if earlier is not None and gradebook.has_scores(name, student):
        return replace(
            _with_remark(earlier, EARLIER_STAYS), status="pending", problem=result.problem
        )
    write_if_changed(folder / f"{name}.ipynb", result.notebook)
    return result


def _with_remark(earlier: Result, remark: str) -> Result:
    """Return an earlier result that says so."""
    said = [text for text in earlier.repairs if text != remark]
    return replace(earlier, repairs=(*said, remark))


def _keep_exchange_files(course: Course, result: Result, folder: Path) -> None:
    """Copy what nbgrader's exchange needs to hand the feedback back."""
    with (
        contextlib.suppress(DamagedNotebook),
        course.open_submission(result.student, result.assignment) as handed_in,
    ):
        for name in EXCHANGE_FILES:
            # none there, or a link, or a giant: then there is nothing to hand back
            with contextlib.suppress(DamagedNotebook):
                data = handed_in.read(name, limit=EXCHANGE_BYTES)
                write_if_changed(folder / name, data.decode("utf-8", "replace"))


def _keep_files_beside(
    course: Course, assignment: Assignment, result: Result, folder: Path
) -> None:
    """Copy pictures and PDFs that were handed in, as nbgrader does with all files.

    Those of an earlier hand-in go: they would stand for an answer that names them.
    """
    with (
        contextlib.suppress(DamagedNotebook),
        course.open_submission(result.student, result.assignment) as handed_in,
    ):
        found, _ = files_beside(handed_in, assignment.files)
        kept = {folder / path: data for path, data in plain_files(found)}
        for path in list(folder.rglob("*")):
            if path.suffix.lower().lstrip(".") not in SHOWN:
                continue
            if path.is_dir():  # a folder of such a name is in the way of a file
                shutil.rmtree(path)
            elif path not in kept:
                path.unlink(missing_ok=True)
        for path, data in kept.items():
            # a file and a folder of one name: then the notebook alone has the picture
            with contextlib.suppress(
                FileExistsError, NotADirectoryError, IsADirectoryError
            ):
                write_if_changed(path, data)
