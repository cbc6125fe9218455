"""A table of right and wrong answers, class by class.

Ref: lectures 13 and 14.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import BLUE, INK, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_confusion(ax: Axes, counts: ArrayLike, names: Sequence[str]) -> None:
    """Draw a confusion matrix (混淆矩阵): one row per true class, one column per answer.

    Right answers are blue, mistakes orange, the stronger the larger their share of
    the row; fields that nothing fell into stay empty.

    Args:
        ax: axes to draw on.
        counts: `(C, C)` int, `counts[i, j]` examples of class i answered with j.
        names: one per class.

    Ref: lecture 13, T13.8.
    """
    from matplotlib.patches import Rectangle

    counts = np.asarray(counts)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for (true, answer), count in np.ndenumerate(counts):
        strength = 0.15 + 0.75 * shares[true, answer] if count else 0.0
        colour = BLUE if true == answer else RED
        field = Rectangle((answer - 0.5, true - 0.5), 1, 1, facecolor=colour, linewidth=0)
        field.set_alpha(strength)
        ax.add_patch(field)
        ink = "white" if strength > 0.6 else INK
        text = str(count) if count else ""
        ax.text(answer, true, text, color=ink, ha="center", va="center", fontsize=11)
    size = len(names)
    ax.set(
        xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), xlabel="answer", ylabel="truth"
    )
    ax.set_xticks(range(size), names)
    ax.set_yticks(range(size), names)
    ax.set_aspect("equal")
    ax.grid(False)
    ax.tick_params(length=0)
    for position in np.arange(1, size) - 0.5:
        ax.axhline(position, color="#E3E3E3", linewidth=0.8, zorder=0)
        ax.axvline(position, color="#E3E3E3", linewidth=0.8, zorder=0)
