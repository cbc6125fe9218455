"""Products of matrices drawn as boxes: which sizes must agree, and what comes out.

Ref: lecture 07.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import GREEN, GREY, INK, ORANGE, PINK, RED, SKY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP = 1.5  # between two boxes, in fields
INNER = (ORANGE, GREEN, PINK)  # of two sizes that agree, from left to right


def draw_factors(ax: Axes, factors: Sequence[tuple[str, ArrayLike]], product: str) -> bool:
    """Draw a chain of matrices and their product as boxes of fields.

    A field is filled where its entry is not zero; in the product, where it can be
    other than zero. Below each box stands its shape. The two inner sizes of
    neighbours are linked: in one colour if they agree, red and dashed if not, and then
    there is no product.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        factors: name and array `(rows, columns)` of each factor, from left to right.
        product: name of the product.

    Returns:
        Whether the factors can be multiplied.

    Ref: lecture 07, T07.5 and T07.9.
    """
    boxes = [(name, np.atleast_2d(array) != 0) for name, array in factors]
    shapes = [box.shape for _, box in boxes]
    agree = [left[1] == right[0] for left, right in itertools.pairwise(shapes)]
    if all(agree):
        result = boxes[0][1]
        for _, box in boxes[1:]:
            result = (result.astype(int) @ box) > 0
        boxes.append((product, result))

    deep = max(box.shape[0] for _, box in boxes) / 2
    x, ends = 0.0, []
    for position, (name, box) in enumerate(boxes):
        if position:
            sign, size = ("=", 15) if position == len(factors) else (r"$\cdot$", 24)
            ax.text(x - GAP / 2, 0, sign, ha="center", va="center", fontsize=size)
        ends.append(_draw_box(ax, name, box, x, deep))
        x += box.shape[1] + GAP
    for k, fits in enumerate(agree):
        colour = INNER[k % len(INNER)] if fits else RED
        _link(ax, ends[k][1], ends[k + 1][0], -deep - 1.1, colour, fits)
    if not all(agree):
        ax.text(x - GAP / 2, 0, "no product", va="center", color=RED, fontsize=11)
        x += 4
    ax.set(xlim=(-0.8, max(x - GAP, 6) + 0.8), ylim=(-deep - 2.1, deep + 1.2))
    ax.set_aspect("equal")
    ax.axis("off")
    return all(agree)


def _draw_box(
    ax: Axes, name: str, filled: np.ndarray, left: float, deep: float
) -> tuple[float, float]:
    """Draw one box; return where its two sizes stand."""
    from matplotlib.patches import Rectangle

    rows, columns = filled.shape
    for (i, j), full in np.ndenumerate(filled):
        field = Rectangle(
            (left + j, rows / 2 - i - 1),
            1,
            1,
            facecolor=SKY if full else "white",
            edgecolor=INK if full else GREY,
            linewidth=0.8,
        )
        ax.add_patch(field)
    middle = left + columns / 2
    ax.text(middle, rows / 2 + 0.25, name, ha="center", va="bottom", fontsize=11)
    apart = 0.85 if max(filled.shape) > 9 else 0.55  # wide boxes have small fields
    places = (middle - apart, middle + apart)
    for place, text in (
        (places[0], rows),
        (middle, r"$\times$"),
        (places[1], columns),
    ):
        ax.text(place, -deep - 0.6, text, ha="center", va="center", fontsize=10)
    return places


def _link(ax: Axes, start: float, end: float, y: float, colour: str, fits: bool) -> None:
    """Draw a bracket from one size to the next."""
    line = ([start, start, end, end], [y + 0.1, y - 0.3, y - 0.3, y + 0.1])
    ax.plot(*line, color=colour, linestyle="-" if fits else "--", linewidth=2.2)
    sign = "=" if fits else r"$\neq$"
    plate = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    at = ((start + end) / 2, y - 0.3)
    ax.text(*at, sign, ha="center", va="center", color=colour, fontsize=10, bbox=plate)
