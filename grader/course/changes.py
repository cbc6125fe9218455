"""What a student changed between two gradings, seen in the executed notebooks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from grader.model import ADDED_PREFIX


def changed_answers(before: Path, after: str) -> set[str]:
    """Return the cells whose text is another one now, by grade id.

    A cell of the student's own belongs to the cell of the assignment above it: there a
    derivation may stand as well.

    Args:
        before: the notebook of the earlier grading; if it cannot be read, all is new.
        after: the notebook of this one.
    """
    try:
        text = before.read_text("utf-8")
        if text == after:
            return set()
        earlier = _texts(text)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        earlier = {}
    return {key for key, text in _texts(after).items() if earlier.get(key) != text}


def _texts(notebook: str) -> Mapping[str, tuple[str, ...]]:
    """Return each cell's text, with those of the student's own cells below it."""
    found: dict[str, tuple[str, ...]] = {}
    key = ""
    for cell in json.loads(notebook)["cells"]:
        if not cell["id"].startswith(ADDED_PREFIX):
            key = cell["id"]
        found[key] = (*found.get(key, ()), "".join(cell["source"]))
    return found
