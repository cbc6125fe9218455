"""Grade simulated classes: nbgrader as it comes, this grader, and the floor.

    python -m benchmarks.classes            # classes of 24, 200 and 1,000
    python -m benchmarks.classes 12 100     # other sizes

Machines differ and are shared: compare the figures of one run with each other only.
Every way grades the same answers in the same order in a folder of its own. nbgrader's
own autograde grades the smallest class only (it has no parallel mode), again before each
of the others.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from grader.commands.demo import demo_assignment, runaway, simulated_class
from grader.commands.demo.people import Person, hand_in
from grader.commands.release import release
from grader.course.assignment import copy_assignment, load_assignment
from grader.course.folder import CONFIG_NAME, Course, open_course
from grader.course.gradebook import CourseGradebook
from grader.course.submission import read_submission
from grader.grading.answers import AnswerStore
from grader.grading.processes import grade_many
from grader.grading.submission import Grader
from grader.model import Assignment, Job, Submission

ROOT = Path(__file__).parents[1]
ASSIGNMENT = demo_assignment(open_course(ROOT))
RUNAWAY = runaway(open_course(ROOT), ASSIGNMENT)
SIZES = (24, 200, 1000)
PLAIN = """c = get_config()
c.CourseDirectory.course_id = "plain"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.ExecutePreprocessor.kernel_name = "python3"
"""
"""Settings of nbgrader as it comes: each submission gets a kernel of its own."""
TORCH = "\nimport torch\ntorch.ones(2) @ torch.ones(2)"


@dataclass(frozen=True)
class Cost:
    """What grading a class took."""

    name: str
    size: int
    wall_s: float
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    """Proportional memory of all processes together, at its highest."""
    coordinator_mib: float = 0.0
    """The process that was started, alone."""

    def row(self, base: float) -> str:
        """Return one line of the table; ``base``: wall seconds of the yardstick."""
        each = self.wall_s / self.size
        return (
            f"| {self.name} | {self.size} | {self.wall_s:.2f} | {1000 * each:.1f} | "
            f"{1000 * self.cpu_s / self.size:.0f} | {self.peak_mib:.0f} | "
            f"{self.coordinator_mib:.0f} | "
            f"{base / each:.1f} |"
        )


def honest(course: Course) -> Iterator[Person]:
    """Return students who wrote something, right or with known mistakes."""
    everyone = simulated_class(course, ASSIGNMENT)
    chosen = [p for p in everyone if p.answers and not p.damage and not p.raw]
    chosen = [p for p in chosen if p.name not in RUNAWAY]
    while True:
        yield from chosen


def make_class(folder: Path, size: int, *, torch: bool = False) -> Course:
    """Make a course in ``folder`` with a class of ``size``."""
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    copy_assignment(open_course(ROOT), ASSIGNMENT, folder / "solutions")
    course = open_course(folder)
    release(course, ASSIGNMENT)
    for number, person in zip(range(size), honest(course), strict=False):
        answers = dict(person.answers)
        unique = f"\n# student {number}"  # equal work would be run only once
        answers["G08.1"] = answers.get("G08.1", "") + unique
        if torch:
            answers["G08.1"] = answers.get("G08.1", "") + TORCH
        hand_in(course, Person(f"student-{number:05}", answers))
    return course


def measure(name: str, size: int, run: Callable[[], object]) -> Cost:
    """Run something in child processes and account for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    with PeakMemory() as peak:
        run()
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(name, size, wall, cpu, peak.all / 2**20, peak.coordinator / 2**20)


class PeakMemory:
    """Watches the proportional memory of all our descendants together."""

    all = 0.0
    coordinator = 0.0

    def __enter__(self) -> PeakMemory:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        import psutil

        me = psutil.Process()
        while not self._stop.wait(0.5):
            total = 0.0
            for child in me.children(recursive=True):
                try:
                    memory = child.memory_full_info().pss
                    first = child.ppid() == me.pid
                except (psutil.Error, FileNotFoundError):
                    continue
                total += memory
                if first:
                    self.coordinator = max(self.coordinator, memory)
            self.all = max(self.all, total)


def command(
    course: Course, *words: str, accepted: tuple[int, ...] = (0,)
) -> Callable[[], object]:
    """Return a call that runs a command in the course and insists on success."""
    binary = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{binary}{os.pathsep}{os.environ['PATH']}"}

    def run() -> object:
        done = subprocess.run(
            words, cwd=course.root, env=environment, check=False, capture_output=True
        )
        if done.returncode not in accepted:
            raise SystemExit(f"{words} failed: {done.stderr.decode()[-2000:]}")
        return done

    return run


def graded(course: Course, jobs: int, *options: str) -> Callable[[], object]:
    """Return a call of our own command."""
    verb = [sys.executable, "-m", "grader.cli", "autograde", ASSIGNMENT]
    return command(course, *verb, "--jobs", str(jobs), *options)


def plain_exec(course: Course) -> Callable[[], object]:
    """Return the floor: the cells of every submission by exec in one warm process."""
    notebooks = map(str, sorted(course.root.glob("submitted/*/*/*.ipynb")))
    return command(course, sys.executable, "-m", "benchmarks.floor", *notebooks)


def fresh(course: Course) -> None:
    """Forget earlier results, so that every way starts from the same."""
    for name in ("autograded", ".grader/answers", ".grader/results"):
        shutil.rmtree(course.root / name, ignore_errors=True)
    (course.root / "gradebook.db").unlink(missing_ok=True)
    release(course, ASSIGNMENT)


def with_torch(course: Course) -> None:
    """Grade as `grader autograde` does, in the profile that shows PyTorch."""
    assignment = replace(load_assignment(course, ASSIGNMENT), profile="torch")
    grader = Grader(assignment, course.secret())
    work = (Job(submission=s) for s in submissions(course, assignment))
    for graded in grade_many(grader, work, jobs=2):
        assert graded.result.score, graded.result


def submissions(course: Course, assignment: Assignment) -> Iterator[Submission]:
    """Yield everything that was handed in."""
    for student in course.students(ASSIGNMENT):
        yield read_submission(course, student, assignment)


def database_seconds(course: Course) -> float:
    """Return the seconds that rows and scores of a graded class take in a new database."""
    assignment = load_assignment(course, ASSIGNMENT)
    grader = Grader(assignment, course.secret())
    store = AnswerStore(course.state / "answers")
    graded = []
    for submission in submissions(course, assignment):
        name = store.name(grader.execution_key, submission.notebook or b"")
        job = Job(submission=submission, stored=store.get(name))
        graded.append((submission, grader.grade_one(job).result))
    (course.root / "gradebook.db").unlink()
    with CourseGradebook(course) as gradebook:
        started = time.monotonic()
        gradebook.register(assignment)
        for submission, result in graded:
            gradebook.create_rows(ASSIGNMENT, submission.student, submission.timestamp)
            gradebook.record(assignment, result)
            gradebook.save()
        return time.monotonic() - started


def stock(course: Course, size: int) -> Cost:
    """Return the cost of nbgrader's own autograde, without the course's settings."""
    fresh(course)
    (course.root / CONFIG_NAME).write_text(PLAIN, "utf-8")
    # it gives up on a cell whose output is a number above the points: that took time, too
    run = command(course, "nbgrader", "autograde", ASSIGNMENT, accepted=(0, 1))
    return measure("nbgrader autograde", size, run)


def compare(course: Course, size: int) -> Iterator[Cost]:
    """Yield the costs of our ways for one class."""
    for jobs in (2, 1):
        fresh(course)
        yield measure(f"grader, {jobs} worker(s), confined", size, graded(course, jobs))
    yield measure("grader, regrade of stored answers", size, graded(course, 2))
    yield Cost("of which rows and scores in the database", size, database_seconds(course))
    yield measure("floor: plain exec, one process", size, plain_exec(course))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--torch", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.torch:
        with_torch(open_course(Path.cwd()))
        return
    sizes = arguments.sizes
    head = ("way", "class", "wall s", "ms each", "CPU ms each", "MiB", "coordinator MiB")
    head += ("times nbgrader",)
    print("| " + " | ".join(head) + " |", "|" + "---|" * len(head), sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        small = make_class(Path(folder) / "stock", min(sizes))
        for size in sorted(sizes):
            yardstick = stock(small, min(sizes))  # anew: a shared machine changes
            base = yardstick.wall_s / yardstick.size
            course = make_class(Path(folder) / f"class-{size}", size)
            print(yardstick.row(base), flush=True)
            for cost in compare(course, size):
                print(cost.row(base), flush=True)
        torch_class = make_class(Path(folder) / "torch", min(sizes), torch=True)
        run = command(torch_class, sys.executable, "-m", "benchmarks.classes", "--torch")
        print(measure("grader, 2 workers, torch", min(sizes), run).row(base), flush=True)


if __name__ == "__main__":
    main()
