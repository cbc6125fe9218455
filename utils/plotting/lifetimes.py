"""Lifetimes: from when to when things were alive, and of which kind they were.

Ref: lecture 15.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from utils.plotting.page import BLUE, GREEN, GREY, INK, ORANGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOOKS = ((ORANGE, "//"), (BLUE, ""), (GREEN, ".."))
"""Colour and hatch of each kind, so that kinds differ in grey, too."""


def draw_lifetimes(
    ax: Axes,
    lives: Sequence[tuple[str, int, int | None]],
    now: int,
    *,
    kinds: Mapping[str, str] | None = None,
) -> None:
    """Draw one bar per life over the years, the first life on top.

    A life that has not ended is dark and ends in an arrow; one that has ended is pale,
    with its last year behind it.

    Args:
        ax: axes to draw on.
        lives: name, first year, last year or None.
        now: year up to which open lives are drawn.
        kinds: name -> its kind, one of up to three: each kind has a colour of its own,
            and a legend says which.

    Raises:
        ValueError: if a life ends before it begins.

    Ref: lecture 15, T15.1.
    """
    from matplotlib.patches import Patch
    from matplotlib.ticker import MaxNLocator

    known = list(dict.fromkeys((kinds or {}).values()))
    looks = dict(zip(known, LOOKS, strict=False))
    for row, (name, first, last) in enumerate(lives):
        end = now if last is None else last
        if end < first:
            raise ValueError(f"{name!r} would end in {end}, before it begins in {first}")
        plain = BLUE if last is None else GREY
        colour, hatch = looks[kinds[name]] if kinds else (plain, "")
        ax.barh(
            row,
            end - first,
            left=first,
            height=0.6,
            color=colour,
            alpha=0.85 if last is None else 0.4,
            hatch=hatch,
            edgecolor="white",
        )
        if last is None:
            ax.plot(now, row, ">", color=colour, markersize=9)
        else:
            ax.text(end + 0.2, row, str(last), va="center", fontsize=8.5, color=INK)
    ax.set(yticks=range(len(lives)), yticklabels=[name for name, *_ in lives])
    ax.set(xlabel="year", ylim=(len(lives) - 0.4, -0.6))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(axis="y", visible=False)
    if kinds:
        patches = [
            Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=kind)
            for kind, (colour, hatch) in looks.items()
        ]
        ax.legend(handles=patches, loc="lower left")
