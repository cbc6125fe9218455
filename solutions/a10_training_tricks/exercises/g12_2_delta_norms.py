"""G12.2 `delta_norms`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import sigmoid, sigmoid_slope
from ._shared import DEEP, Array, Rng


def norm_inputs(rng: Rng) -> list[Case]:
    """Square layers of different number and size; saturated units at the edge."""

    def case(L: int, n: int, **kind: Any) -> Case:
        Ws = [rng.normal(0, 1, (n, n)) for _ in range(L)]
        zs = [rng.normal(0.3, 1, n) for _ in range(L)]
        if kind:
            zs[0][0], zs[-1][:2] = -1000.0, (1000.0, -1000.0)
        args = (Ws, zs, rng.normal(0.5, 1, n))
        return Case(name=f"L = {L}, n = {n}", args=args, **kind)

    saturated: dict[str, Any] = {
        "role": "edge",
        "requirement": "saturated units, z = 1000 or -1000",
    }
    return [case(3, 4), case(4, 3), case(2, 5), case(3, 4, **saturated)]


def delta_norms(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
    """T12.1: the Jacobian of all layers above, one factor more at each step."""
    J, found = np.eye(len(dL)), []
    for W, z in zip(reversed(Ws), reversed(zs), strict=True):
        J = J @ np.diag(sigmoid_slope(z)) @ W
        found.append(float(np.sqrt(np.sum((dL @ J) ** 2))))
    return found


def _norms(
    step: Callable[[Array, Array, Array], Array], shift: int = 0
) -> Callable[[list[Array], list[Array], Array], list[float]]:
    """Return norms of a wrong recursion (W, slope, error) -> error.

    `shift` takes the slope of a layer further down, of the lowest one at the end.
    """

    def variant(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
        error, found = dL, []
        for k in reversed(range(len(Ws))):
            error = step(Ws[k], sigmoid_slope(zs[max(k - shift, 0)]), error)
            found.append(float(np.linalg.norm(error)))
        return found

    return variant


def _wrapped(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
    moved = [zs[k - 1] for k in range(len(zs))]
    return delta_norms(Ws, moved, dL)


def _before_the_weights(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
    error, found = dL, []
    for W, z in zip(reversed(Ws), reversed(zs), strict=True):
        delta = sigmoid_slope(z) * error
        found.append(float(np.linalg.norm(delta)))
        error = W.T @ delta
    return found


def _at_activations(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
    error, found = dL, []
    for W, z in zip(reversed(Ws), reversed(zs), strict=True):
        error = W.T @ (z * (1 - z) * error)
        found.append(float(np.linalg.norm(error)))
    return found


NEIGHBOURS = (
    "Slopes and weights of different layers meet in one step. Ws[k] and zs[k] belong "
    "together: z = W a."
)


def _measured(size: Callable[[Array], Any]) -> Callable[..., list[float]]:
    """Return another size of the right errors."""

    def variant(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
        error, found = dL, []
        for W, z in zip(reversed(Ws), reversed(zs), strict=True):
            error = W.T @ (sigmoid_slope(z) * error)
            found.append(float(size(error)))
        return found

    return variant


def _at_tanh(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
    error, found = dL, []
    for W, z in zip(reversed(Ws), reversed(zs), strict=True):
        error = W.T @ ((1 - np.tanh(z) ** 2) * error)
        found.append(float(np.linalg.norm(error)))
    return found


def _at_sigmoid(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
    error, found = dL, []
    for W, z in zip(reversed(Ws), reversed(zs), strict=True):
        error = W.T @ (sigmoid(z) * error)
        found.append(float(np.linalg.norm(error)))
    return found


EXERCISE = Exercise(
    id="G12.2",
    function="delta_norms",
    points=3,
    reference=delta_norms,
    inputs=norm_inputs,
    outputs=("norms",),
    lecture=f"{DEEP}#Every-step-back-multiplies",
    mistakes=(
        Mistake(
            code="M12.2a",
            variant=_norms(lambda W, slope, e: W.T @ e),
            message="The slopes are missing: each layer also multiplies by its sigmoid's.",
        ),
        Mistake(
            code="M12.2b",
            variant=_norms(lambda W, slope, e: slope * e),
            message="The weights are missing. They may shrink the error further, or make "
            "up for the slope.",
        ),
        Mistake(
            code="M12.2c",
            variant=_norms(lambda W, slope, e: W.T @ (0.25 * e)),
            message="You took the largest slope there is. A unit has it at z = 0 only: "
            "take the slope at z.",
        ),
        Mistake(
            code="M12.2d",
            variant=_norms(lambda W, slope, e: W @ (slope * e)),
            message="The error passes W as in the forward pass. On the way back it passes "
            "the transpose.",
        ),
        Mistake(
            code="M12.2e",
            variant=_norms(lambda W, slope, e: W.T @ (slope * e), shift=1),
            message=NEIGHBOURS,
        ),
        Mistake(code="M12.2e", variant=_wrapped, message=NEIGHBOURS),
        Mistake(
            code="M12.2e",
            variant=_norms(lambda W, slope, e: slope * (W.T @ e), shift=1),
            message=NEIGHBOURS,
        ),
        Mistake(
            code="M12.2f",
            variant=lambda Ws, zs, dL: delta_norms(Ws, zs, dL)[::-1],
            message="The order is upside down: begin with the layer next to the output.",
        ),
        Mistake(
            code="X12.2a",
            variant=_norms(lambda W, slope, e: slope * (W.T @ e)),
            message="Slope and weights are in the order of the forward pass. The error "
            "meets the slope of a layer first, then its weights.",
        ),
        Mistake(
            code="X12.2b",
            variant=_before_the_weights,
            message="You measure in the middle of a layer, before its weights.",
        ),
        Mistake(
            code="X12.2c",
            variant=lambda Ws, zs, dL: [
                float(np.linalg.norm(dL)),
                *delta_norms(Ws, zs, dL),
            ],
            message="There is one norm too many: that of dL itself is not asked for.",
        ),
        Mistake(
            code="X12.2d",
            variant=lambda Ws, zs, dL: delta_norms(Ws[::-1], zs[::-1], dL),
            message="You begin with the lowest layer. dL arrives at the top, and the lists "
            "go from bottom to top.",
        ),
        Mistake(
            code="MX.13",
            variant=_at_activations,
            message="The form a (1 - a) of the slope takes a = sigmoid(z); you are given "
            "z.",
        ),
        *(
            Mistake(code=code, variant=_measured(size), message=message)
            for code, size, message in (
                (
                    "X12.2e",
                    lambda e: np.sum(e * e),
                    "These are squares of the norms. A norm is the root of the sum of "
                    "squares.",
                ),
                (
                    "X12.2f",
                    lambda e: np.abs(e).max(),
                    "That is the largest entry of each error. The norm is the root of the "
                    "sum of the squares of all entries.",
                ),
                (
                    "X12.2f",
                    lambda e: np.abs(e).sum(),
                    "That is the sum of the absolute values. The norm is the root of the "
                    "sum of squares.",
                ),
                (
                    "X12.2f",
                    lambda e: np.sqrt(np.mean(e * e)),
                    "You take the root of the mean square. The norm is the root of the sum "
                    "of squares.",
                ),
            )
        ),
        Mistake(
            code="X12.2g",
            variant=_at_tanh,
            message="The slope is that of tanh. These layers are sigmoid layers.",
        ),
        Mistake(
            code="X12.2h",
            variant=_at_sigmoid,
            message="The sigmoid itself stands where its slope belongs: s * (1 - s).",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def stable(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def norms_by_index(Ws, zs, dL):
    e, found = dL.copy(), []
    for k in range(len(Ws) - 1, -1, -1):
        a = stable(zs[k])
        e = np.dot(a * (1 - a) * e, Ws[k])
        found.append(np.linalg.norm(e))
    return found


def norms_in_an_array(Ws, zs, dL):
    found, e = np.zeros(len(Ws)), dL
    for k, (W, z) in enumerate(zip(Ws[::-1], zs[::-1], strict=True)):
        e = np.einsum("ij,i,i->j", W, stable(z) * stable(-z), e)
        found[k] = math.sqrt(sum(v * v for v in e.tolist()))
    return found


def norms_by_recursion(Ws, zs, dL):
    if not Ws:
        return []
    a = stable(zs[-1])
    below = Ws[-1].T @ np.diag(a - a**2) @ dL
    return [float(np.sum(below**2) ** 0.5), *norms_by_recursion(Ws[:-1], zs[:-1], below)]


def norms_built_from_below(Ws, zs, dL):
    e, found = dL, ()
    for z, W in reversed(list(zip(zs, Ws, strict=True))):
        slope = 0.25 - 0.25 * np.tanh(z / 2) ** 2
        e = (slope * e).reshape(1, -1).dot(W).ravel()
        found = (*found, np.float64(math.hypot(*e)))
    return found


RIGHT_WAYS = [
    norms_by_index,
    norms_in_an_array,
    norms_by_recursion,
    norms_built_from_below,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (Ws, zs, dL), norms in expected(EXERCISE):
        a, below = torch.zeros(len(dL)).double().requires_grad_(), []
        for W, z in zip(Ws, zs, strict=True):
            below.append(a)
            shift = torch.tensor(z) - (torch.tensor(W) @ a).detach()
            a = torch.sigmoid(torch.tensor(W) @ a + shift)
        grads = torch.autograd.grad(a @ torch.tensor(dL), below)
        wanted = [grad.norm().item() for grad in reversed(grads)]
        np.testing.assert_allclose(norms, wanted, rtol=1e-9)
