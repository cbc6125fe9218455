"""Classes in a plane: their points, and the regions a classifier gives to them.

Ref: lectures 05 and 06.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import INK, MARKERS, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRID = 201  # points along each side of a region plot
PALE = 0.28  # how much of the class colour a sure region keeps
TONES = 12  # per class: a stored figure has 256 colours, and the markers need some


def draw_classes(
    ax: Axes,
    X: ArrayLike,
    y: ArrayLike,
    names: Sequence[str],
    *,
    size: float = 7,
) -> None:
    """Draw examples, each class with its own marker and colour.

    Args:
        ax: axes to draw on.
        X: `(N, 2)` float, the examples.
        y: `(N,)` int, from 0 to C-1.
        names: one per class, for the legend.
        size: of the markers, in points.

    Ref: lecture 05, T05.1.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    for c, (name, colour, marker) in enumerate(zip(names, PALETTE, MARKERS, strict=False)):
        ax.plot(
            *X[y == c].T,
            marker,
            color=colour,
            markersize=size,
            markeredgecolor="white",
            markeredgewidth=0.7,
            linestyle="none",
            label=name,
            zorder=3,
        )
    ax.set(xlabel="$x_1$", ylabel="$x_2$")


def draw_regions(
    ax: Axes,
    scores: Callable[[np.ndarray], np.ndarray],
    X: ArrayLike,
    y: ArrayLike,
    names: Sequence[str],
    *,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    size: float = 7,
) -> None:
    """Draw which class wins where, and the lines on which two classes tie.

    A region wears the colour of its class, the stronger the surer the classifier is.

    Args:
        ax: axes to draw on.
        scores: maps inputs `(n, 2)` to probabilities `(n, C)`.
        X: `(N, 2)` float, the examples.
        y: `(N,)` int, from 0 to C-1.
        names: one per class.
        xlim: range of the first coordinate.
        ylim: range of the second coordinate.
        size: of the markers, in points.

    Ref: lecture 05, T05.3, decision boundary (决策边界).
    """
    from matplotlib.colors import to_rgb

    u, v = np.meshgrid(np.linspace(*xlim, GRID), np.linspace(*ylim, GRID))
    p = np.asarray(scores(np.column_stack([u.ravel(), v.ravel()])), dtype=float)
    winner, surest = p.argmax(axis=1), p.max(axis=1)
    classes = p.shape[1]
    sure = np.round((surest * classes - 1) / (classes - 1) * TONES) / TONES  # 0 to 1
    strength = PALE * (0.35 + 0.65 * sure)
    inks = np.array([to_rgb(colour) for colour in PALETTE[:classes]])
    image = 1 - strength[:, None] * (1 - inks[winner])  # (n, 3), pale class colours
    box = (*xlim, *ylim)
    shaped = image.reshape(GRID, GRID, 3)
    ax.imshow(shaped, origin="lower", extent=box, aspect="auto", zorder=0)
    for c in range(classes):
        lead = p[:, c] - np.delete(p, c, axis=1).max(axis=1)  # (n,)
        if lead.min() < 0 < lead.max():
            surface = lead.reshape(GRID, GRID)
            ax.contour(u, v, surface, levels=[0], colors=INK, linewidths=1.4, zorder=1)
    draw_classes(ax, X, y, names, size=size)
    ax.set(xlim=xlim, ylim=ylim)
    ax.set_aspect("equal")
    ax.grid(False)
