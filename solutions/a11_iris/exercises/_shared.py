"""What several exercises of a11_iris share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray
Rng = np.random.Generator
Params = dict[str, Array]
LECTURE = "13_iris"


Grad = Callable[[Params], Params]


def fit(params: Params, grad: Grad, eta: float, steps: int) -> Params:
    """Descend recursively: the rest of the way from where one step leads."""
    if steps == 0:
        return {name: value.copy() for name, value in params.items()}
    slopes = grad(dict(params))
    moved = {name: np.subtract(params[name], eta * slopes[name]) for name in params}
    return fit(moved, grad, eta, steps - 1)
