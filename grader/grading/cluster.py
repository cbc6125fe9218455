"""Many submissions on an existing Dask cluster, for ``--scheduler tcp://…``.

Everything a worker needs travels as a value: the assignment's cells, the course's secret,
the submission's bytes. Workers need this very package, but no shared disk and no database.
They are trusted as the grader itself is: whoever reaches the scheduler can run code there.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from grader.course.assignment import load_exercises
from grader.course.files import MAX_NOTEBOOK_BYTES
from grader.course.folder import CONFIG_NAME, open_course
from grader.errors import GraderError, IsolationError, UsageError
from grader.grading.submission import Grader
from grader.model import Graded, Job

CONNECT_TIMEOUT_S = 10
PER_WORKER = 3
"""Submissions under way per worker: enough to keep it busy, few to lose."""


def grade_on_cluster(
    grader: Grader, work: Iterable[Job], *, scheduler: str
) -> Generator[Graded, None, None]:
    """Yield one result per submission, graded by the workers of a Dask cluster.

    A lost worker's submissions are graded again elsewhere by Dask; each job has one
    future and yields once, so nothing is counted twice.

    Raises:
        UsageError: Dask is not installed, nobody answers at the address, there are no
            workers, or they run another version of this package or several threads.
    """
    client = _connect(scheduler)
    try:
        source = grader.assignment.source
        expected = _Expected(_version(), source.assignment, source.digest)
        workers = _check_workers(client, expected)
        with _large_jobs():
            yield from _stream(client, grader, expected, iter(work), PER_WORKER * workers)
    finally:
        client.close()


def _connect(scheduler: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "--scheduler needs Dask: pip install 'backprop-course[dask]'"
        ) from None
    try:
        return Client(scheduler, timeout=CONNECT_TIMEOUT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"no Dask scheduler answers at '{scheduler}' within {CONNECT_TIMEOUT_S} s "
            f"({type(error).__name__}); is it an address like tcp://host:8786?"
        ) from None


def _large_jobs() -> AbstractContextManager[Any]:
    """Let Dask say nothing about large jobs: a submission travels once, to one worker."""
    import dask

    largest = f"{2 * MAX_NOTEBOOK_BYTES} B"
    return dask.config.set({"distributed.admin.large-graph-warning-threshold": largest})


@dataclass(frozen=True)
class _Expected:
    """What a worker has to agree in with the machine that asks."""

    version: str
    assignment: str
    exercises: str
    """Digest of the assignment's exercises."""


def _check_workers(client: Any, expected: _Expected) -> int:
    """Return the number of workers, all with one thread, our version and our exercises."""
    workers = client.scheduler_info(n_workers=-1)["workers"]
    if not workers:
        raise UsageError("the Dask scheduler has no workers yet: start some first")
    for address, worker in workers.items():
        _check_threads(address, worker["nthreads"])
    try:
        found = client.run(_differs, expected)
    except Exception as error:
        raise UsageError(
            f"a Dask worker cannot import the grader ({error}): install the same "
            f"version of backprop-course there, {expected.version}"
        ) from error
    for address, problem in found.items():
        if problem:
            raise UsageError(f"Dask worker {address} {problem}")
    return len(workers)


def _differs(expected: _Expected) -> str:
    """Return in what this process differs from what is expected; empty if in nothing.

    Exercises travel with their assignment. If a worker stands in a course of its own that
    has another version of them, one of the two is not the one that is meant.
    """
    if _version() != expected.version:
        return (
            f"has backprop-course {_version()}, expected {expected.version}: install the "
            "same version everywhere"
        )
    try:
        here = _exercises_here(expected.assignment)
    except GraderError as error:
        return f"stands in the course '{Path.cwd()}', which cannot be read: {error}"
    if here and here != expected.exercises:
        return (
            f"stands in the course '{Path.cwd()}', whose exercises of "
            f"'{expected.assignment}' are others (digest {here[:12]}, expected "
            f"{expected.exercises[:12]}): bring that course up to date, or start workers "
            "outside of it; nothing was graded"
        )
    return ""


@cache
def _require_same(expected: _Expected, address: str) -> None:
    """Refuse to grade where something differs; what was the same is not looked at again."""
    problem = _differs(expected)
    if problem:
        raise UsageError(f"Dask worker {address} {problem}")


def _exercises_here(assignment: str) -> str:
    """Return the digest of the exercises in the course this process stands in, if any."""
    if not Path(CONFIG_NAME).is_file():
        return ""
    course = open_course()
    if assignment not in course.assignments():
        return ""
    return load_exercises(course, assignment).source.digest


def _check_threads(address: str, threads: int) -> None:
    """Refuse a worker that would grade several submissions in one process.

    A process has one set of kernels, one clock and one measure of the memory that reading
    answers takes: shared, one submission's flood would be another one's fault.
    """
    if threads != 1:
        raise UsageError(
            f"Dask worker {address} has {threads} threads, expected 1: start workers with "
            "--nthreads 1, as many as there are processors"
        )


@cache
def _version() -> str:
    """Return the version and a digest of the package's text.

    A worker judges with its own copy of it: one that differs could score differently.
    """
    digest = hashlib.sha256()
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return f"{version('backprop-course')} ({digest.hexdigest()[:12]})"


def _stream(
    client: Any, grader: Grader, expected: _Expected, waiting: Iterator[Job], window: int
) -> Iterator[Graded]:
    from distributed import as_completed

    shared = client.scatter(grader, broadcast=True, hash=False)
    jobs: dict[str, Job] = {}

    def submit(count: int) -> list[Any]:
        futures = []
        for job in islice(waiting, count):
            future = client.submit(_grade, shared, expected, job, pure=False)
            jobs[future.key] = job
            futures.append(future)
        return futures

    running = as_completed(submit(window), loop=client.loop)
    for future in running:
        yield _result(grader, future, jobs.pop(future.key))
        for fresh in submit(1):
            running.add(fresh)


def _result(grader: Grader, future: Any, job: Job) -> Graded:
    """Return a future's result; a failure that Dask gave up on names its submission."""
    try:
        graded: Graded = future.result()
    except (UsageError, IsolationError):
        raise  # holds for every submission: stop and say so
    except Exception as error:
        fault = f"no worker of the cluster could grade it ({type(error).__name__})"
        why = f"{fault}: {error}"
        return grader.failed(job.submission, fault, why, time.monotonic())
    return graded


def _grade(grader: Grader, expected: _Expected, job: Job) -> Graded:
    """Run on a worker, which may have joined since the others were looked at."""
    from distributed import get_worker

    worker = get_worker()
    _check_threads(worker.address, worker.state.nthreads)
    _require_same(expected, worker.address)
    return grader.grade_one(job)
