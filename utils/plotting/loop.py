"""A loop of steps, as a ring of boxes with one of them at work.

Ref: lecture 15.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from utils.plotting.page import BLUE, GREY, INK, PALE_BLUE, PALE_GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import FancyBboxPatch

HALF_WIDTH, HALF_HEIGHT = 0.44, 0.15
RADIUS_X, RADIUS_Y = 1.25, 1.0


def draw_loop(
    ax: Axes,
    steps: Sequence[str],
    *,
    at: int | None = None,
    skipped: Collection[str] = (),
    centre: str = "",
) -> None:
    """Draw steps that follow each other for ever, clockwise, the first one on top.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        steps: what the boxes say.
        at: position of the step at work, drawn blue with a thick frame.
        skipped: steps that are left out, drawn grey and dashed.
        centre: text in the middle of the ring.

    Raises:
        IndexError: if `at` is no position in `steps`.

    Ref: lecture 15, T15.3.
    """
    from matplotlib.patches import FancyArrowPatch

    if at is not None and not 0 <= at < len(steps):
        raise IndexError(f"there is no step {at} among {len(steps)} steps")
    turn = 2 * np.pi / len(steps)
    angles = np.pi / 2 - turn * np.arange(len(steps))
    places = np.column_stack([RADIUS_X * np.cos(angles), RADIUS_Y * np.sin(angles)])
    boxes = [
        _box(ax, place, step, here=k == at, out=step in skipped)
        for k, (step, place) in enumerate(zip(steps, places, strict=True))
    ]
    for k in range(len(steps)):
        after = (k + 1) % len(steps)
        ax.add_patch(
            FancyArrowPatch(
                places[k],
                places[after],
                patchA=boxes[k],
                patchB=boxes[after],
                connectionstyle="arc3,rad=-0.22",
                arrowstyle="-|>",
                mutation_scale=13,
                color=GREY,
                linewidth=1.3,
                zorder=1,
            )
        )
    ax.text(0, 0, centre, ha="center", va="center", color=INK, fontsize=9.5)
    reach_x, reach_y = RADIUS_X + HALF_WIDTH + 0.1, RADIUS_Y + HALF_HEIGHT + 0.1
    ax.set(xlim=(-reach_x, reach_x), ylim=(-reach_y, reach_y))
    ax.axis("off")


def _box(ax, place, step, *, here, out) -> FancyBboxPatch:
    """Draw the box of one step and return it."""
    from matplotlib.patches import FancyBboxPatch

    x, y = place
    box = FancyBboxPatch(
        (x - HALF_WIDTH, y - HALF_HEIGHT),
        2 * HALF_WIDTH,
        2 * HALF_HEIGHT,
        boxstyle="round,pad=0.03",
        facecolor=PALE_GREY if out else PALE_BLUE if here else "white",
        edgecolor=BLUE if here else GREY if out else INK,
        linestyle="--" if out else "-",
        linewidth=2.6 if here else 1.1,
        zorder=3,
    )
    weight = "bold" if here else None
    colour = GREY if out else INK
    font = {"ha": "center", "va": "center", "color": colour, "weight": weight}
    ax.text(x, y, step, fontsize=9.5, zorder=4, **font)
    return ax.add_patch(box)
