"""A small table of relative errors, one cell per entry or block of entries."""

from __future__ import annotations

import html
from collections.abc import Iterator

import numpy as np

MOST_ROWS, MOST_COLUMNS = 10, 12
"""Cells of a picture; an array with more entries is shown in blocks."""
RIGHT = "✓"
_SHADES = ((0.01, 0.2), (0.5, 0.35), (1.0, 0.5), (np.inf, 0.65))
"""Up to which relative error which opacity; text keeps a contrast of 4.5 on all of them,
on white and on black."""
_CELL = "padding:.1em .45em;text-align:right;border:1px solid rgba(128,128,128,.35)"
_HEAD = f"{_CELL};font-weight:normal;opacity:.75"


class Picture:
    """Where an array is wrong, as text for a terminal and as an HTML table.

    Args:
        name: how the array is called.
        errors: relative errors, any shape; nan and inf mark entries that are no number.
        right: the same shape; which entries count as right.
    """

    def __init__(self, name: str, errors: np.ndarray, right: np.ndarray) -> None:
        self.name = name
        self.shape = errors.shape
        across = errors.shape[-1] if errors.ndim else 1
        self._leading = errors.shape[:-1]
        self._errors = errors.reshape(-1, across)
        self._right = right.reshape(-1, across)
        rows, columns = self._errors.shape
        self._rows = _blocks(rows, MOST_ROWS)
        self._columns = _blocks(columns, MOST_COLUMNS)

    def text(self) -> str:
        """Return the caption and a grid with the indices beside it."""
        table = [["", *map(self._over, self._columns)]]
        table += [[self._beside(rows), *cells] for rows, cells in self._lines()]
        width = max(len(cell) for line in table for cell in line) + 1
        grid = ("".join(f"{cell:>{width}}" for cell in line) for line in table)
        return "\n".join([self.caption(), *grid])

    def html(self) -> str:
        """Return a table whose cells say the error, shaded from right to wrong."""
        heads = "".join(_head("col", self._over(block)) for block in self._columns)
        lines = "".join(
            f"<tr>{_head('row', self._beside(rows))}"
            + "".join(f'<td style="{_CELL};{_shade(c)}">{c}</td>' for c in cells)
            + "</tr>"
            for rows, cells in self._lines()
        )
        caption = html.escape(self.caption())
        return (
            '<table style="border-collapse:collapse;margin:.4em 0;font-size:.85em;'
            'color:inherit;font-variant-numeric:tabular-nums">'
            '<caption style="text-align:left;caption-side:top;white-space:nowrap;'
            'color:inherit">'
            f"{caption}</caption><thead><tr><td></td>{heads}</tr></thead>"
            f"<tbody>{lines}</tbody></table>"
        )

    def caption(self) -> str:
        """Return what the table shows, in one line."""
        text = f"relative error of {self.name} in %, by index; {RIGHT} agrees"
        if max(len(self._rows[0]), len(self._columns[0])) > 1:
            text += "; a cell shows the worst of its block"
        return text

    def _over(self, block: range) -> str:
        """Return the last index of a column of cells."""
        return _span(str(block[0]), str(block[-1])) if self.shape else ""

    def _beside(self, block: range) -> str:
        """Return the indices before the last of a row of cells."""
        if not self._leading:
            return ""
        ends = (np.unravel_index(row, self._leading) for row in (block[0], block[-1]))
        return _span(*(",".join(map(str, end)) for end in ends))

    def _lines(self) -> Iterator[tuple[range, list[str]]]:
        for rows in self._rows:
            yield rows, [self._cell(rows, columns) for columns in self._columns]

    def _cell(self, rows: range, columns: range) -> str:
        block = slice(rows.start, rows.stop), slice(columns.start, columns.stop)
        errors = self._errors[block][~self._right[block]]
        if not errors.size:
            return RIGHT
        if not np.isfinite(errors).all():
            return "nan" if np.isnan(errors).any() else "inf"
        worst = float(errors.max())
        return "<1" if worst < 0.01 else f"{100 * worst:.0f}"


def _blocks(length: int, most: int) -> list[range]:
    """Return at most ``most`` ranges of equal length that cover 0 ... length - 1."""
    step = -(-length // most)
    return [range(a, min(a + step, length)) for a in range(0, length, step)]


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first}–{last}"


def _head(scope: str, text: str) -> str:
    """Return a cell with an index; one without is no header."""
    if not text:
        return "<td></td>"
    return f'<th scope="{scope}" style="{_HEAD}">{text}</th>'


def _shade(cell: str) -> str:
    """Return the background of a cell: more orange, more wrong; purple for no number."""
    if cell == RIGHT:
        return "background:transparent"
    if cell in ("nan", "inf"):
        return "background:rgba(150,80,200,.5)"
    error = 0.0 if cell == "<1" else float(cell) / 100
    opacity = next(opacity for limit, opacity in _SHADES if error <= limit)
    return f"background:rgba(214,110,0,{opacity})"
