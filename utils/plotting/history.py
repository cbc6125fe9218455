"""What happened in training, epoch by epoch.

Ref: lecture 08.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_history(
    ax: Axes, values: ArrayLike, names: Sequence[str] = (), *, epoch: int | None = None
) -> None:
    """Draw one line per column of `values` over the epochs, and mark one epoch.

    Args:
        ax: axes to draw on.
        values: `(epochs,)` or `(epochs, k)` float.
        names: `k` names for a legend; none if left out.
        epoch: where a vertical line stands; none if left out.

    Ref: lecture 08, training XOR.
    """
    table = np.asarray(values, dtype=float)
    columns = table.reshape(len(table), -1).T
    for column, name in zip(columns, names or [None] * len(columns), strict=True):
        ax.plot(column, label=name)
    if epoch is not None:
        ax.axvline(epoch, color=INK, linestyle="-", linewidth=1)
    ax.set_xlabel("epoch")
    ax.set_xticks(np.linspace(0, len(table) - 1, 3).round())
    if names:
        ax.legend()
