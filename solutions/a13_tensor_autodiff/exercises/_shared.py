"""What several exercises of a13_tensor_autodiff share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray
Rng = np.random.Generator
Shape = tuple[int, ...]
LECTURE = "09_computation_graphs"
ARRAYS = f"{LECTURE}#10.-From-numbers-to-arrays-(10-minutes,-core)"
CLOSE: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-12}


def sum_to(up: Any, shape: Sequence[int]) -> Array:
    """Return an upstream gradient summed over the copies that a broadcast has made.

    Each copy is added to the entry it was made from. Ref: lecture 09, section 10.

    Args:
        up: float array of the shape after the broadcast.
        shape: the shape before it.
    """
    up = np.asarray(up, float)
    total = np.zeros(tuple(shape))
    for place in np.ndindex(up.shape):
        own = place[up.ndim - len(shape) :]
        total[tuple(k if n > 1 else 0 for k, n in zip(own, shape, strict=True))] += up[
            place
        ]
    return total


def sum_backward(up: Any, shape: Sequence[int], axis: int | None, keepdims: bool) -> Array:
    """Return the gradient of the operand of a sum: each entry gets what its sum got.

    Args:
        up: float array of the shape of the result.
        shape: of the operand.
        axis: of the sum; None: all.
        keepdims: whether the result has the axis still, with length 1.
    """
    up = np.asarray(up, float)
    found = np.empty(tuple(shape))
    for place in np.ndindex(found.shape):
        own = list(place)
        if axis is None:
            own = [0] * (len(own) if keepdims else 0)
        elif keepdims:
            own[axis] = 0
        else:
            del own[axis]
        found[place] = up[tuple(own)]
    return found
