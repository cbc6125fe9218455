"""Run a prepared submission in a kernel: cells in, outputs and answers out.

Nothing is judged here. First everything goes to a kernel as one request. Where anything
is out of the ordinary that run counts for nothing, and all begins anew, step by step: a
kernel that is lost is replaced, and the cells before are run again, so that one endless
loop does not cost the exercises after it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

from grader.errors import KernelFault, LimitExceeded, WireError
from grader.judge.key import AnswerKey, read_answer
from grader.kernel.driver import KernelDriver
from grader.limits import Limits
from grader.model import Answer, CellRun, Execution, Prepared, PreparedCell

ORDINARY_S = 5.0
"""A step that takes longer is out of the ordinary. Higher, and what runs for ever is
waited for twice as long; lower, and slow but honest work is done twice."""
NO_TIME = "not run: the submission's time limit of {:g} s was used up before"


class Kernels(Protocol):
    """Where kernels come from and go to: `grader.kernel.prepared.PreparedKernels`."""

    def take(self) -> KernelDriver:
        """Return a fresh one."""
        ...

    def put_away(self, kernel: KernelDriver) -> None:
        """End one."""
        ...


def execute(
    prepared: Prepared,
    keys: Mapping[str, AnswerKey],
    limits: Limits,
    kernels: Kernels,
) -> Execution:
    """Run all cells in order and ask for each exercise where its test cell stands.

    Args:
        prepared: the submission.
        keys: answer keys by the key of their test cell.
        limits: for this submission.
        kernels: gives a fresh kernel, and another when one is lost.
    """
    at_once = execute_at_once(prepared, keys, limits, kernels)
    return at_once or execute_step_by_step(prepared, keys, limits, kernels)


def execute_at_once(
    prepared: Prepared,
    keys: Mapping[str, AnswerKey],
    limits: Limits,
    kernels: Kernels,
) -> Execution | None:
    """As `execute`; None if anything was out of the ordinary."""
    started = time.monotonic()
    tested = _tested(prepared, keys)
    steps = {
        index: tested[index].request if index in tested else cell.source
        for index, cell in enumerate(prepared.cells)
        if index in tested or cell.runs
    }
    kernel = kernels.take()
    try:
        done = kernel.run_through(
            list(steps.values()),
            timeout_s=min(ORDINARY_S, limits.cell_s),
            until=started + limits.submission_s,
        )
    finally:
        kernels.put_away(kernel)
    if done is None:
        return None
    runs, answers = {}, {}
    try:
        for index, outcome in zip(steps, done, strict=True):
            if isinstance(outcome, CellRun):
                runs[index] = outcome
            else:
                key = tested[index]
                answer = read_answer(outcome, len(key.cases), key.patience_s)
                answers[key.exercise.id] = answer
    except WireError:
        return None
    return Execution(
        runs=runs,
        answers=answers,
        isolation=kernel.isolation,
        seconds=round(time.monotonic() - started, 3),
    )


def execute_step_by_step(
    prepared: Prepared,
    keys: Mapping[str, AnswerKey],
    limits: Limits,
    kernels: Kernels,
) -> Execution:
    """As `execute`, with one request for each cell and each exercise."""
    started = time.monotonic()
    with _Run(prepared, keys, limits, kernels) as run:
        for index in range(len(prepared.cells)):
            run.step(index)
        return Execution(
            runs=run.runs,
            answers=run.answers,
            isolation=run.isolation,
            seconds=round(time.monotonic() - started, 3),
        )


def _tested(prepared: Prepared, keys: Mapping[str, AnswerKey]) -> dict[int, AnswerKey]:
    """Return the answer keys by the index of their test cell."""
    return {
        index: keys[cell.key]
        for index, cell in enumerate(prepared.cells)
        if cell.kind == "test" and cell.key in keys
    }


class _Run:
    """The state of one execution: the current kernel and what has happened so far."""

    def __init__(
        self,
        prepared: Prepared,
        keys: Mapping[str, AnswerKey],
        limits: Limits,
        kernels: Kernels,
    ) -> None:
        self._cells = prepared.cells
        self._tested = _tested(prepared, keys)
        self._limits = limits
        self._kernels = kernels
        self._deadline = time.monotonic() + limits.submission_s
        self._kernel: KernelDriver | None = None
        self.runs: dict[int, CellRun] = {}
        self.answers: dict[str, Answer] = {}
        self.isolation = ""

    def __enter__(self) -> _Run:
        self._kernel = self._kernels.take()
        self.isolation = self._kernel.isolation
        return self

    def __exit__(self, *_: object) -> None:
        self._drop_kernel()

    def step(self, index: int) -> None:
        """Run one cell, or ask for the exercise it tests."""
        cell = self._cells[index]
        if key := self._tested.get(index):
            self.answers[key.exercise.id] = self._ask(index, key)
        elif cell.runs:
            self.runs[index] = self._run(index, cell)

    def _time_left(self) -> float:
        return min(self._limits.cell_s, self._deadline - time.monotonic())

    def _run(self, index: int, cell: PreparedCell) -> CellRun:
        kernel = self._living_kernel(index)
        if kernel is None:
            reason = NO_TIME.format(self._limits.submission_s)
            return CellRun(outputs=(), ok=False, fault=reason)
        try:
            return kernel.run(cell.source, timeout_s=self._time_left())
        except KernelFault as error:
            self._drop_kernel()
            return CellRun(outputs=error.outputs, ok=False, fault=str(error))

    def _ask(self, index: int, key: AnswerKey) -> Answer:
        kernel = self._living_kernel(index)
        if kernel is None:
            return Answer(fault=NO_TIME.format(self._limits.submission_s), not_run=True)
        try:
            reply = kernel.ask(key.request, timeout_s=self._time_left())
            return read_answer(reply, len(key.cases), key.patience_s)
        except LimitExceeded as error:
            return Answer(fault=f"your function was {error}")
        except (KernelFault, WireError) as error:
            self._drop_kernel()
            return Answer(fault=f"your function gave no answer: {error}")

    def _living_kernel(self, index: int) -> KernelDriver | None:
        """Return the kernel, a new one with the cells before if it was lost."""
        while self._kernel is None and self._time_left() > 0:
            self._kernel = self._kernels.take()
            all(self._replay(before) for before in range(index))  # until one ends it
        # a replay that used up the time may be incomplete
        return self._kernel if self._time_left() > 0 else None

    def _replay(self, index: int) -> bool:
        """Run a cell again that came through before; return whether the kernel lives."""
        run = self.runs.get(index)
        if run is None or run.fault or self._kernel is None:
            return True
        if self._time_left() <= 0:
            return True
        try:
            self._kernel.run(self._cells[index].source, timeout_s=self._time_left())
        except KernelFault as error:
            self.runs[index] = CellRun(outputs=run.outputs, ok=False, fault=str(error))
            self._drop_kernel()
            return False
        return True

    def _drop_kernel(self) -> None:
        if self._kernel is not None:
            self._kernels.put_away(self._kernel)
            self._kernel = None
