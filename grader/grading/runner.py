"""Run a prepared submission in a box: cells in, outputs and answers out.

Nothing is judged here. All cells run in order, as in JupyterLab, the visible half of a test
cell too; after it the exercise that it tests is asked for. A box that is lost is replaced,
and the cells before are run again, so that one endless loop does not cost the exercises
after it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from grader.errors import KernelFault, LimitExceeded, WireError
from grader.judge.key import Question
from grader.kernel.driver import PROCESSORS, Allowance, BoxDriver
from grader.limits import WALL_FACTOR, Limits
from grader.model import Answer, CellRun, Execution, Prepared, PreparedCell

NO_TIME = "not run: the submission's time limit of {:g} s was used up before"


class Boxes(Protocol):
    """Where boxes come from and go to: `grader.kernel.prepared.PreparedBoxes`."""

    def take(self) -> BoxDriver:
        """Return a fresh one."""
        ...

    def put_away(self, box: BoxDriver) -> None:
        """End one."""
        ...


def execute(
    prepared: Prepared,
    questions: Mapping[str, Question],
    limits: Limits,
    boxes: Boxes,
    given: Sequence[PreparedCell] = (),
) -> Execution:
    """Run all cells in order and ask for each exercise where its test cell stands.

    Args:
        prepared: the submission.
        questions: what is asked, by the key of its test cell.
        limits: for this submission.
        boxes: gives a fresh box, and another when one is lost.
        given: cells to run once more before an exercise is asked for.
    """
    started = time.monotonic()
    with _Run(prepared, questions, limits, boxes, given) as run:
        for index in range(len(prepared.cells)):
            run.step(index)
        return Execution(
            runs=run.runs,
            answers=run.answers,
            isolation=run.isolation,
            seconds=round(time.monotonic() - started, 3),
        )


class _Run:
    """The state of one execution: the current box and what has happened so far."""

    def __init__(
        self,
        prepared: Prepared,
        questions: Mapping[str, Question],
        limits: Limits,
        boxes: Boxes,
        given: Sequence[PreparedCell],
    ) -> None:
        self._given = given
        self._cells = prepared.cells
        self._questions = questions
        self._limits = limits
        self._boxes = boxes
        self._started = time.monotonic()
        self._spent_s = 0.0
        self._box: BoxDriver | None = None
        self.runs: dict[int, CellRun] = {}
        self.answers: dict[str, Answer] = {}
        self.isolation = ""

    def __enter__(self) -> _Run:
        self._box = self._boxes.take()
        self.isolation = self._box.isolation
        return self

    def __exit__(self, *_: object) -> None:
        self._drop_box()

    def step(self, index: int) -> None:
        """Run one cell, then ask for the exercise it tests."""
        cell = self._cells[index]
        if cell.runs:
            self.runs[index] = self._run(index, cell)
        question = self._questions.get(cell.key) if cell.kind == "test" else None
        if question:
            self.answers[question.key.exercise.id] = self._ask(index, question)

    def _allowance(self) -> Allowance | None:
        """Return what the next step may take; None if nothing is left."""
        limits = self._limits
        took_s = time.monotonic() - self._started
        wall_s = WALL_FACTOR * limits.submission_s - took_s
        left_s = limits.submission_s - took_s * PROCESSORS  # it cannot have used more
        if left_s < limits.cell_s:
            now_s = self._box.used_s if self._box else 0.0
            left_s = limits.submission_s - self._spent_s - now_s
        if min(wall_s, left_s) <= 0:
            return None
        return Allowance(min(limits.cell_s, left_s), wall_s)

    def _run(self, index: int, cell: PreparedCell) -> CellRun:
        box = self._living_box(index)
        allowance = self._allowance()
        if box is None or allowance is None:
            reason = NO_TIME.format(self._limits.submission_s)
            return CellRun(outputs=(), ok=False, fault=reason)
        try:
            return box.run(cell.source, allowance)
        except KernelFault as error:
            self._drop_box()
            return CellRun(outputs=error.outputs, ok=False, fault=str(error))

    def _ask(self, index: int, question: Question) -> Answer:
        box = self._living_box(index + 1)
        allowance = self._allowance()
        if box is None or allowance is None:
            return Answer(fault=NO_TIME.format(self._limits.submission_s), not_run=True)
        try:
            for cell in self._given:
                box.run(cell.source, allowance)
            return question.read(box.ask(question.request, allowance))
        except LimitExceeded as error:
            return Answer(fault=f"your function was {error}")
        except (KernelFault, WireError) as error:
            self._drop_box()
            return Answer(fault=f"your function gave no answer: {error}")

    def _living_box(self, end: int) -> BoxDriver | None:
        """Return the box; if it was lost a new one, with the cells before ``end`` run."""
        while self._box is None and self._allowance():
            self._box = self._boxes.take()
            all(self._replay(before) for before in range(end))  # until one ends it
        return self._box

    def _replay(self, index: int) -> bool:
        """Run a cell again that came through before; return whether the box lives."""
        run, allowance = self.runs.get(index), self._allowance()
        if run is None or run.fault or self._box is None or allowance is None:
            return True
        try:
            self._box.run(self._cells[index].source, allowance)
        except KernelFault as error:
            self.runs[index] = CellRun(outputs=run.outputs, ok=False, fault=str(error))
            self._drop_box()
            return False
        return True

    def _drop_box(self) -> None:
        if self._box is not None:
            self._spent_s += self._box.used_s
            self._boxes.put_away(self._box)
            self._box = None
