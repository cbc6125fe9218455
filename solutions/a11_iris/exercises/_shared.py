"""What several exercises of a11_iris share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray
Rng = np.random.Generator
Params = dict[str, Array]
LECTURE = "13_iris"


RULE = {
    "M13.2a": "The root holds a product. The rule adds the numbers of inputs and outputs.",
    "M13.2b": "a stands under the root. It is added after the root has been taken.",
    "M13.2c": "Look at where a begins and ends: from 1 to 10, both included.",
    "M13.2d": "This is half the sum of inputs and outputs, another rule of thumb. Here the "
    "root of the sum is taken.",
}


Grad = Callable[[Params], Params]


def fit(params: Params, grad: Grad, eta: float, steps: int) -> Params:
    """Descend recursively: the rest of the way from where one step leads."""
    if steps == 0:
        return {name: value.copy() for name, value in params.items()}
    slopes = grad(dict(params))
    moved = {name: np.subtract(params[name], eta * slopes[name]) for name in params}
    return fit(moved, grad, eta, steps - 1)
