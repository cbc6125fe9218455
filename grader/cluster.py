"""Many submissions on an existing Dask cluster, for ``--scheduler tcp://…``.

Everything a worker needs travels as a value: the assignment's cells, the course's secret,
the submission's bytes. Workers need this package, but no shared disk and no database.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import version
from itertools import islice
from typing import Any

from grader.errors import UsageError
from grader.model import Graded, Job
from grader.pipeline import Grader

CONNECT_TIMEOUT_S = 10
PER_WORKER = 3
"""Submissions under way per worker thread: enough to keep it busy, few to lose."""


def grade_on_cluster(
    grader: Grader, work: Iterable[Job], *, scheduler: str
) -> Iterator[Graded]:
    """Yield one result per submission, graded by the workers of a Dask cluster.

    A lost worker's submissions are graded again elsewhere by Dask; each job has one
    future and yields once, so nothing is counted twice.

    Raises:
        UsageError: Dask is not installed, nobody answers at the address, there are no
            workers, or they run another version of this package.
    """
    client = _connect(scheduler)
    try:
        threads = _check_workers(client)
        yield from _stream(client, grader, iter(work), PER_WORKER * threads)
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


def _check_workers(client: Any) -> int:
    """Return the number of worker threads, all of them with our version."""
    workers = client.scheduler_info(n_workers=-1)["workers"]
    if not workers:
        raise UsageError("the Dask scheduler has no workers yet: start some first")
    ours = _version()
    try:
        theirs = client.run(_version)
    except Exception as error:
        raise UsageError(
            f"a Dask worker cannot import the grader ({error}): install the same "
            f"version of backprop-course there, {ours}"
        ) from error
    wrong = {address: found for address, found in theirs.items() if found != ours}
    if wrong:
        address, found = next(iter(wrong.items()))
        raise UsageError(
            f"Dask worker {address} has backprop-course {found}, this is {ours}: "
            "install the same version everywhere"
        )
    return sum(worker["nthreads"] for worker in workers.values())


def _version() -> str:
    return version("backprop-course")


def _stream(
    client: Any, grader: Grader, waiting: Iterator[Job], window: int
) -> Iterator[Graded]:
    from distributed import as_completed

    shared = client.scatter(grader, broadcast=True, hash=False)
    jobs: dict[str, Job] = {}

    def submit(count: int) -> list[Any]:
        futures = []
        for job in islice(waiting, count):
            future = client.submit(_grade, shared, job, pure=False)
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
    except Exception as error:
        fault = f"no worker of the cluster could grade it ({type(error).__name__})"
        result = grader.failed(job.submission, fault, time.monotonic())
        return Graded(result=replace(result, grader_fault=f"{fault}: {error}"))
    return graded


def _grade(grader: Grader, job: Job) -> Graded:
    """Run on a worker."""
    return grader.grade_one(job)
