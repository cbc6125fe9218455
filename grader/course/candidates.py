"""Which file of a submission is its notebook, when the name alone does not say.

Browsers and students rename: 'hw1 (1).ipynb' holds the work beside an untouched
'hw1.ipynb', 'wang.ipynb' comes from another editor without metadata. The notebook with
answers counts, then the newest; what was chosen, and instead of what, is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from nbformat import NotebookNode

from grader.course.files import MAX_NOTEBOOK_BYTES, UntrustedFolder
from grader.course.notebooks import grade_id, parse_submission
from grader.errors import DamagedNotebook
from grader.model import Assignment

MAX_CANDIDATES = 10
"""Notebooks that are looked into; more are a person's business."""
_SHORTEST_TEXT = 20
"""Characters of a cell that belongs to no other notebook."""
_SHOWN = 5


@dataclass(frozen=True)
class _Candidate:
    """A notebook of the assignment, perhaps under another name."""

    name: str
    data: bytes
    written: int
    """Answers, and cells of the student's own, that are not empty and not as released."""
    likeness: int
    modified: float


def find_notebook(
    folder: UntrustedFolder, assignment: Assignment
) -> tuple[bytes, tuple[str, ...]]:
    """Return the bytes of the notebook that is graded, and what to say of the choice.

    Raises:
        DamagedNotebook: there is none, or the only one cannot be read.
    """
    wanted = f"{assignment.name}.ipynb"
    present = folder.names()
    names = [name for name in present if name.lower().endswith(".ipynb")]
    if names == [wanted]:
        return folder.read(wanted), ()
    names.sort(key=lambda name: name != wanted)  # the first one is looked into for sure
    found = list(_candidates(folder, names, assignment))
    if not found:
        if wanted in names:
            # whoever parses it says what is wrong with it
            return folder.read(wanted), _ignored(names, {wanted})
        listed = ", ".join(present[:_SHOWN]) or "nothing"
        raise DamagedNotebook(f"no '{wanted}' was handed in; found: {listed}")
    best = _best(found, wanted)
    return best.data, tuple(_remarks(best, found, names, wanted))


def _candidates(
    folder: UntrustedFolder, names: Iterable[str], assignment: Assignment
) -> Iterator[_Candidate]:
    """Yield the notebooks that belong to the assignment, as far as they are affordable."""
    keys = {cell.key for cell in assignment.cells if cell.kind != "plain"}
    given = {cell.key for cell in assignment.cells} - _answers(assignment)
    texts = {cell.source.strip() for cell in assignment.cells}
    functions = {exercise.function for exercise in assignment.exercises}
    room, left = MAX_NOTEBOOK_BYTES, MAX_CANDIDATES
    for name in names:
        size = folder.size(name)
        if not left or size > room:
            continue
        room, left = room - size, left - 1
        try:
            data = folder.read(name)
            cells = parse_submission(data).cells
        except DamagedNotebook:
            continue
        likeness = sum(_belongs(cell, keys, texts, functions) for cell in cells)
        if likeness:
            own = [c for c in cells if (grade_id(c) or c["id"]) not in given]
            sources = (cell.source.strip() for cell in own)
            written = sum(bool(text) and text not in texts for text in sources)
            yield _Candidate(name, data, written, likeness, folder.modified(name))


def _answers(assignment: Assignment) -> set[str]:
    kinds = ("solution", "manual", "task")
    return {cell.key for cell in assignment.cells if cell.kind in kinds}


def _belongs(
    cell: NotebookNode, keys: Set[str], texts: Set[str], functions: Set[str]
) -> bool:
    """Whether a cell is one of the assignment's, or defines one of its functions."""
    source = cell.source.strip()
    if grade_id(cell) in keys or (len(source) >= _SHORTEST_TEXT and source in texts):
        return True
    defined = re.findall(r"(?m)^(?:def|class) +(\w+)", source)
    return cell.cell_type == "code" and not functions.isdisjoint(defined)


def _best(found: list[_Candidate], wanted: str) -> _Candidate:
    """Return the right name's if there is work in it or in none, else the newest's."""
    written = [one for one in found if one.written]
    others = written or found
    likely = max(one.likeness for one in others) / 2
    return max(
        [one for one in others if one.name == wanted]
        or [one for one in others if one.likeness >= likely],
        key=lambda one: (one.modified, one.likeness),
    )


def _remarks(
    best: _Candidate, found: list[_Candidate], names: list[str], wanted: str
) -> Iterator[str]:
    if best.name != wanted:
        why = ""
        if any(one.name == wanted for one in found):
            why = f", because '{wanted}' is as it was released"
        elif wanted in names:
            why = f", because '{wanted}' is damaged or another notebook"
        yield f"'{best.name}' was read as '{wanted}'{why}: please keep the file's name"
    rivals = [one.name for one in found if one.written and one is not best]
    if rivals:
        yield (
            f"{_listed(rivals)} {'have' if len(rivals) > 1 else 'has'} answers, too; "
            f"'{best.name}' was graded: hand in one notebook"
        )
    else:
        yield from _ignored(names, {best.name, wanted})


def _ignored(names: list[str], known: Set[str]) -> tuple[str, ...]:
    others = [name for name in names if name not in known]
    return (f"further notebooks were ignored: {_listed(others)}",) if others else ()


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names[:_SHOWN])
