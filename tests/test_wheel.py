"""The engine alone: installed from its wheel, in a course of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import nbformat
import pytest
from course_exercises import ASSIGNMENTS, ROOT, book

from grader.course.folder import open_course

pytestmark = [pytest.mark.kernel, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", str(ROOT)]
    subprocess.run([*build, "--wheel-dir", str(folder)], check=True)
    (found,) = folder.glob("*.whl")
    return found


def long_lines(text: str) -> set[str]:
    """Return what no other file has by chance."""
    lines = (line.strip() for line in text.splitlines())
    anyones = ("except", "from ", "import ")
    return {line for line in lines if len(line) > 60 and not line.startswith(anyones)}


def of_this_course() -> set[str]:
    """Return long lines of its exercises and solution cells."""
    found: set[str] = set()
    course = open_course(ROOT)
    for assignment in ASSIGNMENTS:
        for _, text in book(assignment).source.files:
            found |= long_lines(text)
        for cell in nbformat.read(course.source(assignment), 4).cells:
            answer = re.search(r"### BEGIN SOLUTION(.*?)### END", cell.source, re.S)
            found |= long_lines(answer[1]) if answer else set()
    return found


def test_nothing_of_this_course_is_in_the_wheel(wheel: Path) -> None:
    secrets = of_this_course()
    assert len(secrets) > 1000
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        texts = {name: archive.read(name).decode("utf-8", "replace") for name in names}
    assert not [name for name in names if re.search(r"\ba\d\d_", name)]
    parts = {name.split("/")[0] for name in names}
    assert {part for part in parts if "backprop" not in part} == {"grader", "utils"}
    inside = {name: long_lines(text) & secrets for name, text in texts.items()}
    assert {name: lines for name, lines in inside.items() if lines} == {}


def test_the_whole_road_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    """Other libraries come from here; `grader` and `utils` only from the wheel."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = tmp_path / "env" / "bin" / "python"
    inside = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    Path(inside, "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall"]
    subprocess.run([*pip, str(wheel)], check=True)
    course = tmp_path / "course"
    scripts = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def grader(*words: str) -> str:
        done = subprocess.run(
            [python.parent / "grader", *words],
            cwd=course if course.exists() else tmp_path,
            env=scripts,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    where = [python, "-c", "import grader, utils; print(grader.__file__, utils.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert all(path.startswith(inside) for path in found.stdout.split())
    grader("init", str(course))
    grader("new-exercise", "hw1", "G01.2", "twice", "--points", "2")
    assert "✗" not in grader("check")
    grader("release")
    for student, answer in (("right", "return x + x"), ("wrong", "return x**2")):
        notebook = nbformat.read(course / "release/hw1/hw1.ipynb", 4)
        for cell in notebook.cells:
            if "NotImplementedError" in cell.source and "def twice" in cell.source:
                cell.source = f"def twice(x):\n    {answer}"
            elif "NotImplementedError" in cell.source:
                cell.source = (
                    "def mean_squared_error(y, t):\n    return ((y - t) ** 2).mean()"
                )
        (course / "submitted" / student / "hw1").mkdir(parents=True)
        nbformat.write(notebook, course / "submitted" / student / "hw1" / "hw1.ipynb")
    grader("autograde", "--json", "results.json")
    results = json.loads((course / "results.json").read_text("utf-8"))
    assert {r["student"]: r["score"] for r in results} == {"right": 5.0, "wrong": 3.0}
    said = [f["code"] for r in results for e in r["exercises"] for f in e["findings"]]
    assert said == ["M01.2a"]
    grader("feedback")
    grader("report")
    grader("export")
    grader("publish")
    page = (course / "feedback/wrong/hw1/hw1.html").read_text("utf-8")
    assert "You square. Twice a number" in page
    assert list(course.glob("report/*.html"))
    assert (course / "course-course.zip").is_file()
