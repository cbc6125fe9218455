"""A lecture as it is when a student has written all answers, run in this process."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from utils import plotting
from utils.check import YourTurn, results

ALL_LECTURES = sorted((Path(__file__).parents[2] / "lectures").glob("*.ipynb"))

Cell = dict[str, Any]
Notebook = dict[str, Any]
Control = Mapping[str, Any] | tuple[Any, Any, Any]
Play = tuple[Callable[..., Any], dict[str, Control]]


@dataclass
class Run:
    """What running a lecture has shown."""

    wrong_turns: list[str] = field(default_factory=list)
    """Ids of turns that are not right with the answer in the place of the dots."""
    plays: list[Play] = field(default_factory=list)
    """What was given to `plotting.play`."""


def read(path: Path) -> Notebook:
    return json.loads(path.read_text(encoding="utf-8"))


def source(cell: Cell) -> str:
    return "".join(cell["source"])


def tags(cell: Cell) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def has_dots(node: ast.AST) -> bool:
    constants = (n for n in ast.walk(node) if isinstance(n, ast.Constant))
    return any(constant.value is ... for constant in constants)


def filled(turn: Cell, answer: Cell) -> str:
    """Return a turn's code with the answer in the place of the dots."""
    lines = []
    for statement in ast.parse(source(turn)).body:
        if not has_dots(statement):
            lines.append(ast.unparse(statement))
        elif source(answer) not in lines:
            lines.append(source(answer))
    return "\n".join(lines)


def run_filled_in(notebook: Notebook) -> Run:
    """Run a notebook as a student with all answers.

    The cells with the answers are left out: who has written need not open them.
    """
    run, shown = Run(), []

    def play(draw: Any, alt: str, *, animate: str = "", **controls: Control) -> None:
        assert alt.strip()
        assert animate in ("", *controls)
        run.plays.append((draw, controls))

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(results, "_display", shown.append)
        patch.setattr(plotting, "show", lambda fig, alt: None)
        patch.setattr(plotting, "play", play)
        patch.setattr("IPython.display.display", lambda *args, **kwargs: None)
        names: dict[str, Any] = {"__name__": "__main__", "display": lambda *args: None}
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for cell, after in zip(cells, [*cells[1:], {}], strict=True):
            if "answer" in tags(cell):
                continue
            turn = "your-turn" in tags(cell)
            text = filled(cell, after) if turn else source(cell)
            exec(compile(text, cell["id"], "exec"), names)
            if turn and (len(shown) != 1 or isinstance(shown[0], YourTurn)):
                run.wrong_turns.append(cell["id"])
            shown.clear()
    return run
