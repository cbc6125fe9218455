"""Many submissions at once: worker processes, and one caller who gets the results."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from itertools import islice

from grader.model import Result, Submission
from grader.pipeline import Grader

_grader: Grader | None = None  # of a worker process, set once when it starts


def grade_many(
    grader: Grader, submissions: Iterable[Submission], *, jobs: int
) -> Iterator[Result]:
    """Yield one result per submission, as they become ready.

    Submissions are read lazily, so memory does not grow with the class. A worker that
    dies takes no other submission with it: what was under way is graded again alone.
    """
    waiting = iter(submissions)
    orphans: list[Submission] = []
    with _pool(grader, jobs) as pool:
        running = _submit(pool, islice(waiting, 2 * jobs))
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                submission = running.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool:
                    orphans.append(submission)
                    continue
                if not orphans:
                    running |= _submit(pool, islice(waiting, 1))
    for submission in orphans:
        yield _grade_alone(grader, submission)
    if orphans:
        yield from grade_many(grader, waiting, jobs=jobs)


def _pool(grader: Grader, jobs: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["grader.pipeline"])  # import once for all workers
    return ProcessPoolExecutor(jobs, context, initializer=_start, initargs=(grader,))


def _submit(
    pool: ProcessPoolExecutor, submissions: Iterable[Submission]
) -> dict[Future[Result], Submission]:
    return {pool.submit(_grade, submission): submission for submission in submissions}


def _grade_alone(grader: Grader, submission: Submission) -> Result:
    """Grade a submission whose worker died, in a worker of its own."""
    with _pool(grader, 1) as pool:
        try:
            return pool.submit(_grade, submission).result()
        except BrokenProcessPool:
            empty = replace(submission, notebook=None, problem="the grader's worker died")
            fault = "a worker process died twice on this submission"
            return replace(grader.grade_one(empty), grader_fault=fault)


def _start(grader: Grader) -> None:
    """Prepare a worker process; Ctrl-C is the coordinator's business."""
    global _grader
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _grader = grader


def _grade(submission: Submission) -> Result:
    assert _grader is not None, "the worker was not started by _pool"
    return _grader.grade_one(submission)
