"""Kernels side by side: stock, warm, warm and confined.

    python -m benchmarks.kernels [ROUNDS]

Medians over interleaved rounds of one run; machines differ and are shared, so compare
the columns with each other. The first kernel of each kind, which pays for the start of
its warm parent, is shown apart and not counted.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from jupyter_client import KernelManager

ROUNDS = 11
REQUESTS = 20
IMPORTS = "import numpy, matplotlib.pyplot"
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "stock": ("python3", {}),
    "course": ("course", {"course_profile": "numpy"}),
    "confined": ("course-confined", {"course_profile": "numpy"}),
    "course, torch": ("course", {"course_profile": "torch"}),
    "confined, torch": ("course-confined", {"course_profile": "torch"}),
}


@dataclass(frozen=True)
class Cost:
    """What one kernel took: milliseconds, and MiB of memory that is its own."""

    ready_ms: float
    first_cell_ms: float
    request_ms: float
    shutdown_ms: float
    private_mib: float


LABELS = {
    "ready_ms": "ready, numpy and matplotlib imported (ms)",
    "first_cell_ms": "first cell (ms)",
    "request_ms": "one silent request (ms)",
    "shutdown_ms": "shutdown (ms)",
    "private_mib": "private memory, all its processes (MiB)",
}


def timed(action: Callable[[], object]) -> float:
    """Return the milliseconds an action takes."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def ask(client: Any, code: str, **options: Any) -> None:
    """Run a cell and wait for its reply and its end."""
    client.execute_interactive(code, timeout=60, output_hook=lambda _: None, **options)


def measure(kind: str) -> Cost:
    """Return the cost of one kernel from its first to its last moment."""
    name, options = KINDS[kind]
    start = time.perf_counter()
    manager = KernelManager(kernel_name=name)
    manager.start_kernel(stderr=subprocess.DEVNULL, **options)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    ask(client, IMPORTS)
    ready = (time.perf_counter() - start) * 1000
    first = timed(lambda: ask(client, "print(1)"))
    requests = [timed(lambda: ask(client, "1", silent=True)) for _ in range(REQUESTS)]
    memory = sum(map(private_mib, processes(manager.provisioner.pid, kind)))
    shutdown = timed(manager.shutdown_kernel)
    client.stop_channels()
    return Cost(ready, first, statistics.median(requests), shutdown, memory)


def processes(pid: int, kind: str) -> list[int]:
    """Return the kernel and, for a box, its init and its supervisor."""
    found = [pid]
    for _ in range(2 if kind.startswith("confined") else 0):
        status = Path(f"/proc/{found[-1]}/status").read_text()
        found.append(int(status.partition("PPid:")[2].split()[0]))
    return found


def private_mib(pid: int) -> float:
    """Return the memory of a process that no other process shares."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kib = [int(line.split()[1]) for line in lines if line.startswith("Private_")]
    return sum(kib) / 1024


def table(costs: dict[str, list[Cost]]) -> str:
    """Return medians, each with its ratio to the stock kernel, as Markdown."""
    lines = ["| | " + " | ".join(costs) + " |", "|---|" + "---:|" * len(costs)]
    for field in fields(Cost):
        medians = [
            statistics.median(getattr(cost, field.name) for cost in of_kind)
            for of_kind in costs.values()
        ]
        cells = [f"{m:.1f} ({m / medians[0]:.2f})" for m in medians]
        lines.append(f"| {LABELS[field.name]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(rounds: int = ROUNDS) -> None:
    """Measure and print the table."""
    first = {kind: measure(kind).ready_ms for kind in KINDS}
    costs: dict[str, list[Cost]] = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        for kind, of_kind in costs.items():
            of_kind.append(measure(kind))
    print(f"Kernels, medians of {rounds} interleaved rounds (ratio to stock)\n")
    print(table(costs))
    once = ", ".join(f"{kind} {ms:.0f} ms" for kind, ms in first.items())
    print(f"\nFirst of its kind, with the start of the warm parent: {once}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("rounds", type=int, nargs="?", default=ROUNDS)
    main(parser.parse_args().rounds)
