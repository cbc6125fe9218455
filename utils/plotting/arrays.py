"""Arrays drawn as boxes of numbers: shapes, products, broadcasting.

Ref: lecture 02.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.network import number
from utils.plotting.page import BLUE, GREY, INK, ORANGE, SKY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SLANT = 0.42  # how far one step of depth moves a field to the right and up


def draw_array(
    ax: Axes,
    array: ArrayLike,
    left: float = 0.0,
    top: float = 0.0,
    *,
    marked: ArrayLike | None = None,
    ghost: ArrayLike | None = None,
    hidden: ArrayLike | None = None,
    name: str = "",
) -> None:
    """Draw a matrix as fields of one unit each, its upper left corner at a given place.

    Args:
        ax: axes to draw on; limits and frame are left to the caller.
        array: `(n, m)`, or `(m,)` for one row, or one number.
        left: where the first column begins.
        top: where the first row begins; rows follow downwards.
        marked: true where a field is filled.
        ghost: true where a field is dashed and grey: a copy that is not stored.
        hidden: true where the number is left out.
        name: written above.

    Ref: lecture 02, all figures.
    """
    from matplotlib.patches import Rectangle

    values = np.atleast_2d(np.asarray(array))
    fill, copy, blank = (
        np.broadcast_to(np.atleast_2d(False if mask is None else mask), values.shape)
        for mask in (marked, ghost, hidden)
    )
    for (i, j), value in np.ndenumerate(values):
        field = Rectangle(
            (left + j, top - i - 1),
            1,
            1,
            facecolor=SKY if fill[i, j] else "white",
            edgecolor=GREY if copy[i, j] else INK,
            linestyle="--" if copy[i, j] else "-",
            zorder=1 if copy[i, j] else 2,
        )
        ax.add_patch(field)
        text = "" if blank[i, j] else number(value)
        colour = GREY if copy[i, j] else INK
        at = (left + j + 0.5, top - i - 0.5)
        ax.text(*at, text, ha="center", va="center", fontsize=10, color=colour, zorder=3)
    if name:
        middle = left + values.shape[1] / 2
        ax.text(middle, top + 0.2, name, ha="center", va="bottom", fontsize=10.5)


def draw_product(ax: Axes, A: ArrayLike, B: ArrayLike, entry: int) -> None:
    """Draw `C = A @ B` with `B` above `C` and `A` to its left, up to one entry.

    A row of `A` and a column of `B` cross at the entry of `C` that they make; the
    entries before it are shown, those after it are not yet.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        A: `(n, k)`.
        B: `(k, m)`.
        entry: number of the entry, row by row, from 0 to n m - 1.

    Ref: lecture 02, matrix multiplication.
    """
    from matplotlib.patches import Rectangle

    A, B = np.asarray(A), np.asarray(B)
    (n, k), m = A.shape, B.shape[1]
    i, j = divmod(entry, m)
    order = np.arange(n * m).reshape(n, m)
    names = [rf"${letter}$ ({r}, {c})" for letter, r, c in (("A", n, k), ("B", k, m))]
    draw_array(ax, A, -k - 0.5, 0, marked=np.arange(n)[:, None] == i)
    draw_array(ax, B, 0, k + 0.5, marked=np.arange(m) == j, name=names[1])
    draw_array(ax, A @ B, 0, 0, marked=order == entry, hidden=order > entry)
    ax.text(-k / 2 - 0.5, -n - 0.25, names[0], ha="center", va="top", fontsize=10.5)
    ax.text(m / 2, -n - 0.25, f"$C$ ({n}, {m})", ha="center", va="top", fontsize=10.5)
    for corner, width, height in (((j, -i), 1, i + 0.5), ((-0.5, -i - 1), j + 0.5, 1)):
        band = Rectangle(corner, width, height, facecolor=SKY, alpha=0.35, zorder=2.5)
        ax.add_patch(band)
    _frame(ax, -k - 0.7, m + 0.2, -n - 1.0, k + 1.4)


def draw_broadcast(ax: Axes, X: ArrayLike, b: ArrayLike) -> None:
    """Draw `X + b` as three matrices: `b` is stretched to the shape of `X`.

    The copies that broadcasting only imagines are dashed.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        X: `(n, m)`.
        b: any shape that broadcasts to `(n, m)`.

    Raises:
        ValueError: `b` does not broadcast to the shape of `X`.

    Ref: lecture 02, broadcasting.
    """
    X, b = np.asarray(X), np.asarray(b)
    n, m = X.shape
    wide = np.broadcast_to(b, X.shape)
    rows, columns = np.atleast_2d(b).shape
    row, column = np.indices(X.shape)
    copies = ((rows == 1) & (row > 0)) | ((columns == 1) & (column > 0))
    draw_array(ax, X, 0, 0, name=f"{X.shape}")
    draw_array(ax, wide, m + 1, 0, marked=~copies, ghost=copies, name=f"{b.shape}")
    draw_array(ax, X + wide, 2 * m + 2, 0, name=f"{(X + b).shape}")
    for place, sign in ((m + 0.5, "+"), (2 * m + 1.5, "=")):
        ax.text(place, -n / 2, sign, ha="center", va="center", fontsize=14)
    _frame(ax, -0.2, 3 * m + 2.2, -n - 0.2, 1)


def draw_shape(ax: Axes, shape: tuple[int, ...], name: str) -> None:
    """Draw an array of up to three dimensions as fields, the third one in depth.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        shape: of the array, at most three numbers: rows, columns, depth.
        name: written below.

    Ref: lecture 02, scalar, vector, matrix, 3-D tensor.
    """
    from matplotlib.patches import Rectangle

    rows, columns, depth = (*shape, 1, 1, 1)[:3]
    for layer in reversed(range(depth)):
        shift = layer * SLANT
        colour = ORANGE if layer % 2 else BLUE
        for i in range(rows):
            for j in range(columns):
                corner = (j + shift, -i - 1 + shift)
                field = Rectangle(corner, 1, 1, facecolor=colour, edgecolor="white")
                ax.add_patch(field)
    middle = (columns + (depth - 1) * SLANT) / 2
    ax.text(middle, -rows - 0.4, name, ha="center", va="top", fontsize=10)
    _frame(ax, middle - 3.6, middle + 3.6, -6.4, 2.4)


def _frame(ax: Axes, left: float, right: float, bottom: float, top: float) -> None:
    """Set the limits, keep fields square, and remove ticks and frame."""
    ax.set(xlim=(left, right), ylim=(bottom, top))
    ax.set_aspect("equal")
    ax.axis("off")
