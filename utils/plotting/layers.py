"""Layers seen from above: who is linked to whom, and how activations spread.

Ref: lecture 06.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import BLUE, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOWEST_TOP = 0.12  # a share; flat histograms should look flat


def draw_adjacency(
    ax: Axes, links: ArrayLike, names: Sequence[str], sizes: Sequence[int]
) -> None:
    """Draw who feeds whom: a field is filled if there is an arrow, to row from column.

    Args:
        ax: axes to draw on.
        links: `(n, n)`, non-zero at `[to, source]` where an arrow runs.
        names: `n` names of units.
        sizes: units per layer, in the order of `names`; lines separate the layers.

    Ref: lecture 06, T06.1.
    """
    from matplotlib.colors import ListedColormap

    filled = np.asarray(links) != 0
    n = len(filled)
    ax.imshow(filled, cmap=ListedColormap(["white", BLUE]), vmin=0, vmax=1)
    for edge in range(n + 1):
        thick = 1.6 if edge in np.cumsum([0, *sizes]) else 0.3
        ax.axhline(edge - 0.5, color=INK, linewidth=thick, linestyle="-")
        ax.axvline(edge - 0.5, color=INK, linewidth=thick, linestyle="-")
    ax.set_xticks(range(n), names)
    ax.set_yticks(range(n), names)
    ax.set(xlabel="from", ylabel="to")
    ax.tick_params(length=0)
    ax.grid(False)


def draw_histograms(
    axes: Sequence[Axes],
    samples: Sequence[ArrayLike],
    titles: Sequence[str],
    *,
    limit: float = 1.0,
) -> None:
    """Draw one histogram per layer, all with the same bins and the same scale.

    Values beyond the limit are counted in the outermost bins.

    Args:
        axes: one per layer.
        samples: one array of any shape per layer.
        titles: one per layer.
        limit: the bins reach from `-limit` to `limit`.

    Ref: lecture 06, T06.12.
    """
    bins = np.linspace(-limit, limit, 42)  # 41 bins: 0 is amid one of them
    heights = []
    for ax, values, title in zip(axes, samples, titles, strict=True):
        inside = np.clip(np.asarray(values, dtype=float).ravel(), -limit, limit)
        weights = np.full(len(inside), 1 / len(inside))
        shares, *_ = ax.hist(inside, bins=bins, weights=weights, color=BLUE)
        heights.append(shares.max())
        ax.set(xlim=(-limit, limit), title=title)
        ax.grid(False)
    for ax in axes:
        ax.set_ylim(0, max(LOWEST_TOP, 1.05 * max(heights)))
