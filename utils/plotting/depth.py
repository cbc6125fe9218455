"""Error signals on their way down through many layers.

Ref: lecture 12.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import GREY, LINES, MARKERS, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_norms(
    ax: Axes,
    norms: Mapping[str, ArrayLike],
    *,
    limits: tuple[float, float] | None = None,
) -> None:
    """Draw the length of the error signal by layer, relative to the top layer, log scale.

    Layer 1 is on the left, as in drawings of networks: read from right to left to go
    the way an error goes.

    Args:
        ax: axes to draw on.
        norms: name -> `(L,)` or `(seeds, L)` positive floats, layer 1 first. Of several
            seeds the geometric mean is a line and the range a band.
        limits: bottom and top.

    Ref: lecture 12, T12.1.
    """
    for (name, values), colour, line, marker in zip(
        norms.items(), PALETTE, LINES, MARKERS, strict=False
    ):
        runs = np.atleast_2d(np.asarray(values, dtype=float))
        runs = runs / runs[:, -1:]
        layers = np.arange(1, runs.shape[1] + 1)
        middle = np.exp(np.log(runs).mean(axis=0))
        style = {"color": colour, "linestyle": line, "marker": marker, "markersize": 4}
        ax.plot(layers, middle, **style, markevery=max(1, len(layers) // 5), label=name)
        if len(runs) > 1:
            ends = runs.min(axis=0), runs.max(axis=0)
            ax.fill_between(layers, *ends, color=colour, alpha=0.15, linewidth=0)
    ax.axhline(1, color=GREY, linestyle="-", linewidth=0.9, zorder=1)
    ax.set(yscale="log", xlabel="layer", ylim=limits)
    ax.set_xticks([1, *range(5, len(layers) + 1, 5)])
