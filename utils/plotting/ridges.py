"""Histograms of many layers above each other: what goes through a deep network.

Ref: lecture 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import BLUE, GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 60
HEIGHT = 0.85  # of the highest bar, in steps from one layer to the next


def draw_ridges(
    ax: Axes,
    samples: Sequence[ArrayLike],
    names: Sequence[object],
    low: float,
    high: float,
    *,
    log: bool = False,
    colour: str = BLUE,
) -> None:
    """Draw one histogram per layer, the first layer at the bottom, all equally high.

    Values beyond the ends are counted in the outermost bins. On a log scale the sizes
    are drawn, without signs, and zeros are left out.

    Args:
        ax: axes to draw on.
        samples: one array of any shape per layer.
        names: one per layer, at the left.
        low: left end.
        high: right end.
        log: whether the scale is logarithmic.
        colour: of all histograms.

    Ref: lecture 12, T12.3.
    """
    ends = np.log10([low, high]) if log else np.array([low, high], dtype=float)
    edges = np.linspace(*ends, BINS + 1)
    for k, values in enumerate(samples):
        found = np.asarray(values, dtype=float).ravel()
        found = np.log10(np.abs(found[found != 0])) if log else found
        counts, _ = np.histogram(np.clip(found, *ends), edges)
        heights = HEIGHT * counts / max(counts.max(), 1)
        ax.stairs(k + heights, edges, baseline=k, fill=True, color=colour)
        ax.axhline(k, color=GREY, linestyle="-", linewidth=0.6, zorder=1)
    ax.set(xlim=ends, ylim=(-0.1, len(samples)), yticks=np.arange(len(samples)))
    ax.set_yticklabels([str(name) for name in names])
    ax.grid(False)
    if log:
        step = max(1, round((ends[1] - ends[0]) / 4))
        powers = np.arange(np.ceil(ends[0]), ends[1] + 1e-9, step).astype(int)
        ax.set_xticks(powers, [f"$10^{{{power}}}$" for power in powers])
