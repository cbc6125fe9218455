"""Outputs and losses over a plane: decision surfaces, contours, walks of optimizers.

Ref: lectures 03, 06, 08, 10.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import INK, LINES, MARKERS, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_decision(
    ax: Axes,
    f: Callable[[np.ndarray], np.ndarray],
    points: np.ndarray,
    labels: np.ndarray,
    *,
    low: float = -0.5,
    high: float = 1.5,
) -> Any:
    """Draw a classifier's output over a square of inputs, and its boundary at 0.5.

    Args:
        ax: axes to draw on.
        f: maps inputs `(n, 2)` to outputs `(n,)` between 0 and 1.
        points: `(N, 2)` float, the examples.
        labels: `(N,)` 0 or 1: circles and squares.
        low: smallest coordinate of the square, on both axes.
        high: largest coordinate of the square, on both axes.

    Returns:
        The filled contours, for a colour bar.

    Ref: lecture 08, decision surface (决策平面).
    """
    line = np.linspace(low, high, 121)
    x1, x2 = np.meshgrid(line, line)
    output = f(np.column_stack([x1.ravel(), x2.ravel()])).reshape(x1.shape)
    levels = np.linspace(0, 1, 11)
    filled = ax.contourf(x1, x2, output, levels=levels, cmap="cividis")
    if output.min() < 0.5 < output.max():
        ax.contour(x1, x2, output, levels=[0.5], colors="white", linewidths=2.5)
    for label, marker in ((0, "o"), (1, "s")):
        chosen = points[np.asarray(labels) == label]
        ax.plot(
            *chosen.T,
            marker,
            markersize=11,
            markerfacecolor="white",
            markeredgecolor=INK,
            markeredgewidth=2,
            label=f"target {label}",
            clip_on=False,
            linestyle="none",
        )
    ax.set(xlim=(low, high), ylim=(low, high), xlabel="$x_1$", ylabel="$x_2$")
    ax.set_aspect("equal")
    ax.grid(False)
    return filled


def draw_paths(
    ax: Axes,
    loss: Callable[[float, float], float],
    paths: Mapping[str, ArrayLike],
    *,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    levels: int | Sequence[float] = 14,
) -> None:
    """Draw the walks of optimizers over the contour lines of a loss of two weights.

    Args:
        ax: axes to draw on.
        loss: maps two weights to one number.
        paths: name -> array `(steps, 2)`, the weights visited, start first.
        xlim: range of the first weight.
        ylim: range of the second weight.
        levels: contour lines, their number or their values.

    Ref: lecture 08, stochastic and batch paths.
    """
    u, v = np.meshgrid(np.linspace(*xlim, 81), np.linspace(*ylim, 81))
    height = np.vectorize(loss)(u, v)
    ax.contour(u, v, height, levels=levels, cmap="cividis", linewidths=0.9)
    for (name, path), colour, line, marker in zip(
        paths.items(), PALETTE, LINES, MARKERS, strict=False
    ):
        steps = np.asarray(path, dtype=float)
        ax.plot(
            *steps.T,
            color=colour,
            linestyle=line,
            marker=marker,
            markersize=4.5,
            linewidth=1.6,
            label=name,
        )
        ax.plot(*steps[0], "*", color=INK, markersize=13, zorder=5)
    ax.set(xlim=xlim, ylim=ylim)
    ax.grid(False)
