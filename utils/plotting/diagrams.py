"""Small diagrams without numbers: a timeline, a pendulum, sets within sets.

Ref: lecture 01.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from utils.plotting.page import GREY, INK, PALETTE, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_timeline(
    ax: Axes,
    eras: Sequence[tuple[int, int, str]],
    events: Sequence[tuple[int, str]],
    *,
    rows: int = 4,
) -> None:
    """Draw eras as bars on a line of years, and events on stalks above them.

    Args:
        ax: axes to draw on; only the axis of years remains.
        eras: first year, last year, name.
        events: year, name; in order of years, because neighbours take turns in height.
        rows: heights that the events are spread over.

    Ref: lecture 01, history of natural language processing.
    """
    for (first, last, name), colour in zip(eras, (*PALETTE, GREY), strict=False):
        ax.barh(0, last - first, left=first, height=0.7, color=colour, alpha=0.35)
        ax.text((first + last) / 2, 0, name, ha="center", va="center", fontsize=8)
    for n, (year, name) in enumerate(events):
        top = 0.9 + rows - n % rows
        ax.plot([year, year], [0.35, top - 0.3], "-", color=GREY, linewidth=0.9, zorder=0)
        ax.plot(year, 0.35, "o", color=INK, markersize=3.5)
        plate = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        ax.text(year, top, name, ha="center", va="center", fontsize=8.5, bbox=plate)
    ax.set(ylim=(-0.6, rows + 1.4), yticks=[], xlabel="year")
    ax.spines["left"].set_visible(False)
    ax.grid(False)


def draw_pendulum(ax: Axes, swing: float, left: str, right: str) -> None:
    """Draw a pendulum between two names.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        swing: from -1, hanging over at `left`, to 1, at `right`.
        left: name of that side.
        right: name of that side.

    Ref: lecture 01, rationalism and empiricism.
    """
    path = np.radians(np.linspace(-50, 50, 61))
    angle = np.radians(50 * swing)
    ax.plot(np.sin(path), -np.cos(path), ":", color=GREY, linewidth=1.4)
    ax.plot([0, np.sin(angle)], [0, -np.cos(angle)], "-", color=INK, linewidth=2)
    ax.plot(0, 0, "o", color=INK, markersize=6)
    ax.plot(np.sin(angle), -np.cos(angle), "o", color=RED, markersize=24)
    for x, name in ((-0.8, left), (0.8, right)):
        ax.text(x, -1.12, name, ha="center", va="top", fontsize=10, color=INK)
    ax.set(xlim=(-1.35, 1.35), ylim=(-1.5, 0.15))
    ax.set_aspect("equal")
    ax.axis("off")


def draw_nested(ax: Axes, names: Sequence[str], notes: Mapping[str, str]) -> None:
    """Draw sets within sets as ellipses, the largest first.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        names: of the sets, from the outside to the inside.
        notes: name -> what stands below it.

    Ref: lecture 01, artificial intelligence, machine learning, deep learning.
    """
    from matplotlib.patches import Ellipse

    n = len(names)
    for depth, (name, colour) in enumerate(zip(names, PALETTE, strict=False)):
        tall = 2.0 * (n - depth)
        ring = Ellipse(
            (0, tall / 2),
            2.6 * tall / 2 + 3.0,
            tall,
            facecolor=colour,
            alpha=0.22,
            edgecolor=INK,
        )
        ax.add_patch(ring)
        y = tall - 0.62 if depth < n - 1 else tall / 2 + 0.25
        ax.text(0, y, name, ha="center", va="center", fontsize=10.5, weight="bold")
        ax.text(0, y - 0.52, notes.get(name, ""), ha="center", va="center", fontsize=9)
    ax.set(xlim=(-1.3 * n - 1.8, 1.3 * n + 1.8), ylim=(-0.2, 2 * n + 0.2))
    ax.set_aspect("equal")
    ax.axis("off")
