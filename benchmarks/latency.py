"""One submission of every assignment: how long it takes, and its cells by plain exec.

    python -m benchmarks.latency [ROUNDS]

The submission is the instructor's own notebook. The floor runs the same cells, without
tests, in this process; a round takes both ways in turn, and medians are shown. A kernel
stands ready each time, as it does while a class is graded.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from statistics import median

import matplotlib

from benchmarks.floor import exec_cells
from grader.course.assignment import load_assignment
from grader.course.folder import Course, open_course
from grader.grading.submission import Grader
from grader.model import Assignment, Job, Submission

ROOT = Path(__file__).parents[1]
ROUNDS = 5
PAUSE_S = 0.3
"""For the next kernel to get ready."""


def seconds(work: Callable[[], object]) -> float:
    """Return how long a call takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


def latency(course: Course, assignment: Assignment, rounds: int) -> tuple[float, float]:
    """Return the median seconds of one submission, and of its floor."""
    folder = course.root / "solutions" / assignment.name
    notebook = (folder / f"{assignment.name}.ipynb").read_bytes()
    submission = Submission(student="one", assignment=assignment.name, notebook=notebook)
    grader = Grader(assignment, course.secret())
    grader.boxes.work_ahead()

    def grade() -> None:
        result = grader.grade_one(Job(submission=submission)).result
        assert result.score == result.max_score, result

    def run() -> None:
        errors = exec_cells(notebook)
        assert not errors, errors

    ours, floor = [], []
    with chdir(folder):
        for _ in range(rounds + 1):
            ours.append(seconds(grade))
            time.sleep(PAUSE_S)
            floor.append(seconds(run))
    grader.boxes.close()
    return median(ours[1:]), median(floor[1:])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    matplotlib.use("agg")
    print("| assignment | one submission, ms | plain exec, ms | times |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ("solutions", "nbgrader_config.py"):
            (root / name).symlink_to(ROOT / name)
        course = open_course(root)
        for source in sorted((ROOT / "solutions").glob("*/*.ipynb")):
            assignment = load_assignment(course, source.stem)
            ours, floor = latency(course, assignment, rounds)
            print(
                f"| {assignment.name} | {1000 * ours:.0f} | {1000 * floor:.0f} | "
                f"{ours / floor:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
