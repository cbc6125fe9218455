"""G09.7 `sum_to`."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import autograd
from ._shared import ARRAYS, CLOSE, Array, Rng, Shape, sum_to


def sum_to_inputs(rng: Rng) -> list[Case]:
    """New axes in front, repeated ones, both; sizes that differ and sizes that agree."""

    def case(shape: Shape, after: Shape, **more: Any) -> Case:
        name = f"{shape} to {after}"
        return Case(name=name, args=(rng.normal(size=after), shape), **more)

    same = "without a broadcast the result is up"
    return [
        case((3,), (4, 3)),
        case((3,), (3, 3)),
        case((3, 1), (3, 4)),
        case((1, 4), (3, 4)),
        case((3, 1), (2, 3, 4)),
        case((2, 1, 3), (2, 2, 3)),
        case((1, 3), (2, 4, 3)),
        case((1, 1), (3, 2)),
        case((2, 3), (2, 2, 3)),
        case((), (2, 3)),
        case((1,), (4,)),
        case((3, 2), (3, 2), role="edge", requirement=same),
        case((1, 3), (1, 3), role="edge", requirement=same),
        case((), (), role="edge", requirement=same),
    ]


def _new_axes_only(up: Array, shape: Shape) -> Array:
    while up.ndim > len(shape):
        up = up.sum(axis=0)
    return up


def _repeated_only(up: Array, shape: Shape) -> Array:
    new = up.ndim - len(shape)
    for k, n in enumerate(shape):
        if n == 1:
            up = up.sum(axis=new + k, keepdims=True)
    return up


def _without_lengths(up: Array, shape: Shape) -> Array:
    """Sum over repeated axes, and lose them."""
    new = up.ndim - len(shape)
    axes = [new + k for k, n in enumerate(shape) if n == 1]
    return np.asarray(up.sum(axis=(*range(new), *axes)))


def _copies(up: Array, shape: Shape) -> float:
    return up.size / max(int(np.prod(shape)), 1)


def _from_the_left(up: Array, shape: Shape) -> Array:
    """Line shapes up from the left, and take the new axes from the end."""
    full = (*shape, *[1] * (up.ndim - len(shape)))
    axes = tuple(k for k, n in enumerate(full) if n == 1)
    return up.sum(axis=axes, keepdims=True).reshape(shape)


def _first_axis(up: Array, shape: Shape) -> Array:
    return up if up.shape == shape else np.broadcast_to(up.sum(axis=0), shape)


EXERCISE = Exercise(
    id="G09.7",
    function="sum_to",
    points=2,
    reference=sum_to,
    inputs=sum_to_inputs,
    outputs=("gradient",),
    lecture=ARRAYS,
    mistakes=(
        Mistake(
            code="X09.7a",
            variant=_new_axes_only,
            message="The axes that a broadcast put in front are summed, those that it "
            "repeated are not: where shape has a 1, sum over that axis and keep it.",
        ),
        Mistake(
            code="X09.7b",
            variant=_repeated_only,
            message="The axes of length 1 are summed, but not those that the broadcast put "
            "in front: the result has too many axes.",
        ),
        Mistake(
            code="X09.7c",
            variant=_without_lengths,
            message="The sums are right, but an axis of length 1 is lost. The result has "
            "exactly the shape you are given: keepdims=True, or a reshape at the end.",
        ),
        Mistake(
            code="X09.7d",
            variant=lambda up, shape: sum_to(up, shape) / _copies(up, shape),
            message="The copies are averaged. Each copy is a road of its own, and roads "
            "that meet add.",
        ),
        Mistake(
            code="X09.7e",
            variant=lambda up, shape: np.ravel(up)[: max(int(np.prod(shape)), 1)].reshape(
                shape
            ),
            message="Only some of the numbers are taken, the others are thrown away. All "
            "copies count: add them.",
        ),
        Mistake(
            code="X09.7f",
            variant=lambda up, shape: up,
            message="up comes back as it is. Sum it over all that the broadcast repeated.",
        ),
        Mistake(
            code="X09.7g",
            variant=lambda up, shape: np.full(shape, up.sum()),
            message="Everything is added to one number. Each entry gets the sum over its "
            "own copies.",
        ),
        Mistake(
            code="X09.7h",
            variant=_from_the_left,
            message="The shapes are lined up from the left. NumPy compares them from the "
            "right, and new axes come in front.",
        ),
        Mistake(
            code="X09.7i",
            variant=_first_axis,
            message="Only one axis is summed, whatever the shapes are. Find out from both "
            "shapes which axes are new and which were repeated.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def sum_as_in_the_lecture(up, shape):
    while up.ndim > len(shape):
        up = up.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            up = up.sum(axis=axis, keepdims=True)
    return up


def sum_where_sizes_differ(up, shape):
    padded = (1,) * (np.ndim(up) - len(shape)) + tuple(shape)
    axes = tuple(i for i, (a, b) in enumerate(zip(np.shape(up), padded)) if a != b)
    return np.sum(up, axis=axes, keepdims=True).reshape(shape)


def sum_by_adding_at(up, shape):
    places = np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), up.shape)
    return np.bincount(places.ravel(), up.ravel(), int(np.prod(shape))).reshape(shape)


def sum_by_einsum(up, shape):
    letters = "abcdefg"[: up.ndim]
    own = letters[up.ndim - len(shape) :]
    kept = "".join(c for c, n in zip(own, shape) if n != 1)
    return np.einsum(f"{letters}->{kept}", up).reshape(shape)


RIGHT_WAYS = [
    sum_as_in_the_lecture,
    sum_where_sizes_differ,
    sum_by_adding_at,
    sum_by_einsum,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (up, shape), gradient in expected(EXERCISE):
        pull = torch.tensor(up)
        (wanted,) = autograd(
            lambda x, pull=pull: (x.broadcast_to(pull.shape) * pull).sum(), np.zeros(shape)
        )
        np.testing.assert_allclose(gradient, wanted, **CLOSE)
