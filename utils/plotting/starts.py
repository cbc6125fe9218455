"""How a network starts: sizes of signal and error, and where weights walk from there.

Ref: lecture 06.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import BLUE, GREY, INK, LINES, PALETTE, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOWEST, HIGHEST = 1e-8, 1e6
"""What a size is drawn as at least and at most; beyond, it lies on the frame."""


def draw_sizes(ax: Axes, signal: ArrayLike, error: ArrayLike) -> None:
    """Draw the sizes of the signal and of the error by layer, log scale.

    The scale is the same for all starts, so that pictures can be compared.

    Args:
        ax: axes to draw on.
        signal: `(L,)` standard deviations of the activations, layer 1 first.
        error: `(L,)` those of the error on its way back, layer 1 first.

    Ref: lecture 06, T06.12.
    """
    for values, colour, line, name in (
        (signal, BLUE, "-o", "signal"),
        (error, RED, "--s", "error"),
    ):
        shown = np.clip(np.asarray(values, dtype=float), LOWEST, HIGHEST)
        layers = np.arange(1, len(shown) + 1)
        ax.plot(layers, shown, line, color=colour, markersize=4, label=name)
    ax.axhline(1, color=GREY, linestyle=":", linewidth=1, zorder=1)
    ax.set(yscale="log", ylim=(LOWEST, HIGHEST), xlabel="layer", title="size (std)")
    ax.set_xticks([1, *range(5, len(layers) + 1, 5)])
    ax.legend(loc="lower left", fontsize=8)


def draw_walk(ax: Axes, walk: ArrayLike) -> None:
    """Draw where the two weights of each hidden unit walk, from a dot to a star.

    Args:
        ax: axes to draw on.
        walk: `(steps, h, 2)`, the weights of the units after each step.

    Ref: lecture 06, T06.10.
    """
    paths = np.moveaxis(np.asarray(walk, dtype=float), 1, 0)  # (h, steps, 2)
    for path, colour, line in zip(paths, PALETTE, LINES, strict=False):
        ax.plot(*path.T, color=colour, linestyle=line)
        ax.plot(*path[0], "o", color=colour)
        ax.plot(*path[-1], "*", markersize=13, color=colour)
    ax.set(xlabel="weight from $x_1$")


def draw_unit_lines(ax: Axes, W: ArrayLike, b: ArrayLike) -> None:
    """Draw the line on which the sum of each unit is 0, dotted.

    Args:
        ax: axes to draw on, with its limits set.
        W: `(h, 2)`, no row 0.
        b: `(h,)`.

    Ref: lecture 06, what a hidden unit contributes.
    """
    for w, bias in zip(np.asarray(W, float), np.asarray(b, float), strict=True):
        foot, along = -bias * w / (w @ w), np.array([-w[1], w[0]])
        ax.axline(foot, foot + along, color=INK, linestyle=":", linewidth=1.2)
