"""Training seen over time: losses on two data sets, and where to stop.

Ref: lecture 11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from utils.plotting.page import BLUE, GREEN, INK, RED

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_losses(
    ax: Axes,
    train: ArrayLike,
    dev: ArrayLike,
    *,
    best: int | None = None,
    stop: int | None = None,
    top: float | None = None,
) -> None:
    """Draw the losses on the training and on the development set over the epochs.

    Args:
        ax: axes to draw on.
        train: `(T,)` float, one loss per evaluation, drawn solid blue.
        dev: `(T,)` float, drawn dashed red.
        best: evaluation whose development loss is marked with a star.
        stop: evaluation at which training stops, marked by a line; what lies behind
            it is never computed and is drawn pale.
        top: upper end of the vertical axis.

    Ref: lecture 11, T11.2 to T11.4.
    """
    train, dev = np.asarray(train, dtype=float), np.asarray(dev, dtype=float)
    epochs = np.arange(len(train))
    seen = len(train) if stop is None else stop + 1
    for losses, colour, line, name in (
        (train, BLUE, "-", "training set"),
        (dev, RED, "--", "development set"),
    ):
        ax.plot(epochs[:seen], losses[:seen], line, color=colour, label=name)
        ax.plot(epochs[seen - 1 :], losses[seen - 1 :], line, color=colour, alpha=0.25)
    if stop is not None:
        ax.axvline(stop, color=INK, linestyle=":", linewidth=1.4, label="stop")
    if best is not None:
        ax.plot(best, dev[best], "*", color=GREEN, markersize=15, zorder=5, label="best")
    ax.set(xlabel="epoch", ylabel="loss", xlim=(0, max(len(train) - 1, 1)), ylim=(0, top))
