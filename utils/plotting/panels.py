"""A network with one input, one panel for each thing that a unit computes.

Ref: lecture 03.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.network import number
from utils.plotting.page import GREY, INK, MARKERS, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STAGES = ("sum", "after the ReLU", "weighted")


def draw_panels(
    axes: np.ndarray,
    w: ArrayLike,
    b: ArrayLike,
    v: ArrayLike,
    c: float,
    *,
    filled: Collection[int] | None = None,
    high: int = 4,
) -> None:
    """Draw `z = w x + b`, `a = max(0, z)` and `v a` of each unit, and the output.

    A unit has a column, its three stages one below the other. The last column is empty
    but for the output at its foot. Dots stand on whole numbers, dotted lines on bends.

    Args:
        axes: `(3, n + 1)` axes.
        w: `(n,)`, weights of the input.
        b: `(n,)`, biases.
        v: `(n,)`, weights of the output.
        c: bias of the output.
        filled: units that are drawn, all if None; the others have empty panels to sketch
            in. The output is drawn if all are.
        high: the input runs from 0 to `high`.

    Ref: lecture 03, T03.8.
    """
    w, b, v = (np.asarray(values, dtype=float) for values in (w, b, v))
    n = len(w)
    filled = range(n) if filled is None else filled
    x = np.linspace(0, high, 50 * high + 1)
    z = np.outer(w, x) + b[:, None]  # (n, points)
    a = np.maximum(0, z)
    for i in range(n):
        named = (
            f"$z_{i + 1} = {_line(w[i], b[i])}$",
            f"$a_{i + 1} = \\max(0, z_{i + 1})$",
            f"${_factor(v[i])}\\,a_{i + 1}$",
        )
        for ax, y, title in zip(axes[:, i], (z[i], a[i], v[i] * a[i]), named, strict=True):
            _frame(ax, title, high, 9 if ax is axes[2, i] else 4.5)
            if i in filled:
                _curve(ax, x, y, PALETTE[i], MARKERS[i])
                _bends(ax, w[i : i + 1], b[i : i + 1], high)
    for ax, stage in zip(axes[:, 0], STAGES, strict=True):
        ax.set_ylabel(stage)
    for ax in axes[:2, n]:
        ax.axis("off")
    foot = axes[2, n]
    _frame(foot, f"$y$, with $c$ = {number(c)}", high, 9)
    if set(filled) >= set(range(n)):
        _curve(foot, x, v @ a + c, INK, "D")
        _bends(foot, w, b, high)


def _frame(ax: Axes, title: str, high: int, limit: float) -> None:
    """Give a panel its title and its axes, the same within a row."""
    ax.axhline(0, color=INK, linewidth=0.9, linestyle="-")
    ax.set(xlim=(-0.15, high + 0.15), ylim=(-limit, limit), title=title)
    ax.set_xticks(range(high + 1))
    ax.set_yticks(np.linspace(-8, 8, 9) if limit > 8 else np.linspace(-4, 4, 5))


def _curve(ax: Axes, x: np.ndarray, y: np.ndarray, colour: str, marker: str) -> None:
    ax.plot(x, y, color=colour, linestyle="-", zorder=3)
    dots = {"markersize": 5, "linestyle": "none", "zorder": 4}
    ax.plot(x[::50], y[::50], marker, color=colour, **dots)


def _bends(ax: Axes, w: np.ndarray, b: np.ndarray, high: int) -> None:
    """Draw a dotted line where the sum of a unit is zero."""
    for weight, bias in zip(w, b, strict=True):
        if weight and 0 < -bias / weight < high:
            ax.axvline(-bias / weight, color=GREY, linestyle=":", linewidth=1.4, zorder=1)


def _factor(value: float) -> str:
    """Return a factor as it is written before a letter, without 1."""
    return {1.0: "", -1.0: "-"}.get(value, f"{value:g}")


def _line(weight: float, bias: float) -> str:
    """Return `weight x + bias` as it is written by hand."""
    sign = "+" if bias >= 0 else "-"
    return f"{_factor(weight)}x {sign} {abs(bias):g}" if bias else f"{_factor(weight)}x"
