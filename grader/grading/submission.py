"""The whole road of one submission, from bytes to a result."""

from __future__ import annotations

import hashlib
import json
import re
import time
import traceback
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from nbformat import NotebookNode

from grader.course.folder import exercise_seed
from grader.course.notebooks import parse_submission
from grader.course.pictures import Album, below
from grader.errors import DamagedNotebook, IsolationError
from grader.grading import answers
from grader.grading.given import given_cells, taken_names
from grader.grading.runner import execute
from grader.grading.sanitize import answered_elsewhere, defines, sanitize
from grader.judge.key import AnswerKey, Question
from grader.judge.memory import Verdicts
from grader.judge.score import begun, overwritten, unanswered
from grader.kernel.driver import BoxDriver
from grader.kernel.prepared import PreparedBoxes
from grader.model import (
    ADDED_PREFIX,
    SOLUTION_SUFFIX,
    Assignment,
    CellRun,
    Execution,
    Graded,
    Job,
    Prepared,
    PreparedCell,
    Result,
    Score,
    Submission,
)
from grader.report import cell as report_cell
from grader.report import harmless
from grader.sandbox.levels import Level

_CELL_FILE = re.compile(r"\(\d+\.py, line (\d+)\)")
"""How a SyntaxError says where: IPython names cells by a number."""
_BLANK = " \t\n"
FRESH_SETS = 32
"""How many sets of new cases there are: their expected values are worked out once each."""
MAX_TRACEBACK_CHARACTERS = 4000
UNJUDGED = "the grader failed while it judged {}; nothing was recorded"


@dataclass(frozen=True)
class _Source:
    """What is written of a cell."""

    text: str = ""
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Grader:
    """Everything that grading the submissions of one assignment shares."""

    assignment: Assignment
    secret: bytes
    isolation: Level = "namespaces"
    """The least confinement that is accepted."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel without what was worked out here: another process does that itself."""
        return Grader, (self.assignment, self.secret, self.isolation)

    @cached_property
    def keys(self) -> Mapping[str, AnswerKey]:
        """Answer keys by the grade id of their test cell."""
        return {
            key: AnswerKey(exercise, exercise_seed(self.secret, exercise.id))
            for key, exercise in self.assignment.by_cell.items()
        }

    def questions(self, notebook: bytes) -> Mapping[str, Question]:
        """Return what one submission is asked, by the grade id of the test cell.

        Args:
            notebook: its bytes. With the course's secret they decide which set of new
                cases it gets; nobody knows that before handing in.
        """
        digest = hashlib.sha256(self.secret + notebook).digest()
        number = int.from_bytes(digest[:8]) % FRESH_SETS
        if number not in self._questions:
            self._questions[number] = {
                test: Question(key, self._fresh(key, number))
                for test, key in self.keys.items()
            }
        return self._questions[number]

    @cached_property
    def _questions(self) -> dict[int, Mapping[str, Question]]:
        return {}

    def _fresh(self, key: AnswerKey, number: int) -> AnswerKey:
        seed = exercise_seed(self.secret, f"{key.exercise.id} fresh {number}")
        return AnswerKey(key.exercise, seed, apart_from=key)

    @cached_property
    def boxes(self) -> PreparedBoxes:
        """Boxes for the submissions this process grades."""
        options: dict[str, Any] = {
            "isolation": self.isolation,
            "profile": self.assignment.profile,
            "files": self.assignment.files,
        }
        limits = self.assignment.limits
        return PreparedBoxes(lambda: BoxDriver(limits, **options))

    @cached_property
    def verdicts(self) -> Verdicts:
        """What has been judged so far."""
        return Verdicts()

    @cached_property
    def execution_key(self) -> bytes:
        """Digest of all that running a submission depends on besides itself."""
        keys = self.keys.values()
        return answers.execution_key(self.assignment, keys, self.isolation, FRESH_SETS)

    def grade_one(self, job: Job) -> Graded:
        """Return the result of one submission, whatever is in it.

        A fault of the grader itself ends in a failed result, too, so that the others
        go on; it carries the traceback and is not recorded as a score.
        """
        started = time.monotonic()
        try:
            return self._graded(job, started)
        except DamagedNotebook as error:
            return Graded(result=self.unread(job.submission, str(error), started))
        except IsolationError:
            raise  # holds for every submission: stop and say so
        except Exception as error:
            reason = f"the grader failed ({type(error).__name__}); nothing was scored"
            return self.failed(job.submission, reason, _traceback(), started)

    def _graded(self, job: Job, started: float) -> Graded:
        """Sanitize, run unless that was done before, judge and write up."""
        submission = job.submission
        prepared = sanitize(self.assignment, self._parsed(submission))
        kept = answers.unpack(job.stored, self.isolation) if job.stored else None
        questions = self.questions(submission.notebook or b"")
        execution = kept or self._execute(prepared, questions)
        packed = answers.pack_answers(execution.answers)
        scores, faults = self._judge(prepared, questions, execution, packed)
        album = Album(submission.beside)
        sources = list(self._shown_sources(prepared, album))
        beside = _Source(*album.page())
        elsewhere = answered_elsewhere(self.assignment, prepared, beside=bool(beside.text))
        result = Result(
            student=submission.student,
            assignment=submission.assignment,
            status=_status(scores.values(), faults),
            scores=tuple(scores.values()),
            isolation=execution.isolation,
            seconds=round(time.monotonic() - started, 3),
            executed=kept is None,
            run_s=execution.seconds,
            limits=_limits(prepared, execution),
            repairs=(
                *(*submission.repairs, *prepared.repairs, *album.remarks),
                *elsewhere.values(),
                *self._tried_again(prepared, execution),
            ),
            problem=UNJUDGED.format(", ".join(faults)) if faults else "",
            grader_fault="\n".join(faults.values()),
            notebook=self._written(prepared, sources, beside, execution, scores),
            untouched=tuple(k for k in self._untouched(prepared) if k not in elsewhere),
        )
        return Graded(
            result=result, execution=b"" if kept else answers.pack(execution, packed)
        )

    def _parsed(self, submission: Submission) -> NotebookNode:
        if submission.notebook is None:
            raise DamagedNotebook(submission.problem)
        return parse_submission(submission.notebook)

    def _execute(self, prepared: Prepared, questions: Mapping[str, Question]) -> Execution:
        """Run a submission; where a given name was taken, what fails has a second try."""
        execution = self._executed(prepared, questions)
        if not taken_names(self.assignment, prepared):
            return execution
        before = self._points(prepared, questions, execution)
        failed = {
            test: question
            for test, question in questions.items()
            if before[question.key.exercise.id] < question.key.exercise.points
        }
        given = given_cells(self.assignment, prepared)
        second = self._executed(prepared, failed, given).answers if failed else {}
        again = replace(execution, answers={**execution.answers, **second})
        after = self._points(prepared, questions, again)
        better = {name: second[name] for name in second if after[name] > before[name]}
        return replace(
            execution, answers={**execution.answers, **better}, given_again=tuple(better)
        )

    def _executed(
        self,
        prepared: Prepared,
        questions: Mapping[str, Question],
        given: Sequence[PreparedCell] = (),
    ) -> Execution:
        return execute(prepared, questions, self.assignment.limits, self.boxes, given)

    def _points(
        self,
        prepared: Prepared,
        questions: Mapping[str, Question],
        execution: Execution,
    ) -> dict[str, float]:
        """Return what the answers of an execution earn, by exercise."""
        packed = answers.pack_answers(execution.answers)
        scores, _ = self._judge(prepared, questions, execution, packed)
        return {score.id: score.score for score in scores.values()}

    def _tried_again(self, prepared: Prepared, execution: Execution) -> Iterator[str]:
        """Yield what to say where a given name was taken and should not cost points."""
        if not execution.given_again:
            return
        names = ", ".join(f"'{n}'" for n in taken_names(self.assignment, prepared))
        yield (
            f"your code gives {names} another meaning than the given cells do: "
            f"{', '.join(execution.given_again)} counts as with the given one"
        )

    def _judge(
        self,
        prepared: Prepared,
        questions: Mapping[str, Question],
        execution: Execution,
        packed: Mapping[str, bytes],
    ) -> tuple[dict[str, Score], dict[str, str]]:
        """Return the scores by the grade id of their test cell, and the judge's faults.

        A fault of judging one exercise, by its id, is no evidence against that answer and
        none about the others: they are judged, and the whole is not recorded.
        """
        sources = {cell.key: cell.source for cell in prepared.cells}
        faults = {
            cell.key: _cell_fault(execution.runs.get(index))
            for index, cell in enumerate(prepared.cells)
        }
        untouched = self._untouched(prepared)
        scores, unjudged = {}, {}
        for test, question in questions.items():
            key = question.key
            name, solution = key.exercise.id, test + SOLUTION_SUFFIX
            try:
                scores[test] = self.verdicts.judge(
                    question,
                    execution.answers,
                    packed.get(name, b""),
                    sources.get(solution, ""),
                    faults.get(solution, ""),
                )
                if solution not in untouched:
                    scores[test] = begun(scores[test], sources.get(solution, ""))
                elif defines(prepared, key.exercise.function):
                    scores[test] = overwritten(scores[test])
            except Exception:
                scores[test] = unanswered(key, "unjudged", UNJUDGED.format(name))
                unjudged[name] = _traceback()
        return scores, unjudged

    def failed(
        self, submission: Submission, reason: str, fault: str, started: float
    ) -> Graded:
        """Return the result where the grader itself failed: nothing will be recorded."""
        result = self.unread(submission, reason, started)
        return Graded(result=replace(result, status="failed", grader_fault=fault))

    def unread(self, submission: Submission, reason: str, started: float) -> Result:
        """Return a result without evidence, with the reason for it."""
        prepared = sanitize(self.assignment, NotebookNode(cells=[]))
        sources = list(self._shown_sources(prepared, Album()))
        execution = Execution(runs={}, answers={}, isolation="not run")
        scores = {
            test: unanswered(key, "damaged", reason) for test, key in self.keys.items()
        }
        return Result(
            student=submission.student,
            assignment=submission.assignment,
            status="pending",
            scores=tuple(scores.values()),
            isolation=execution.isolation,
            seconds=round(time.monotonic() - started, 3),
            executed=False,
            repairs=submission.repairs,
            problem=reason,
            notebook=self._written(prepared, sources, _Source(), execution, scores),
        )

    def _untouched(self, prepared: Prepared) -> tuple[str, ...]:
        """Return the answer cells nobody has written in."""
        blank = {
            cell.key: cell.source.strip()
            for cell in self.assignment.cells
            if cell.kind in ("solution", "manual")
        }
        return tuple(
            cell.key
            for cell in prepared.cells
            if blank.get(cell.key) == cell.source.strip()
        )

    def _written(
        self,
        prepared: Prepared,
        sources: Sequence[_Source],
        beside: _Source,
        execution: Execution,
        scores: Mapping[str, Score],
    ) -> str:
        """Return the executed notebook for nbgrader's ``autograded/`` folder.

        What was handed in beside the notebook follows the empty answers that it may be
        meant for, or stands at the end.
        """
        cells: list[dict[str, Any]] = []
        render = harmless.Rendering()
        empty = self._untouched(prepared)
        if beside.text:
            text = below(render(beside.text, beside.attachments), beside.attachments)
            beside = replace(beside, text=text)
        for index, (cell, source) in enumerate(zip(prepared.cells, sources, strict=True)):
            run = execution.runs.get(index)
            if cell.key in scores:
                outputs = report_cell.outputs(scores[cell.key])
            else:
                outputs = harmless.outputs(run.outputs, render) if run else []
            written = _notebook_cell(cell, source, outputs)
            written["id"] = cell.key or f"{ADDED_PREFIX}{index}"
            cells.append(written)
            if cell.kind == "manual" and cell.key in empty and beside.text:
                cells.append(_own_text(beside, f"{ADDED_PREFIX}{index}-beside"))
        if beside.text and not any(cell["id"].endswith("-beside") for cell in cells):
            cells.append(_own_text(beside, f"{ADDED_PREFIX}beside"))
        notebook = {
            "cells": cells,
            "metadata": dict(self.assignment.metadata),
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        return json.dumps(notebook, ensure_ascii=False) + "\n"

    def _shown_sources(self, prepared: Prepared, album: Album) -> Iterator[_Source]:
        """Yield what is written of each cell: the student's, harmless for all who show it.

        Text of the course's own is left as its author wrote it.
        """
        released = {
            (cell.key, cell.source.strip(_BLANK)): cell for cell in self.assignment.cells
        }
        render = harmless.Rendering()
        for cell in prepared.cells:
            known = released.get((cell.key, cell.source.strip(_BLANK)))
            if known:
                yield _Source(cell.source, known.attachments)
            elif cell.cell_type == "code":
                yield _Source(harmless.lines(cell.source))
            else:
                text, attachments = album.placed(cell.source, cell.pictures)
                yield _Source(below(render(text, attachments), attachments), attachments)


def _status(
    scores: Iterable[Score], faults: Collection[str]
) -> Literal["graded", "pending", "failed"]:
    if faults:
        return "failed"
    return "pending" if any(score.unseen for score in scores) else "graded"


def _traceback() -> str:
    """Return where the exception being handled came from; its text may have any length."""
    text, half = traceback.format_exc(), MAX_TRACEBACK_CHARACTERS // 2
    return text if len(text) <= 2 * half else f"{text[:half]}\n…\n{text[-half:]}"


def _limits(prepared: Prepared, execution: Execution) -> tuple[str, ...]:
    """Return what was stopped, cells first, with the numbers JupyterLab gives them."""
    code = [c.cell_type == "code" and bool(c.source.strip()) for c in prepared.cells]
    cells = [
        f"cell [{sum(code[: index + 1])}] {run.fault}"
        for index, run in execution.runs.items()
        if run.fault
    ]
    faults = (
        []
        if isinstance(execution.answers, answers.KeptAnswers)
        else [
            f"{name}: {answer.fault}"
            for name, answer in execution.answers.items()
            if answer.fault
        ]
    )
    return (*cells, *faults)


def _cell_fault(run: CellRun | None) -> str:
    """Return how a cell failed, to be read after "its cell"; nothing if it did not."""
    if run is None or run.ok:
        return ""
    if run.fault:
        return f"was {run.fault}"
    errors = [out for out in run.outputs if out["output_type"] == "error"]
    if not errors:
        return ""
    text = f"stops with {errors[-1]['ename']}: {errors[-1]['evalue']}"[:200]
    return _CELL_FILE.sub(r"(line \1)", text)


def _notebook_cell(
    cell: PreparedCell, source: _Source, outputs: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return a cell for a notebook; a raw one as Markdown, as pages print raw HTML."""
    kind = "code" if cell.cell_type == "code" else "markdown"
    written: dict[str, Any] = {
        "cell_type": kind,
        "metadata": dict(cell.metadata),
        "source": source.text,
    }
    if kind == "code":
        written |= {"outputs": outputs, "execution_count": None}
    elif source.attachments:
        written["attachments"] = dict(source.attachments)
    return written


def _own_text(source: _Source, name: str) -> dict[str, Any]:
    """Return a Markdown cell that the grader adds."""
    return {
        "cell_type": "markdown",
        "id": name,
        "metadata": {},
        "source": source.text,
        "attachments": dict(source.attachments),
    }
