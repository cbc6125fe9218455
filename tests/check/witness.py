"""What the witnesses of the exercises are asked: solution cells and expected values."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from grader import exercises
from grader.check.key import AnswerKey
from grader.model import Returned

ROOT = Path(__file__).parents[2]


def solution_names(assignment: str) -> dict[str, Any]:
    """Run the given and the solution cells of a solution notebook."""
    path = ROOT / "solutions" / assignment / f"{assignment}.ipynb"
    names: dict[str, Any] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        data = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and not data.get("grade"):
            exec(compile(cell.source, str(path), "exec"), names)
    return names


SOLUTIONS = {name: solution_names(name) for name in exercises.assignments()}


@cache
def key_of(exercise_id: str, seed: int) -> AnswerKey:
    """Return the key of an exercise, worked out once for all that ask."""
    return AnswerKey(exercises.find(exercise_id), seed)


def expected(exercise_id: str, seed: int = 0) -> list[tuple[tuple[Any, ...], Any]]:
    """Return pairs of arguments and the reference's value for an exercise."""
    key = key_of(exercise_id, seed)
    return [
        (case.args, outcome.value)
        for case, outcome in zip(key.cases, key.expected, strict=True)
        if isinstance(outcome, Returned)
    ]
