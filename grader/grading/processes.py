"""Many submissions at once: worker processes, and one caller who gets the results."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.util import Finalize

from grader.grading import fork_server
from grader.grading.submission import Grader
from grader.model import Graded, Job

_grader: Grader | None = None  # of a worker process, set once when it starts


def grade_many(
    grader: Grader, work: Iterable[Job], *, jobs: int
) -> Generator[Graded, None, None]:
    """Yield one result per submission, as they become ready.

    Submissions are read lazily, so memory does not grow with the class. A worker that
    dies takes no other submission with it: what was under way is graded again alone.
    """
    waiting = iter(work)
    orphans: list[Job] = []
    with _pool(grader, jobs) as pool:
        running = _submit(pool, islice(waiting, 2 * jobs))
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                job = running.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool:
                    orphans.append(job)
                    continue
                if not orphans:
                    running |= _submit(pool, islice(waiting, 1))
    for job in orphans:
        yield _grade_alone(grader, job)
    if orphans:
        yield from grade_many(grader, waiting, jobs=jobs)


def _pool(grader: Grader, jobs: int) -> ProcessPoolExecutor:
    context = fork_server.start()
    return ProcessPoolExecutor(jobs, context, initializer=_start, initargs=(grader,))


def _submit(pool: ProcessPoolExecutor, work: Iterable[Job]) -> dict[Future[Graded], Job]:
    """Send work out; Ctrl-C waits until a worker that starts now has all it needs."""
    found = {}
    for job in work:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            found[pool.submit(_grade, job)] = job
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return found


def _grade_alone(grader: Grader, job: Job) -> Graded:
    """Grade a submission whose worker died, in a worker of its own."""
    with _pool(grader, 1) as pool:
        try:
            return pool.submit(_grade, job).result()
        except BrokenProcessPool:
            fault = "a worker process died twice on this submission"
            return grader.failed(job.submission, fault, fault, time.monotonic())


def _start(grader: Grader) -> None:
    """Prepare a worker process; Ctrl-C is the coordinator's business."""
    global _grader
    threading.Thread(target=_end_with_coordinator, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _grader = grader
    grader.boxes.work_ahead()
    Finalize(grader, grader.boxes.close, exitpriority=10)  # atexit does not run here


def _end_with_coordinator() -> None:
    """End this worker, and with it its warm kernels, when the coordinator is gone."""
    coordinator = multiprocessing.parent_process()
    if coordinator is not None:
        coordinator.join()
        os._exit(1)


def _grade(job: Job) -> Graded:
    assert _grader is not None, "the worker was not started by _pool"
    return _grader.grade_one(job)
