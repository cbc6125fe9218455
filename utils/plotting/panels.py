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
    n = len(np.asarray(w))
    filled = range(n) if filled is None else filled
    for i in range(n):
        _unit(axes[:, i], i, w, b, v, high, drawn=i in filled)
    for ax, stage in zip(axes[:, 0], STAGES, strict=True):
        ax.set_ylabel(stage)
    for ax in axes[:2, n]:
        ax.axis("off")
    _output(axes[2, n], w, b, v, c, high, drawn=set(filled) >= set(range(n)))


def draw_one_unit(
    axes: np.ndarray,
    unit: int,
    w: ArrayLike,
    b: ArrayLike,
    v: ArrayLike,
    c: float,
    *,
    high: int = 4,
) -> None:
    """Draw the three stages of one unit side by side, and the output of all units.

    Args:
        axes: 4 axes.
        unit: which one, counted from 0.
        w: `(n,)`, weights of the input.
        b: `(n,)`, biases.
        v: `(n,)`, weights of the output.
        c: bias of the output.
        high: the input runs from 0 to `high`.

    Ref: lecture 03, T03.8.
    """
    _unit(axes[:3], unit, w, b, v, high, drawn=True)
    _output(axes[3], w, b, v, c, high, drawn=True)


def _unit(axes, i: int, w, b, v, high: int, *, drawn: bool) -> None:
    """Draw sum, activation and weighted activation of unit `i`, or empty panels."""
    weight, bias, factor = (float(values[i]) for values in (w, b, v))
    x = np.linspace(0, high, 50 * high + 1)
    z = weight * x + bias
    a = np.maximum(0, z)
    titles = (
        f"$z_{i + 1} = {_line(weight, bias)}$",
        f"$a_{i + 1} = \\max(0, z_{i + 1})$",
        f"${_factor(factor)}\\,a_{i + 1}$",
    )
    for ax, y, title, limit in zip(
        axes, (z, a, factor * a), titles, (4.5, 4.5, 9), strict=True
    ):
        _frame(ax, title, high, limit)
        if drawn:
            _curve(ax, x, y, PALETTE[i], MARKERS[i])
            _bends(ax, [weight], [bias], high)


def _output(ax: Axes, w, b, v, c: float, high: int, *, drawn: bool) -> None:
    """Draw the weighted sum of all units, or an empty panel."""
    x = np.linspace(0, high, 50 * high + 1)
    _frame(ax, f"$\\hat y$, with $c$ = {number(c)}", high, 9)
    if drawn:
        z = np.outer(w, x) + np.asarray(b, dtype=float)[:, None]  # (n, points)
        _curve(ax, x, np.asarray(v, dtype=float) @ np.maximum(0, z) + c, INK, "D")
        _bends(ax, np.where(np.asarray(v), w, 0), b, high)  # without weight, no bend


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


def _bends(ax: Axes, w: ArrayLike, b: ArrayLike, high: int) -> None:
    """Draw a dotted line where the sum of a unit is zero."""
    for weight, bias in zip(np.asarray(w), np.asarray(b), strict=True):
        if weight and 0 < -bias / weight < high:
            ax.axvline(-bias / weight, color=GREY, linestyle=":", linewidth=1.4, zorder=1)


def _factor(value: float) -> str:
    """Return a factor as it is written before a letter, without 1."""
    return {1.0: "", -1.0: "-"}.get(value, f"{value:g}")


def _line(weight: float, bias: float) -> str:
    """Return `weight x + bias` as it is written by hand."""
    sign = "+" if bias >= 0 else "-"
    return f"{_factor(weight)}x {sign} {abs(bias):g}" if bias else f"{_factor(weight)}x"
