"""Notebooks run side by side: no kernel waits for a port that another program may take."""

from __future__ import annotations

import tempfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from grader.commands.validate import validate as grader_validate
from grader.course.folder import CONFIG_NAME, Course, open_course
from utils.nbval_kernels import LONGEST_FOLDER, SocketFileManager
from utils.validate import validate

TRANSPORT = """import json, ipykernel.connect
transport = json.loads(ipykernel.connect.get_connection_info())["transport"]
print(transport)
assert transport == "ipc", transport"""


def write(path: Path, printed: str) -> Path:
    """Write a notebook whose only cell fails unless its kernel has socket files."""
    outputs = [new_output("stream", name="stdout", text=f"{printed}\n")]
    cell = new_code_cell(TRANSPORT, outputs=outputs, execution_count=1)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": kernel}), path)
    return path


@pytest.mark.kernel
def test_under_the_students_command(tmp_path: Path) -> None:
    assert validate(write(tmp_path / "作业.ipynb", "")) == []


@pytest.mark.kernel
@pytest.mark.parametrize(("printed", "code"), [("ipc", 0), ("tcp", 1)])
def test_under_the_graders_command(
    tmp_path: Path, course: Course, printed: str, code: int
) -> None:
    (tmp_path / CONFIG_NAME).write_bytes((course.root / CONFIG_NAME).read_bytes())
    write(tmp_path / "lectures" / "01_first.ipynb", printed)
    assert grader_validate(open_course(tmp_path), ["01_first"]) == code


def test_a_path_that_is_too_long_for_a_socket_keeps_ports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ("x" * LONGEST_FOLDER)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    assert SocketFileManager().transport == "tcp"
    assert list(folder.iterdir()) == []


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")
    manager = SocketFileManager()
    assert manager.transport == "ipc"
    folder = Path(manager.ip).parent
    assert folder.is_dir()
    del manager
    assert not folder.exists()


SILENT = """kernel = get_ipython().kernel
send = kernel.session.send
def without_replies(stream, message, *args, **more):
    return None if message == "execute_reply" else send(stream, message, *args, **more)
kernel.session.send = without_replies"""


@pytest.mark.kernel
def test_a_cell_that_is_over_without_a_word_of_it_does_not_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.validate.CELL_TIMEOUT_S", 2)
    cells = [new_code_cell("1"), new_code_cell(SILENT), new_code_cell("2")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "silent.ipynb")
    (problem,) = validate(tmp_path / "silent.ipynb")
    assert problem.cell == 2
    assert "did not say that the cell was over" in problem.reason
