"""G08.3 `weight_grad`."""

from __future__ import annotations

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import LECTURE, Array, Rng, linked


def weight_grad_inputs(rng: Rng) -> list[Case]:
    """Activations between 0 and 1; two non-square layers and a square one."""

    def case(m: int, n: int, **kind: str) -> Case:
        args = (rng.normal(0, 1, m), rng.uniform(0.1, 0.9, n))
        return Case(name=f"m = {m}, n = {n}", args=args, **kind)  # type: ignore

    return [
        case(3, 4),
        case(5, 2),
        case(3, 3),
        case(1, 3, role="edge", requirement="a layer with a single unit, m = 1"),
    ]


def weight_grad(delta: Array, a_prev: Array) -> tuple[Array, Array]:
    """T08.9: dJ/dW_ij = delta_i a_j, dJ/db_i = delta_i."""
    return np.einsum("i,j->ij", delta, a_prev), delta.copy()


EXERCISE = linked(
    Exercise(
        id="G08.3",
        function="weight_grad",
        points=3,
        reference=weight_grad,
        inputs=weight_grad_inputs,
        outputs=("dW", "db"),
        pack="tuple",
        lecture=LECTURE,
        mistakes=(
            Mistake(
                code="M08.3a",
                variant=lambda d, a: (np.outer(a, d), d),
                message="dW is transposed: it has the shape of W, one row per output unit and "
                "one column per input.",
            ),
            Mistake(
                code="M08.3b",
                variant=lambda d, a: (a * d, d),
                message="a * delta multiplies entry by entry. Every delta meets every "
                "activation: the product meant here is the outer product delta a^T.",
            ),
            Mistake(
                code="M08.3c",
                variant=lambda d, a: (np.outer(d, a), d * a.sum()),
                message="db contains the activations. The bias is a weight on the constant "
                "input 1, so its gradient is delta itself.",
            ),
            Mistake(
                code="M08.3d",
                variant=lambda d, a: (np.outer(d, np.log(a / (1 - a))), d),
                message="dW pairs delta with the pre-activation z of the layer below; what "
                "the weight multiplies is that layer's activation a.",
            ),
            Mistake(
                code="M08.3e",
                variant=lambda d, a: (np.outer(d, a), np.zeros_like(d)),
                message="db is zero, but dz/db = 1: db = delta.",
            ),
            Mistake(
                code="M08.3e",
                variant=lambda d, a: (np.outer(d, a), 0.0),
                message="db is zero, but dz/db = 1: db = delta.",
            ),
            Mistake(
                code="M08.3f",
                variant=lambda d, a: (-np.outer(d, a), d),
                message="dW has a minus sign. The minus belongs to the update, not to the "
                "gradient.",
            ),
            Mistake(
                code="M08.3f",
                variant=lambda d, a: (-np.outer(d, a), -d),
                message="Both gradients have a minus sign. It belongs to the update, not to "
                "the gradient.",
            ),
            Mistake(
                code="M08.3g",
                variant=lambda d, a: (np.outer(d, a * (1 - a)), d),
                message="dW contains the slope a * (1 - a) of the layer below. That slope is "
                "part of the delta of that layer; here every delta_i meets a_j alone.",
            ),
            Mistake(
                code="M08.3h",
                variant=lambda d, a: (np.outer(d, a), d.sum()),
                message="db is added up to one number. There is one bias for each unit, so db "
                "has as many entries as delta.",
            ),
            Mistake(
                code="M08.3i",
                variant=lambda d, a: (np.outer(d, np.ones_like(a)), d),
                message="The activations are missing in dW: column j is delta times a_j.",
            ),
            Mistake(
                code="M08.3j",
                variant=lambda d, a: (np.outer(np.ones_like(d), a), d),
                message="The deltas are missing in dW: row i is delta_i times the activations.",
            ),
        ),
    )
)


# --- other right ways of writing it ---------------------------------------------------


def grad_in_loops(delta, a):
    return np.array([[d * x for x in a] for d in delta]), np.array(list(delta))


def grad_by_broadcasting(delta, a):
    return [delta[:, None] * a[None, :], delta.copy()]


def grad_by_matmul(delta, a):
    return delta.reshape(-1, 1) @ a.reshape(1, -1), delta * 1.0


RIGHT_WAYS = [grad_in_loops, grad_by_broadcasting, grad_by_matmul]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (delta, a), gradients in expected(EXERCISE):
        m, n = len(delta), len(a)
        W = torch.zeros(m, n, dtype=torch.float64, requires_grad=True)
        b = torch.zeros(m, dtype=torch.float64, requires_grad=True)
        error = torch.tensor(delta) @ (W @ torch.tensor(a) + b)
        wanted = torch.autograd.grad(error, [W, b])
        for found, slope in zip(gradients, wanted, strict=True):
            np.testing.assert_allclose(slope.numpy(), found, rtol=1e-12)
