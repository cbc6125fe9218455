"""What losses and softmax look like: probabilities, a signed matrix, a loss surface.

Ref: lecture 05.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.network import number
from utils.plotting.page import BLUE, GREY, INK, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_probabilities(
    ax: Axes, p: ArrayLike, names: Sequence[str], *, target: int | None = None
) -> None:
    """Draw one bar per class, its probability written at its end.

    Args:
        ax: axes to draw on; the scale runs from 0 to 1.
        p: `(C,)`, the probabilities.
        names: one per class, first one on top.
        target: the true class: its bar is blue, the others hatched and grey. Without
            it all bars are blue.

    Ref: lecture 05, T05.2.
    """
    for row, share in enumerate(np.asarray(p, dtype=float)):
        chosen = target is None or row == target
        ax.barh(
            row,
            share,
            height=0.6,
            color=BLUE if chosen else GREY,
            hatch=None if chosen else "///",
            edgecolor="white",
        )
        ax.text(share + 0.02, row, f"{share:.3f}", va="center", fontsize=9.5)
    ax.set(xlim=(0, 1.15), ylim=(len(names) - 0.4, -0.6), xlabel="probability")
    ax.set_xticks(np.linspace(0, 1, 6))
    ax.set_yticks(range(len(names)), names)
    ax.grid(False, axis="y")


def draw_signed(
    ax: Axes,
    matrix: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    largest: float | None = None,
) -> Any:
    """Draw a matrix as an image: blue is positive, red negative, white zero.

    Every number is written in its field, so that the sign does not rest on colour.

    Args:
        ax: axes to draw on.
        matrix: `(n, m)` float.
        rows: `n` names.
        columns: `m` names.
        largest: the number with the full colour; the largest absolute value if left
            out.

    Returns:
        The image, for a colour bar.

    Ref: lecture 05, T05.13, the Jacobian of softmax.
    """
    from matplotlib.colors import LinearSegmentedColormap

    values = np.asarray(matrix, dtype=float)
    top = largest or np.abs(values).max() or 1.0
    signed = LinearSegmentedColormap.from_list("signed", [RED, "white", BLUE])
    image = ax.imshow(values, cmap=signed, vmin=-top, vmax=top)
    for (i, j), value in np.ndenumerate(values):
        ink = "white" if abs(value) > 0.65 * top else INK
        text = number(round(value, 3))
        ax.text(j, i, text, ha="center", va="center", color=ink, fontsize=10)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.grid(False)
    ax.tick_params(length=0)
    return image


def draw_loss_surface(
    ax: Axes,
    loss: Callable[[np.ndarray], np.ndarray],
    *,
    xlim: tuple[float, float] = (-3, 3),
    ylim: tuple[float, float] = (-3, 3),
    levels: int | Sequence[float] = 14,
    points: int = 101,
) -> tuple[float, float]:
    """Draw a loss of two weights as filled contours, a star at its best point.

    Low is dark, high is bright. Where many grid points are equally low, as with the 0-1
    loss, the star stands in the middle of them.

    Args:
        ax: axes to draw on.
        loss: maps weights `(n, 2)` to losses `(n,)`.
        xlim: range of the first weight.
        ylim: range of the second weight.
        levels: contour lines, their number or their values.
        points: of the grid, along each weight.

    Returns:
        The two weights of the star.

    Ref: lecture 05, loss surfaces.
    """
    u, v = np.meshgrid(np.linspace(*xlim, points), np.linspace(*ylim, points))
    weights = np.column_stack([u.ravel(), v.ravel()])
    height = np.asarray(loss(weights), dtype=float)
    surface = height.reshape(u.shape)
    ax.contourf(u, v, surface, levels=levels, cmap="cividis", extend="both")
    ax.contour(u, v, surface, levels=levels, colors="white", linewidths=0.4)
    lowest = middle_of(weights[np.isclose(height, height.min(), rtol=1e-12, atol=0)])
    star = {"markersize": 14, "markeredgecolor": INK, "color": "white"}
    ax.plot(*lowest, "*", linestyle="none", **star)
    ax.set(xlim=xlim, ylim=ylim, xlabel="$w_1$", ylabel="$w_2$")
    ax.set_aspect("equal")
    ax.grid(False)
    return float(lowest[0]), float(lowest[1])


def middle_of(points: np.ndarray) -> np.ndarray:
    """Return the one of some points `(n, 2)` that is nearest to their mean."""
    away = np.linalg.norm(points - points.mean(axis=0), axis=1)
    return points[away.argmin()]
