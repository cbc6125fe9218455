"""G11.1 `dropout_forward`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import (
    CLOSE,
    DROPOUT,
    MESSAGES,
    Array,
    Rng,
    drop_rate,
    scale_of_torch,
    some_mask,
)


def forward_inputs(rng: Rng) -> list[Case]:
    """One, two and three axes in training; testing at the edge."""

    def case(shape: tuple[int, ...], train: bool, **kind: Any) -> Case:
        x, p = rng.normal(0.5, 1, shape), drop_rate(rng)
        args = (x, p, some_mask(rng, shape), train)
        return Case(name=f"{shape}, train = {train}", args=args, **kind)

    testing: dict[str, Any] = {"role": "edge", "requirement": "in testing y = x"}
    return [
        case((3, 5), True),
        case((7,), True),
        case((4, 4), True),
        case((2, 3, 2), True),
        case((3, 4), False, **testing),
        case((5,), False, **testing),
    ]


def dropout_forward(x: Array, p: float, mask: Array, train: bool) -> Array:
    """T11.6, unit by unit."""
    kept = [
        value / (1 - p) if keep else 0.0
        for value, keep in zip(x.ravel().tolist(), mask.ravel().tolist(), strict=True)
    ]
    return np.array(kept).reshape(x.shape) if train else x.copy()


def _forward(
    train: Callable[[Array, float, Array], Array],
    test: Callable[[Array, float, Array], Array] = lambda x, p, m: x,
) -> Callable[[Array, float, Array, bool], Array]:
    """Return a forward pass made of its two modes."""
    return lambda x, p, mask, mode: train(x, p, mask) if mode else test(x, p, mask)


def _inverted(x: Array, p: float, m: Array) -> Array:
    return x * m / (1 - p)


EXERCISE = Exercise(
    id="G11.1",
    function="dropout_forward",
    points=2,
    reference=dropout_forward,
    inputs=forward_inputs,
    outputs=("y",),
    vectorised=True,
    lecture=DROPOUT,
    mistakes=(
        Mistake(
            code="M11.1a",
            variant=_forward(lambda x, p, m: x * m / p),
            message=MESSAGES["M11.1a"],
        ),
        Mistake(
            code="M11.1c",
            variant=_forward(lambda x, p, m: x * m),
            message=MESSAGES["M11.1c"],
        ),
        Mistake(
            code="M11.1c",
            variant=_forward(lambda x, p, m: x * m, lambda x, p, m: x * (1 - p)),
            message=MESSAGES["M11.1c"],
        ),
        Mistake(
            code="M11.1d",
            variant=_forward(lambda x, p, m: x * m * (1 - p)),
            message=MESSAGES["M11.1d"],
        ),
        Mistake(
            code="M11.1e",
            variant=_forward(_inverted, _inverted),
            message=MESSAGES["M11.1e"],
        ),
        Mistake(
            code="M11.1f",
            variant=_forward(_inverted, lambda x, p, m: x * (1 - p)),
            message=MESSAGES["M11.1f"],
        ),
        Mistake(
            code="M11.1g",
            variant=_forward(lambda x, p, m: x * (1 - m) / (1 - p)),
            message="The mask is read the other way round: 1 means that a unit stays.",
        ),
        Mistake(
            code="M11.1h",
            variant=_forward(lambda x, p, m: x / (1 - p)),
            message="Nothing is dropped in training: the scale is right, but the mask has "
            "no effect. Multiply by it.",
        ),
        *(
            Mistake(
                code="M11.1i",
                variant=_forward(lambda x, p, m: x, testing),
                message="In training x comes out as it is. There units are dropped: if "
                "train is True, and not in testing.",
            )
            for testing in (lambda x, p, m: x, _inverted)
        ),
        Mistake(
            code="M11.1j",
            variant=_forward(lambda x, p, m: x * m * p),
            message="You multiply by p. The survivors have to grow: divide by the "
            "probability of staying.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def forward_by_where(x, p, mask, train):
    if not train:
        return x.copy()
    return np.where(mask != 0, x / (1 - p), 0.0)


def forward_on_a_copy(x, p, mask, train):
    y = np.array(x, order="F")
    if train:
        y[mask == 0] = 0
        y *= 1 / (1 - p)
    return y


def forward_by_entries(x, p, mask, train):
    y = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        if not train:
            y[at] = x[at]
        elif mask[at]:
            y[at] = float(x[at]) / (1 - p)
    return y


def forward_by_scale(x, p, mask, train):
    factor = mask / np.float64(1 - p) if train else 1.0
    return np.multiply(factor, x)


RIGHT_WAYS = [
    forward_by_where,
    forward_on_a_copy,
    forward_by_entries,
    forward_by_scale,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    for (x, p, mask, train), y in expected(EXERCISE):
        wanted = x * mask * scale_of_torch(p) if train else x
        np.testing.assert_allclose(y, wanted, **CLOSE)
