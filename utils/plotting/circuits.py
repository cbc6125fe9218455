"""Circuits of single numbers: values above the wires, slopes below them.

Forward things are green, backward things red; they also differ in place.

Ref: lecture 07.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from utils.plotting.network import number
from utils.plotting.page import GREEN, GREY, INK, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RADIUS = 0.34
OUT = 2.0
"""Length of the wire that leaves the circuit."""

Place = tuple[float, float]


def draw_circuit(
    ax: Axes,
    places: Mapping[str, Place],
    wires: Sequence[tuple[str, str]],
    *,
    signs: Mapping[str, str],
    values: Mapping[str, Any] | None = None,
    slopes: Mapping[str | tuple[str, str], Any] | None = None,
) -> None:
    """Draw a circuit: sources on the left, one result on the right.

    A wire carries the value of the node where it begins, in green above the wire, and
    the slope of the result by this value, in red below it. The last node of `places` is
    the result; it has a wire of its own that leaves the circuit.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        places: node -> where its middle is. Nodes without a sign are sources.
        wires: `(from, to)`.
        signs: node -> what stands in its circle, for instance a plus.
        values: node -> number or text; nodes left out show their name alone.
        slopes: node or wire -> number or text. A node that feeds several wires has one
            slope for each of them.

    Ref: lecture 07, T07.4 and T07.6.
    """
    result = [*places][-1]
    x, y = places[result]
    ends = [(a, b, places[a], places[b]) for a, b in wires]
    ends.append((result, "", (x, y), (x + OUT, y)))
    for source, target, start, end in ends:
        _wire(ax, start, end, source in signs, bool(target))
        slope = (slopes or {}).get((source, target), (slopes or {}).get(source))
        value = (values or {}).get(source)
        name = f"${source}$" if source in signs else ""
        _write(ax, start, end, source in signs, name, value, slope)
    for node, place in places.items():
        if node in signs:
            _circle(ax, place, signs[node])
        else:
            font = {"fontsize": 13, "ha": "right", "va": "center", "color": INK}
            ax.text(place[0] - 0.08, place[1], f"${node}$", **font)
    xs, ys = zip(*places.values(), strict=True)
    ax.set(xlim=(min(xs) - 0.5, max(xs) + OUT + 0.1), ylim=(min(ys) - 0.6, max(ys) + 0.6))
    ax.set_aspect("equal")
    ax.axis("off")


def _wire(ax: Axes, start: Place, end: Place, leaves: bool, arrives: bool) -> None:
    """Draw one wire from the edge of a circle, or a source, to the edge of a circle."""
    (x0, y0), (x1, y1) = start, end
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    dx, dy = (x1 - x0) / length * RADIUS, (y1 - y0) / length * RADIUS
    ax.annotate(
        "",
        xy=(x1 - arrives * dx, y1 - arrives * dy),
        xytext=(x0 + leaves * dx, y0 + leaves * dy),
        arrowprops={
            "arrowstyle": "-|>",
            "color": GREY,
            "linewidth": 1.4,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 12,
        },
        zorder=1,
    )


def _write(ax, start, end, leaves, name, value, slope) -> None:
    """Write a value above the middle of a wire, a slope below it."""
    (x0, y0), (x1, y1) = start, end
    at = 0.5 if leaves else 0.38  # sources lie apart, where they arrive is no room
    x, y = x0 + at * (x1 - x0), y0 + at * (y1 - y0)
    plate = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.9}
    font = {"fontsize": 11, "ha": "center", "weight": "bold", "bbox": plate, "zorder": 3}
    shown = [name] if name else []
    shown += [] if value is None else [number(value)]
    if shown:
        colour = INK if value is None else GREEN
        ax.text(x, y + 0.12, " = ".join(shown), va="bottom", color=colour, **font)
    if slope is not None:
        ax.text(x, y - 0.12, number(slope), va="top", color=RED, **font)


def _circle(ax: Axes, centre: Place, sign: str) -> None:
    """Draw one operation."""
    from matplotlib.patches import Circle

    ax.add_patch(Circle(centre, RADIUS, facecolor="white", edgecolor=INK, zorder=4))
    ax.text(*centre, sign, ha="center", va="center", fontsize=13, color=INK, zorder=5)
