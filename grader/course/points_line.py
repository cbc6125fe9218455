"""The line below a task that says what its points are for.

It is written by the release from the exercise itself, so that no text can drift from the
rule by which points are given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby

import numpy as np
from nbformat import NotebookNode

from grader.course.exercises import ExerciseFile
from grader.course.notebooks import grade_id
from grader.model import SOLUTION_SUFFIX, Exercise, Part
from grader.shares import parts_of, worth_of

BEGINS = "**Points by part"
MOST_NAMES = 9
"""Outputs worth the same that are listed by name; of more, the first and the last."""


def state_points(notebook: NotebookNode, files: Mapping[str, ExerciseFile]) -> None:
    """Add the line to the Markdown cell above each answer.

    Args:
        notebook: as students get it; changed in place.
        files: the exercises by id.
    """
    by_function = {file.exercise.function: file.exercise for file in files.values()}
    text: NotebookNode | None = None
    tasks: list[tuple[NotebookNode, list[Exercise]]] = []
    for cell in notebook.cells:
        name = grade_id(cell)
        function = name.removesuffix(SOLUTION_SUFFIX).rpartition("-")[2]
        if not name and cell.cell_type == "markdown":
            text = cell
        elif name.endswith(SOLUTION_SUFFIX) and function in by_function and text:
            if not tasks or tasks[-1][0] is not text:
                tasks.append((text, []))
            tasks[-1][1].append(by_function[function])
    for task, exercises in tasks:
        lines = [points_line(e, named=len(exercises) > 1) for e in exercises]
        task.source = "\n\n".join(filter(None, [task.source, *lines]))


def points_line(exercise: Exercise, *, named: bool = False) -> str:
    """Return the line about an exercise.

    Args:
        exercise: the exercise. Where its cases cannot be made, there is no line.
        named: whether the line names its function, below a text about several.
    """
    try:
        cases = exercise.inputs(np.random.default_rng(0))
    except Exception:  # which grading says, and `grader check`
        return ""
    edges = [case.requirement for case in cases if case.role == "edge"]
    edges += [exercise.unchanged] if exercise.unchanged else []
    parts = parts_of(exercise, tuple(dict.fromkeys(edges)))
    worth = worth_of(exercise.points, parts)
    said: dict[tuple[str, ...], list[str]] = {}
    for (share, case, is_edge), together in groupby(
        zip(worth, parts, strict=True),
        key=lambda found: (found[0], _case(found[1]), bool(found[1].edge)),
    ):
        names = tuple(
            _name(part.output if case else part.name, exercise, is_edge=is_edge)
            for _, part in together
        )
        each = " each" if len(names) > 1 else ""
        said.setdefault(names, []).append(f"{float(share):.3g}{each}{case}")
    lines = [f"{_listed(names)}: {', '.join(shares)}" for names, shares in said.items()]
    of = f" of `{exercise.function}`" if named else ""
    return f"{BEGINS}{of}.** {' · '.join(lines)}"


def _case(part: Part) -> str:
    """Return in which cases an output counts that counts in several."""
    return f" ({part.group})" if part.group and part.output else ""


def _name(name: str, exercise: Exercise, *, is_edge: bool) -> str:
    if name in exercise.outputs:
        return f"`{name}`" if len(exercise.outputs) > 1 else "the result"
    plain = re.sub(r"([\\`*_$<|\[\]])", r"\\\1", name)
    return f"*{plain}*" if is_edge else plain


def _listed(names: tuple[str, ...]) -> str:
    if len(names) > MOST_NAMES:
        return f"{names[0]} … {names[-1]} ({len(names)} parts)"
    return ", ".join(names)
