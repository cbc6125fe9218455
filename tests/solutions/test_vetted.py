"""An exercise is tried in full again as soon as anything changes that decides about it."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest
import vetted
from vetted import CODE, ROOT, code_files, is_vetted, recorded, renew, texts

from grader.authoring import init
from grader.course.folder import Course, open_course
from grader.vetting.check import subjects

FOLDER = "source/hw1/exercises"
FILE = f"{FOLDER}/g01_1_mean_squared_error.py"
NOTEBOOK = "source/hw1/hw1.ipynb"


@pytest.fixture
def small(tmp_path: Path) -> Course:
    """A course of one exercise, which imports helpers when it is called."""
    course = open_course(init(tmp_path / "course"))
    with (course.root / FILE).open("a") as file:
        file.write("\n\ndef later():\n    from ._helper import ONE\n    return ONE\n")
    (course.root / FOLDER / "_helper.py").write_text("from ._deeper import ONE\n")
    (course.root / FOLDER / "_deeper.py").write_text("ONE = 1\n")
    return course


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A copy of the code that decides."""
    for path in code_files(ROOT):
        copy = tmp_path / "code" / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return tmp_path / "code"


def unvetted(course: Course, record: Path, code: Path) -> list[str]:
    """Return what is to be tried, in a process that has read nothing before."""
    vetted._code.cache_clear()
    return [
        subject.exercise.id
        for name in course.assignments()
        for subject in subjects(open_course(course.root), name)
        if not is_vetted(subject, recorded(record), code)
    ]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (FILE, "vectorised=True", "vectorised=False"),
        (FILE, "points=3,", "points=3,  # as in the task"),
        (f"{FOLDER}/_helper.py", "ONE", "ONE  # one"),
        (f"{FOLDER}/_deeper.py", "ONE = 1", "ONE = 1.0"),
        (NOTEBOOK, "np.mean((y - t) ** 2)", "np.mean((t - y) ** 2)"),
        (NOTEBOOK, "import numpy as np", "import numpy as np  # arrays"),
    ],
)
def test_an_exercise_that_changes_is_tried_again(
    file: str, old: str, new: str, small: Course, code: Path, tmp_path: Path
) -> None:
    record = tmp_path / "vetted.toml"
    assert unvetted(small, record, code) == ["G01.1"]
    assert renew(small, record, code) == []
    assert unvetted(small, record, code) == []
    text = (small.root / file).read_text("utf-8")
    assert old in text
    (small.root / file).write_text(text.replace(old, new), "utf-8")
    assert unvetted(small, record, code) == ["G01.1"]


@pytest.mark.parametrize(
    "file",
    [
        "grader/judge/compare.py",
        "grader/vetting/mutants.py",
        "grader/kernel/inside/agent.py",
        "grader/model.py",
        "utils/check/checks.py",
    ],
)
def test_everything_is_tried_again_where_what_decides_changes(
    file: str, small: Course, code: Path, tmp_path: Path
) -> None:
    record = tmp_path / "vetted.toml"
    renew(small, record, code)
    with (code / file).open("a") as changed:
        changed.write("# another line\n")
    assert unvetted(small, record, code) == ["G01.1"]


def test_what_does_not_hold_is_said_and_never_written_down(
    small: Course, code: Path, tmp_path: Path
) -> None:
    record = tmp_path / "vetted.toml"
    renew(small, record, code)
    path = small.root / FILE
    text = path.read_text("utf-8")
    right = text.replace("np.sum((y - t) ** 2)", "np.mean((y - t) ** 2)")
    path.write_text(right, "utf-8")
    (said,) = renew(small, record, code)
    assert said.startswith("hw1, G01.1: M01.1a is called [] (10 of 10 secrets")
    assert recorded(record) == {"hw1": {}}
    assert unvetted(small, record, code) == ["G01.1"]
    path.write_text(text, "utf-8")
    assert renew(small, record, code) == []
    assert unvetted(small, record, code) == []


def test_code_that_decides_imports_nothing_that_is_not_looked_at() -> None:
    """Reading notebooks apart: of what is read, the digest holds the text."""
    reading = {ROOT / "grader/vetting" / name for name in ("notebook.py", "check.py")}
    known = set(code_files(ROOT))
    course = open_course(ROOT)
    tried = [subject for name in course.assignments() for subject in subjects(course, name)]
    files = known.union(*(texts(ROOT / "solutions", subject) for subject in tried))
    for path in sorted(file for file in files - reading if file.suffix == ".py"):
        for name in _absolute(path):
            if name.startswith(("grader.", "utils.")):
                module = ROOT.joinpath(*name.split("."))
                places = {module.with_suffix(".py"), module / "__init__.py"}
                assert places & known, f"{path} imports {name}: add it to CODE ({CODE})"


def _absolute(path: Path) -> list[str]:
    """Return the modules that a file names with all their packages."""
    found = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and not node.level:
            found.append(str(node.module))
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found
