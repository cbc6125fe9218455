"""What a student is told about a notebook that does not run from the top."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader.kernel.inside import shell
from utils import validate as module
from utils.validate import MARK, NO_INPUT, REFERENCE, defined_names, report, validate

pytestmark = pytest.mark.kernel


def write(folder: Path, *sources: str, name: str = "作业.ipynb") -> Path:
    """Write a notebook of code cells, with some text between them."""
    cells: list[Any] = [new_markdown_cell("# Title")]
    for source in sources:
        cells += [new_code_cell(source), new_markdown_cell("text")]
    path = folder / name
    nbformat.write(new_notebook(cells=cells), path)
    return path


def mark(path: Path, number: int, expected: str) -> None:
    """Give a code cell the output it should have, as a release does."""
    notebook = nbformat.read(path, 4)
    cell = [c for c in notebook.cells if c.cell_type == "code"][number]
    cell.metadata.tags = [MARK]
    cell.metadata[REFERENCE] = [new_output("stream", name="stdout", text=expected)]
    nbformat.write(notebook, path)


def reasons(path: Path) -> dict[int, str]:
    return {problem.cell: problem.reason for problem in validate(path)}


def reasons_alone(path: Path) -> dict[int, str]:
    return {problem.cell: problem.reason for problem in validate(path, alone=True)}


def test_notebook_that_runs_has_no_problem_and_stays_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path, "x = 1", "print(x)")
    before = path.read_bytes()
    assert validate(path) == []
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_order_deletion_and_consequence_are_told_apart(tmp_path: Path) -> None:
    path = write(tmp_path, "a = later", "b = gone", "c = a + 1", "later = 1", "d = d + 1")
    found = reasons(path)
    assert list(found) == [1, 2, 3, 5]
    assert "'later' is defined only further down, in cell [4]" in found[1]
    assert "'gone' is defined in no cell" in found[2]
    assert "'a' is missing, because cell [1] above did not run through" in found[3]
    assert "'d' is used before this cell defines it" in found[5]


def test_a_magic_that_keeps_definitions_to_itself_is_named(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "%%timeit -n 1 -r 1\ndef f(): return 1",
        "f()",
        "%%time\ndef g(): return 1",
        "g()",
    )
    assert reasons(path) == {
        2: "'f' is missing, because '%%timeit' on top of cell [1] keeps what the cell "
        "defines to itself"
    }


def test_input_is_refused_in_the_words_of_the_box(tmp_path: Path) -> None:
    assert shell.NO_INPUT == NO_INPUT
    path = write(tmp_path, "n = int(input('n? '))")
    (problem,) = validate(path)
    assert (problem.reason, problem.blank) == (NO_INPUT, False)


def test_marked_output_is_compared_line_by_line(tmp_path: Path) -> None:
    path = write(tmp_path, "print('dW = 1.5')\nprint('db = 2.0')")
    mark(path, 0, "dW = 1.5\ndb = 2.5\n")
    assert reasons(path) == {
        1: "line 2 of its output is\n    db = 2.0\nexpected\n    db = 2.5"
    }
    mark(path, 0, "dW = 1.5\ndb = 2.0\n")
    assert reasons(path) == {}
    mark(path, 0, "dW = 1.5\ndb = 2.0\nmore\n")
    assert reasons(path) == {1: "its output ends before the line\n    more"}
    mark(path, 0, "dW = 1.5\n")
    assert reasons(path) == {1: "its output has a line too many:\n    db = 2.0"}


def test_unmarked_outputs_do_not_matter(tmp_path: Path) -> None:
    path = write(tmp_path, "import time; print(time.time())")
    assert validate(path) == []


def test_blank_tasks_are_listed_and_errors_are_one_line(tmp_path: Path) -> None:
    path = write(tmp_path, 'raise NotImplementedError("task G08.2: f")', "1 / 0")
    problems = validate(path)
    assert [problem.blank for problem in problems] == [True, False]
    assert problems[1].reason == "ZeroDivisionError: division by zero"
    text = report(path, problems)
    assert "not answered yet: raise NotImplementedError" in text
    assert "cell [2] (1 / 0): ZeroDivisionError" in text


def test_failed_check_says_its_reason(tmp_path: Path) -> None:
    path = write(tmp_path, "from utils import check\ncheck.close(1.0, 2.0, 'the loss')")
    assert "the loss is 1, expected 2" in reasons(path)[1]


def test_a_cell_with_several_failed_checks_says_them_all(tmp_path: Path) -> None:
    source = (
        "from utils import check\ncheck.close(2.0, 1.0, 'a')\ncheck.close(1.0, 1.0, 'b')\n"
        "check.close(3.0, 1.0, 'c')"
    )
    (reason,) = reasons(write(tmp_path, source)).values()
    assert reason == "a is 2, expected 1; c is 3, expected 1"


def test_an_error_whose_message_is_lost_is_an_error(tmp_path: Path) -> None:
    silent = "get_ipython()._showtraceback = lambda *error: None"
    path = write(tmp_path, silent, "1 / 0", "x = 1")
    assert list(reasons(path)) == [2]
    assert "ZeroDivisionError: division by zero" in reasons(path)[2]


def test_a_run_that_executes_no_cell_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_command", lambda *_: [sys.executable, "-c", "exit(5)"])
    with pytest.raises(ValueError, match="could not be run"):
        validate(write(tmp_path, "x = 1"))
    assert validate(write(tmp_path)) == []


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[1]", b'{"cells": 3}'])
def test_garbage_is_a_clear_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.ipynb"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="cannot be read as a notebook"):
        validate(path)


def test_nothing_beside_a_notebook_steers_the_run(tmp_path: Path) -> None:
    """Settings, plug-ins and modules there are the student's, the run is not."""
    path = write(tmp_path, "x = 1")
    trace = tmp_path.parent / f"{tmp_path.name}.trace"
    code = f"open({str(trace)!r}, 'w').write('ran')\n"
    for name in ("conftest.py", "sitecustomize.py", "nbval.py", "_pytest.py"):
        (tmp_path / name).write_text(code)
    for name in ("grader", "utils", "evil"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(code)
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\naddopts = -p evil\n")
    (tmp_path / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\npythonpath = ['.']\naddopts = ['-p', 'evil']\n"
    )
    before = sorted(tmp_path.rglob("*"))
    command = [sys.executable, "-P", "-m", "utils.validate", "--alone", str(path)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert not trace.exists()
    assert sorted(tmp_path.rglob("*")) == before


def test_a_notebook_of_ones_own_finds_its_neighbours_unless_alone(tmp_path: Path) -> None:
    path = write(tmp_path, "print(open('data.txt').read())")
    (tmp_path / "data.txt").write_text("1 2 3")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    assert validate(path) == []
    assert "FileNotFoundError" in reasons_alone(path)[1]


def test_a_byte_order_mark_is_no_damage(tmp_path: Path) -> None:
    path = write(tmp_path, "x = 1")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert validate(path) == []


def test_what_a_notebook_says_does_not_act_in_a_terminal(tmp_path: Path) -> None:
    path = write(
        tmp_path, "raise ValueError('\\x1b]0;title\\x07\\x1b[2Jgone\\x9b31m\\u202e')"
    )
    run = subprocess.run(
        [sys.executable, "-m", "utils.validate", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ValueError: gone" in run.stdout
    assert not [c for c in run.stdout + run.stderr if c < " " and c not in "\n\t"]
    assert not set("\x9b\u202e") & set(run.stdout)


def test_command_line_ends_in_0_1_or_2(tmp_path: Path) -> None:
    right = write(tmp_path, "x = 1", name="right.ipynb")
    wrong = write(tmp_path, "x = y", name="wrong.ipynb")
    for paths, code in (([right], 0), ([right, wrong], 1), ([tmp_path / "no.ipynb"], 2)):
        run = subprocess.run(
            [sys.executable, "-m", "utils.validate", *map(str, paths)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == code, run.stdout + run.stderr
        assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("x = 1; y: int = 2; z += 1", {"x", "y", "z"}),
        ("def f(a):\n    b = 1", {"f"}),
        ("import a.b, c as d\nfrom e import g as h", {"a", "d", "h"}),
        ("for i, (j, k) in []: pass\nwith o as p: pass", {"i", "j", "k", "p"}),
        ("(q := 3)", {"q"}),
        ("class C:\n    inner = 1", {"C"}),
        ("not python", set()),
    ],
)
def test_names_that_a_cell_defines(source: str, names: set[str]) -> None:
    assert defined_names(source) == names


def test_cells_are_numbered_as_jupyterlab_numbers_them(tmp_path: Path) -> None:
    """Text has no number there, and an empty cell takes none."""
    path = write(tmp_path, "x = 1", "", "  ", "y = later", "later = 2")
    (problem,) = validate(path)
    assert problem.cell == 2
    assert "'later' is defined only further down, in cell [3]" in problem.reason
