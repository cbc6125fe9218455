"""A real Dask scheduler with worker processes, for tests."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass
class Cluster:
    """A running scheduler, and workers that run in a folder of their own."""

    address: str
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add_worker(self, *, threads: int = 1) -> None:
        """Start one, and wait until it has joined."""
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address]
        options = ["--nthreads", str(threads), "--no-nanny", "--no-dashboard"]
        started = subprocess.Popen([*command, *options], cwd=self.folder, **QUIET)
        self.workers.append(started)
        wait_for_workers(self.address, len(self.workers))


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def dask_cluster(folder: Path, *, workers: int = 2) -> Iterator[Cluster]:
    """Yield a cluster of workers with one thread each; all are gone afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    scheduler = subprocess.Popen([*command, *options], cwd=folder, **QUIET)
    cluster = Cluster(f"tcp://127.0.0.1:{port}", folder)
    try:
        for _ in range(workers):
            cluster.add_worker()
        wait_for_workers(cluster.address, 0)
        yield cluster
    finally:
        for process in (*cluster.workers, scheduler):
            process.kill()
            process.wait()


def wait_for_workers(address: str, count: int) -> None:
    """Wait until the scheduler answers and has so many."""
    from distributed import Client

    with Client(address, timeout=60, set_as_default=False) as client:
        if count:
            client.wait_for_workers(count, timeout=60)
