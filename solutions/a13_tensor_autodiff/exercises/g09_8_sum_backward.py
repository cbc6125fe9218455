"""G09.8 `sum_backward`."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import autograd, raised
from ._shared import ARRAYS, CLOSE, Array, Rng, Shape, sum_backward


def sum_backward_inputs(rng: Rng) -> list[Case]:
    """Every axis from either end, with and without keepdims; squares, where axes mix."""

    def case(shape: Shape, axis: int | None, keep: bool, name: str = "") -> Case:
        up = rng.normal(size=np.sum(np.zeros(shape), axis=axis, keepdims=keep).shape)
        name = name or f"{shape}, axis={axis}, keepdims={keep}"
        return Case(name=name, args=(up, shape, axis, keep))

    return [
        case((2, 3), None, False),
        case((2, 3), None, True),
        case((4,), None, False),
        case((4,), 0, False),
        case((3, 4), 0, False),
        case((3, 4), 1, False),
        case((3, 4), 1, True),
        case((4, 2), -1, False),
        case((4, 2), -2, True),
        case((3, 3), 0, False),
        case((3, 3), 1, False),
        case((3, 3), -1, True),
        case((2, 3, 4), 1, False),
        case((2, 3, 4), -1, False),
        case((2, 3, 4), 0, True),
        case((2, 1, 3), 1, False, "an axis of length 1"),
        case((3, 3, 3), 1, False),
    ]


def _count(shape: Shape, axis: int | None) -> int:
    return int(np.prod(shape)) if axis is None else shape[axis]


def _unstretched(up: Array, shape: Shape, axis: int | None, keepdims: bool) -> Array:
    return np.asarray(np.expand_dims(up, axis) if axis is not None and not keepdims else up)


def _not_put_back(up: Array, shape: Shape, axis: int | None, keepdims: bool) -> Array:
    """Broadcast without the summed axis: right for axis 0, wrong or an error otherwise."""
    return up * np.ones(shape)


def _always_put_back(up: Array, shape: Shape, axis: int | None, keepdims: bool) -> Array:
    up = up if axis is None else np.expand_dims(up, axis)
    return up * np.ones(shape)


def _from_the_front(up: Array, shape: Shape, axis: int | None, keepdims: bool) -> Array:
    """Put the axis back in front, whichever it was."""
    if axis is not None and not keepdims:
        up = np.expand_dims(up, 0)
    return up * np.ones(shape)


def _at_the_end(up: Array, shape: Shape, axis: int | None, keepdims: bool) -> Array:
    if axis is not None and not keepdims:
        up = np.expand_dims(up, -1)
    return up * np.ones(shape)


def _total(up: Array, shape: Shape, axis: int | None, keepdims: bool) -> Array:
    return np.full(shape, np.sum(up))


def _filled(up: Array, shape: Shape, axis: int | None, keepdims: bool) -> Array:
    return np.ones(shape)


EXERCISE = Exercise(
    id="G09.8",
    function="sum_backward",
    points=3,
    reference=sum_backward,
    inputs=sum_backward_inputs,
    outputs=("gradient",),
    lecture=ARRAYS,
    mistakes=(
        Mistake(
            code="X09.8a",
            detect=raised("ValueError", "broadcast"),
            message="Where up and x do not fit together, your function stops. The summed "
            "axis is missing from up: put it back with length 1, at its own place, before "
            "you stretch (np.expand_dims).",
        ),
        Mistake(
            code="X09.8b",
            variant=_always_put_back,
            message="With keepdims=True the axis is there already, and you add another one.",
        ),
        Mistake(
            code="X09.8d",
            variant=lambda up, shape, axis, keepdims: (
                sum_backward(up, shape, axis, keepdims) / _count(shape, axis)
            ),
            message="This is the gradient of a mean. In a sum each entry has the slope 1.",
        ),
        Mistake(
            code="X09.8e",
            variant=_unstretched,
            message="The gradient is not stretched to the shape of x. Each entry of x needs "
            "a number of its own: the one of the sum it went into.",
        ),
        Mistake(
            code="X09.8f",
            variant=_total,
            message="Every entry gets the sum of all that arrives. It gets only what "
            "arrives at the sum it went into.",
        ),
        Mistake(
            code="X09.8g",
            variant=_filled,
            message="These are the slopes alone. What arrives, up, has to be multiplied in.",
        ),
        Mistake(
            code="X09.8h",
            variant=lambda up, shape, axis, keepdims: (
                sum_backward(up, shape, axis, keepdims) * _count(shape, axis)
            ),
            message="The gradient is multiplied by the number of summed entries. Each entry "
            "is summed once and has the slope 1.",
        ),
    ),
)


WRONG_WAYS = {"X09.8a": [_not_put_back, _from_the_front, _at_the_end]}


# --- other right ways of writing it ---------------------------------------------------


def backward_by_reshape(up, shape, axis, keepdims):
    if axis is None:
        kept = [1] * len(shape)
    else:
        kept = list(shape)
        kept[axis] = 1
    return np.broadcast_to(np.reshape(up, kept), shape)


def backward_by_repeat(up, shape, axis, keepdims):
    if axis is None:
        return np.full(shape, np.asarray(up).item())
    up = up if keepdims else np.expand_dims(up, axis)
    return np.repeat(up, shape[axis], axis=axis)


def backward_by_stack(up, shape, axis, keepdims):
    if axis is None:
        return np.zeros(shape) + np.sum(up)
    rows = np.squeeze(up, axis) if keepdims else up
    return np.stack([rows] * shape[axis], axis=axis % len(shape))


def backward_by_moving(up, shape, axis, keepdims):
    result = np.empty(shape)
    if axis is None:
        result[...] = np.ravel(up)[0]
    else:
        np.moveaxis(result, axis, 0)[...] = np.moveaxis(up, axis, 0)[0] if keepdims else up
    return result


RIGHT_WAYS = [
    backward_by_reshape,
    backward_by_repeat,
    backward_by_stack,
    backward_by_moving,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (up, shape, axis, keepdims), gradient in expected(EXERCISE):
        pull = torch.tensor(up)

        def loss(x: Any, pull: Any = pull, axis: Any = axis, keep: bool = keepdims) -> Any:
            axes = tuple(range(x.ndim)) if axis is None else axis
            return (x.sum(dim=axes, keepdim=keep) * pull).sum()

        (wanted,) = autograd(loss, np.zeros(shape))
        np.testing.assert_allclose(gradient, wanted, **CLOSE)
