"""Grading on a real Dask scheduler with two worker processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.course import Course
from grader.demo.people import ASSIGNMENT

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
pytest.importorskip("distributed")

ROOT = Path(__file__).parents[1]
CLASS = 12
FULL = 27.0


@pytest.fixture(scope="module")
def course(
    tmp_path_factory: pytest.TempPathFactory,
    make_slow_class: Callable[[Path, int, float], Course],
) -> Course:
    """Return a course with a class, away from the workers' folders."""
    return make_slow_class(tmp_path_factory.mktemp("course"), CLASS, 0.3)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Return the address of a scheduler and its two workers, away from the course."""
    address = f"tcp://127.0.0.1:{free_port()}"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    host, port = address.removeprefix("tcp://").split(":")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    scheduler = subprocess.Popen(
        [*dask, "--host", host, "--port", port, "--no-dashboard"], **quiet
    )
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address]
    options = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
    workers = [subprocess.Popen([*worker, *options], **quiet) for _ in range(2)]
    wait_for_workers(address, 2)
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    deadline = time.monotonic() + 60
    while True:
        try:
            with Client(address, timeout=5, set_as_default=False) as client:
                client.wait_for_workers(count, timeout=30)
                return
        except OSError:
            assert time.monotonic() < deadline


def command(course: Course, address: str, *options: str) -> list[str]:
    verb = [sys.executable, "-m", "grader.cli", "autograde", ASSIGNMENT, "--force"]
    return [*verb, "--course", str(course.root), "--scheduler", address, *options]


def test_class_is_graded_although_a_worker_is_killed(
    course: Course, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster
    file = course.root / "results.json"
    grading = subprocess.Popen(command(course, address, "--json", str(file)))
    folder = course.result("x", ASSIGNMENT).parent
    deadline = time.monotonic() + 60
    while len(list(folder.glob("*.json"))) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(workers[0].pid, signal.SIGKILL)
    assert grading.wait(120) == 0
    results = json.loads(file.read_text("utf-8"))
    assert [r["student"] for r in results] == [f"student-{n:02}" for n in range(CLASS)]
    assert {r["score"] for r in results} == {FULL}


def test_unknown_scheduler_is_a_usage_error(course: Course) -> None:
    run = subprocess.run(
        command(course, f"tcp://127.0.0.1:{free_port()}"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert "no Dask scheduler answers" in run.stderr


def test_other_version_on_a_worker_is_a_usage_error(
    course: Course,
    cluster: tuple[str, list[subprocess.Popen[bytes]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from grader import cluster as module
    from grader.errors import UsageError

    client = module._connect(cluster[0])
    monkeypatch.setattr(client, "run", lambda function: {"tcp://w": "0.0.0"})
    with pytest.raises(UsageError, match=r"0\.0\.0"):
        module._check_workers(client)
    client.close()
