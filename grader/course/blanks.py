"""nbgrader's steps from the instructor's notebook to the students', run in memory."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbgrader import preprocessors
from nbgrader.converters import GenerateAssignment
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from grader.errors import SourceError
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
    for step in GenerateAssignment(config=config).preprocessors:
        step = import_item(step) if isinstance(step, str) else step
        if issubclass(step, preprocessors.SaveCells):
            full = copy.deepcopy(notebook)
            continue
        try:
            notebook, resources = step(config=config).preprocess(notebook, resources)
        except Exception as error:  # nbgrader raises of many kinds
            raise _refused(name, error) from error
    return Released(full=full or notebook, public=notebook)


def without_hidden_tests(source: NotebookNode, config: Config) -> NotebookNode:
    """Return an instructor's notebook as it can be run: nothing hidden runs anywhere."""
    step = preprocessors.ClearHiddenTests(config=config)
    try:
        return step.preprocess(copy.deepcopy(source), {})[0]
    except Exception as error:
        raise _refused("this notebook", error) from error


def _refused(name: str, error: Exception) -> SourceError:
    """Return what nbgrader says about a notebook, with what to look at."""
    cause = error.__cause__ or error.__context__ or error
    said = " ".join(dict.fromkeys([_first_line(error), _first_line(cause)]))
    return SourceError(
        f"nbgrader refuses '{name}': {said} Look at the marks (### BEGIN …, ### END …), "
        "points and ids of its cells in the Create Assignment panel."
    )


def _first_line(error: BaseException) -> str:
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return line if line.endswith(".") else f"{line}."
