"""The simulated class, graded by real kernels: every score is known beforehand."""

from __future__ import annotations

import hashlib
import html
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from course_exercises import DEMO as ASSIGNMENT
from course_exercises import FULL

from grader.commands.demo import run_demo, simulated_class
from grader.commands.demo.people import Person
from grader.course.folder import Course, open_course
from grader.course.gradebook import CourseGradebook
from grader.sandbox.probe import probe

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
BLANK = ("blank",)
UNREADABLE = ("nothing-but-text", "cut-off", "no-notebook", "link")
HOSTILE = ("patches-numpy", "always-equal", "fakes-grader", "skips-tests", "prints-score")
REPAIRED = (
    *("duplicated-cell", "edited-test", "retyped-cell", "changed-points", "moved-cells"),
    "王小明",
)
LOSES_ONE_TASK = {
    **{"crash": "G08.3", "endless-cell": "G08.3", "endless-function": "G08.6"},
    **{"syntax-error": "G08.2", "deleted-cells": "G08.1", "renamed": "G08.3"},
}


def fingerprint(folder: Path) -> dict[str, str]:
    """Return the hash of every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, Any]:
    """Return the demo's course and its results by student."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(ROOT / "solutions", root / "solutions")
    file = root / "results.json"
    assert run_demo(root, jobs=2, isolation=probe().level, json_file=file) == 0
    results = json.loads(file.read_text("utf-8"))
    return open_course(root / "demo"), {r["student"]: r for r in results}


@pytest.fixture(scope="module")
def class_list(demo: tuple[Course, Any]) -> dict[str, Person]:
    return {person.name: person for person in simulated_class(demo[0], ASSIGNMENT)}


def codes(result: dict[str, Any]) -> dict[str, list[str]]:
    return {e["id"]: [f["code"] for f in e["findings"]] for e in result["exercises"]}


def test_class_has_forty_students_and_each_has_a_result(demo: Any, class_list: Any) -> None:
    assert len(class_list) == 40
    assert set(demo[1]) == set(class_list)


@pytest.mark.parametrize("student", ["ada", "bela", "chloe", "O'Brien", *REPAIRED])
def test_right_answers_earn_everything(demo: Any, student: str) -> None:
    assert demo[1][student]["score"] == FULL


@pytest.mark.parametrize("student", REPAIRED)
def test_repair_is_reported(demo: Any, student: str) -> None:
    assert demo[1][student]["repairs"]


def test_every_mistake_is_named_as_itself(demo: Any, class_list: Any) -> None:
    seen = 0
    for name, person in class_list.items():
        found = codes(demo[1][name])
        for exercise, code in person.expected.items():
            assert found[exercise] == [code], (name, exercise)
            seen += 1
        wrong = {e for e, c in found.items() if c and c != ["MX.12"]}
        if person.expected and name not in ("deniz",):
            assert wrong == set(person.expected), name
    assert seen >= 55


def test_a_syntax_error_is_told_with_its_line(demo: Any) -> None:
    exercises = demo[1]["syntax-error"]["exercises"]
    (message,) = [f["message"] for e in exercises for f in e["findings"]]
    assert "SyntaxError" in message
    assert message.endswith("(line 1).")


@pytest.mark.parametrize("student", BLANK)
def test_blank_earns_nothing(demo: Any, student: str) -> None:
    assert demo[1][student]["score"] == 0
    assert all(found == ["blank"] for found in codes(demo[1][student]).values())


@pytest.mark.parametrize("student", UNREADABLE)
def test_unreadable_submission_fails_with_its_reason(demo: Any, student: str) -> None:
    result = demo[1][student]
    assert (result["status"], result["score"]) == ("pending", 0)
    assert result["problem"]


@pytest.mark.parametrize(("student", "task"), LOSES_ONE_TASK.items())
def test_a_fault_costs_its_own_task_only(demo: Any, student: str, task: str) -> None:
    lost = {e["id"] for e in demo[1][student]["exercises"] if e["score"] == 0}
    assert lost == {task}


@pytest.mark.parametrize("student", HOSTILE)
def test_attack_earns_no_more_than_the_same_wrong_answers(demo: Any, student: str) -> None:
    assert demo[1][student]["score"] <= demo[1]["deniz"]["score"]


def test_isolation_is_recorded(demo: Any) -> None:
    levels = {r["isolation"] for r in demo[1].values()}
    assert levels == {probe().level, "not run"}


def test_submissions_are_read_only_to_us(demo: Any) -> None:
    course, _ = demo
    before = fingerprint(course.root / "submitted")
    run_grader(course, "autograde", ASSIGNMENT, "--student", "ada", "--student", "crash")
    assert fingerprint(course.root / "submitted") == before


def test_gradebook_holds_the_same_scores(demo: Any) -> None:
    course, results = demo
    with CourseGradebook(course) as gradebook:
        for student, result in results.items():
            submitted = gradebook._book.find_submission(ASSIGNMENT, student)
            assert submitted.score == pytest.approx(result["score"]), student


def test_every_student_has_a_page_without_secrets(demo: Any) -> None:
    course, results = demo
    for student in results:
        page = course.feedback(student, ASSIGNMENT).read_text("utf-8")
        assert student in html.unescape(page)
        assert "<script" not in page
        assert str(course.root) not in page
        assert "BEGIN HIDDEN" not in page


def run_grader(course: Course, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grader.cli", *arguments, "--course", str(course.root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def run_nbgrader(course: Course, *arguments: str) -> None:
    binary = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{binary}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(
        [str(binary / "nbgrader"), *arguments],
        cwd=course.root,
        env=environment,
        check=True,
        capture_output=True,
    )


def test_nbgrader_feedback_and_export_work_on_what_we_wrote(demo: Any) -> None:
    course, results = demo
    shutil.rmtree(course.root / "feedback")
    run_nbgrader(course, "generate_feedback", ASSIGNMENT, "--student", "emil")
    page = course.feedback("emil", ASSIGNMENT).read_text("utf-8")
    assert "M08.4c" in page
    run_nbgrader(course, "export", "--to", str(course.root / "grades.csv"))
    lines = (course.root / "grades.csv").read_text("utf-8").splitlines()
    assert len(lines) == 1 + len(results)


@pytest.fixture
def formgrader(demo: Any, tmp_path: Path) -> Iterator[str]:
    """Serve nbgrader's formgrader on the demo's course; return its address."""
    with socket.socket() as probe_socket:
        probe_socket.bind(("127.0.0.1", 0))
        port = probe_socket.getsockname()[1]
    options = [f"--port={port}", "--no-browser", "--allow-root"]
    options += ["--IdentityProvider.token=", "--ServerApp.password="]
    binary = Path(sys.executable).parent
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [str(binary / "jupyter"), "server", *options],
            cwd=demo[0].root,
            env={**os.environ, "PATH": f"{binary}{os.pathsep}{os.environ['PATH']}"},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}/formgrader"
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/api/assignments", timeout=5).close()
            break
        except OSError:
            assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.2)
    yield address
    server.terminate()
    server.wait()


def test_formgrader_shows_scores_and_reasons(formgrader: str) -> None:
    def get(path: str) -> str:
        with urllib.request.urlopen(f"{formgrader}/{path}", timeout=30) as answer:
            return str(answer.read().decode())

    rows = json.loads(get(f"api/submitted_notebooks/{ASSIGNMENT}/{ASSIGNMENT}"))
    emil = next(row for row in rows if row["student"] == "emil")
    assert emil["code_score"] == pytest.approx(4.7)
    assert emil["needs_manual_grade"]
    page = get(f"submissions/{emil['id']}/")
    assert "M08.4c" in page
    assert "derivation" in page


def test_plain_nbgrader_gives_honest_work_the_same_scores(
    demo: Any, tmp_path: Path, class_list: Any
) -> None:
    course, results = demo
    honest = ["ada", "bela", "O'Brien", "blank", "deniz", "emil", "fatima", "jun", "lea"]
    shutil.copytree(course.root / "solutions", tmp_path / "solutions")
    shutil.copy(course.root / "nbgrader_config.py", tmp_path)
    (tmp_path / ".grader").mkdir()
    shutil.copy(course.state / "secret", tmp_path / ".grader/secret")
    for student in honest:
        folder = Path("submitted") / student / ASSIGNMENT
        shutil.copytree(course.root / folder, tmp_path / folder)
    plain = open_course(tmp_path)
    run_nbgrader(plain, "generate_assignment", ASSIGNMENT)
    assert (
        plain.released(ASSIGNMENT).read_bytes() == course.released(ASSIGNMENT).read_bytes()
    )
    run_nbgrader(plain, "autograde", ASSIGNMENT)
    with CourseGradebook(plain) as gradebook:
        for student in honest:
            submitted = gradebook._book.find_submission(ASSIGNMENT, student)
            assert submitted.score == pytest.approx(results[student]["score"]), student


def test_manual_scores_and_comments_survive_a_regrade(demo: Any) -> None:
    course, _ = demo
    grade_id = "D08-1-derivation"
    with CourseGradebook(course) as gradebook:
        grade = gradebook._book.find_grade(grade_id, ASSIGNMENT, ASSIGNMENT, "ada")
        grade.manual_score = 4.5
        comment = gradebook._book.find_comment(grade_id, ASSIGNMENT, ASSIGNMENT, "ada")
        comment.manual_comment = "well argued"
        gradebook._book.db.commit()
    assert run_grader(course, "autograde", ASSIGNMENT, "--student", "ada").returncode == 0
    run_grader(course, "feedback", ASSIGNMENT, "--student", "ada")
    page = course.feedback("ada", ASSIGNMENT).read_text("utf-8")
    assert "well argued" in page
    assert f"{FULL + 4.5:g}" in page


def test_unknown_student_and_assignment_are_usage_errors(demo: Any) -> None:
    course, _ = demo
    unknown = run_grader(course, "autograde", ASSIGNMENT, "--student", "nobody")
    assert unknown.returncode == 2
    assert "nobody" in unknown.stderr
    assert run_grader(course, "release", "a99_nothing").returncode == 2
