"""G12.1 `residual_backward`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import sigmoid
from ._shared import DEEP, Array, Rng, slope


def residual_inputs(rng: Rng) -> list[Case]:
    """Non-symmetric matrices; saturated units at the edge."""

    def case(n: int, **kind: Any) -> Case:
        z = rng.normal(0, 0.8, n)
        if kind:
            z[:2] = 1000.0, -1000.0
        args = (rng.normal(0.5, 1, n), rng.normal(0, 1, (n, n)), z)
        return Case(name=f"n = {n}", args=args, **kind)

    saturated: dict[str, Any] = {
        "role": "edge",
        "requirement": "saturated units, z = 1000 or -1000",
    }
    return [case(4), case(3), case(6), case(4, **saturated)]


def residual_backward(dout: Array, W: Array, z: Array) -> Array:
    """T12.5: the transposed Jacobian I + F', written out as a matrix."""
    slope = 4 * sigmoid(2 * z) * sigmoid(-2 * z)
    return np.asarray((np.eye(len(z)) + np.diag(slope) @ W).T @ dout)


def _tanh_slope(z: Array) -> Array:
    return np.asarray(1 - np.tanh(z) ** 2)


EXERCISE = Exercise(
    id="G12.1",
    function="residual_backward",
    points=3,
    reference=residual_backward,
    inputs=residual_inputs,
    outputs=("dx",),
    lecture=f"{DEEP}#Residual-connections",
    mistakes=(
        Mistake(
            code="M12.1a",
            variant=lambda dout, W, z: W.T @ (_tanh_slope(z) * dout),
            message="The way around the layer is missing: x is also added to y directly.",
        ),
        Mistake(
            code="M12.1b",
            variant=lambda dout, W, z: dout.copy(),
            message="Only the way around the layer is there. y depends on x through f(Wx), "
            "too.",
        ),
        Mistake(
            code="M12.1c",
            variant=lambda dout, W, z: dout * (W.T @ (_tanh_slope(z) * dout)),
            message="You multiply the two ways from x to y. What flows back on several "
            "ways is added.",
        ),
        Mistake(
            code="M12.1d",
            variant=lambda dout, W, z: dout + W @ (_tanh_slope(z) * dout),
            message="The branch goes through W as in the forward pass. Backward goes "
            "through its transpose.",
        ),
        Mistake(
            code="M12.1e",
            variant=lambda dout, W, z: dout + W.T @ dout,
            message="The branch passes W, but not the slope of tanh.",
        ),
        Mistake(
            code="M12.1f",
            variant=lambda dout, W, z: 2 * dout + W.T @ (_tanh_slope(z) * dout),
            message="The way around the layer counts twice. Its slope is 1.",
        ),
        Mistake(
            code="X12.1a",
            variant=lambda dout, W, z: dout + _tanh_slope(z) * (W.T @ dout),
            message="Slope and weights are in the order of the forward pass. Backward "
            "meets the slope first.",
        ),
        Mistake(
            code="MX.13",
            variant=lambda dout, W, z: dout + W.T @ ((1 - z**2) * dout),
            message="The form 1 - a**2 of the slope takes a = tanh(z); you are given z.",
        ),
        Mistake(
            code="X12.1b",
            variant=lambda dout, W, z: 1 + W.T @ (_tanh_slope(z) * dout),
            message="On the way around the layer 1 arrives, whatever dout is. 1 is the "
            "slope of that way: what flows back there is 1 times dout.",
        ),
        Mistake(
            code="X12.1c",
            variant=lambda dout, W, z: dout + W.T @ (sigmoid(z) * sigmoid(-z) * dout),
            message="The slope is that of the sigmoid. In this layer f is tanh.",
        ),
        Mistake(
            code="X12.1d",
            variant=lambda dout, W, z: dout + W.T @ ((1 - np.tanh(z)) * dout),
            message="A square is missing: the slope of tanh is 1 - tanh(z)**2.",
        ),
        Mistake(
            code="X12.1e",
            variant=lambda dout, W, z: (
                _tanh_slope(z) * dout + W.T @ (_tanh_slope(z) * dout)
            ),
            message="The way around the layer passes the slope of tanh, too. It passes "
            "nothing: add dout itself.",
        ),
        *(
            Mistake(
                code="X12.1f",
                variant=variant,
                message="1 is added to every entry of the Jacobian. The way around the "
                "layer leads from each x to the y of the same place: the identity matrix, "
                "or simply dout added at the end.",
            )
            for variant in (
                lambda dout, W, z: (1 + W.T * _tanh_slope(z)) @ dout,
                lambda dout, W, z: (1 + W.T) @ (_tanh_slope(z) * dout),
            )
        ),
        Mistake(
            code="X12.1g",
            variant=lambda dout, W, z: dout + W.T @ (np.tanh(z) * dout),
            message="tanh itself stands where its slope belongs: 1 - tanh(z)**2.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def residual_by_row_vector(dout, W, z):
    return dout + (dout / np.cosh(np.clip(z, -300, 300)) ** 2) @ W


def residual_by_loops(dout, W, z):
    dx = dout.copy()
    for i in range(len(z)):
        for j in range(len(z)):
            dx[j] += W[i, j] * (1 - math.tanh(z[i]) ** 2) * dout[i]
    return dx


def residual_by_einsum(dout, W, z):
    a = np.tanh(z)
    return np.einsum("ij,i->j", W, (1 + a) * (1 - a) * dout) + dout


def residual_as_jacobian(dout, W, z):
    J = np.identity(z.size) + (1 - np.tanh(z) ** 2)[:, None] * W
    return np.dot(dout, J)


def residual_in_floats(dout, W, z):
    slope = [(1 - math.tanh(v)) * (1 + math.tanh(v)) for v in z.tolist()]
    through = [s * g for s, g in zip(slope, dout.tolist(), strict=True)]
    return np.array([g + np.dot(W[:, j], through) for j, g in enumerate(dout)])


RIGHT_WAYS = [
    residual_by_row_vector,
    residual_by_loops,
    residual_by_einsum,
    residual_as_jacobian,
    residual_in_floats,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (dout, W, z), dx in expected(EXERCISE):
        x = np.linalg.solve(W, z)
        wanted = slope(lambda x, W=W: x + torch.tanh(torch.tensor(W) @ x), x, dout)
        np.testing.assert_allclose(dx, wanted, rtol=1e-7, atol=1e-9)
