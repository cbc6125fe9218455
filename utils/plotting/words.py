"""Words in a plane, and labelled words in a sentence.

Ref: lecture 14.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import BLUE, GREY, INK, LINES, PALETTE, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LETTER_WIDTH = 0.135  # of a usual letter, where one sentence is as wide as its axes


def draw_words(
    ax: Axes,
    points: ArrayLike,
    words: Sequence[str],
    *,
    groups: Sequence[int] | None = None,
    arrows: Sequence[tuple[int, int]] = (),
) -> None:
    """Draw words at points of a plane, and arrows from word to word.

    Args:
        ax: axes to draw on.
        points: `(n, 2)` float.
        words: n of them.
        groups: n numbers from 0; words of one group share a colour. All blue if left
            out.
        arrows: pairs of positions in `words`, from and to.

    Ref: lecture 14, T14.4.
    """
    points = np.asarray(points, dtype=float)
    span = np.ptp(points, axis=0).max() or 1.0
    for start, end in arrows:
        ax.annotate(
            "",
            points[end],
            points[start],
            arrowprops={"arrowstyle": "->", "color": GREY, "shrinkA": 4, "shrinkB": 4},
        )
    for i, ((x, y), word) in enumerate(zip(points, words, strict=True)):
        colour = PALETTE[groups[i] % len(PALETTE)] if groups is not None else BLUE
        ax.plot(x, y, "o", color=colour, markersize=5)
        ax.annotate(word, (x, y), (4, 3), textcoords="offset points", fontsize=9, color=INK)
    ax.margins(x=0.14, y=0.08 + 0.02 * span / (np.ptp(points[:, 1]) or span))


def draw_sections(
    ax: Axes, names: Sequence[str], columns: Mapping[str, ArrayLike], *, highest: float = 1
) -> None:
    """Draw bars side by side: one row per section, one bar per column.

    Args:
        ax: axes to draw on.
        names: n sections, the first on top.
        columns: what is compared -> n numbers; the first blue, the second hatched and
            red, and so on.
        highest: end of the scale.

    Ref: lecture 14, accuracy by section.
    """
    height = 0.8 / len(columns)
    hatches = ("", "///", "...", "xxx")
    for k, (label, values) in enumerate(columns.items()):
        ax.barh(
            np.arange(len(names)) + (k - (len(columns) - 1) / 2) * height,
            np.asarray(values, dtype=float),
            height=height,
            color=PALETTE[k],
            hatch=hatches[k],
            edgecolor="white",
            label=label,
        )
    ax.set(ylim=(len(names) - 0.4, -0.6), xlim=(0, highest))
    ax.set_yticks(range(len(names)), names)
    ax.grid(False, axis="y")


def draw_sentence(
    ax: Axes,
    words: Sequence[str],
    labels: Sequence[str],
    *,
    window: tuple[int, int] | None = None,
) -> None:
    """Draw a sentence, its names on coloured ground with their labels below.

    Args:
        ax: axes to draw on; its frame is removed, its width should be free.
        words: of the sentence, one after the other.
        labels: one per word; "O" leaves a word plain.
        window: first and last position of a window, framed.

    Ref: lecture 14, T14.8 and T14.9.
    """
    from matplotlib.patches import Rectangle

    kinds = ["PER", "LOC", "ORG", "DATE"]
    x, edges = 0.0, []
    for word, label in zip(words, labels, strict=True):
        wide = LETTER_WIDTH * (sum(2 if c > "\u2e80" else 1 for c in word) + 1.4)
        if label != "O":
            colour = PALETTE[kinds.index(label) if label in kinds else -1]
            field = Rectangle((x + 0.03, 0.25), wide - 0.06, 0.5, facecolor=colour)
            field.set(alpha=0.3, linewidth=0)
            ax.add_patch(field)
            ax.text(x + wide / 2, 0.1, label, color=INK, ha="center", va="center", size=8)
        ax.text(x + wide / 2, 0.5, word, color=INK, ha="center", va="center", size=11)
        edges.append((x, x + wide))
        x += wide
    if window is not None:
        left, right = edges[window[0]][0], edges[window[1]][1]
        frame = Rectangle((left, -0.08), right - left, 0.98, fill=False, edgecolor=RED)
        frame.set(linewidth=1.8, linestyle=LINES[1])
        ax.add_patch(frame)
    ax.set(xlim=(-0.05, max(x, 1) + 0.05), ylim=(-0.12, 0.95))
    ax.axis("off")
