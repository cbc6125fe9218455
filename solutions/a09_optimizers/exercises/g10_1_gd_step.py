"""G10.1 `gd_step`."""

from __future__ import annotations

import numpy as np

from grader.judge.compare import compare
from grader.model import Case, Evidence, Exercise, Mistake, Returned
from grader.vetting.witness import expected

from ..._optimizers import CLOSE, LECTURE, Array, Rng, torch_step


def gd_inputs(rng: Rng) -> list[Case]:
    """Arrays with one, two and three axes."""
    return [
        Case(
            name=f"shape {shape}",
            args=(rng.normal(1, 1, shape), 3 * rng.normal(0, 1, shape), eta),
        )
        for shape, eta in (((4,), 0.1), ((2, 3), 0.03), ((3, 3), 0.7), ((2, 1, 4), 0.25))
    ]


def gd_step(theta: Array, grad: Array, eta: float) -> Array:
    """T10.1, entry by entry."""
    moved = [float(p) - eta * float(g) for p, g in zip(theta.flat, grad.flat, strict=True)]
    return np.array(moved).reshape(theta.shape)


def _only_in_place(evidence: Evidence) -> bool:
    """Whether the caller's array became the result, and nothing came back."""
    return all(
        isinstance(outcome, Returned)
        and isinstance(right, Returned)
        and outcome.value is None
        and compare(outcome.args[0], right.value) is None
        for outcome, right in zip(evidence.outcomes, evidence.expected, strict=True)
    )


EXERCISE = Exercise(
    id="G10.1",
    function="gd_step",
    points=1,
    reference=gd_step,
    inputs=gd_inputs,
    outputs=("theta",),
    lecture=f"{LECTURE}#One-step,-from-Taylor",
    mistakes=(
        Mistake(
            code="M10.1a",
            variant=lambda theta, grad, eta: theta + eta * grad,
            message="This climbs. The gradient points uphill, so descent subtracts it.",
        ),
        Mistake(
            code="M10.1b",
            variant=lambda theta, grad, eta: -eta * grad,
            message="That is the step alone; add it to theta and return where it leads.",
        ),
        Mistake(
            code="M10.1c",
            variant=lambda theta, grad, eta: theta - grad,
            message="eta has no effect: the gradient is scaled by the learning rate.",
        ),
        Mistake(
            code="M10.1d",
            variant=lambda theta, grad, eta: theta * (1 - eta * grad),
            message="Your step grows with theta itself. It depends on the gradient and "
            "the rate only: check your brackets.",
        ),
        Mistake(
            code="M10.1e",
            variant=lambda theta, grad, eta: theta - eta * np.sign(grad),
            message="Only the sign of the gradient is used. Here its size counts as well.",
        ),
        *(
            Mistake(
                code="M10.1g",
                variant=lambda theta, grad, eta, size=size: theta - eta * grad / size(grad),
                message="The gradient is divided by its own size first. It is used as it is: "
                "a steeper slope makes a longer step.",
            )
            for size in (
                np.linalg.norm,
                lambda grad: np.abs(grad).max(),
                lambda grad: np.abs(grad).sum(),
                lambda grad: np.linalg.norm(grad, axis=-1, keepdims=True),
            )
        ),
        *(
            Mistake(
                code="M10.1h",
                variant=lambda theta, grad, eta, mean=mean: theta - eta * mean(grad),
                message="All entries move by the same amount, made of the whole gradient. "
                "Each entry moves by its own part of the gradient.",
            )
            for mean in (np.mean, np.sum, np.linalg.norm)
        ),
        Mistake(
            code="M10.1f",
            detect=_only_in_place,
            message="You moved the caller's array and returned nothing. Leave theta as it "
            "is and return a new array.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def gd_with_out(theta, grad, eta):
    return np.subtract(theta, np.multiply(eta, grad), out=np.empty_like(theta))


def gd_on_a_copy(theta, grad, eta):
    theta = theta.copy(order="F")
    theta -= eta * grad
    theta.flags.writeable = False
    return theta


def gd_by_entries(theta, grad, eta):
    new = np.zeros(theta.shape)
    for at in np.ndindex(theta.shape):
        new[at] = theta[at] - eta * grad[at]
    return new


def gd_with_a_minus_rate(theta, grad, eta):
    return theta + -eta * grad


RIGHT_WAYS = [gd_with_out, gd_on_a_copy, gd_by_entries, gd_with_a_minus_rate]


# --- examples of mistakes -------------------------------------------------------------


def gd_in_place(theta: Array, grad: Array, eta: float) -> None:
    theta -= eta * grad


WRONG_WAYS = {"M10.1f": [gd_in_place]}


# --- what the reference has to agree with ---------------------------------------------


def witness_sgd_of_torch() -> None:
    from torch.optim import SGD

    for (theta, g, eta), value in expected(EXERCISE):
        moved, _ = torch_step(theta, g, lambda p, eta=eta: SGD(p, lr=eta))
        np.testing.assert_allclose(value, moved, **CLOSE)
