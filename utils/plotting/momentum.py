"""Momentum on a bowl: how fast it shrinks an error, over all rates and all gammas.

In one direction of curvature k only the product of rate and curvature counts.

Ref: lecture 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import INK, MARKERS, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOWEST, HIGHEST = 1e-3, 10.0
"""Ends of the axis of the rate times the curvature, log scale."""


def momentum_factor(rate: ArrayLike, gamma: ArrayLike) -> Any:
    """Return by which factor momentum changes an error per step, in the long run.

    It is the size of the larger eigenvalue of the 2 × 2 matrix that turns
    (distance, v) into the next ones, for `v = gamma v + rate x`, `x = x - v`.

    Args:
        rate: learning rate times curvature.
        gamma: how much of v is kept.
    """
    gamma = np.asarray(gamma, dtype=float)
    trace = 1 + gamma - np.asarray(rate, dtype=float)
    root = np.sqrt(trace**2 - 4 * gamma + 0j)
    return np.maximum(np.abs(trace + root), np.abs(trace - root)) / 2


def draw_momentum_map(ax: Axes, points: Mapping[str, tuple[float, float]]) -> Any:
    """Draw the factor per step over rate times curvature and gamma; low is dark.

    The dashed line is critical damping. In the hatched region the factor is above 1.

    Args:
        ax: axes to draw on.
        points: name -> (rate times curvature, gamma); two of the same gamma are joined.

    Returns:
        The filled contours, for a colour bar.

    Ref: lecture 10, why momentum works.
    """
    rate = np.geomspace(LOWEST, HIGHEST, 241)
    gamma = np.linspace(0, 0.999, 161)
    size = momentum_factor(*np.meshgrid(rate, gamma))
    levels = [0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1]
    filled = ax.contourf(rate, gamma, np.minimum(size, 1), levels=levels, cmap="cividis")
    ax.contourf(rate, gamma, size, levels=[1, np.inf], colors="white", hatches=["///"])
    below = rate[rate <= 1]
    ax.plot(below, (1 - np.sqrt(below)) ** 2, "--", color="white", linewidth=1.8)
    ax.plot(2 + 2 * gamma, gamma, "-", color=INK, linewidth=1.5)
    for (name, (x, y)), marker in zip(points.items(), MARKERS, strict=False):
        inside = float(np.clip(x, LOWEST, HIGHEST))
        ax.plot(
            inside,
            y,
            marker,
            color=RED,
            markersize=9,
            markeredgecolor="white",
            markeredgewidth=1.5,
            label=name,
            clip_on=False,
            zorder=5,
        )
    if len(points) > 1:
        xs, ys = np.array([*points.values()]).T
        ax.plot(np.clip(xs, LOWEST, HIGHEST), ys, "-", color=RED, linewidth=1.5)
    ax.set(
        xscale="log",
        xlim=(LOWEST, HIGHEST),
        ylim=(0, 1),
        xlabel=r"rate times curvature $\eta k$",
        ylabel=r"$\gamma$",
    )
    ax.grid(False)
    return filled
