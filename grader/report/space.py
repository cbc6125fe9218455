"""How much of a student's text a page takes: bounded before anything is escaped.

Escaping makes five characters of one; thirty megabytes of apostrophes are no answer, and
a page of a hundred and fifty opens nowhere. What is cut is named, with its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CELL_CHARACTERS = 20_000
"""Of one cell's source, or of one output: more than anybody reads on a page."""
PAGE_CHARACTERS = 400_000
"""Of all of them on one page."""
PAGE_PICTURE_CHARACTERS = 3_000_000
"""Of all pictures on one page."""
MOST_LINES = 50
"""Entries of one list: repairs, limits."""


@dataclass
class Room:
    """What is left on one page; taken in the order in which the page is read."""

    text: int = PAGE_CHARACTERS
    pictures: int = PAGE_PICTURE_CHARACTERS

    def take(self, text: str, most: int = CELL_CHARACTERS) -> tuple[str, str]:
        """Return the beginning that fits, and what to say of the rest."""
        size = min(len(text), most, self.text)
        self.text -= size
        return text[:size], "" if size == len(text) else cut(size, len(text))

    def has_picture(self, size: int) -> bool:
        """Take the room of a picture, if there is so much."""
        fits = size <= self.pictures
        self.pictures -= size if fits else 0
        return fits


def cut(shown: int, size: int) -> str:
    """Return the sentence on a text that is not shown whole."""
    return f"The page shows {shown:,} of {size:,} characters; the notebook has all of them."


def shortened(entries: Sequence[str], most: int = MOST_LINES) -> list[str]:
    """Return the first entries of a list, each bounded, and how many are left out."""
    shown = [text[:CELL_CHARACTERS] for text in entries[:most]]
    more = len(entries) - most
    return [*shown, f"and {more:,} more"] if more > 0 else shown
