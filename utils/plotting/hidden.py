"""What hidden units do: their activity over all examples.

Ref: lecture 13.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_activity(
    ax: Axes, H: ArrayLike, y: ArrayLike, names: Sequence[str], units: Sequence[str]
) -> Any:
    """Draw the activations of a layer: one row per unit, one column per example.

    White lines part the classes; examples must come in the order of their classes.

    Args:
        ax: axes to draw on.
        H: `(N, h)` float, between 0 and 1; dark is 0, bright is 1.
        y: `(N,)` int, from 0 to C-1, ascending.
        names: one per class, written below its examples.
        units: one name per unit.

    Returns:
        The image, for a colour bar.

    Raises:
        ValueError: if the classes are not in order.

    Ref: lecture 13, T13.10.
    """
    H, y = np.asarray(H, dtype=float), np.asarray(y)
    if np.any(np.diff(y) < 0):
        raise ValueError("the examples are not ordered by class: sort H and y by y first")
    image = ax.imshow(H.T, aspect="auto", vmin=0, vmax=1, interpolation="nearest")
    middles = [np.flatnonzero(y == c).mean() for c in range(len(names))]
    for border in np.flatnonzero(np.diff(y)) + 0.5:
        ax.axvline(border, color="white", linewidth=1.6)
    ax.set_xticks(middles, names)
    ax.set_yticks(range(len(units)), units)
    ax.tick_params(length=0)
    ax.grid(False)
    return image
