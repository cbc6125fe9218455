"""Sentences of different lengths in one rectangle.

Ref: lecture 11.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import BLUE, GREY, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REAL, PAD = 0.20, 0.06  # how strongly a field is filled


def draw_padded(ax: Axes, tokens: Sequence[Sequence[str]], mask: ArrayLike) -> None:
    """Draw a batch of padded sentences, one row each, with their lengths on the right.

    Real words stand on blue, padding in grey on hatched fields.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        tokens: N rows of T words.
        mask: `(N, T)`, 1 for a real word and 0 for padding.

    Ref: lecture 11, T11.11.
    """
    from matplotlib.patches import Rectangle

    mask = np.asarray(mask)
    rows, columns = mask.shape
    for (n, t), real in np.ndenumerate(mask):
        colour, hatch = (BLUE, None) if real else (GREY, "///")
        field = {"alpha": REAL if real else PAD, "facecolor": colour}
        ax.add_patch(Rectangle((t, rows - 1 - n), 1, 1, **field, linewidth=0))
        edge = {"fill": False, "edgecolor": INK if real else GREY, "linewidth": 0.8}
        ax.add_patch(Rectangle((t, rows - 1 - n), 1, 1, **edge))
        if hatch:
            lines = {"fill": False, "edgecolor": GREY, "alpha": 0.3, "linewidth": 0}
            ax.add_patch(Rectangle((t, rows - 1 - n), 1, 1, hatch=hatch, **lines))
        ax.text(
            t + 0.5,
            rows - 0.5 - n,
            tokens[n][t],
            color=INK if real else GREY,
            ha="center",
            va="center",
            fontsize=10,
        )
    for n, length in enumerate(mask.sum(axis=1)):
        words = "word" if length == 1 else "words"
        ax.text(columns + 0.15, rows - 0.5 - n, f"{int(length)} {words}", va="center")
    ax.set(xlim=(-0.02, columns + 1), ylim=(-0.02, rows + 0.02))
    ax.axis("off")
