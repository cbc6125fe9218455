"""G06.1 `glorot_limit`."""

from __future__ import annotations

import math

import numpy as np

from grader.model import Evidence, Exercise, Mistake, Returned

from ._shared import LECTURE, Array, fan_inputs, glorot_as_power, limits_are_reached


def glorot_limit(d_in: int, d_out: int) -> float:
    """T06.11: the standard deviation of the mean fan, times the root of 3."""
    variance = 1 / ((d_in + d_out) / 2)
    return math.sqrt(3) * math.sqrt(variance)


def _samples(evidence: Evidence) -> list[tuple[Array, float]]:
    """Return arrays of weights with the right limit; empty if a case gave none."""
    found = []
    for case, outcome, right in zip(
        evidence.cases, evidence.outcomes, evidence.expected, strict=True
    ):
        if case.role != "generic":
            continue
        value = outcome.value if isinstance(outcome, Returned) else None
        if not isinstance(value, np.ndarray) or value.size != math.prod(case.args):
            return []
        if value.dtype.kind != "f" or not np.isfinite(value).all():
            return []
        assert isinstance(right, Returned)
        found.append((value, float(right.value)))
    return found


def _drawn_from_zero(evidence: Evidence) -> bool:
    samples = _samples(evidence)
    return bool(samples) and all((w >= 0).all() and (w <= v).all() for w, v in samples)


def _drawn_beyond_the_limit(evidence: Evidence) -> bool:
    samples = _samples(evidence)
    return bool(samples) and all((w < 0).any() and (abs(w) > v).any() for w, v in samples)


def _drawn_within_the_limit(evidence: Evidence) -> bool:
    samples = _samples(evidence)
    return bool(samples) and all((w < 0).any() and (abs(w) <= v).all() for w, v in samples)


EXERCISE = Exercise(
    id="G06.1",
    function="glorot_limit",
    points=1,
    reference=glorot_limit,
    inputs=fan_inputs,
    outputs=("v",),
    unchanged="",
    lecture=f"{LECTURE}#Glorot",
    mistakes=(
        Mistake(
            code="M06.1a",
            variant=lambda d_in, d_out: math.sqrt(6 / (d_in * d_out)),
            message="The numbers of inputs and outputs are multiplied; they have to be "
            "added.",
        ),
        Mistake(
            code="M06.1b",
            variant=lambda d_in, d_out: 6 / (d_in + d_out),
            message="The root is missing: this is the square of v.",
        ),
        Mistake(
            code="X06.1w",
            variant=lambda d_in, d_out: 2 * glorot_limit(d_in, d_out),
            message="This is the whole width. v is half of it: weights come from [-v, v].",
        ),
        Mistake(
            code="M06.1c",
            variant=lambda d_in, d_out: math.sqrt(2 / (d_in + d_out)),
            message="This is Glorot's standard deviation. A uniform distribution with it "
            "reaches the root of 3 times as far.",
        ),
        Mistake(
            code="M06.1d",
            variant=lambda d_in, d_out: math.sqrt(6) / (d_in + d_out),
            message="The root covers the numerator only. It covers the whole fraction.",
        ),
        Mistake(
            code="M06.1e",
            variant=lambda d_in, d_out: math.sqrt(6 / d_in),
            message="This limit looks at the inputs only, as He's does. Glorot's balances "
            "inputs and outputs.",
        ),
        Mistake(
            code="X06.1x",
            variant=lambda d_in, d_out: (math.sqrt(3 / d_in) + math.sqrt(3 / d_out)) / 2,
            message="You take the mean of two limits. Take the mean of the two sizes "
            "first, then one root.",
        ),
        Mistake(
            code="X06.1y",
            variant=lambda d_in, d_out: math.sqrt(3 / (d_in + d_out)),
            message="This limit belongs to the variance 1 / (d_in + d_out), half of what "
            "is asked for.",
        ),
        Mistake(
            code="X06.1u",
            variant=lambda d_in, d_out: math.sqrt(12 / (d_in + d_out)),
            message="This limit belongs to the variance 4 / (d_in + d_out), twice what is "
            "asked for.",
        ),
        Mistake(
            code="X06.1v",
            variant=lambda d_in, d_out: math.sqrt(6 / d_in + d_out),
            message="A pair of parentheses is missing: the sum of both sizes stands below "
            "the line.",
        ),
        Mistake(
            code="X06.1s",
            detect=_drawn_within_the_limit,
            message="You return weights. Return the limit v, one number; drawing comes "
            "later.",
        ),
        Mistake(
            code="X06.1z",
            variant=lambda d_in, d_out: math.sqrt(6 // (d_in + d_out)),
            lists_causes=True,
            message="It is 0, except for very small layers. Perhaps // stands where / "
            "belongs: // cuts off the fraction. Or nothing has been computed yet.",
        ),
        Mistake(
            code="M06.1f",
            detect=_drawn_from_zero,
            message="You return weights, all of them positive. Return the limit v, one "
            "number; weights come from [-v, v], so that units do not all start with a "
            "positive bias.",
        ),
        Mistake(
            code="M06.1g",
            detect=_drawn_beyond_the_limit,
            message="You return weights, some of them beyond the limit. Return v, one "
            "number: the half-width of a uniform distribution, not a standard deviation.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def glorot_through_the_variance(d_in, d_out):
    variance = 2 / (d_in + d_out)
    return math.sqrt(3 * variance)


def glorot_in_logarithms(d_in, d_out):
    return np.array(np.exp(0.5 * (np.log(6) - np.log(d_in + d_out))))


RIGHT_WAYS = [glorot_through_the_variance, glorot_as_power, glorot_in_logarithms]


# --- examples of mistakes -------------------------------------------------------------


def weights_from_zero(d_in: int, d_out: int) -> Array:
    rng = np.random.default_rng(0)
    return rng.uniform(0, glorot_limit(d_in, d_out), (d_out, d_in))


def weights_with_the_limit_as_spread(d_in: int, d_out: int) -> Array:
    rng = np.random.default_rng(0)
    return rng.normal(0, glorot_limit(d_in, d_out), (d_out, d_in))


def weights_of_glorot(d_in: int, d_out: int) -> Array:
    rng, v = np.random.default_rng(0), glorot_limit(d_in, d_out)
    return rng.uniform(-v, v, (d_out, d_in))


WRONG_WAYS = {
    "X06.1s": [weights_of_glorot],
    "M06.1f": [weights_from_zero],
    "M06.1g": [weights_with_the_limit_as_spread],
}


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    limits_are_reached(EXERCISE, torch.nn.init.xavier_uniform_)
