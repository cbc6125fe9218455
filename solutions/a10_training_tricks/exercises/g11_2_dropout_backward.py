"""G11.2 `dropout_backward`."""

from __future__ import annotations

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import CLOSE, LECTURE, Array, Rng, drop_rate, scale_of_torch, slope, some_mask


def backward_inputs(rng: Rng) -> list[Case]:
    """One, two and three axes."""
    shapes = ((3, 5), (6,), (4, 4), (2, 3, 2))
    return [
        Case(
            name=f"{shape}",
            args=(rng.normal(0.5, 1, shape), some_mask(rng, shape), drop_rate(rng)),
        )
        for shape in shapes
    ]


def dropout_backward(dout: Array, mask: Array, p: float) -> Array:
    """T11.6: the product with the Jacobian of the forward pass, a diagonal matrix."""
    jacobian = np.diag(mask.ravel()) / (1 - p)
    return (dout.ravel() @ jacobian).reshape(dout.shape)


EXERCISE = Exercise(
    id="G11.2",
    function="dropout_backward",
    points=1,
    reference=dropout_backward,
    inputs=backward_inputs,
    outputs=("dx",),
    vectorised=True,
    lecture=f"{LECTURE}#Backward",
    mistakes=(
        Mistake(
            code="M11.2a",
            variant=lambda dout, mask, p: dout.copy(),
            message="The gradient passes everywhere. A unit that was off had no influence "
            "on the loss.",
        ),
        Mistake(
            code="M11.2b",
            variant=lambda dout, mask, p: dout * mask,
            message="The mask is right, the scale is missing: what forward multiplies by a "
            "constant, backward multiplies by the same one.",
        ),
        Mistake(
            code="M11.2c",
            variant=lambda dout, mask, p: dout * mask * (1 - p),
            message="The scale is upside down: use the factor of the forward pass, not its "
            "inverse.",
        ),
        Mistake(
            code="M11.2d",
            variant=lambda dout, mask, p: dout * mask / p,
            message="You divide by p, the probability of being dropped.",
        ),
        Mistake(
            code="M11.2f",
            variant=lambda dout, mask, p: dout * (1 - mask) / (1 - p),
            message="The gradient goes to the units that were off: 1 in the mask means "
            "that a unit was kept.",
        ),
        Mistake(
            code="M11.2a",
            variant=lambda dout, mask, p: dout / (1 - p),
            message="The scale is right, the mask is missing. A unit that was off had no "
            "influence on the loss: its gradient is 0.",
        ),
        Mistake(
            code="M11.2g",
            variant=lambda dout, mask, p: dout * mask * p,
            message="You multiply by p. Use the factor of the forward pass, 1 over the "
            "probability of staying.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def backward_by_where(dout, mask, p):
    return np.where(mask == 1, dout, 0) / (1 - p)


def backward_by_einsum(dout, mask, p):
    return np.einsum("...,...->...", dout, mask * (1 - p) ** -1)


def backward_by_entries(dout, mask, p):
    pairs = zip(dout.ravel(), mask.ravel(), strict=True)
    flat = [g / (1 - p) if kept else 0.0 for g, kept in pairs]
    return np.array(flat).reshape(dout.shape)


def backward_on_a_copy(dout, mask, p):
    dx = np.asfortranarray(dout).copy(order="F")
    dx /= 1 - p
    dx *= mask
    return dx


RIGHT_WAYS = [
    backward_by_where,
    backward_by_einsum,
    backward_by_entries,
    backward_on_a_copy,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (dout, mask, p), dx in expected(EXERCISE):
        m, scale = torch.tensor(mask), scale_of_torch(p)
        wanted = slope(lambda x, m=m, scale=scale: x * m * scale, 0 * dout, dout)
        np.testing.assert_allclose(dx, wanted, **CLOSE)
