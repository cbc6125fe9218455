"""Activation functions and their slopes.

Ref: lecture 04.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from utils.plotting.network import number
from utils.plotting.page import BLUE, INK, ORANGE, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Curve = Callable[[np.ndarray], np.ndarray]

POINTS = 801  # along the horizontal axis: smooth at any width of a page


def draw_with_slope(
    ax: Axes,
    f: Curve,
    slope: Curve,
    *,
    low: float = -4.0,
    high: float = 4.0,
    jumps: Sequence[float] = (),
    limits: tuple[float, float] = (-1.2, 2.2),
    name: str = "f",
) -> None:
    """Draw a function in solid blue and its slope in dashed red.

    Args:
        ax: axes to draw on.
        f: maps `(n,)` to `(n,)`.
        slope: its derivative, as `f`.
        low: left end.
        high: right end.
        jumps: where the slope jumps; the line is broken there, so that no steep piece
            pretends to be part of the curve.
        limits: bottom and top.
        name: of the function, in the legend.

    Ref: lecture 04, T04.17.
    """
    z = np.linspace(low, high, POINTS)
    slopes = np.asarray(slope(z), dtype=float)
    for jump in jumps:
        slopes = np.where(np.abs(z - jump) < (high - low) / POINTS, np.nan, slopes)
    ax.axhline(0, color=INK, linewidth=0.8, zorder=1)
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    ax.plot(z, f(z), color=BLUE, linestyle="-", label=f"${name}(z)$")
    ax.plot(z, slopes, color=RED, linestyle="--", label=f"slope ${name}'(z)$")
    ax.set(xlim=(low, high), ylim=limits, xlabel="$z$")


def draw_tangent(ax: Axes, f: Curve, slope: Curve, at: float) -> None:
    """Draw the tangent of `f` at one point, and the slope there as a number.

    Args:
        ax: axes on which `f` is drawn already; its limits are kept.
        f: maps `(n,)` to `(n,)`.
        slope: its derivative, as `f`.
        at: where it touches.

    Ref: lecture 04, T04.17.
    """
    limits = ax.get_xlim(), ax.get_ylim()
    height, steepness = (float(g(np.array([at]))[0]) for g in (f, slope))
    ax.axline((at, height), slope=steepness, color=ORANGE, linewidth=1.8)
    ax.plot([at, at], [height, steepness], ":", color=INK, linewidth=1.2)
    ax.plot(at, height, "o", color=BLUE, markersize=9, zorder=5)
    ax.plot(at, steepness, "s", color=RED, markersize=8, zorder=5)
    ax.set(xlim=limits[0], ylim=limits[1])
    ax.set_title(f"z = {number(at)},   value {number(height)},   slope {number(steepness)}")
