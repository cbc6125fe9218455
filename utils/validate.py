"""Run a notebook from top to bottom, as the grader will, and say what does not hold.

    python -m utils.validate a07_backpropagation.ipynb

Every cell is executed under nbval in a new kernel. Where the instructor has marked a cell
(tag ``nbval-check-output``), what it prints is compared with the reference that came with
the assignment. A notebook that works in its own kernel only, because cells were run in
another order or were deleted since, is told so by name.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import nbformat

MARK = "nbval-check-output"
"""Tag of a cell whose output counts."""
REFERENCE = "reference_outputs"
"""Entry of its metadata that holds what it should print."""
CELL_TIMEOUT_S = 120
_NOTES = "VALIDATE_NOTES"
"""Environment variable: the file that takes what nbval finds."""
_ESCAPES = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]|\x1b.?")
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")
_BLANK = re.compile(r"(?m)^NotImplementedError: (.*)")
_INPUT = "StdinNotImplementedError: "
NO_INPUT = (
    "input() waits for somebody at the keyboard; the grader cannot answer: "
    "write the value into the code"
)
_CHECKS = "see above"
"""In the error that ends a cell whose checks did not all hold (`utils.check`)."""
MOST_CHECKS = 3
"""Of one cell, whose reasons are repeated."""
_CELL_MAGIC = re.compile(r"\s*(%%\w+).*")
_OPEN_MAGICS = ("%%time", "%%capture", "%%prun")
"""Cell magics after which a notebook has the names that the cell defines."""


@dataclass(frozen=True)
class Problem:
    """What does not hold in one cell."""

    cell: int
    """The number JupyterLab puts in front of it when all cells have run from the top."""
    title: str
    """Its task, or its first line."""
    reason: str
    blank: bool = False
    """Whether it is only not answered yet."""


def validate(path: Path, kernel: str = "", *, alone: bool = False) -> list[Problem]:
    """Run a notebook in a new kernel and return its problems, from the top.

    Args:
        path: the notebook; neither it nor its folder is changed.
        kernel: name of a kernelspec; the notebook's own if empty.
        alone: leave out what lies beside it, for a notebook that is not one's own.

    Raises:
        ValueError: it is no notebook.
    """
    try:
        notebook = nbformat.reads(path.read_text("utf-8-sig"), as_version=4)
    except Exception as error:  # nbformat raises whatever a file's nonsense leads to
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"'{path}' cannot be read as a notebook: {reason[:200]}") from None
    cells = _code_cells(notebook)
    for cell in cells:
        wanted = cell.metadata.get(REFERENCE)
        if MARK in cell.metadata.get("tags", ()) and wanted is not None:
            cell.outputs = nbformat.from_dict(wanted)
            cell.execution_count = 1  # nbval distrusts outputs of a cell that never ran
    failures = _run(notebook, path, kernel, alone=alone)
    return [_problem(cells, number, failed) for number, failed in failures.items()]


@dataclass(frozen=True)
class _Failure:
    """What nbval found in a cell."""

    message: str
    traceback: str
    printed: str
    """Text of the outputs of this run."""


def pytest_exception_interact(node: Any, call: Any) -> None:
    """Note what went wrong in a cell: called by pytest where `_run` has started it."""
    error = call.excinfo.value
    failure = _Failure(
        message=harmless(str(error)),
        traceback=harmless(getattr(error, "inner_traceback", None) or ""),
        printed=_text(getattr(node, "test_outputs", ())),
    )
    number = getattr(error, "cell_num", getattr(node, "cell_num", None))
    with open(os.environ[_NOTES], "a", encoding="utf-8") as notes:
        notes.write(json.dumps([number, asdict(failure)]) + "\n")


def _run(notebook: Any, path: Path, kernel: str, *, alone: bool) -> dict[int, _Failure]:
    """Run all cells under nbval, in a folder of our own, and collect failures.

    pytest reads settings and imports modules from where it works, so it does not work
    where the notebook lies; the kernel finds the notebook's neighbours by links.
    """
    with tempfile.TemporaryDirectory(prefix="validate-") as folder:
        settings, notes = Path(folder, "pytest.ini"), Path(folder, "notes")
        settings.write_text("[pytest]\n", encoding="utf-8")
        notes.touch()
        copy = Path(folder, "notebook", path.name)
        copy.parent.mkdir()
        if not alone:
            _link_neighbours(path, copy.parent)
        nbformat.write(notebook, copy)
        run = subprocess.run(
            [*_command(kernel, settings), str(copy)],
            cwd=folder,
            env={**os.environ, _NOTES: str(notes), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        failures = [json.loads(line) for line in notes.read_text("utf-8").splitlines()]
    understood = {0: not failures, 1: bool(failures), 5: not _code_cells(notebook)}
    if not understood.get(run.returncode) or any(n is None for n, _ in failures):
        said = "".join([failure["message"] for _, failure in failures]) or run.stdout
        raise ValueError(f"'{path}' could not be run: {(said or run.stderr)[-2000:]}")
    return {number: _Failure(**failure) for number, failure in failures}


def _command(kernel: str, settings: Path) -> list[str]:
    """Return how pytest is started: with our settings and plug-ins, and none it finds."""
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-c", str(settings)]
    command += ["--noconftest", f"--rootdir={settings.parent}", "-p", "no:cacheprovider"]
    command += ["-p", "utils.validate", "-p", "nbval.plugin", "-p", "utils.nbval_kernels"]
    command += ["--nbval-lax"]
    command += [f"--nbval-cell-timeout={CELL_TIMEOUT_S}", "-W", "ignore"]
    return command + ([f"--nbval-kernel-name={kernel}"] if kernel else [])


def _code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _link_neighbours(path: Path, folder: Path) -> None:
    """Let a copy in ``folder`` find what lies beside the notebook itself."""
    for neighbour in path.resolve().parent.iterdir():
        if neighbour.name != path.name:
            (folder / neighbour.name).symlink_to(neighbour)


def harmless(text: str) -> str:
    """Return text in which nothing acts in a terminal: no colours, titles or clearing."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def _text(outputs: Any) -> str:
    """Return what outputs say as plain text."""
    parts = []
    for output in outputs:
        shown = output.get("data", {}).get("text/plain")
        parts.append(output.get("text", "") if shown is None else f"{shown}\n")
    return harmless("".join(parts))


def _prompts(cells: Sequence[Any]) -> list[int]:
    """Return the number in front of each code cell; empty ones do not count."""
    filled = (bool(cell.source.strip()) for cell in cells)
    return list(accumulate(filled, initial=1))[:-1]


def _problem(cells: Sequence[Any], number: int, failed: _Failure) -> Problem:
    cell = cells[number]
    blank = _BLANK.search(failed.traceback)
    undefined = _UNDEFINED.search(failed.traceback)
    reason = _failed_checks(failed) or _last_line(failed)
    if _INPUT in failed.traceback:
        reason = NO_INPUT
    elif blank:
        reason = f"not answered yet ({blank[1]})"
    elif undefined:
        reason = _where_defined(cells, number, undefined[1])
    elif "outputs differ" in failed.message or "outputs" in failed.message.lower():
        reason = _difference(_text(cell.outputs), failed.printed)
    return Problem(_prompts(cells)[number], _title(cell), reason, blank=bool(blank))


def _last_line(failed: _Failure) -> str:
    """Return the exception itself: the last line of its traceback that says something."""
    lines = [line for line in failed.traceback.splitlines() if line.strip()]
    return lines[-1].strip() if lines else failed.message


def _failed_checks(failed: _Failure) -> str:
    """Return what the visible checks of a cell did not find right."""
    if _CHECKS not in failed.traceback:
        return ""
    lines = [line[2:] for line in failed.printed.splitlines() if line.startswith("✗ ")]
    return "; ".join(lines[:MOST_CHECKS])


def _title(cell: Any) -> str:
    name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    lines = [line for line in cell.source.splitlines() if line.strip()]
    return name or (lines[0][:60] if lines else "an empty cell")


def _where_defined(cells: Sequence[Any], number: int, name: str) -> str:
    """Say why a name is missing when the notebook runs from the top."""
    makers = [i for i, cell in enumerate(cells) if name in defined_names(cell.source)]
    prompts = _prompts(cells)
    hidden = [i for i in makers if i < number and _closed_magic(cells[i].source)]
    if hidden:
        where, magic = prompts[hidden[-1]], _closed_magic(cells[hidden[-1]].source)
        return (
            f"'{name}' is missing, because '{magic}' on top of cell [{where}] keeps what "
            "the cell defines to itself"
        )
    before = [prompts[i] for i in makers if i < number]
    after = [prompts[i] for i in makers if i > number]
    if before:
        return f"'{name}' is missing, because cell [{before[-1]}] above did not run through"
    if number in makers:
        return f"'{name}' is used before this cell defines it"
    if after:
        return (
            f"'{name}' is defined only further down, in cell [{after[0]}]: the notebook "
            "works only if its cells are run in another order"
        )
    return (
        f"'{name}' is defined in no cell: it may still live in your kernel from a cell "
        "that was changed or deleted"
    )


def defined_names(source: str) -> set[str]:
    """Return the names that running a cell defines, functions' own names left out."""
    try:
        tree = ast.parse(_CELL_MAGIC.sub("", source))
    except (SyntaxError, ValueError, RecursionError):
        return set()
    return set(_stored(tree))


def _closed_magic(source: str) -> str:
    """Return the cell magic that keeps a cell's names from its notebook, or nothing."""
    found = _CELL_MAGIC.match(source)
    return found[1] if found and found[1] not in _OPEN_MAGICS else ""


def _stored(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child.name
        elif isinstance(child, ast.Lambda):
            continue
        elif isinstance(child, ast.alias):
            yield (child.asname or child.name).partition(".")[0]
        else:
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                yield child.id
            yield from _stored(child)


def _difference(expected: str, printed: str) -> str:
    """Say where an output leaves its reference."""
    wanted, found = expected.splitlines(), printed.splitlines()
    for number, (left, right) in enumerate(zip(wanted, found, strict=False), start=1):
        if left != right:
            return f"line {number} of its output is\n    {right}\nexpected\n    {left}"
    if len(found) < len(wanted):
        return f"its output ends before the line\n    {wanted[len(found)]}"
    if len(found) > len(wanted):
        return f"its output has a line too many:\n    {found[len(wanted)]}"
    return "its output is of another kind than the reference"


def report(path: Path, problems: Sequence[Problem]) -> str:
    """Return the problems as text to read."""
    if not problems:
        return f"{path.name}: runs from top to bottom, and every marked output agrees"
    blank = [problem for problem in problems if problem.blank]
    many = f"{len(problems)} cell{'s' * (len(problems) != 1)}"
    lines = [f"{path.name}: {many} to look at"]
    for problem in problems:
        if not problem.blank:
            lines.append(f"  cell [{problem.cell}] ({problem.title}): {problem.reason}")
    if blank:
        names = ", ".join(problem.title for problem in blank)
        lines.append(f"  not answered yet: {names}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Validate the notebooks named on the command line; 0 if all hold."""
    parser = argparse.ArgumentParser(prog="python -m utils.validate", description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--kernel", default="", help="kernelspec to run them in")
    parser.add_argument(
        "--alone", action="store_true", help="leave out what lies beside a notebook"
    )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show all signs
            stream.reconfigure(errors="backslashreplace")
    failed = False
    chosen = parser.parse_args(arguments)
    for path in chosen.notebooks:
        try:
            problems = validate(path, chosen.kernel, alone=chosen.alone)
        except ValueError as error:
            print(harmless(str(error)), file=sys.stderr)
            return 2
        print(harmless(report(path, problems)))
        failed |= bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
