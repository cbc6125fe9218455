"""Exercises are read from files beside a notebook; what is wrong with one is said."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from grader.authoring import init
from grader.commands.release import release
from grader.commands.validate import store
from grader.course import exercises
from grader.course.assignment import load_assignment
from grader.course.folder import Course, open_course
from grader.errors import SourceError
from grader.grading.submission import Grader
from grader.judge.score import judge

NAME = "g01_1_mean_squared_error.py"
LIMITS = "from grader.limits import Limits\nLIMITS = Limits"


@pytest.fixture
def small(tmp_path: Path) -> Course:
    return open_course(init(tmp_path / "course"))


def folder(course: Course) -> Path:
    return course.source("hw1").parent / exercises.FOLDER


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("def inputs(", "def inputs((", rf"'source/hw1/exercises/{NAME}', line \d+: "),
        (
            "import numpy",
            "import nompy",
            rf"'source/hw1/exercises/{NAME}', line 5: ModuleNotFound",
        ),
        ("points=3", "points=3 / 0", r"line \d+: ZeroDivisionError"),
        ("points=3", "pionts=3", r"line \d+: TypeError: .*pionts"),
        ("EXERCISE = ", "EXCERSICE = ", "defines no EXERCISE"),
        ('id="G01.1"', 'id="G01.2"', "call it 'g01_2_mean_squared_error.py'"),
        ('function="mean_s', 'function="s', "call it 'g01_1_squared_error.py'"),
        ("points=3", "points='3'", "points is '3', expected a number above 0"),
        ("points=3", "points=0", "points is 0, expected a number above 0"),
        ('outputs=("error",)', 'outputs=("error")', "outputs is 'error', expected a tuple"),
        ('outputs=("error",)', 'outputs=("a", "a")', "and none twice"),
        ('outputs=("error",)', 'outputs=("a", "b")', "pack='value' gives only one"),
        ("points=3", 'points=3, driver="def drive(:"', "driver, line 1: invalid syntax"),
        ("points=3", 'points=3, driver="x = 1"', "driver defines no function drive"),
        ("points=3", "points=3, driver=print", "driver is builtin_function_or_method"),
        ("points=3", "points=3, tolerance=1e-3", "tolerance is 0.001, expected a Tol"),
        ("points=3", "points=3, pack='set'", "pack is 'set', expected one of value, tup"),
        ("points=3", "points=3, parts=(1,)", "expected a tuple of Part"),
        ("RIGHT_WAYS =", "RIGHT_WAY =", "defines 'RIGHT_WAY': did you mean RIGHT_WAYS"),
        ("RIGHT_WAYS = ", "RIGHT_WAYS = 1 or ", "RIGHT_WAYS is 1, expected a list"),
        ("EQUIVALENTS = {", "EQUIVALENTS = {1: 2,", "EQUIVALENTS is .* by faults"),
        ("RIGHT_WAYS = ", "WRONG_WAYS = {'M1': print}\nRIGHT_WAYS = ", "WRONG_WAYS is"),
        ("variant=", "detect=lambda e: True, variant=", "M01.1a has not exactly one of"),
        ("points=3", "points=4", "worth 3 points, G01.1 in 'source/hw1/exercises/.*' 4"),
    ],
)
def test_a_broken_file_is_named_with_its_line(
    small: Course, old: str, new: str, said: str
) -> None:
    path = folder(small) / NAME
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(SourceError, match=said):
        load_assignment(small, "hw1")


def test_a_missing_file_is_named(small: Course) -> None:
    (folder(small) / NAME).unlink()
    with pytest.raises(SourceError, match=f"grades G01.1, and .* add '{NAME}'"):
        load_assignment(small, "hw1")
    shutil.rmtree(folder(small))
    with pytest.raises(SourceError, match=r"there are: none"):
        load_assignment(small, "hw1")


def test_an_id_twice_is_named_with_both_files(small: Course) -> None:
    (folder(small) / "g01_1_mean_squared_error").mkdir()
    shutil.copy(
        folder(small) / NAME, folder(small) / "g01_1_mean_squared_error" / "__init__.py"
    )
    with pytest.raises(SourceError, match=r"are both G01\.1"):
        load_assignment(small, "hw1")


def test_an_exercise_that_no_cell_grades_is_named(small: Course) -> None:
    text = (folder(small) / NAME).read_text("utf-8").replace("G01.1", "G01.7")
    (folder(small) / "g01_7_mean_squared_error.py").write_text(text, "utf-8")
    with pytest.raises(SourceError, match=r"no cell of 'hw1.ipynb' grade G01\.7"):
        load_assignment(small, "hw1")


def test_a_mark_in_front_and_other_ends_of_lines_are_read(small: Course) -> None:
    text = (folder(small) / NAME).read_bytes().replace(b"\n", b"\r\n")
    (folder(small) / NAME).write_bytes(b"\xef\xbb\xbf" + text)
    assert load_assignment(small, "hw1").exercises[0].points == 3


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe", r"line 1: byte 0xff is no UTF-8 text: save the file as UTF-8"),
        (b"one = 1\n# caf\xe9\n", "line 2: byte 0xe9 is no UTF-8 text"),
        (b"one = 1\ntwo = '\0'\n", "line 2: a NUL byte, which no text holds"),
        ("one = 1\n".encode("utf-16-le"), "line 1: a NUL byte, which no text holds"),
    ],
)
@pytest.mark.parametrize("file", [NAME, "_shared.py", "__init__.py"])
def test_what_is_no_text_is_named(small: Course, file: str, data: bytes, said: str) -> None:
    (folder(small) / "_shared.py").write_text("")
    text = (folder(small) / NAME).read_text("utf-8")
    future = "from __future__ import annotations\n"
    text = text.replace(future, f"{future}from ._shared import *\n")
    (folder(small) / NAME).write_text(text, "utf-8")
    (folder(small) / file).write_bytes(data)
    with pytest.raises(SourceError, match=rf"^'source/hw1/exercises/{file}', {said}"):
        load_assignment(small, "hw1")


SHARED = "source/hw1/exercises/_shared.py"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "from ._sharde import A",
            "ModuleNotFoundError: No module named 'source/hw1/exercises/_sharde'",
        ),
        (
            "from ._shared import B",
            f"ImportError: cannot import name 'B' from '{SHARED}'",
        ),
        (
            "from . import _shared; _shared.B",
            f"AttributeError: module '{SHARED}' has no attribute 'B'",
        ),
        (
            "from ...hw0.exercises._shared import A",
            "ModuleNotFoundError: No module named 'source/hw0'",
        ),
        ("from ......x import A", "ImportError: attempted relative import beyond top-"),
        (
            f"from .{NAME[:-3]} import EXERCISE",
            "ImportError: cannot import name 'EXERCISE' from "
            f"'source/hw1/exercises/{NAME}'",
        ),
    ],
)
def test_an_import_that_fails_names_the_file_its_author_knows(
    small: Course, line: str, said: str
) -> None:
    (folder(small) / "_shared.py").write_text("A = 1\n")
    path = folder(small) / NAME
    text = path.read_text("utf-8").replace("import numpy as np", line, 1)
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError) as found:
        load_assignment(small, "hw1")
    assert str(found.value).startswith(f"'source/hw1/exercises/{NAME}', line 5: {said}")
    assert "_exercises_" not in str(found.value)
    assert "unknown location" not in str(found.value)


def test_an_import_inside_of_a_function_is_told_to_stand_above(small: Course) -> None:
    """Only what is imported at once travels with the assignment."""
    (folder(small) / "_late.py").write_text("A = 1\n")
    path = folder(small) / NAME
    path.write_text(path.read_text("utf-8") + "\n\ndef late():\n    from . import _late\n")
    module = exercises.load(small.source("hw1").parents[1], "hw1").files["G01.1"].module
    with pytest.raises(ImportError, match=r"_late.py' is imported inside of a function"):
        module.late()


def test_a_traceback_names_the_file_itself(small: Course) -> None:
    """Two courses with a file of one name are never taken for each other."""
    path = folder(small) / NAME
    module = exercises.load(small.source("hw1").parents[1], "hw1").files["G01.1"].module
    assert module.inputs.__code__.co_filename == str(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("### END HIDDEN TESTS", "", "No end hidden tests statement found"),
        ("### END SOLUTION", "", "no end solution statement found"),
        ('"points": 3', '"points": "three"', "metadata may be corrupted"),
        ("### BEGIN HIDDEN TESTS", "### BEGIN HIDEN TESTS", "would hold 'import grade'"),
    ],
)
def test_what_nbgrader_cannot_release_is_said(
    small: Course, old: str, new: str, said: str
) -> None:
    path = small.source("hw1")
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(SourceError, match=said):
        release(small, "hw1")
    assert not small.released("hw1").exists()


def test_stored_outputs_stay_if_a_cell_fails(small: Course) -> None:
    path = small.source("hw1")
    path.write_text(path.read_text("utf-8").replace(", 3.0, ", ", 4.0, "), "utf-8")
    before = path.read_bytes()
    with pytest.raises(SourceError, match=r"'G01-1-mean_squared_error' fails with Check"):
        store(small, ["hw1"])
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["notes.py", "old.ipynb", ".secret", "pictures/a.png"])
def test_what_students_would_get_by_mistake_is_refused(small: Course, name: str) -> None:
    path = small.source("hw1").parent / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    with pytest.raises(SourceError, match="students would get it"):
        load_assignment(small, "hw1")


def test_an_exercise_may_be_a_folder_and_use_others(small: Course) -> None:
    package = folder(small) / "g01_1_mean_squared_error"
    package.mkdir()
    (folder(small) / NAME).rename(package / "__init__.py")
    (folder(small) / "_shared.py").write_text("POINTS = 3\n")
    (small.source("hw1").parents[1] / "_shared.py").write_text("from math import pi\n")
    text = (package / "__init__.py").read_text("utf-8")
    text = text.replace(
        "import numpy as np\n",
        "import numpy as np\nfrom .._shared import POINTS\nfrom ...._shared import pi\n",
        1,
    )
    (package / "__init__.py").write_text(text.replace("points=3", "points=POINTS"), "utf-8")
    loaded = load_assignment(small, "hw1")
    assert [path for path, _ in loaded.source.files] == [
        "_shared.py",
        "hw1/exercises/_shared.py",
        "hw1/exercises/g01_1_mean_squared_error/__init__.py",
    ]
    assert pickle.loads(pickle.dumps(loaded)).exercises[0].points == 3


def test_it_travels_as_text_and_judges_alike(small: Course, tmp_path: Path) -> None:
    """In a process that has no course at all."""
    grader = Grader(load_assignment(small, "hw1"), b"secret")
    key = grader.keys["G01-1-mean_squared_error"]
    wrong = key.exercise.mistakes[0].variant
    here = judge(key, key.answer_of(wrong))
    (tmp_path / "grader.pickle").write_bytes(pickle.dumps(grader))
    shutil.rmtree(small.root)
    code = (
        "import pickle, numpy as np\nfrom grader.judge.score import judge\n"
        "grader = pickle.load(open('grader.pickle', 'rb'))\n"
        "key = grader.keys['G01-1-mean_squared_error']\n"
        "print(judge(key, key.answer_of(lambda y, t: np.sum((y - t) ** 2))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(here), done.stderr


def test_text_that_was_changed_on_its_way_is_refused(small: Course) -> None:
    loaded = load_assignment(small, "hw1")
    files = tuple((path, text + "#") for path, text in loaded.source.files)
    changed = replace(loaded, source=replace(loaded.source, files=files))
    data = pickle.dumps(changed)
    with pytest.raises(SourceError, match="arrived damaged: their digest is"):
        pickle.loads(data)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PROFILE = 'jax'", "PROFILE is 'jax', expected 'numpy' or 'torch'"),
        ("LIMITS = 3", r"LIMITS is int, expected grader\.limits\.Limits"),
        (f"{LIMITS}(cell_s=0)", r"line 2: ValueError: the limit cell_s is 0, expected sec"),
        (f"{LIMITS}(cell_s='3')", "the limit cell_s is '3', expected seconds above 0"),
        (f"{LIMITS}(processes=2.5)", "processes is 2.5, expected a whole number above 0"),
    ],
)
def test_nonsense_about_the_whole_is_named(small: Course, text: str, said: str) -> None:
    (folder(small) / "__init__.py").write_text(text)
    with pytest.raises(SourceError, match=said):
        load_assignment(small, "hw1")


def test_nothing_is_written_beside_the_exercises(small: Course) -> None:
    load_assignment(small, "hw1")
    assert [path.name for path in folder(small).iterdir()] == [NAME]


@pytest.mark.parametrize("name", ["hw.1", "作业 一", "hw-1", "class"])
def test_any_name_of_an_assignment_works(small: Course, name: str) -> None:
    there = small.source("hw1").parents[1]
    (there / "hw1").rename(there / name)
    (there / name / "hw1.ipynb").rename(there / name / f"{name}.ipynb")
    loaded = load_assignment(small, name)
    assert pickle.loads(pickle.dumps(loaded)).exercises[0].id == "G01.1"


def test_a_course_with_an_empty_configuration_is_read(small: Course) -> None:
    (small.root / "nbgrader_config.py").write_text("c = get_config()\n")
    loaded = load_assignment(open_course(small.root), "hw1")
    assert [exercise.id for exercise in loaded.exercises] == ["G01.1"]


@pytest.mark.parametrize("line", ["import torch\\n", "if 1:\\n    from torch import nn\\n"])
def test_a_profile_that_lacks_what_the_notebook_imports_is_refused(
    small: Course, line: str
) -> None:
    path = small.source("hw1")
    text = path.read_text("utf-8").replace('"import numpy as np', f'"{line}import numpy')
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError, match=r"imports torch, .* PROFILE = \"torch\""):
        load_assignment(small, "hw1")
    (folder(small) / "__init__.py").write_text('PROFILE = "torch"')
    assert load_assignment(small, "hw1").profile == "torch"


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [
        ("身高.csv", 10, "expected a plain file name"),
        ("my data.csv", 10, "expected a plain file name"),
        ("heights.csv", 40 << 20, "expected half of the limit"),
    ],
)
def test_data_that_no_kernel_would_take_is_refused(
    small: Course, name: str, size: int, said: str
) -> None:
    (small.source("hw1").parent / name).write_bytes(bytes(size))
    with pytest.raises(SourceError, match=said):
        load_assignment(small, "hw1")


def test_a_notebook_without_cell_ids_is_read(small: Course) -> None:
    path = small.source("hw1")
    notebook = json.loads(path.read_text("utf-8"))
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        cell.pop("id", None)
    path.write_text(json.dumps(notebook), "utf-8")
    assert release(small, "hw1") == ["hw1.ipynb written"]
    assert release(small, "hw1") == []
