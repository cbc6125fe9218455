"""G06.2 `he_limit`."""

from __future__ import annotations

import math

import numpy as np

from grader.model import Evidence, Exercise, Mistake, Returned

from ._shared import LECTURE, Array, fan_inputs, glorot_as_power, limits_are_reached


def he_limit(d_in: int, d_out: int) -> float:
    """T06.12 (He et al. 2015, eq. 10): variance 2 / d_in, made uniform."""
    return math.sqrt(3) * math.sqrt(2 / d_in)


def _no_spread(evidence: Evidence) -> bool:
    """Whether every case gave 0, or weights that are all the same."""
    values = [
        np.asarray(outcome.value)
        for case, outcome in zip(evidence.cases, evidence.outcomes, strict=True)
        if case.role == "generic" and isinstance(outcome, Returned)
    ]
    numbers = [v for v in values if v.dtype.kind in "iuf" and v.size]
    if not numbers or len(numbers) < len(values):
        return False
    return all((not v.ndim and v == 0) or (v.ndim > 1 and np.ptp(v) == 0) for v in numbers)


def _weights(evidence: Evidence) -> bool:
    """Whether every case gave an array of weights that differ."""
    arrays = [
        outcome.value
        for case, outcome in zip(evidence.cases, evidence.outcomes, strict=True)
        if case.role == "generic"
        and isinstance(outcome, Returned)
        and isinstance(outcome.value, np.ndarray)
        and outcome.value.size == math.prod(case.args)
    ]
    return len(arrays) == sum(case.role == "generic" for case in evidence.cases) and all(
        np.ptp(array) > 0 for array in arrays
    )


EXERCISE = Exercise(
    id="G06.2",
    function="he_limit",
    points=1,
    reference=he_limit,
    inputs=fan_inputs,
    outputs=("v",),
    unchanged="",
    lecture=f"{LECTURE}#He",
    mistakes=(
        Mistake(
            code="M06.2a",
            variant=lambda d_in, d_out: math.sqrt(2 / d_in),
            message="This is He's standard deviation; the limit of the uniform "
            "distribution lies the root of 3 times as far.",
        ),
        Mistake(
            code="X06.2r",
            variant=lambda d_in, d_out: 6 / d_in,
            message="The root is missing: this is the square of v.",
        ),
        Mistake(
            code="X06.2w",
            variant=lambda d_in, d_out: 2 * he_limit(d_in, d_out),
            message="This is the whole width. v is half of it: weights come from [-v, v].",
        ),
        Mistake(
            code="M06.2b",
            variant=lambda d_in, d_out: math.sqrt(6 / d_out),
            message="It is the number of inputs that counts here: so many terms are "
            "added up in each unit.",
        ),
        Mistake(
            code="M06.2c",
            variant=lambda d_in, d_out: math.sqrt(6 / (d_in + d_out)),
            message="This is Glorot's limit. He's makes up for the ReLU, which removes "
            "half of the signal.",
        ),
        Mistake(
            code="M06.2d",
            variant=lambda d_in, d_out: math.sqrt(3 / d_in),
            message="This gives the variance 1 / d_in. A ReLU needs twice as much.",
        ),
        Mistake(
            code="X06.2z",
            variant=lambda d_in, d_out: math.sqrt(6 // d_in),
            message="Perhaps // stands where / belongs: // cuts off the fraction, and more "
            "than six inputs give 0.",
        ),
        Mistake(
            code="X06.2s",
            detect=_weights,
            message="You return weights. Return the limit v, one number; drawing comes "
            "later.",
        ),
        Mistake(
            code="M06.2e",
            detect=_no_spread,
            message="There is no spread: equal weights make equal units, which get equal "
            "gradients for ever. Return the limit of a random start.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def he_through_the_std(d_in, d_out):
    std = math.sqrt(2 / d_in)
    return std * math.sqrt(3)


def he_as_power(d_in, d_out):
    return (d_in / 6) ** -0.5


def he_from_glorot(d_in, d_out):
    return glorot_as_power(d_in, 0)


RIGHT_WAYS = [he_through_the_std, he_as_power, he_from_glorot]


# --- examples of mistakes -------------------------------------------------------------


def weights_at_the_limit(d_in: int, d_out: int) -> Array:
    return np.full((d_out, d_in), he_limit(d_in, d_out))


def weights_of_zero(d_in: int, d_out: int) -> Array:
    return np.zeros((d_out, d_in))


def weights_of_he(d_in: int, d_out: int) -> Array:
    return np.random.default_rng(0).normal(0, math.sqrt(2 / d_in), (d_out, d_in))


WRONG_WAYS = {
    "X06.2s": [weights_of_he],
    "M06.2e": [weights_at_the_limit, weights_of_zero, lambda d_in, d_out: 0.0],
}


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    def fill(weights: torch.Tensor) -> torch.Tensor:
        return torch.nn.init.kaiming_uniform_(weights, nonlinearity="relu")

    limits_are_reached(EXERCISE, fill)
