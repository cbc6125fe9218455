"""Derivatives seen: a curve under the microscope, a slope by direction, a bent grid.

Ref: lecture 07.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import BLUE, GREY, INK, RED, SKY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Curve = Callable[[np.ndarray], np.ndarray]


def draw_microscope(
    axes: Sequence[Axes], f: Curve, slope: float, x: float, width: float
) -> None:
    """Draw a curve, and beside it what a microscope shows around one of its points.

    Both views of the right picture are scaled alike, in units of its width, so that a
    curve that is straight enough lies on its dashed tangent.

    Args:
        axes: two axes.
        f: maps `(n,)` to `(n,)`.
        slope: of `f` at `x`.
        x: the point looked at.
        width: of the view, to each side of `x`.

    Ref: lecture 07, T07.1.
    """
    whole, close = axes
    line = np.linspace(-1, 4.5, 301)
    whole.plot(line, f(line))
    y = f(np.array([x]))[0]
    whole.plot(x, y, "o", color=RED, markersize=8)
    whole.axvspan(x - width, x + width, color=SKY, alpha=0.4)
    whole.set(xlabel="$x$", ylabel="$f(x)$", title="The curve")

    steps = np.linspace(-width, width, 201)
    close.plot(steps, f(x + steps) - y, color=BLUE, linestyle="-", label="the curve")
    close.plot(steps, slope * steps, color=RED, linestyle="--", label="the tangent")
    top = max(1.4 * abs(slope), 0.5) * width
    close.set(xlim=(-width, width), ylim=(-top, top))
    close.set(xlabel=r"change of $x$", ylabel=r"change of $f$")
    close.set_title(f"Within {width:.2g} of the point")
    close.legend(loc="upper left")


def draw_direction(
    axes: Sequence[Axes],
    f: Callable[[np.ndarray, np.ndarray], np.ndarray],
    at: ArrayLike,
    gradient: ArrayLike,
    degrees: float,
) -> None:
    """Draw the slope of a function of two variables in one direction, and in all.

    Args:
        axes: two axes: contour lines, and the slope over the angle.
        f: of two arrays, element by element.
        at: `(2,)`, where one stands.
        gradient: `(2,)`, of `f` at that place.
        degrees: direction of the step, 0 along the first axis.

    Ref: lecture 07, T07.2.
    """
    plane, slopes = axes
    point, g = np.asarray(at, dtype=float), np.asarray(gradient, dtype=float)
    v = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    line = np.linspace(-2.5, 2.5, 101)
    x1, x2 = np.meshgrid(line, line)
    plane.contour(x1, x2, f(x1, x2), levels=12, cmap="cividis", linewidths=1.1)
    for arrow, colour, name in (
        (g / np.linalg.norm(g), BLUE, "gradient (its direction)"),
        (v, RED, "step"),
    ):
        style = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.012}
        plane.quiver(*point, *arrow, color=colour, label=name, zorder=4, **style)
    plane.plot(*point, "o", color=INK, zorder=5)
    plane.set(xlabel="$x_1$", ylabel="$x_2$", title="Where to?")
    plane.set_aspect("equal")
    plane.grid(False)
    plane.legend(loc="lower left", frameon=True)

    angles = np.arange(0, 361)
    turned = np.radians(angles)
    slopes.plot(angles, np.cos(turned) * g[0] + np.sin(turned) * g[1])
    slopes.plot(degrees, g @ v, "o", color=RED, markersize=9)
    slopes.axhline(0, color=INK, linewidth=0.8, linestyle="-")
    steepest = np.degrees(np.arctan2(g[1], g[0])) % 360
    slopes.axvline(steepest, color=GREY, linestyle=":")
    slopes.set(xlabel="direction of the step (degrees)", ylabel="slope")
    slopes.set_xticks(range(0, 361, 90))
    slopes.set_title(f"slope {g @ v:.2f}")


def draw_map(
    axes: Sequence[Axes],
    f: Callable[[np.ndarray], np.ndarray],
    jacobian: ArrayLike,
    at: ArrayLike,
    *,
    side: float = 0.5,
    limit: float = 2.0,
) -> np.ndarray:
    """Draw what a map of the plane makes of a grid, and of a small square in it.

    Left the inputs, right the outputs. The true image of the square is blue and may be
    bent; the dashed red parallelogram is what the Jacobian predicts, its sides are the
    columns of the Jacobian times `side`.

    Args:
        axes: two axes.
        f: maps `(2,)` to `(2,)`.
        jacobian: `(2, 2)`, of `f` at `at`.
        at: `(2,)`, the corner of the square from which its sides start.
        side: of the square.
        limit: the grid covers `-limit` to `limit` on both axes.

    Returns:
        `(4, 2)`, the corners of the parallelogram.

    Ref: lecture 07, T07.3.
    """
    corner, matrix = np.asarray(at, dtype=float), np.asarray(jacobian, dtype=float)
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], dtype=float)
    fine = np.linspace(0, 1, 15)[:, None]
    edges = [a + fine * (b - a) for a, b in itertools.pairwise(unit)]
    square = corner + side * np.concatenate(edges)  # (60, 2)
    line = np.linspace(-limit, limit, 41)
    for fixed in np.linspace(-limit, limit, 9):
        upright = np.column_stack([np.full_like(line, fixed), line])
        for path in (upright, upright[:, ::-1]):
            for ax, points in zip(axes, (path, _image(f, path)), strict=True):
                ax.plot(*points.T, color=GREY, linestyle="-", linewidth=0.7)
    axes[0].fill(*square.T, facecolor=SKY, edgecolor=BLUE, linewidth=2)
    axes[1].fill(*_image(f, square).T, facecolor=SKY, edgecolor=BLUE, linewidth=2)
    start = f(corner)
    corners = start + side * unit @ matrix.T  # (5, 2)
    axes[1].plot(*corners.T, color=RED, linestyle="--", label="by the Jacobian")
    for ax, point in zip(axes, (corner, start), strict=True):
        ax.plot(*point, "o", color=INK, markersize=5, zorder=5)
        ax.set_aspect("equal")
        ax.grid(False)
    axes[0].set(xlabel="$x_1$", ylabel="$x_2$", title="Inputs")
    axes[1].set(xlabel="$f_1$", ylabel="$f_2$", title="Outputs")
    return corners[:-1]


def _image(f: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> np.ndarray:
    """Return `f` of each row."""
    return np.array([f(point) for point in points])
