"""nbgrader's steps from the instructor's notebook to the students', run in memory."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbgrader import preprocessors
from traitlets.config import Config

from grader.model import SOLUTION_SUFFIX


class NamedBlanks(preprocessors.ClearSolutions):  # type: ignore[misc]
    """nbgrader's ClearSolutions, whose code blanks name their task.

    nbgrader instantiates it while generating an assignment (see nbgrader_config.py).
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Blank one cell."""
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        stub = f'# YOUR CODE HERE\nraise NotImplementedError("{task_title(grade_id)}")'
        self.code_stub = {"python": stub}
        return super().preprocess_cell(cell, resources, cell_index)


class KeepReferences(preprocessors.ClearOutput):  # type: ignore[misc]
    """nbgrader's ClearOutput; marked cells keep what they should print as metadata.

    `python -m utils.validate` compares a student's run with it.
    """

    MARK = "nbval-check-output"
    REFERENCE = "reference_outputs"

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Clear one cell."""
        if cell.cell_type == "code" and self.MARK in cell.metadata.get("tags", ()):
            cell.metadata[self.REFERENCE] = copy.deepcopy(cell.outputs)
        return super().preprocess_cell(cell, resources, cell_index)


def task_title(grade_id: str) -> str:
    """Return ``task G08.2: hidden_delta`` for ``G08-2-hidden_delta-solution``."""
    name = grade_id.removesuffix(SOLUTION_SUFFIX)
    match = re.fullmatch(r"([A-Z]+\d+)-(\d+)-(.+)", name)
    return f"task {match[1]}.{match[2]}: {match[3]}" if match else f"task {name}"


@dataclass(frozen=True)
class Released:
    """Both versions of a notebook that nbgrader knows."""

    full: NotebookNode
    """Solutions blanked, hidden tests still there: what nbgrader's database keeps."""
    public: NotebookNode
    """What students get."""


def released_versions(source: NotebookNode, name: str, config: Config) -> Released:
    """Run the configured preprocessors in memory, without touching the database."""
    notebook = copy.deepcopy(source)
    resources: dict[str, Any] = {"nbgrader": {"notebook": name, "assignment": name}}
    full = None
    for dotted in config.GenerateAssignment.preprocessors:
        step = _resolve(dotted)
        if step is preprocessors.SaveCells:
            full = copy.deepcopy(notebook)
            continue
        notebook, resources = step(config=config).preprocess(notebook, resources)
    return Released(full=full or notebook, public=notebook)


def _resolve(dotted: str) -> Any:
    module, _, name = dotted.rpartition(".")
    if module == __name__:
        return globals()[name]
    return getattr(preprocessors, name)
