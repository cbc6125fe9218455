"""A line between two classes, and how the perceptron moves it.

Ref: lecture 03.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import BLUE, GREY, INK, ORANGE, PALE_BLUE, PALE_RED, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_boundary(
    ax: Axes,
    w: ArrayLike,
    b: float,
    X: ArrayLike,
    y: ArrayLike,
    *,
    before: tuple[ArrayLike, float] | None = None,
    current: int | None = None,
    low: float = -0.6,
    high: float = 1.6,
) -> None:
    """Draw the line `w . x + b = 0`, its two sides, and the examples.

    The positive side is pale blue, the negative side pale red; an arrow shows the
    direction of `w`. Positive examples are squares, negative ones circles; a cross
    marks those on the wrong side or on the line.

    Args:
        ax: axes to draw on.
        w: `(2,)`, the normal of the line; zeros draw no line.
        b: the bias.
        X: `(N, 2)`, the examples.
        y: `(N,)`, targets -1 or +1.
        before: an earlier `(w, b)`, drawn as a dashed grey line.
        current: row of `X` to be ringed.
        low: smallest coordinate of the square, on both axes.
        high: largest coordinate of the square, on both axes.

    Ref: lecture 03, T03.4, decision boundary (决策边界).
    """
    w, X, y = np.asarray(w, float), np.asarray(X, float), np.asarray(y)
    ax.set(xlim=(low, high), ylim=(low, high), xlabel="$x_1$", ylabel="$x_2$")
    ax.set_aspect("equal")
    ax.grid(False)
    ax.locator_params(nbins=5)
    if before is not None and np.any(before[0]):
        _line(ax, *before, color=GREY, linestyle="--", linewidth=1.4)
    _sides(ax, w, b, low, high)
    for target, marker, colour in ((-1, "o", RED), (1, "s", BLUE)):
        ax.plot(
            *X[y == target].T,
            marker,
            markersize=12,
            markerfacecolor="white",
            markeredgecolor=colour,
            markeredgewidth=2.5,
            linestyle="none",
            label=f"target {target:+d}".replace("-", "\N{MINUS SIGN}"),
            zorder=4,
        )
    wrong = y * (X @ w + b) <= 0
    ax.plot(*X[wrong].T, "x", color=INK, markersize=8, label="wrong", zorder=5)
    if current is not None:
        ring = {"markerfacecolor": "none", "markeredgecolor": ORANGE}
        ax.plot(*X[current], "o", markersize=23, markeredgewidth=3, zorder=3, **ring)


def _sides(ax, w, b, low, high) -> None:
    """Draw the line, its two sides and its normal; say so if there is none."""
    if np.any(w):
        u, v = np.meshgrid(np.linspace(low, high, 241), np.linspace(low, high, 241))
        side = np.where(w[0] * u + w[1] * v + b > 0, 1.0, -1.0)
        ax.contourf(u, v, side, levels=[-2, 0, 2], colors=[PALE_RED, PALE_BLUE], zorder=0)
        _line(ax, w, b, color=INK, linewidth=2.2)
        _normal(ax, w, b, low, high)
    else:
        text = "w = 0: no line"
        ax.text((low + high) / 2, high, text, ha="center", va="top", color=INK)


def draw_margins(
    ax: Axes,
    margins: ArrayLike,
    names: Sequence[str],
    *,
    current: int | None = None,
    limit: float = 4.5,
) -> None:
    """Draw one bar per example: how far it is on the right side, `y (w . x + b)`.

    Bars to the right are blue, bars to the left are hatched and red.

    Args:
        ax: axes to draw on.
        margins: `(N,)`, positive where the example is right.
        names: one per example, first one on top.
        current: the example to be framed.
        limit: the axis runs from `-limit` to `limit`.

    Ref: lecture 03, T03.4.
    """
    for row, margin in enumerate(np.asarray(margins, dtype=float)):
        right = margin > 0
        ax.barh(
            row,
            margin,
            height=0.55,
            color=BLUE if right else RED,
            hatch=None if right else "///",
            edgecolor="white",
        )
        if row == current:
            ax.axhspan(
                row - 0.42, row + 0.42, facecolor="none", edgecolor=ORANGE, linewidth=3
            )
    ax.axvline(0, color=INK, linewidth=1.2)
    ax.set(xlim=(-limit, limit), ylim=(len(names) - 0.4, -0.6), xlabel="margin $y\\,z$")
    ax.set_yticks(range(len(names)), names)
    ax.grid(False, axis="y")


def _line(ax, w, b, **look) -> None:
    """Draw the points with `w . x + b = 0`."""
    w = np.asarray(w, dtype=float)
    foot = -b * w / (w @ w)  # the point of the line nearest to the origin
    ax.axline(foot, foot + np.array([-w[1], w[0]]), zorder=2, **look)


def _normal(ax, w, b, low, high) -> None:
    """Draw an arrow along `w`, from the line's point nearest to the middle."""
    middle = np.full(2, (low + high) / 2)
    foot = middle - (w @ middle + b) * w / (w @ w)
    if not np.all((foot > low) & (foot < high)):
        return
    tip = foot + 0.38 * w / np.linalg.norm(w)
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.8}
    ax.annotate("", xy=tip, xytext=foot, arrowprops=arrow, zorder=3)
    plate = {"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.8}
    x, y = foot + 0.5 * w / np.linalg.norm(w)
    ax.text(x, y, "$w$", ha="center", va="center", bbox=plate, zorder=3, clip_on=True)
