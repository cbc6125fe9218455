"""G11.1 `dropout_forward`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ._shared import (
    AXES,
    CLOSE,
    DROPOUT,
    MESSAGES,
    Array,
    Rng,
    drop_rate,
    right_for_some_axes,
    scale_of_torch,
    some_mask,
)

TESTING = "in testing y = x"
"""A requirement of the task."""


def forward_inputs(rng: Rng) -> list[Case]:
    """One, two and three axes in training; testing at the edge."""

    def case(shape: tuple[int, ...], train: bool, **kind: Any) -> Case:
        x, p = rng.normal(0.5, 1, shape), drop_rate(rng)
        args = (x, p, some_mask(rng, shape), train)
        return Case(name=f"{shape}, train = {train}", args=args, **kind)

    testing: dict[str, Any] = {"role": "edge", "requirement": TESTING}
    return [
        case((3, 5), True, group=AXES[2]),
        case((7,), True, group=AXES[1]),
        case((4, 4), True, group=AXES[2]),
        case((2, 3, 2), True, group=AXES[3]),
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


WEIGHTS = {1: 0.4, 2: 0.8, 3: 0.4}
"""Number of axes -> share. Tables of examples are what dropout is used for."""

EXERCISE = Exercise(
    id="G11.1",
    function="dropout_forward",
    points=2,
    reference=dropout_forward,
    inputs=forward_inputs,
    outputs=("y",),
    parts=(
        *(
            Part(name=f"x with {AXES[n]}", weight=w, group=AXES[n])
            for n, w in WEIGHTS.items()
        ),
        *(Part(name=e, weight=0.2, edge=e) for e in (TESTING, UNCHANGED)),
    ),
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
        Mistake(
            code="M11.1k",
            detect=right_for_some_axes,
            message="Your function is right for some numbers of axes and stops with an "
            "error for others. Multiply and divide whole arrays: then no loop has to know "
            "how many axes there are.",
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


# --- examples of mistakes -------------------------------------------------------------


def forward_by_rows_and_columns(x: Array, p: float, mask: Array, train: bool) -> Array:
    y = np.zeros(x.shape)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = x[i, j] * mask[i, j] / (1 - p) if train else x[i, j]
    return y


def forward_by_numbers(x: Array, p: float, mask: Array, train: bool) -> Array:
    pairs = zip(x, mask, strict=True)
    return np.array([float(v) * m / (1 - p) for v, m in pairs]) if train else x


WRONG_WAYS = {"M11.1k": [forward_by_rows_and_columns, forward_by_numbers]}


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    for (x, p, mask, train), y in expected(EXERCISE):
        wanted = x * mask * scale_of_torch(p) if train else x
        np.testing.assert_allclose(y, wanted, **CLOSE)
