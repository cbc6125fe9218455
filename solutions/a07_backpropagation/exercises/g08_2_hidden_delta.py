"""G08.2 `hidden_delta`."""

from __future__ import annotations

import numpy as np

from grader.judge.compare import compare
from grader.model import Case, Evidence, Exercise, Mistake, Returned
from grader.vetting.witness import expected

from ..._shared import sigmoid
from ..._shared import sigmoid_slope as slope
from ._shared import LECTURE, Array, Rng, linked, sigmoid_otherwise


def hidden_delta_inputs(rng: Rng) -> list[Case]:
    """Two non-square layers, a square one, and pre-activations of +-1000."""

    def case(m: int, n: int, name: str, scale: float = 1.5) -> Case:
        args = (rng.normal(0, 1, (m, n)), rng.normal(0, 1, m), rng.normal(0, scale, n))
        return Case(name=name, args=args)

    W, delta, z = case(3, 4, "").args
    z = z.copy()
    z[:2] = 1000.0, -1000.0
    return [
        case(3, 4, "3 units above 4"),
        case(5, 2, "5 units above 2"),
        case(3, 3, "square"),
        Case(
            name="saturated",
            args=(W, delta, z),
            role="edge",
            requirement="pre-activations up to 1000 in size give finite numbers",
        ),
    ]


def hidden_delta(W_next: Array, delta_next: Array, z: Array) -> Array:
    """T08.8: every unit collects the errors it caused, weighted by its connections."""
    return np.einsum("mn,m,n->n", W_next, delta_next, slope(z))


def _has_bias_entry(evidence: Evidence) -> bool:
    """Whether every result has one entry too many and the rest of it is right."""
    seen = False
    for case, outcome, right in zip(
        evidence.cases, evidence.outcomes, evidence.expected, strict=True
    ):
        if case.role != "generic":
            continue
        if not isinstance(outcome, Returned) or not isinstance(right, Returned):
            return False
        value, n = outcome.value, len(right.value)
        if not isinstance(value, np.ndarray) or value.shape != (n + 1,):
            return False
        seen = True
        if all(compare(part, right.value) is not None for part in (value[1:], value[:-1])):
            return False
    return seen


EXERCISE = linked(
    Exercise(
        id="G08.2",
        function="hidden_delta",
        points=3,
        reference=hidden_delta,
        inputs=hidden_delta_inputs,
        outputs=("delta",),
        lecture=LECTURE,
        mistakes=(
            Mistake(
                code="M08.2a",
                variant=lambda W, d, z: slope(z) * (W @ d),
                message="The error travels back along every outgoing connection: unit i "
                "collects the sum over k of w_ki delta_k, which is the transpose, W.T @ delta.",
            ),
            Mistake(
                code="M08.2b",
                variant=lambda W, d, z: W.T @ d,
                message="You stopped at dJ/da: multiply by the unit's own slope sigma'(z).",
            ),
            Mistake(
                code="M08.2c",
                variant=lambda W, d, z: slope(sigmoid(z)) * (W.T @ d),
                message="The slope is taken at the activation a. sigma' wants the "
                "pre-activation z; if you have only a, use a * (1 - a).",
            ),
            Mistake(
                code="M08.2d",
                variant=lambda W, d, z: W.T @ (slope(W @ sigmoid(z)) * d),
                message="You used the slope of the layer above. Each unit uses the slope at "
                "its own pre-activation: unit 4 needs g'(net_4).",
            ),
            Mistake(
                code="M08.2e",
                variant=lambda W, d, z: slope(z) * d.sum(),
                message="The deltas were added without their weights: the error comes back "
                "through the connection it went out by, so weigh each delta_k by w_ki.",
            ),
            Mistake(
                code="M08.2f",
                variant=lambda W, d, z: sigmoid(z) * (W.T @ d),
                message="You multiplied by sigma(z); the chain rule needs its derivative.",
            ),
            Mistake(
                code="M08.2g",
                variant=lambda W, d, z: -slope(z) * (W.T @ d),
                message="The sign is flipped inside the recursion. Signs are settled in the "
                "output layer; going down, nothing changes them.",
            ),
            *(
                Mistake(
                    code="M08.2i",
                    variant=twice,
                    message="There is a slope too many: delta_next holds the slope of its own "
                    "layer already. Only sigma'(z) of this layer comes in.",
                )
                for twice in (
                    lambda W, d, z: slope(z) * (W.T @ (d * slope(d))),
                    lambda W, d, z: slope(z) * (W.T @ (d * slope(W @ sigmoid(z)))),
                    lambda W, d, z: slope(z) * (W.T @ (d * d * (1 - d))),
                )
            ),
            Mistake(
                code="M08.2j",
                variant=lambda W, d, z: z * (1 - z) * (W.T @ d),
                message="z * (1 - z) is used as the slope. The short form starts from the "
                "activation: a * (1 - a) with a = sigma(z).",
            ),
            *(
                Mistake(
                    code="M08.2k",
                    variant=tanh,
                    message="This is the slope of tanh, 1 minus a square. The units here are "
                    "logistic: sigma(z) * (1 - sigma(z)).",
                )
                for tanh in (
                    lambda W, d, z: (1 - sigmoid(z) ** 2) * (W.T @ d),
                    lambda W, d, z: (1 - np.tanh(z) ** 2) * (W.T @ d),
                )
            ),
            Mistake(
                code="M08.2l",
                variant=lambda W, d, z: slope(z) ** 2 * (W.T @ d),
                message="The slope sigma'(z) stands twice in the product. Each unit has it "
                "once.",
            ),
            Mistake(
                code="M08.2h",
                detect=_has_bias_entry,
                message="One entry too many: the bias column is still in the weights. The bias "
                "leads to no earlier unit, so drop its column before going back.",
            ),
        ),
    )
)


# --- other right ways of writing it ---------------------------------------------------


def hidden_in_loops(W, delta, z):
    m, n = W.shape
    out = np.zeros(n)
    for j in range(n):
        for k in range(m):
            out[j] += W[k, j] * delta[k]
        out[j] *= sigmoid_otherwise(z[j]) * (1 - sigmoid_otherwise(z[j]))
    return out


def hidden_from_the_left(W, delta, z):
    a = 0.5 * (1 + np.tanh(z / 2))
    return np.asfortranarray((delta @ W) * a * (1 - a))


def hidden_by_einsum(W, delta, z):
    return np.einsum("kj,k,j->j", W, delta, sigmoid_otherwise(z) * sigmoid_otherwise(-z))


RIGHT_WAYS = [hidden_in_loops, hidden_from_the_left, hidden_by_einsum]


# --- examples of mistakes -------------------------------------------------------------


def with_the_bias_unit(W: Array, delta: Array, z: Array) -> Array:
    a = np.concatenate([[1.0], sigmoid(z)])
    W = np.column_stack([np.ones(len(W)), W])
    return np.asarray((W.T @ delta) * a * (1 - a))


def with_a_bias_column_at_the_end(W: Array, delta: Array, z: Array) -> Array:
    W = np.column_stack([W, np.ones(len(W))])
    return np.asarray((W.T @ delta) * np.append(slope(z), 1.0))


WRONG_WAYS = {"M08.2h": [with_the_bias_unit, with_a_bias_column_at_the_end]}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (W, delta, z), value in expected(EXERCISE):
        v = torch.tensor(z, requires_grad=True)
        error = torch.tensor(delta) @ torch.tensor(W) @ torch.sigmoid(v)
        (wanted,) = torch.autograd.grad(error, v)
        np.testing.assert_allclose(wanted.numpy(), value, rtol=1e-10, atol=1e-300)
