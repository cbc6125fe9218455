"""Kill things while a class is graded: the next run completes it and nothing is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from course_exercises import DEMO as ASSIGNMENT
from course_exercises import FULL

from grader.course.folder import Course

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
CLASS = 16


@pytest.fixture
def course(tmp_path: Path, make_slow_class: Callable[[Path, int, float], Course]) -> Course:
    """Return a course with a class whose answers are all right."""
    return make_slow_class(tmp_path, CLASS, 0.2)


def start(course: Course, *options: str) -> subprocess.Popen[bytes]:
    """Start grading in a process group of its own."""
    command = [sys.executable, "-m", "grader.cli", "autograde", ASSIGNMENT, *options]
    with (course.root / "stderr.txt").open("w") as log:
        return subprocess.Popen(
            [*command, "--course", str(course.root)],
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )


def finish(course: Course) -> dict[str, Any]:
    """Grade what is left and return all results by student."""
    file = course.root / "results.json"
    assert start(course, "--json", str(file)).wait(120) == 0
    return {r["student"]: r for r in json.loads(file.read_text("utf-8"))}


def descendants(pid: int) -> set[int]:
    """Return all processes below ``pid``."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    found: set[int] = set()
    new = {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def wait_until(condition: Callable[[], bool], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def alive(pids: set[int]) -> set[int]:
    """Return those that still run; zombies do not."""
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if state not in "ZX":
            found.add(pid)
    return found


def results_so_far(course: Course) -> int:
    return len(course.graded(ASSIGNMENT))


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def records(course: Course) -> dict[str, tuple[bytes, int]]:
    """Return what is kept for pages and reports, with its time of writing."""
    files = (course.state / "results").rglob("*.json")
    return {
        path.parent.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in files
    }


def test_killed_grader_is_completed_by_the_next_run(course: Course) -> None:
    grading = start(course, "--jobs", "2")
    wait_until(lambda: results_so_far(course) >= 4)
    family = descendants(grading.pid)
    os.kill(grading.pid, signal.SIGKILL)
    grading.wait()
    wait_until(lambda: not alive(family), 15)
    before = results_so_far(course)
    results = finish(course)
    assert {r["score"] for r in results.values()} == {FULL}
    assert len(results) == CLASS
    assert sum(not r["executed"] for r in results.values()) >= before - 2
    kept = records(course)
    assert not any(r["executed"] for r in finish(course).values())
    assert records(course) == kept  # a regrade that changes nothing writes nothing


@pytest.mark.parametrize("victim", ["warm parent", "worker", "kernel"])
def test_killed_part_costs_nobody_a_point(course: Course, victim: str) -> None:
    grading = start(course, "--jobs", "2", "--json", str(course.root / "first.json"))
    wait_until(lambda: results_so_far(course) >= 3)
    family = descendants(grading.pid)
    warm = {pid for pid in family if "grader.kernel.parent" in command_line(pid)}
    assert warm
    target = warm
    if victim == "worker":
        target = {
            int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
            for pid in warm
        }
    newest = max(target)  # kernels are forked from their parent, and later
    os.kill(newest if victim == "kernel" else min(target), signal.SIGKILL)
    assert grading.wait(120) in (0, 1)
    wait_until(lambda: not alive(family - {grading.pid}), 15)
    results = finish(course)
    assert {r["score"] for r in results.values()} == {FULL}


def test_interrupt_keeps_what_is_done_and_leaves_nothing(course: Course) -> None:
    grading = start(course, "--jobs", "2")
    wait_until(lambda: results_so_far(course) >= 3)
    family = descendants(grading.pid)
    os.kill(grading.pid, signal.SIGINT)
    assert grading.wait(30) == 130, (course.root / "stderr.txt").read_text()
    wait_until(lambda: not alive(family), 15)
    kept = results_so_far(course)
    assert 3 <= kept < CLASS
    assert {r["score"] for r in finish(course).values()} == {FULL}


def test_two_graders_at_once_do_not_disturb_each_other(course: Course) -> None:
    first, second = start(course), start(course)
    assert (first.wait(120), second.wait(120)) == (0, 0)
    assert {r["score"] for r in finish(course).values()} == {FULL}
