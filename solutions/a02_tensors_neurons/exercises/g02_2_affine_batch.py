"""G02.2 `affine_batch`."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import sigmoid
from ._shared import TENSORS, Array, Rng


def affine_inputs(rng: Rng) -> list[Case]:
    """Distinct sizes, as many examples as units, all sizes equal, one example."""

    def case(n: int, d: int, m: int, name: str, **more: Any) -> Case:
        arrays = [rng.normal(size=shape) for shape in ((n, d), (m, d), (m,))]
        return Case(name=name, args=tuple(arrays), batch=n, **more)

    return [
        case(5, 4, 3, "5 examples, 4 inputs, 3 units"),
        case(3, 4, 3, "as many examples as units"),
        case(2, 3, 5, "2 examples, 3 inputs, 5 units"),
        case(4, 4, 4, "all sizes equal"),
        case(1, 4, 3, "one example", role="edge", requirement="one example, N = 1"),
    ]


def affine(X: Array, W: Array, b: Array) -> Array:
    """T02.8: z_nm = sum over d of x_nd w_md, plus b_m."""
    return np.asarray(np.einsum("nd,md->nm", X, W) + b)


EXERCISE = Exercise(
    id="G02.2",
    function="affine_batch",
    points=3,
    reference=affine,
    inputs=affine_inputs,
    outputs=("Z",),
    vectorised=True,
    lecture=f"{TENSORS}#A-layer-in-one-line",
    mistakes=(
        Mistake(
            code="M02.2a",
            variant=lambda X, W, b: X @ W + b,
            message="W is stored as outputs x inputs. With examples in rows its transpose "
            "stands on the right.",
        ),
        Mistake(
            code="M02.2b",
            variant=lambda X, W, b: X @ W.T,
            message="The bias is missing: without it every unit is 0 at the origin.",
        ),
        Mistake(
            code="M02.2c",
            variant=lambda X, W, b: W @ X.T + b[:, None],
            message="The numbers are right, but units stand in rows. Example n belongs "
            "in row n: transpose.",
        ),
        Mistake(
            code="M02.2d",
            variant=lambda X, W, b: X @ W.T + b[:, None],
            message="The bias is added as a column, one number per example. It belongs "
            "to the units, one number per column; with as many examples as units no "
            "error message tells you.",
        ),
        Mistake(
            code="M02.2e",
            variant=lambda X, W, b: X @ W.T + b.sum(),
            message="All units get the sum of the biases. Each unit has its own.",
        ),
        Mistake(
            code="X02.2f",
            variant=lambda X, W, b: sigmoid(X @ W.T + b),
            message="The sigmoid is taken of every entry. A layer without an activation "
            "is asked for: stop at Z.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def layer_from_the_left(X, W, b):
    return (W @ X.T + b[:, None]).T


def layer_by_einsum(X, W, b):
    return np.einsum("nd,md->nm", X, W) + b[np.newaxis, :]


def layer_with_a_constant_input(X, W, b):
    ones = np.ones((X.shape[0], 1))
    return np.hstack([ones, X]) @ np.column_stack([b, W]).T


def layer_in_a_loop(X, W, b):
    return np.stack([W @ x + b for x in X])


RIGHT_WAYS = [
    layer_from_the_left,
    layer_by_einsum,
    layer_with_a_constant_input,
    layer_in_a_loop,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    for (X, W, b), Z in expected(EXERCISE):
        layer = torch.nn.functional.linear(*(torch.tensor(v) for v in (X, W, b)))
        np.testing.assert_allclose(Z, layer.numpy(), rtol=1e-12)
