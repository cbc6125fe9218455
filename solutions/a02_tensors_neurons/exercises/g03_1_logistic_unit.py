"""G03.1 `logistic_unit`."""

from __future__ import annotations

import math

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import sigmoid
from ._shared import NEURONS, Array, Rng


def logistic_inputs(rng: Rng) -> list[Case]:
    """Two sizes, a positive and a negative score; scores of +-1000."""

    def case(d: int, sign: float, name: str) -> Case:
        x, w, b = rng.normal(0, 0.6, d), rng.normal(0, 0.9, d), rng.uniform(0.4, 0.9)
        if sign * (w @ x) < 0:
            w = -w  # a decision by the sign is not the same for all
        return Case(name=name, args=(x, w, float(sign * b)))

    def huge(sign: float) -> Case:
        args = (np.array([sign, 0.0]), np.array([1000.0, 1.0]), 0.5)
        requirement = "scores of ±1000 give 1 and 0"
        return Case(name=f"{sign:+g}000", args=args, role="edge", requirement=requirement)

    return [
        case(4, 1.0, "4 inputs"),
        case(3, -1.0, "3 inputs"),
        huge(1.0),
        huge(-1.0),
    ]


def logistic_unit(x: Array, w: Array, b: float) -> float:
    """T03.4: sigma(w . x + b), the dot product added up exactly."""
    z = math.fsum([*(float(p) for p in np.asarray(x) * np.asarray(w)), b])
    return 0.5 * (1 + math.tanh(0.5 * z))


EXERCISE = Exercise(
    id="G03.1",
    function="logistic_unit",
    points=2,
    reference=logistic_unit,
    inputs=logistic_inputs,
    outputs=("h",),
    lecture=f"{NEURONS}#The-logistic-unit",
    mistakes=(
        Mistake(
            code="M03.1a",
            variant=lambda x, w, b: sigmoid(w @ x) + b,
            message="The bias is added after the sigmoid. It shifts the threshold, so it "
            "belongs inside.",
        ),
        Mistake(
            code="M03.1b",
            variant=lambda x, w, b: w @ x + b,
            message="This is the pre-activation z; the unit gives out sigma(z).",
        ),
        Mistake(
            code="M03.1c",
            variant=lambda x, w, b: sigmoid(w * x + b),
            message="The weighted inputs are not added up: a unit has one z, the dot "
            "product plus the bias.",
        ),
        Mistake(
            code="M03.1d",
            variant=lambda x, w, b: sigmoid(-(w @ x + b)),
            message="The exponent has the wrong sign: sigma(z) = 1 / (1 + exp(-z)) grows "
            "with z.",
        ),
        Mistake(
            code="M03.1e",
            variant=lambda x, w, b: sigmoid(w @ x - b),
            message="The bias is subtracted. A threshold would be; the course adds b.",
        ),
        *(
            Mistake(
                code="X03.1f",
                variant=several,
                message="Each weighted input gets a sigmoid of its own. Add up all of "
                "them and the bias first; then take the sigmoid, once.",
            )
            for several in (
                lambda x, w, b: np.mean(sigmoid(w * x + b)),
                lambda x, w, b: np.sum(sigmoid(w * x + b)),
                lambda x, w, b: np.sum(sigmoid(w * x)) + b,
            )
        ),
        *(
            Mistake(
                code="X03.1g",
                variant=decided,
                message="This is a decision: one of two values. The unit gives the number "
                "between 0 and 1 itself; whoever uses it may decide later.",
            )
            for decided in (
                lambda x, w, b: np.heaviside(w @ x + b, 0.5),
                lambda x, w, b: np.sign(w @ x + b),
            )
        ),
        Mistake(
            code="X03.1h",
            variant=lambda x, w, b: np.tanh(w @ x + b),
            message="This is tanh of the score, between -1 and 1. The logistic function "
            "gives a number between 0 and 1.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def unit_by_the_definition(x, w, b):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-(np.dot(x, w) + b)))


def unit_by_cases(x, w, b):
    z = float(sum(x * w)) + b
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


def unit_in_the_log_domain(x, w, b):
    return np.exp(-np.logaddexp(0, -(w @ x + b)))


def unit_as_array(x, w, b):
    return np.array(0.5 + 0.5 * np.tanh((w @ x + b) / 2))


RIGHT_WAYS = [unit_by_the_definition, unit_by_cases, unit_in_the_log_domain, unit_as_array]

EQUIVALENTS = {
    "z = w @ x + b → z = x @ w + b": "the inner product is symmetric",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    for (x, w, b), h in expected(EXERCISE):
        z = torch.dot(torch.tensor(x), torch.tensor(w)) + b
        np.testing.assert_allclose(h, torch.sigmoid(z).item(), rtol=1e-12)
