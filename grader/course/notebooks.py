"""Reading and writing notebooks: the instructor's, and whatever a student hands in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode

from grader.course import pictures
from grader.errors import DamagedNotebook, SourceError

MAX_CELLS = 2000
MAX_SOURCE_CHARACTERS = 1_000_000
"""In one cell; more than any person writes."""
PIECE_BYTES = 1 << 20
MAX_CONTAINERS = 250_000
"""Lists and objects in a whole notebook; a plot of 100,000 points may have as many. Python
holds two brackets in a hundred times their size: 31 MiB of them once took 5.4 GB."""
MAX_VALUES = 1_500_000
"""Lists, objects and what stands in them; 5 MB of short printed lines are 700,000."""
NBGRADER_FIELDS = ("grade_id", "grade", "solution", "locked", "points", "task")
"""All that is believed of a submitted cell's metadata, and only to report changes."""
_OTHER_FILES = (
    (rb"PK\x03\x04", "a zip archive: unpack it and hand in the notebook inside"),
    (rb"%PDF-", "a PDF: hand in the notebook it was made from"),
    (rb"\x1f\x8b", "a compressed archive: unpack it and hand in the notebook inside"),
    (rb"version https://git-lfs", "a pointer of Git LFS, not the notebook it stands for"),
    (rb"(?i)<(!doctype|html|\?xml)", "a web page (of a login?), not the notebook itself"),
    (
        rb"(import|from|def|class|#|%|\"\"\"|''')[ \t\"\'\w]",
        "a script: hand in the notebook",
    ),
)
"""How files begin that are handed in instead of a notebook."""
_CONFLICT = re.compile(rb"^(<{7} |>{7} )", re.MULTILINE)


def read_source(path: Path) -> NotebookNode:
    """Return an instructor's notebook, format 4 with cell ids."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise SourceError(f"'{path.name}' cannot be read as a notebook: {error}") from error
    for position, cell in enumerate(notebook.cells):  # before format 4.5 there are none
        cell.setdefault("id", f"cell-{position}")
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    return notebook


def write_text(notebook: NotebookNode) -> str:
    """Return a notebook's file content, the same for the same notebook."""
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"


def parse_submission(data: bytes) -> NotebookNode:
    """Return a student's notebook as format 4, with well-formed cells.

    Raises:
        DamagedNotebook: it is no notebook, or too large to be held; the text says what was
            found instead.
    """
    _check_size(data)
    try:
        raw = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        _refuse_other_files(data)
        raise DamagedNotebook(
            "the notebook is not UTF-8 text: save it again in JupyterLab"
        ) from None
    except RecursionError:
        raise DamagedNotebook("the notebook is nested too deeply to be one") from None
    except ValueError as error:
        _refuse_other_files(data)
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise DamagedNotebook(
            f"the notebook is damaged: no valid JSON {where}: was the upload cut off?"
        ) from None
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise DamagedNotebook("the file is JSON, but no notebook: it has no 'nbformat'")
    if raw["nbformat"] == 3:
        raw = _upgraded(raw)
    if raw["nbformat"] != 4 or not isinstance(raw.get("cells"), list):
        raise DamagedNotebook(
            f"notebook format {str(raw['nbformat'])[:20]} is not supported, expected 4: "
            "open and save it in JupyterLab"
        )
    if len(raw["cells"]) > MAX_CELLS:
        raise DamagedNotebook(
            f"the notebook has {len(raw['cells'])} cells, at most {MAX_CELLS} are read"
        )
    cells = [_clean_cell(cell, place) for place, cell in enumerate(raw["cells"], 1)]
    return NotebookNode(cells=cells)


def _refuse_other_files(data: bytes) -> None:
    """Say what a file that is no JSON plainly is, if that can be said."""
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise DamagedNotebook("the file is empty: save the notebook and hand it in again")
    for begins, what in _OTHER_FILES:
        if re.match(begins, text):
            raise DamagedNotebook(f"the file is {what}")
    if _CONFLICT.search(text):
        raise DamagedNotebook(
            "the file holds both sides of a conflict of git (<<<<<<<): settle it, and hand "
            "in the notebook that opens in JupyterLab"
        )


def _check_size(data: bytes) -> None:
    """Refuse JSON that would take far more memory than its text, before any is made."""
    containers, values = _structure(data)
    for found, most, what in (
        (containers, MAX_CONTAINERS, "lists and objects"),
        (values, MAX_VALUES, "values"),
    ):
        if found > most:
            raise DamagedNotebook(
                f"the notebook holds {found:,} {what}, at most {most:,} are read: "
                "clear all outputs, save it and hand it in again"
            )


def _structure(data: bytes) -> tuple[int, int]:
    """Return how many containers, and containers and values, JSON text can have at most.

    One pass in pieces of fixed size. Escapes fall away first, in pairs from the left as in
    any string; then every quotation mark begins or ends one. Outside of strings there are
    no escapes: there the parser stops, and what it took until then was counted right.
    """
    if b"\\" in data:
        data = data.replace(rb"\\", b"").replace(rb"\"", b"")
    containers = commas = 0
    inside = np.uint8(0)
    for at in range(0, len(data), PIECE_BYTES):
        count = min(PIECE_BYTES, len(data) - at)
        piece = np.frombuffer(data, np.uint8, count, at)
        in_string = np.bitwise_xor.accumulate((piece == ord('"')).view(np.uint8)) ^ inside
        inside = in_string[-1]
        found = np.bincount(piece[in_string == 0], minlength=256)
        containers += int(found[ord("[")] + found[ord("{")])
        commas += int(found[ord(",")])
    return containers, containers + commas


def _upgraded(raw: dict[str, Any]) -> dict[str, Any]:
    """Return format 3 as format 4, as far as submissions are read: without outputs."""
    try:
        sheets = [sheet["cells"] for sheet in raw["worksheets"]]
    except (KeyError, TypeError):
        sheets = [None]
    if not all(isinstance(cells, list) for cells in sheets):
        raise DamagedNotebook(
            "notebook format 3 could not be converted: open and save it in JupyterLab"
        )
    return {"nbformat": 4, "cells": [_cell_of_4(cell) for part in sheets for cell in part]}


def _cell_of_4(raw: Any) -> Any:
    """Return a cell of format 3 as one of format 4."""
    if not isinstance(raw, dict):
        return raw
    kind = raw.get("cell_type")
    source = raw.get("input" if kind == "code" else "source", "")
    if kind == "heading":
        level = raw.get("level")
        marks = "#" * (level if level in (1, 2, 3, 4, 5, 6) else 1)
        source = [f"{marks} ", *(source if isinstance(source, list) else [source])]
    return {"cell_type": kind, "source": source, "metadata": raw.get("metadata")}


def _clean_cell(raw: Any, place: int) -> NotebookNode:
    """Return a new cell with the source, pictures, id and nbgrader metadata of ``raw``.

    Raises:
        DamagedNotebook: its source cannot be read. What an answer was, nobody knows then.
    """
    if not isinstance(raw, dict):
        raise DamagedNotebook(f"the notebook is damaged: entry {place} is no cell")
    kind = raw.get("cell_type")
    source = _source(raw, place)
    found: dict[str, bytes] = {}
    if kind != "code":
        if len(source) > MAX_SOURCE_CHARACTERS:
            source, found = pictures.lifted(source)
        found |= pictures.attached(raw.get("attachments"))
    if len(source) > MAX_SOURCE_CHARACTERS:
        raise DamagedNotebook(
            f"cell {place} of the notebook has {len(source):,} characters, at most "
            f"{MAX_SOURCE_CHARACTERS:,} are read: shorten it and hand it in again"
        )
    cell = NotebookNode(
        cell_type=kind if kind in ("code", "raw") else "markdown",
        id=writable(raw["id"]) if isinstance(raw.get("id"), str) else "",
        metadata=NotebookNode(),
        source=writable(source).replace("\r\n", "\n"),
    )
    if kind == "code":
        cell.update(outputs=[], execution_count=None)
    else:
        cell["pictures"] = {writable(name): data for name, data in found.items()}
    metadata = raw.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if isinstance(nbgrader, dict):
        cell.metadata["nbgrader"] = NotebookNode(
            {name: _plain(nbgrader[name]) for name in NBGRADER_FIELDS if name in nbgrader}
        )
    return cell


def _source(raw: Mapping[str, Any], place: int) -> str:
    """Return a cell's source, written as one text or as a list of lines."""
    source = raw.get("source")
    lines: list[Any] = source if isinstance(source, list) else [source]
    if not all(isinstance(line, str) for line in lines):
        raise DamagedNotebook(
            f"the notebook is damaged: the source of cell {place} is no text"
        )
    return "".join(lines)


def _plain(value: Any) -> Any:
    """Return a field of nbgrader's metadata, None if it is no text, number or flag."""
    if isinstance(value, str):
        return writable(value)
    return value if isinstance(value, (bool, int, float)) else None


def writable(text: str) -> str:
    """Return text that UTF-8 can hold; JSON escapes and file names may hold more."""
    return text.encode("utf-8", "replace").decode()


def grade_id(cell: NotebookNode) -> str:
    """Return a cell's grade id, or an empty text."""
    value = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    return value if isinstance(value, str) else ""
