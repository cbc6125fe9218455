"""Text of students on its way to a terminal."""

from __future__ import annotations

import re

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
"""What acts in a terminal or turns the direction of text; folder names, file names and
exceptions of students may hold it."""


def printable(text: str) -> str:
    """Return the text as one line in which nothing acts."""
    return _CONTROLS.sub(" ", text)
