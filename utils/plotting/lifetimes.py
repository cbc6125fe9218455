"""Lifetimes: from when to when things were alive, and when somebody said they began.

Ref: lecture 15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from utils.plotting.page import BLUE, GREY, INK, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_lifetimes(
    ax: Axes,
    lives: Sequence[tuple[str, int, int | None]],
    now: int,
    *,
    claimed: Mapping[str, int] | None = None,
) -> None:
    """Draw one bar per life over the years, the first life on top.

    A life that has not ended is dark and ends in an arrow; one that has ended is pale.

    Args:
        ax: axes to draw on.
        lives: name, first year, last year or None.
        now: year up to which open lives are drawn.
        claimed: name -> first year as somebody gave it: a dot if right, else a red cross.

    Raises:
        ValueError: if a life ends before it begins.

    Ref: lecture 15, T15.1.
    """
    from matplotlib.ticker import MaxNLocator

    for row, (name, first, last) in enumerate(lives):
        end = now if last is None else last
        if end < first:
            raise ValueError(f"{name!r} would end in {end}, before it begins in {first}")
        colour, alpha = (BLUE, 0.75) if last is None else (GREY, 0.45)
        ax.barh(row, end - first, left=first, height=0.5, color=colour, alpha=alpha)
        if last is None:
            ax.plot(now, row, ">", color=colour, markersize=9)
        else:
            ax.text(end + 0.2, row, str(last), va="center", fontsize=8.5, color=INK)
        said = (claimed or {}).get(name)
        if said is not None:
            mark, tint = ("o", INK) if said == first else ("X", RED)
            ax.plot(said, row, mark, color=tint, markersize=7, zorder=3)
    ax.set(yticks=range(len(lives)), yticklabels=[name for name, *_ in lives])
    ax.set(xlabel="year", ylim=(len(lives) - 0.4, -0.6))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(axis="y", visible=False)
