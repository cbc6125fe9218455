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

FONT_SIZE = 9  # of words in a plane, in points
OFFSETS = ((5, 5), (5, -5), (-5, 5), (-5, -5), (5, 12), (5, -12))  # of labels, points
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

    Labels stand beside their points, where they cover least.

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
    ax.margins(x=0.16, y=0.1)
    for i, point in enumerate(points):
        colour = PALETTE[groups[i] % len(PALETTE)] if groups is not None else BLUE
        ax.plot(*point, "o", color=colour, markersize=5)
    for start, end in arrows:
        line = {"arrowstyle": "->", "color": GREY, "shrinkA": 4, "shrinkB": 4}
        ax.annotate("", points[end], points[start], arrowprops=line)
    offsets = _label_places(ax, points, words)
    for point, word, (x, y) in zip(points, words, offsets, strict=True):
        label = ax.annotate(word, point, (x, y), textcoords="offset points", color=INK)
        label.set(ha="left" if x > 0 else "right", va="center", fontsize=FONT_SIZE)


def _label_places(
    ax: Axes, points: np.ndarray, words: Sequence[str]
) -> list[tuple[int, int]]:
    """Return for each word an offset, in points, at which it covers least.

    Words are placed one after the other, each at the first of six places around its
    point that touches the fewest points and earlier words.
    """
    box = ax.get_window_extent()
    size = np.array([0.75 * box.width, 0.83 * box.height]) * 72 / ax.figure.dpi
    span = np.maximum(np.ptp(points, axis=0), 1e-12)
    spots = (points - points.min(axis=0)) / span * size  # (n, 2), in points
    boxes = [(x - 3, y - 3, x + 3, y + 3) for x, y in spots]
    chosen = []
    for (x, y), word in zip(spots, words, strict=True):
        wide = 0.58 * FONT_SIZE * sum(1.7 if letter > "\u2e80" else 1 for letter in word)
        lefts = [x + right - wide * (right < 0) for right, _ in OFFSETS]
        ground = [
            (left, y + up - 5, left + wide, y + up + 5)
            for left, (_, up) in zip(lefts, OFFSETS, strict=True)
        ]
        best = np.argmin([sum(_overlap(g, box) for box in boxes) for g in ground])
        boxes.append(ground[best])
        chosen.append(OFFSETS[best])
    return chosen


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Return whether two boxes (left, low, right, high) share some ground."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


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
