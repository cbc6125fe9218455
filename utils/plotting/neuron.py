"""A single neuron, and the ways in which many of them can be wired.

Ref: lecture 03.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.network import number
from utils.plotting.page import BLUE, GREY, INK, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP = 1.3  # between two inputs


def draw_neuron(
    ax: Axes,
    x: ArrayLike,
    w: ArrayLike,
    b: float,
    a: float,
    *,
    f: str = r"$\sigma$",
) -> None:
    """Draw one unit with its parts: inputs, weights, sum, activation, output.

    A line is blue and solid where the input raises the sum, red and dashed where it
    lowers it, dotted grey where it adds nothing; thicker if it adds more.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        x: `(d,)`, the inputs.
        w: `(d,)`, the weights.
        b: the bias, drawn as the weight of a constant input 1.
        a: the output.
        f: name of the activation function, for its box.

    Ref: lecture 03, T03.2.
    """
    inputs, weights = np.append(x, 1.0), np.append(w, b)
    shares = inputs * weights
    names = [f"$x_{{{i}}}$ = {number(v)}" for i, v in enumerate(inputs[:-1], start=1)]
    top = (len(inputs) - 1) / 2 * GAP
    centre = (5.0, 0.0)
    for i, (value, share) in enumerate(zip(weights, shares, strict=True)):
        y = top - i * GAP
        is_bias = i == len(weights) - 1
        label = f"$b$ = {number(value)}" if is_bias else number(value)
        if not is_bias:
            label = f"$w_{{{i + 1}}}$ = {label}"
        _plate(ax, (0, y), "1" if is_bias else names[i], square=is_bias)
        _share(ax, (0.62, y), centre, share, np.abs(shares).max(), label)
    z = number(shares.sum())
    _plate(ax, centre, f"sum\n$z$ = {z}", size=1.0)
    _plate(ax, (7.4, 0), f, square=True)
    _plate(ax, (9.6, 0), f"$a$ = {number(a)}")
    for start, end in ((5.95, 6.95), (7.8, 8.75)):
        arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.6}
        ax.annotate("", xy=(end, 0), xytext=(start, 0), arrowprops=arrow)
    ax.set(xlim=(-1.0, 10.6), ylim=(-top - 0.8, top + 0.8))
    ax.axis("off")


def draw_topology(ax: Axes, links: ArrayLike, places: Sequence[ArrayLike]) -> None:
    """Draw units and the arrows between them.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        links: `(n, n)`, entry `[to, source]` is non-zero where an arrow runs; a unit
            may feed itself.
        places: `n` points, the centres of the units.

    Ref: lecture 03, T03.10.
    """
    from matplotlib.patches import Circle

    links, centres = np.asarray(links), np.asarray(places, dtype=float)
    for to, source in np.argwhere(links):
        (x, y), end = centres[source], centres[to]
        start, bend, gap = (x, y), 0.0, 13
        if to == source:  # a loop over the unit's head
            start, end, bend, gap = (x - 0.2, y + 0.2), (x + 0.2, y + 0.2), -1.9, 2
        elif links[source, to]:  # both ways: two arcs instead of one line
            bend = 0.22
        arrow = {
            "arrowstyle": "-|>",
            "color": RED if bend else BLUE,
            "linestyle": (0, (4, 1.5)) if bend else "-",
            "linewidth": 1.4,
            "shrinkA": gap,
            "shrinkB": gap,
            "connectionstyle": f"arc3,rad={bend}",
        }
        ax.annotate("", xy=end, xytext=start, arrowprops=arrow, zorder=1)
    for centre in centres:
        circle = Circle(centre, 0.28, facecolor="white", edgecolor=INK, zorder=4)
        ax.add_patch(circle)
    left, bottom = centres.min(axis=0) - 0.5
    right, top = centres.max(axis=0) + 0.5
    ax.set(xlim=(left, right), ylim=(bottom, top + 0.4))
    ax.set_aspect("equal")
    ax.axis("off")


def _plate(ax, centre, text, *, square=False, size=0.5) -> None:
    """Draw `text` on a round or square plate."""
    shape = "square" if square else "round"
    plate = {
        "boxstyle": f"{shape},pad={size}",
        "facecolor": "#F0F0F0" if square else "white",
        "edgecolor": INK,
    }
    ax.text(*centre, text, ha="center", va="center", fontsize=10, bbox=plate, zorder=4)


def _share(ax, start, centre, share, largest, label) -> None:
    """Draw the line along which one input reaches the sum, its weight beside it."""
    colour, line = (BLUE, "-") if share > 0 else (RED, (0, (4, 1.5)))
    if share == 0:
        colour, line = GREY, ":"
    width = 1 + 2.5 * abs(share) / largest if largest > 0 else 1
    arrow = {
        "arrowstyle": "-|>",
        "color": colour,
        "linestyle": line,
        "linewidth": width,
        "shrinkB": 44,
    }
    ax.annotate("", xy=centre, xytext=start, arrowprops=arrow, zorder=1)
    x, y = np.add(start, np.multiply(0.35, np.subtract(centre, start)))
    plate = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
    ax.text(x, y, label, ha="center", va="center", fontsize=9.5, bbox=plate, zorder=3)
