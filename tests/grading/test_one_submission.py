"""Whatever is wrong with one submission is that submission's result, and nobody else's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from course_exercises import FULL

from grader.commands import autograde as desk
from grader.commands.autograde import autograde
from grader.commands.demo.people import Person, hand_in, solutions
from grader.course.folder import Course
from grader.course.gradebook import CourseGradebook
from grader.errors import UnsettledError
from grader.model import Result
from grader.report.class_report import write_report
from grader.report.exports import export
from grader.report.feedback import write_feedback

pytestmark = pytest.mark.kernel

NAME = "a07_backpropagation"
LONGEST = "李" * 84  # 252 bytes; a folder's name has 255 at most


@pytest.fixture
def own(new_course: Callable[..., Course], tmp_path: Path) -> Course:
    """A course in which everybody before and after the odd ones is right."""
    made = new_course(tmp_path)
    for student in ("ada", "zoe"):
        hand_in(made, Person(student, solutions(made)))
    return made


def graded(course: Course) -> dict[str, Result]:
    return {r.student: r for r in autograde(course, NAME, jobs=1, isolation="none")}


def recorded(course: Course) -> dict[str, float]:
    """Return the sum of automatic scores of everybody who has one."""
    with CourseGradebook(course) as gradebook:
        scores = gradebook.auto_scores(NAME)
    return {
        student: sum(filter(None, cells.values()))
        for student, cells in scores.items()
        if set(cells.values()) != {None}
    }


@pytest.mark.parametrize(
    "date",
    [
        "9" * 50,
        "12:" + "9" * 50,
        "1e999999",
        "0000-00-00",
        "\x1b]0;x\x07",
        "",
        "明天",
        "9999-12-31 -9999999",
    ],
)
def test_an_odd_date_costs_nobody_anything(own: Course, date: str) -> None:
    hand_in(own, Person("mallory", solutions(own)))
    (own.submission("mallory", NAME) / "timestamp.txt").write_text(date)
    results = graded(own)
    assert {student: r.score for student, r in results.items()} == dict.fromkeys(
        ("ada", "mallory", "zoe"), FULL
    )
    assert "timestamp.txt" in results["mallory"].repairs[0]


def test_the_longest_name_a_folder_can_have_is_graded_and_gets_its_page(
    own: Course,
) -> None:
    hand_in(own, Person(LONGEST, solutions(own)))
    assert graded(own)[LONGEST].score == FULL
    assert recorded(own) == {"ada": FULL, "zoe": FULL, LONGEST: FULL}
    assert len(write_feedback(own, NAME)) == 3
    write_report(own, NAME)
    assert len(export(own, [NAME], "gradescope")[0]) == 3


@pytest.mark.parametrize(
    "stage", ["read_submission", "create_rows", "record", "write_if_changed"]
)
def test_a_fault_at_any_stage_keeps_what_was_there(
    own: Course, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    """A failing grader is no reason to change a score, nor to stop."""
    hand_in(own, Person("mallory", solutions(own)))
    graded(own)
    page = own.result("mallory", NAME)
    before = json.loads(page.read_text("utf-8"))
    owner: Any = CourseGradebook if stage in ("create_rows", "record") else desk
    original = getattr(owner, stage)

    def failing(*arguments: Any) -> Any:
        if any("mallory" in str(argument)[:500] for argument in arguments):
            raise ValueError("nobody thought of this")
        return original(*arguments)

    monkeypatch.setattr(owner, stage, failing)
    blank = own.released(NAME).read_bytes()
    for student in ("ada", "mallory", "zoe"):
        (own.submission(student, NAME) / f"{NAME}.ipynb").write_bytes(blank)
    results = graded(own)
    assert results["mallory"].status == "failed"
    assert "ValueError: nobody thought of this" in results["mallory"].grader_fault
    assert recorded(own) == {"ada": 0, "zoe": 0, "mallory": FULL}
    after = json.loads(page.read_text("utf-8"))
    assert after["exercises"] == before["exercises"]
    if stage != "write_if_changed":  # that one cannot write the remark either
        assert after["repairs"] == [*before["repairs"], desk.NOT_RENEWED]
    assert len(write_feedback(own, NAME)) == 3


def test_a_fault_of_a_new_submission_leaves_no_page(
    own: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> None:
        raise ValueError

    monkeypatch.setattr(CourseGradebook, "record", failing)
    assert {r.status for r in graded(own).values()} == {"failed"}
    assert recorded(own) == {}
    assert write_feedback(own, NAME) == []


def test_pages_are_refused_while_gradebook_and_results_differ(own: Course) -> None:
    graded(own)
    path = own.result("ada", NAME)
    record = json.loads(path.read_text("utf-8"))
    record["exercises"][0]["score"] = 0.0
    path.write_text(json.dumps(record))
    for write in (
        lambda: write_feedback(own, NAME),
        lambda: write_report(own, NAME),
        lambda: export(own, [NAME], "gradescope"),
    ):
        with pytest.raises(UnsettledError, match=r"points of ada .* 'grader autograde"):
            write()
    assert own.feedback("zoe", NAME).is_file()
    assert not own.feedback("ada", NAME).exists()
    graded(own)
    assert len(write_feedback(own, NAME)) == 2


@pytest.mark.slow
@pytest.mark.parametrize("after", range(4))
def test_killed_between_results_and_gradebook_no_page_lies(own: Course, after: int) -> None:
    """Twice another score each: first nothing, then the right answers."""
    files = {s: own.submission(s, NAME) / f"{NAME}.ipynb" for s in ("ada", "zoe")}
    right = {student: path.read_bytes() for student, path in files.items()}
    for path in files.values():
        path.write_bytes(own.released(NAME).read_bytes())
    graded(own)
    for student, data in right.items():
        files[student].write_bytes(data)
    command = [sys.executable, "-m", "grader.cli", "autograde", NAME, "--isolation=none"]
    command += ["--course", str(own.root)]
    grading = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    watched = [own.result("ada", NAME), own.autograded("zoe", NAME)]
    watched.append(own.root / "gradebook.db")
    first = [path.stat().st_mtime_ns for path in watched]
    while [p.stat().st_mtime_ns for p in watched][after % 3] == first[after % 3]:
        if grading.poll() is not None:
            break
        time.sleep(0.001)
    os.kill(grading.pid, signal.SIGKILL)
    grading.wait()
    try:
        write_feedback(own, NAME)
    except UnsettledError:
        assert "grader autograde" in str(sys.exc_info()[1])
    else:
        points = recorded(own)
        for student in right:
            record = json.loads(own.result(student, NAME).read_text("utf-8"))
            assert sum(e["score"] for e in record["exercises"]) == points[student]
    assert {r.score for r in graded(own).values()} == {FULL}
    assert len(write_feedback(own, NAME)) == 2


def test_a_run_says_what_it_changed_and_only_then(own: Course) -> None:
    heard: list[str] = []

    def run() -> None:
        autograde(own, NAME, jobs=1, isolation="none", on_changes=heard.append)

    run()
    write_feedback(own, NAME)
    page = own.reports / f"changes_{NAME}.html"
    run()
    assert heard == []
    assert not page.exists()
    path = own.submission("ada", NAME) / f"{NAME}.ipynb"
    good = path.read_bytes()
    path.write_bytes(good.replace(b"return (z - t) * dg(net)", b"return (t - z) * dg(net)"))
    run()
    path.write_text("{", "utf-8")
    run()
    path.write_bytes(good)
    run()
    stale = f"1 feedback page is out of date: report/changes_{NAME}.html"
    assert heard == [
        f"the score of 1 student changed; {stale}",
        f"only the sentences for 1 student changed; {stale}",
        f"the score of 1 student changed; {stale}",
    ]
    assert "all of it" in page.read_text("utf-8")


def test_a_run_that_fails_ends_its_workers_first(
    own: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = []

    def results(*_: Any, **__: Any) -> Iterator[Any]:
        try:
            yield None  # nothing that the desk could take
        finally:
            ended.append(True)

    monkeypatch.setattr(desk, "grade_many", results)
    with pytest.raises(AttributeError) as caught:
        autograde(own, NAME)
    assert ended, f"a {caught.type.__name__} that is held keeps a stream alive"
