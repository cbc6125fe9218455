"""Computation graphs: boxes for nodes, arrows for what flows between them.

Forward things are blue, backward things red and dashed.

Ref: lecture 09.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from utils.graph import Edge, Graph, edges, layout
from utils.plotting.network import number
from utils.plotting.page import BLUE, GREY, INK, PALE_BLUE, PALE_GREY, PALE_RED, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT, ROW_GAP = 1.0, 1.5
BOW = 0.28  # bend of two edges between the same two nodes


def draw_graph(
    ax: Axes,
    graph: Graph,
    *,
    labels: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
    gradients: Mapping[str, Any] | None = None,
    slopes: Mapping[Edge, Any] | None = None,
    marked: Collection[str] = (),
    backward: bool = False,
    width: float = 1.5,
    gap: float = 2.7,
) -> None:
    """Draw a computation graph, sources on the left, results on the right.

    A box holds a label, the value in blue after "=", and the gradient in red after
    "grad". Nodes without a value yet are grey.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        graph: node -> its inputs.
        labels: node -> what its box says first; its name if left out.
        values: node -> number or text. If left out, no box expects a value.
        gradients: node -> number or text.
        slopes: `(from, to)` -> local derivative, written on the edge.
        marked: nodes at work, drawn with a thick frame and thick edges to their inputs.
        backward: the marked nodes send gradients back, so that their edges are red,
            dashed and turned round.
        width: of a box; its height is 1.
        gap: from the middle of one column to the next.

    Raises:
        ValueError: if an input is not in the table, or the graph has a cycle.

    Ref: lecture 09 (all graphs).
    """
    plan = layout(graph)
    half = width / 2
    for edge, times in Counter(edges(graph)).items():
        # Level where it passes the boxes of a column, bent only between columns.
        points = [(gap * x, ROW_GAP * y) for x, y in plan.routes[edge]]
        route = [(x + side, y) for x, y in points for side in (-half, half)][1:-1]
        active = edge[1] in marked
        if times > 1:
            _arrow(ax, [route[0], route[-1]], active, backward, bow=BOW)
            _arrow(ax, [route[0], route[-1]], active, backward, bow=-BOW)
        else:
            _arrow(ax, route, active, backward)
        if slopes and edge in slopes:
            _slope(ax, route, number(slopes[edge]))

    for node, (x, y) in plan.places.items():
        lines = [(labels or {}).get(node, node)]
        lines.append(f"= {number(values[node])}" if values and node in values else "")
        has = gradients is not None and node in gradients
        lines.append(f"grad {number(gradients[node])}" if has else "")
        known = values is None or node in values
        _box(ax, (gap * x, ROW_GAP * y), width, lines, known, node in marked, backward)

    _frame(ax, plan, half, gap)


def _frame(ax, plan, half, gap) -> None:
    """Show all boxes and edges, and nothing around them."""
    points = [p for route in plan.routes.values() for p in route]
    points += plan.places.values()
    xs, ys = [gap * x for x, _ in points], [ROW_GAP * y for _, y in points]
    ax.set(
        xlim=(min(xs) - half - 0.15, max(xs) + half + 0.15),
        ylim=(min(ys) - HEIGHT / 2 - 0.15, max(ys) + HEIGHT / 2 + 0.15),
    )
    ax.set_aspect("equal")
    ax.axis("off")


def _arrow(ax, route, active, backward, *, bow=0.0) -> None:
    """Draw one edge along `route`; an active one is thick, and red if backward."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    colour, line = GREY, "-"
    if active:
        colour, line = (RED, (0, (4, 1.5))) if backward else (BLUE, "-")
    if active and backward:
        route, bow = route[::-1], -bow
    if len(route) > 2:
        shape = {"path": Path(*_smooth(route))}
    else:
        bend = f"arc3,rad={bow}"
        shape = {"posA": route[0], "posB": route[1], "connectionstyle": bend}
    ax.add_patch(
        FancyArrowPatch(
            **shape,
            arrowstyle="-|>",
            mutation_scale=15 if active else 11,
            linewidth=2.4 if active else 1.2,
            linestyle=line,
            color=colour,
            shrinkA=0,
            shrinkB=0,
            zorder=2 if active else 1,
        )
    )


def _smooth(route) -> tuple[list[Any], list[int]]:
    """Return vertices and codes of a curve through `route`, level at each point."""
    from matplotlib.path import Path

    vertices, codes = [route[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(route):
        middle = (x0 + x1) / 2
        vertices += [(middle, y0), (middle, y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    return vertices, codes


def _slope(ax, route, text) -> None:
    """Write the local derivative on the last stretch of an edge."""
    (x0, y0), (x1, y1) = route[-2:]
    plate = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    place = ((x0 + x1) / 2, (y0 + y1) / 2)
    font = {"fontsize": 9, "color": INK, "style": "italic"}
    ax.text(*place, text, ha="center", va="center", bbox=plate, zorder=3, **font)


def _box(ax, centre, width, lines, known, active, backward) -> None:
    """Draw one node: its label, value and gradient, one below the other."""
    from matplotlib.patches import FancyBboxPatch

    x, y = centre
    accent, pale = (RED, PALE_RED) if backward else (BLUE, PALE_BLUE)
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2 + 0.1, y - HEIGHT / 2 + 0.1),
            width - 0.2,
            HEIGHT - 0.2,
            boxstyle="round,pad=0.1",
            facecolor=pale if active else ("white" if known else PALE_GREY),
            edgecolor=accent if active else (INK if known else GREY),
            linewidth=2.4 if active else 1.2,
            zorder=4,
        )
    )
    kept = [(t, c) for t, c in zip(lines, (INK, BLUE, RED), strict=True) if t]
    for row, (text, colour) in enumerate(kept):
        height = y + ((len(kept) - 1) / 2 - row) * 0.29
        font = {"weight": "bold" if colour == INK and known else None, "zorder": 5}
        colour = colour if known else GREY
        ax.text(x, height, text, color=colour, ha="center", va="center", **font)
