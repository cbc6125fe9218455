"""Give a submission the structure of its source again, and say what was changed.

Pure: notebooks in, `Prepared` out. The student's answers and added cells are kept; what
belongs to the instructor (locked cells, tests, points, types, tags, order) is restored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from nbformat import NotebookNode

from grader.course.notebooks import grade_id
from grader.model import Assignment, Prepared, PreparedCell, SourceCell


@dataclass
class _Group:
    """A source cell's copies in the submission, each with the cells added after it."""

    copies: list[tuple[NotebookNode, list[NotebookNode]]] = field(default_factory=list)


def sanitize(assignment: Assignment, notebook: NotebookNode) -> Prepared:
    """Return the submission's cells in the source's order, and every repair made."""
    repairs: list[str] = []
    lead, groups, order = _grouped(assignment, notebook, repairs)
    wanted = [cell.key for cell in assignment.cells]
    present = [key for key in wanted if key in groups]
    if [key for key in order if key in groups] != present:
        repairs.append("cells were moved; the order of the assignment was restored")
    cells = [_added(cell) for cell in lead]
    for source in assignment.cells:
        group = groups.get(source.key)
        if group is None:
            cells.append(_restored_missing(source, repairs))
        else:
            cells.extend(_merged(source, group, repairs))
    return Prepared(cells=tuple(cells), repairs=tuple(repairs))


def _grouped(
    assignment: Assignment, notebook: NotebookNode, repairs: list[str]
) -> tuple[list[NotebookNode], dict[str, _Group], list[str]]:
    """Split the submission at the cells it shares with the source."""
    graded = {c.key for c in assignment.cells if c.kind != "plain"}
    plain = {c.key for c in assignment.cells if c.kind == "plain"}
    by_text = {c.source.strip(): c.key for c in assignment.cells if c.kind == "plain"}
    lead: list[NotebookNode] = []
    groups: dict[str, _Group] = {}
    order: list[str] = []
    tail = lead
    for cell in notebook.cells:
        key = grade_id(cell)
        if key and key not in graded:
            repairs.append(f"unknown grade id '{key[:60]}' was removed from a cell")
        if key not in graded:
            key = cell["id"] if cell["id"] in plain else ""
            known = by_text.get(cell.source.strip(), "")
            if not key and known not in groups:  # other editors change or drop the ids
                key = known
        if not key:
            tail.append(cell)
            continue
        group = groups.setdefault(key, _Group())
        if not group.copies:
            order.append(key)
        tail = []
        group.copies.append((cell, tail))
    return lead, groups, order


def _added(cell: NotebookNode) -> PreparedCell:
    """Return a cell of the student's own: kept and, if code, run."""
    return PreparedCell(
        key="",
        kind="plain",
        cell_type=cell.cell_type,
        source=cell.source,
        metadata={},
        runs=cell.cell_type == "code",
        pictures=cell.get("pictures", {}),
    )


def _restored_missing(source: SourceCell, repairs: list[str]) -> PreparedCell:
    """Return the released cell for one that was deleted.

    A deleted solution is not run: the student may have written it in a cell of their own,
    and the blank must not replace it.
    """
    if source.kind != "plain":
        repairs.append(f"cell '{source.key}' was missing and has been put back")
    runs = source.kind in ("plain", "locked", "test")
    return replace(_from_source(source, source.source, runs=runs), restored=True)


def _from_source(source: SourceCell, text: str, *, runs: bool) -> PreparedCell:
    return PreparedCell(
        key=source.key,
        kind=source.kind,
        cell_type=source.cell_type,
        source=text,
        metadata=source.metadata,
        runs=runs and source.cell_type == "code",
    )


def _merged(source: SourceCell, group: _Group, repairs: list[str]) -> list[PreparedCell]:
    """Return one source cell and whatever the student put behind its copies."""
    copies = [cell for cell, _ in group.copies]
    main = _main_copy(source, copies)
    if len(copies) > 1:
        repairs.append(_duplicate_report(source, copies))
    _report_changes(source, main, repairs)
    cells: list[PreparedCell] = []
    for cell, tail in group.copies:
        if cell is main:
            cells.append(_kept(source, cell))
        elif _is_answer(source) and cell.source.strip() != source.source.strip():
            cells.append(_added(cell))
        cells.extend(_added(extra) for extra in tail)
    return cells


def _kept(source: SourceCell, cell: NotebookNode) -> PreparedCell:
    """Return a source cell with the student's answer; plain ones keep the type given."""
    text = str(cell.source) if _is_answer(source) else source.source
    kept = _from_source(source, text, runs=True)
    kept = replace(kept, pictures=cell.get("pictures", {}))
    if source.kind != "plain":
        return kept
    return replace(kept, cell_type=cell.cell_type, runs=cell.cell_type == "code")


def _is_answer(source: SourceCell) -> bool:
    return source.kind in ("solution", "manual", "task", "plain")


def _main_copy(source: SourceCell, copies: list[NotebookNode]) -> NotebookNode:
    """Return the copy that counts: the last that differs from the blank."""
    written = [c for c in copies if c.source.strip() != source.source.strip()]
    return (written or copies)[-1]


def _duplicate_report(source: SourceCell, copies: list[NotebookNode]) -> str:
    if _is_answer(source):
        return (
            f"cell '{source.key}' stands {len(copies)} times; all versions were run, "
            "the last one counts"
        )
    return f"cell '{source.key}' stood {len(copies)} times; the copies were removed"


def _report_changes(source: SourceCell, cell: NotebookNode, repairs: list[str]) -> None:
    """Say what of the instructor's was changed in a cell."""
    key = source.key
    if cell.cell_type != source.cell_type and source.kind != "plain":
        repairs.append(
            f"cell '{key}' was turned into {cell.cell_type}; it is {source.cell_type} again"
        )
    given = {source.source.strip(), source.full_source.strip()}
    if not _is_answer(source) and cell.source.strip() not in given:
        what = "the test" if source.kind == "test" else "a given cell"
        repairs.append(f"{what} '{key}' was changed and has been restored")
    wanted = source.metadata.get("nbgrader", {})
    found = cell.metadata.get("nbgrader", {})
    for name in ("points", "grade", "solution", "locked"):
        if name in wanted and found.get(name) != wanted[name]:
            repairs.append(f"'{name}' of cell '{key}' was changed and has been restored")


def answered_elsewhere(
    assignment: Assignment, prepared: Prepared, *, beside: bool = False
) -> dict[str, str]:
    """Return which blank answers to people seem to stand somewhere else.

    In cells of the student's own below the blank, or anywhere if the blank is gone and
    nobody can tell; or in a file. Whether they are answers is for a person to say.

    Args:
        assignment: what was to be answered.
        prepared: what was handed in.
        beside: whether files lie beside the notebook that no answer shows.

    Returns:
        By grade id, what to say about it.
    """
    blank = {c.key: c.source.strip() for c in assignment.cells if c.kind == "manual"}
    own = [not cell.key and bool(cell.source.strip()) for cell in prepared.cells]
    found = {}
    for index, cell in enumerate(prepared.cells):
        if blank.get(cell.key) != cell.source.strip():
            continue
        below = next((i for i, c in enumerate(prepared.cells) if i > index and c.key), None)
        if any(own[index + 1 : below]) or (cell.restored and any(own)):
            found[cell.key] = (
                f"'{cell.key}' is empty, and a cell of your own may answer it: a person "
                "will look; next time, write into the cell of the task"
            )
        elif beside:
            found[cell.key] = (
                f"'{cell.key}' is empty, and a file beside the notebook may answer it: a "
                "person will look; next time, put the picture into the cell of the task"
            )
    return found


def defines(prepared: Prepared, name: str) -> bool:
    """Whether a cell of the student's own gives a name its value."""
    line = re.compile(
        rf"^(?:def|class)[ \t]+{name}\b|^{name}[ \t]*(?::[^=\n]*)?=(?!=)", re.M
    )
    return any(
        not cell.key and cell.cell_type == "code" and line.search(cell.source)
        for cell in prepared.cells
    )
