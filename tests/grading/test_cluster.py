"""Grading on a real Dask scheduler with two worker processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from course_exercises import DEMO as ASSIGNMENT
from course_exercises import FULL
from dask_cluster import Cluster, dask_cluster, free_port

from grader.commands.release import release
from grader.course.assignment import copy_assignment
from grader.course.folder import CONFIG_NAME, Course, open_course
from grader.errors import UsageError
from grader.grading import cluster as module
from grader.grading.submission import Grader
from grader.model import Assignment, Job, Submission

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
pytest.importorskip("distributed")

ROOT = Path(__file__).parents[2]
CLASS = 12


@pytest.fixture(scope="module")
def a_class(
    tmp_path_factory: pytest.TempPathFactory,
    make_slow_class: Callable[[Path, int, float], Course],
) -> Course:
    """Return a course with a class, away from the workers' folders."""
    return make_slow_class(tmp_path_factory.mktemp("course"), CLASS, 0.3)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Return a scheduler and two workers, away from the course."""
    with dask_cluster(tmp_path) as made:
        yield made


def command(a_class: Course, address: str, *options: str) -> list[str]:
    verb = [sys.executable, "-m", "grader.cli", "autograde", ASSIGNMENT, "--force"]
    return [*verb, "--course", str(a_class.root), "--scheduler", address, *options]


def test_class_is_graded_although_a_worker_is_killed(
    a_class: Course, cluster: Cluster
) -> None:
    file = a_class.root / "results.json"
    grading = subprocess.Popen(command(a_class, cluster.address, "--json", str(file)))
    deadline = time.monotonic() + 60
    while len(a_class.graded(ASSIGNMENT)) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(cluster.workers[0].pid, signal.SIGKILL)
    assert grading.wait(120) == 0
    results = json.loads(file.read_text("utf-8"))
    assert [r["student"] for r in results] == [f"student-{n:02}" for n in range(CLASS)]
    assert {r["score"] for r in results} == {FULL}


def test_unknown_scheduler_is_a_usage_error(a_class: Course) -> None:
    run = subprocess.run(
        command(a_class, f"tcp://127.0.0.1:{free_port()}"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert "no Dask scheduler answers" in run.stderr


def test_other_version_on_a_worker_is_a_usage_error(cluster: Cluster) -> None:
    client = module._connect(cluster.address)
    expected = module._Expected("0.0.0", ASSIGNMENT, "")
    with pytest.raises(UsageError, match=r"expected 0\.0\.0: install the same version"):
        module._check_workers(client, expected)
    client.close()


def test_a_worker_with_several_threads_is_refused(
    a_class: Course, cluster: Cluster
) -> None:
    cluster.add_worker(threads=2)
    done = subprocess.run(
        command(a_class, cluster.address), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "has 2 threads, expected 1: start workers with --nthreads 1" in done.stderr


def test_a_worker_with_several_threads_that_joins_later_grades_nothing(
    assignment: Assignment, tmp_path: Path
) -> None:
    with dask_cluster(tmp_path, workers=0) as cluster:
        cluster.add_worker(threads=2)
        client = module._connect(cluster.address)
        submission = Submission(student="a", assignment=ASSIGNMENT, notebook=b"")
        job, grader = Job(submission=submission), Grader(assignment, b"s")
        expected = module._Expected(module._version(), ASSIGNMENT, "")
        graded = module._stream(client, grader, expected, iter([job]), 1)
        with pytest.raises(UsageError, match="has 2 threads"):
            next(graded)
        client.close()


ACCEPTS = "a09_optimizers"


@pytest.fixture(scope="module")
def optimizers(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return a course with one submission to exercises that accept several forms."""
    root = tmp_path_factory.mktemp("optimizers")
    shutil.copy(ROOT / CONFIG_NAME, root)
    copy_assignment(open_course(ROOT), ACCEPTS, root / "solutions")
    course = open_course(root)
    release(course, ACCEPTS)
    folder = course.submission("ada", ACCEPTS)
    folder.mkdir(parents=True)
    shutil.copy(course.released(ACCEPTS), folder)
    return course


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("g10_1_gd_step.py", 'message="', 'message="Well. '),
        ("g10_3_adagrad_step.py", "accepted=(", "accepted=() and ("),
        ("../../_shared.py", "0.5 * (1 +", "0.5 * (1.0 +"),
        ("", "", ""),
    ],
    ids=["one sentence", "one accepted form", "a shared function", "no difference"],
)
def test_a_worker_in_a_course_with_other_exercises_grades_nothing(
    optimizers: Course, tmp_path: Path, file: str, old: str, new: str
) -> None:
    theirs = tmp_path / "theirs"
    shutil.copytree(optimizers.root, theirs)
    if file:
        path = theirs / "solutions" / ACCEPTS / "exercises" / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
    ours = open_course(shutil.copytree(optimizers.root, tmp_path / "ours"))
    with dask_cluster(theirs, workers=1) as cluster:
        verb = [sys.executable, "-m", "grader.cli", "autograde", ACCEPTS]
        done = subprocess.run(
            [*verb, "--course", str(ours.root), "--scheduler", cluster.address],
            capture_output=True,
            text=True,
            check=False,
        )
    if file:
        assert done.returncode == 2
        assert f"whose exercises of '{ACCEPTS}' are others" in done.stderr
        assert not ours.graded(ACCEPTS)
    else:
        assert done.returncode == 0, done.stderr
        assert ours.graded(ACCEPTS) == ("ada",)
