"""Networks drawn as circles and arrows.

Ref: lectures 06 and 08.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import BLUE, GREY, INK, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LAYER_GAP, UNIT_GAP, RADIUS = 3.4, 2.6, 0.56
BIAS_GAP = 1.6


def draw_network(
    ax: Axes,
    nodes: Sequence[Sequence[Any]],
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike] | None = None,
    *,
    names: Sequence[Sequence[str]] | None = None,
    shades: Sequence[ArrayLike] | None = None,
    backward: bool = False,
    labels: bool = True,
    label_at: float = 0.36,
) -> None:
    """Draw a fully connected network on `ax`, inputs on the left.

    A line stands for one weight: blue and solid if positive, red and dashed if
    negative, dotted grey if zero, thicker if larger. Weights come as the course
    stores them, outputs x inputs, so that a gradient can be drawn as well.

    Args:
        ax: axes to draw on; its ticks and frame are removed.
        nodes: one sequence per layer, inputs first: what stands in each circle,
            numbers or text.
        weights: one array `(outputs, inputs)` per pair of layers; its numbers stand
            beside the lines.
        biases: one array `(outputs,)` per pair of layers, drawn as lines from small
            squares that hold the constant 1.
        names: text above the value in each circle, in the layout of `nodes`.
        shades: numbers from 0 to 1 in the layout of `nodes`: fill of the circles,
            light to dark.
        backward: arrows point from the outputs to the inputs.
        labels: write the weights beside the lines.
        label_at: where on its line a weight stands, from 0 to 1; nearer to the
            beginning where lines that cross hide each other's.

    Ref: lecture 08, network figures.
    """
    places = [_column(layer, len(units)) for layer, units in enumerate(nodes)]
    arrays = [np.asarray(w, dtype=float) for w in weights]
    constants = [np.asarray(b, dtype=float) for b in biases or []]
    largest = max(np.abs(a).max() for a in [*arrays, *constants])

    for layer, array in enumerate(arrays):
        wide = len(places[layer]) > 1
        for (to, source), value in np.ndenumerate(array):
            ends = (places[layer][source], places[layer + 1][to])
            at = label_at if wide and len(places[layer + 1]) > 1 else 0.46
            text = number(value) if labels else ""
            _edge(ax, *ends, value, largest, backward, text=text, at=at)

    for layer, array in enumerate(constants, start=1):
        for (x, y), value in zip(places[layer], array, strict=True):
            square = (x, y + (BIAS_GAP if y >= 0 else -BIAS_GAP))
            _edge(ax, square, (x, y), value, largest, backward, start_gap=8)
            _box(ax, square, number(value) if labels else "")

    _circles(ax, places, nodes, names, shades)
    tall = max(len(units) for units in nodes)
    top = (tall - 1) / 2 * UNIT_GAP + (BIAS_GAP + 0.4 if constants else 0.7)
    ax.set(xlim=(-0.7, (len(nodes) - 1) * LAYER_GAP + 0.7), ylim=(-top, top))
    ax.set_aspect("equal")
    ax.axis("off")


def _circles(ax, places, nodes, names, shades) -> None:
    for layer, units in enumerate(nodes):
        for unit, value in enumerate(units):
            text = number(value)
            if names is not None:
                text = f"{names[layer][unit]}\n{text}".strip()
            shade = None if shades is None else float(shades[layer][unit])
            _circle(ax, places[layer][unit], text, shade)


def draw_pass(
    axes: Sequence[Axes],
    net: Mapping[str, np.ndarray],
    values: Sequence[ArrayLike],
    errors: Sequence[ArrayLike],
    gradients: Mapping[str, np.ndarray],
    *,
    units: Sequence[Sequence[int]],
    at_inputs: ArrayLike | None = None,
) -> None:
    """Draw both directions of a two-layer network: forward left, backward right.

    On the right the circles hold errors, and the lines the gradients of the weights.

    Args:
        axes: two axes.
        net: W1 (h, d), b1 (h,), W2 (c, h), b2 (c,).
        values: inputs (d,), hidden activations (h,), outputs (c,).
        errors: delta1 (h,), delta2 (c,).
        gradients: the names and shapes of `net`.
        units: the number of each unit, layer by layer, for its name in the circle.
        at_inputs: what reaches the inputs (d,), W1.T @ delta1; their names if left out.

    Ref: lecture 08, XOR by hand.
    """
    inputs = [f"$x_{{{n}}}$" for n in units[0]]
    hidden_and_output = [[f"$a_{{{n}}}$" for n in layer] for layer in units[1:]]
    deltas = [[rf"$\delta_{{{n}}}$" for n in layer] for layer in units[1:]]
    draw_network(
        axes[0],
        values,
        [net["W1"], net["W2"]],
        [net["b1"], net["b2"]],
        names=[inputs, *hidden_and_output],
    )
    first = inputs if at_inputs is None else np.asarray(at_inputs, dtype=float)
    above = [""] * len(inputs) if at_inputs is None else [f"to {n}" for n in inputs]
    draw_network(
        axes[1],
        [first, *errors],
        [gradients["W1"], gradients["W2"]],
        [gradients["b1"], gradients["b2"]],
        names=[above, *deltas],
        backward=True,
    )
    axes[0].set_title("Forward: values and weights")
    axes[1].set_title("Backward: errors (circles), gradients (lines)")


def number(value: Any) -> str:
    """Return `value` with at most four decimals and a real minus sign."""
    if isinstance(value, str):
        return value
    rounded = round(float(value), 4) + 0.0  # + 0.0 turns -0.0 into 0.0
    text = np.format_float_positional(rounded, trim="-")
    return text.replace("-", "\N{MINUS SIGN}")


def _column(layer: int, size: int) -> list[tuple[float, float]]:
    """Return the centres of a layer's units, the first one on top."""
    top = (size - 1) / 2 * UNIT_GAP
    return [(layer * LAYER_GAP, top - unit * UNIT_GAP) for unit in range(size)]


def _edge(ax, start, end, value, largest, backward, *, text="", at=0.5, start_gap=18):
    """Draw one weight as an arrow, `text` at the fraction `at` of its length."""
    colour, line = (BLUE, "-") if value > 0 else (RED, (0, (4, 1.5)))
    if value == 0:
        colour, line = GREY, ":"
    ends = (end, start) if backward else (start, end)
    gaps = (18, start_gap) if backward else (start_gap, 18)
    arrow = {
        "arrowstyle": "-|>",
        "color": colour,
        "linestyle": line,
        "linewidth": 1 + 2 * abs(value) / largest if largest > 0 else 1,
        "shrinkA": gaps[0],
        "shrinkB": gaps[1],
        "mutation_scale": 13,
    }
    ax.annotate("", xy=ends[1], xytext=ends[0], arrowprops=arrow, zorder=1)
    if text:
        x, y = np.add(start, np.multiply(at, np.subtract(end, start)))
        plate = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
        ax.text(
            x,
            y,
            text,
            color=INK,
            ha="center",
            va="center",
            fontsize=9.5,
            bbox=plate,
            zorder=3,
        )


def _box(ax, centre, text) -> None:
    """Draw the small square that holds the constant input 1 of a bias `text`."""
    plate = {"boxstyle": "square,pad=0.25", "facecolor": "#F0F0F0", "edgecolor": INK}
    ax.text(*centre, "1", ha="center", va="center", fontsize=9, bbox=plate, zorder=4)
    x, y = centre
    ax.text(x - 0.3, y, text, color=INK, ha="right", va="center", fontsize=9.5)


def _circle(ax, centre, text, shade) -> None:
    """Draw one unit; a dark fill gets light text."""
    import matplotlib.colors
    from matplotlib.patches import Circle

    fill, ink = "white", INK
    if shade is not None:
        white, dark = np.ones(3), np.array(matplotlib.colors.to_rgb("#0B3C5D"))
        fill = tuple((1 - shade) * white + shade * dark)
        ink = "white" if shade > 0.5 else INK
    ax.add_patch(Circle(centre, RADIUS, facecolor=fill, edgecolor=INK, zorder=4))
    ax.text(*centre, text, color=ink, ha="center", va="center", fontsize=9, zorder=5)
