"""What several exercises of a15_normalization share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Evidence, Mistake, Part, Raised

from ..._shared import generic

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "11_training_tricks"
BATCH = f"{LECTURE}#5.-Batch-normalisation-(15-minutes,-core)"
TESTING = f"{LECTURE}#In-testing-there-may-be-no-batch"
BACKWARD = f"{LECTURE}#The-error-through-a-normalisation"
LAYER = f"{LECTURE}#6.-Layer-normalisation-(8-minutes,-core)"
CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-12}

ALONE = "a batch of one example"
ONE_UNIT = "a layer of one unit"
"""Requirements of the tasks."""


def standardised(numbers: Any, eps: float) -> tuple[list[float], float, float, float]:
    """Return some numbers with mean 0 and size 1, and mean, variance and root.

    Args:
        numbers: one unit's over the batch, or one example's over the units.
        eps: is added to the variance, under the root.
    """
    numbers = [float(number) for number in numbers]
    mu = sum(numbers) / len(numbers)
    var = sum((number - mu) ** 2 for number in numbers) / len(numbers)
    s = float((var + eps) ** 0.5)
    return [(number - mu) / s for number in numbers], mu, var, s


def pulled_back(d: Any, z_hat: Any, s: float) -> list[float]:
    """Return the error in front of a normalisation: the product with its Jacobian.

    Args:
        d: the error behind it, at the standardised numbers.
        z_hat: these numbers.
        s: the root they were divided by.
    """
    n = len(z_hat)
    return [
        sum(float(d[i]) * ((i == m) - 1 / n - z_hat[i] * z_hat[m] / n) for i in range(n))
        / s
        for m in range(n)
    ]


def spread(rng: Rng, n: int, h: int) -> Array:
    """Return numbers whose rows and columns all have means and sizes of their own."""
    rows = rng.permutation(np.linspace(-1.5, 2, n))[:, None] if n > 1 else 0.7
    columns = rng.permutation(np.linspace(0.7, 2.5, h))
    return np.asarray(rows + columns * rng.normal(0.4, 1, (n, h)) + columns)


def factors(rng: Rng, h: int) -> Array:
    """Return a gamma: sizes between 0.5 and 2, of both signs where there are two."""
    sign = np.where(np.arange(h) % 2, -1.0, 1.0)
    return np.asarray(rng.uniform(0.5, 2, h) * rng.permutation(sign))


def without_keepdims(evidence: Evidence) -> bool:
    """Whether generic calls stop at a row of N numbers beside N rows of h."""
    stopped = [
        (case, outcome)
        for case, outcome, _ in generic(evidence)
        if isinstance(outcome, Raised)
    ]
    return bool(stopped) and all(
        outcome.kind == "ValueError"
        and f"({case.args[0].shape[0]},{case.args[0].shape[1]}) ({case.args[0].shape[0]},)"
        in outcome.message
        for case, outcome in stopped
    )


def of_parameters(dy: Array, z_hat: Array) -> tuple[Array, Array]:
    """Return the gradients of gamma and beta, unit by unit: `(h,)` each."""
    units = range(dy.shape[1])
    dgamma = [sum(float(a * b) for a, b in zip(dy[:, k], z_hat[:, k])) for k in units]
    return np.array(dgamma), np.array([sum(map(float, dy[:, k])) for k in units])


def backward_parts(alone: str) -> tuple[Part, ...]:
    """Return the parts of a way back, with the edge that the task names."""
    return (
        Part(name="dz", weight=2.4, output="dz"),
        Part(name="dgamma", weight=0.7, output="dgamma"),
        Part(name="dbeta", weight=0.5, output="dbeta"),
        *(Part(name=edge, weight=0.2, edge=edge) for edge in (alone, UNCHANGED)),
    )


Sums = Callable[[Array], Array]


def backward_with(
    axis: int,
    *,
    mean: Sums | None = None,
    first: float | None = 1.0,
    along: float | None = 1.0,
    error: Callable[[Array, Array], Array] = lambda dy, gamma: gamma * dy,
    first_error: Callable[[Array, Array], Array] | None = None,
    along_error: Callable[[Array, Array], Array] | None = None,
    outside: bool = False,
    outer: Callable[[Array], Array] = lambda z_hat: z_hat,
    far: bool = False,
    swapped: bool = False,
    scale: Callable[[Array, Array, int], Array] = lambda dz, s, n: dz / s,
    dgamma: Callable[[Array, Array, Array], Array] = lambda dy, z_hat, gamma: (
        dy * z_hat
    ).sum(axis=0),
    dbeta: Callable[[Array, Array], Array] = lambda dy, gamma: dy.sum(axis=0),
) -> Callable[..., Any]:
    """Return the way back through a normalisation with something else in one place.

    Args:
        axis: over which mean and variance were taken.
        mean: in the place of the mean over this axis.
        first: factor of the mean of the error; None: the sum.
        along: factor of its part along z_hat; None: with the sum.
        error: what is taken for the error at z_hat.
        first_error: the same, under the mean of the error.
        along_error: the same, under the mean along z_hat.
        outside: whether gamma is multiplied at the end only.
        outer: the z_hat in front of the second mean.
        swapped: whether the gradients of gamma and beta change places.
        far: whether z - mu is taken for z_hat in the gradient of gamma.
        scale: what becomes of it at last; n is the length of the axis.
        dgamma: gradient of gamma.
        dbeta: gradient of beta.
    """

    def usual(values: Array) -> Array:
        return values.mean(axis=axis, keepdims=True)

    def backward(dy: Array, z_hat: Array, s: Array, gamma: Array) -> Any:
        d = dy if outside else error(dy, gamma)
        take = mean or usual
        n = dy.shape[axis]
        d1 = first_error(dy, gamma) if first_error else d
        d2 = along_error(dy, gamma) if along_error else d
        dz = d - (n if first is None else first) * take(d1)
        dz = dz - (n if along is None else along) * outer(z_hat) * take(d2 * z_hat)
        dz = scale(dz, s, n)
        dz = gamma * dz if outside else dz
        slopes = dgamma(dy, z_hat * s if far else z_hat, gamma), dbeta(dy, gamma)
        return dz, *(slopes[::-1] if swapped else slopes)

    return backward


def ways_back(code: str, axis: int, all_of: str, n: str) -> tuple[Mistake, ...]:
    """Return what goes wrong on the way back through either normalisation.

    Args:
        code: of the exercise, such as ``X11.9``.
        axis: over which mean and variance were taken.
        all_of: what these are taken over, as in "the examples".
        n: how many these are, as in "N".
    """

    def wrong(letter: str, message: str, **flaw: Any) -> Mistake:
        return Mistake(
            code=f"{code}{letter}", variant=backward_with(axis, **flaw), message=message
        )

    def total(values: Array) -> Array:
        return values.sum(axis=axis, keepdims=True)

    def one_too_few(values: Array) -> Array:
        return total(values) / max(values.shape[axis] - 1, 1)

    sums = f"dz holds sums where the formula has means over {all_of}: divide both by {n}."
    return (
        wrong("a", sums, mean=total),
        wrong(
            "b",
            "Mean and s are treated as constants: dz is d / s only. Both depend on every z "
            "that they were computed from, so there are two more roads back.",
            first=0.0,
            along=0.0,
        ),
        wrong(
            "c",
            "s is treated as a constant. It depends on every z, too: the part along z_hat "
            "is missing in dz.",
            along=0.0,
        ),
        wrong(
            "d",
            "The mean is treated as a constant: the mean of the error is not taken away "
            "from dz.",
            first=0.0,
        ),
        wrong(
            "e",
            "gamma is missing in dz. The error at z_hat is d = gamma * dy.",
            error=lambda dy, gamma: dy,
        ),
        wrong(
            "e",
            "gamma is missing in the mean along z_hat: it is the mean of d * z_hat, with "
            "d = gamma * dy.",
            along_error=lambda dy, gamma: dy,
        ),
        wrong(
            "e",
            "gamma is missing in the mean of the error: it is the mean of d, with "
            "d = gamma * dy.",
            first_error=lambda dy, gamma: dy,
        ),
        wrong(
            "e",
            "gamma is missing in both means of dz: they are those of d and of d * z_hat, "
            "with d = gamma * dy.",
            first_error=lambda dy, gamma: dy,
            along_error=lambda dy, gamma: dy,
        ),
        wrong("f", "dz is not divided by s.", scale=lambda dz, s, n: dz),
        wrong(
            "g",
            "dz is multiplied by s. What was divided by s on the way forward is divided by "
            "it on the way back.",
            scale=lambda dz, s, n: dz * s,
        ),
        wrong(
            "h",
            "dz is divided by s twice, or by s squared: once is right.",
            scale=lambda dz, s, n: dz / s**2,
        ),
        wrong("i", "The part along z_hat is added to dz. Take it away.", along=-1.0),
        wrong(
            "s",
            "The part along z_hat counts twice in dz. The root halves what the square "
            "doubles: no factor is left.",
            along=2.0,
        ),
        wrong(
            "s",
            "The part along z_hat counts half in dz. The root halves what the square "
            "doubles: no factor is left.",
            along=0.5,
        ),
        wrong(
            "t",
            "dz is divided by the root of s. s is a root already.",
            scale=lambda dz, s, n: dz / np.sqrt(s),
        ),
        wrong(
            "u",
            "gamma counts twice in dz. The error at z_hat is d = gamma * dy, with gamma once.",
            error=lambda dy, gamma: gamma * gamma * dy,
        ),
        wrong(
            "v",
            "In dgamma stands z - mu where z_hat belongs: that one is divided by s.",
            far=True,
        ),
        wrong(
            "a",
            f"In the part along z_hat a sum stands where a mean belongs: divide it by {n}.",
            along=None,
        ),
        wrong(
            "a",
            f"A sum of the error is taken away where its mean belongs: divide it by {n}.",
            first=None,
        ),
        wrong(
            "n",
            "dgamma and dbeta have changed places: return (dz, dgamma, dbeta).",
            swapped=True,
        ),
        wrong("j", "The mean of the error is added to dz. Take it away.", first=-1.0),
        wrong(
            "k",
            f"dz is {n} times too large: with sums in the place of means, {n} d in the "
            f"place of d, the whole has to be divided by {n}.",
            scale=lambda dz, s, n: n * dz / s,
        ),
        wrong(
            "l",
            "In the last term of dz the z_hat in front is missing: the mean of d * z_hat "
            "is multiplied by z_hat, so that each example and unit loses its own part.",
            outer=np.ones_like,
        ),
        wrong(
            "m",
            f"dz divides by {n} - 1. The means on the way back are those of the way "
            f"forward: divide by {n}.",
            mean=one_too_few,
        ),
        wrong(
            "n",
            "In the place of dgamma stands the gradient of beta, the sum of dy. dgamma is "
            "the sum of dy * z_hat.",
            dgamma=lambda dy, z_hat, gamma: dy.sum(axis=0),
        ),
        wrong(
            "o",
            "gamma is in its own gradient. dgamma is the sum of dy * z_hat, with dy as it "
            "arrives.",
            dgamma=lambda dy, z_hat, gamma: (gamma * dy * z_hat).sum(axis=0),
        ),
        wrong(
            "o",
            "gamma is in the gradient of beta. beta is added after it: dbeta is the sum of "
            "dy as it arrives.",
            dbeta=lambda dy, gamma: (gamma * dy).sum(axis=0),
        ),
        wrong(
            "o",
            "gamma is in the gradients of gamma and beta. Use dy as it arrives there.",
            dgamma=lambda dy, z_hat, gamma: (gamma * dy * z_hat).sum(axis=0),
            dbeta=lambda dy, gamma: (gamma * dy).sum(axis=0),
        ),
        wrong(
            "p",
            "dgamma and dbeta are means over the examples. Each example uses them, and "
            "roads that meet add.",
            dgamma=lambda dy, z_hat, gamma: (dy * z_hat).mean(axis=0),
            dbeta=lambda dy, gamma: dy.mean(axis=0),
        ),
        wrong(
            "q",
            "dgamma and dbeta have a row for each example. A gradient has the shape of its "
            "parameter: add the rows.",
            dgamma=lambda dy, z_hat, gamma: dy * z_hat,
            dbeta=lambda dy, gamma: dy,
        ),
        wrong(
            "r",
            "dgamma and dbeta are summed over the units. gamma and beta have one number "
            "for each unit: add over the examples, axis 0.",
            dgamma=lambda dy, z_hat, gamma: (dy * z_hat).sum(axis=1),
            dbeta=lambda dy, gamma: dy.sum(axis=1),
        ),
    )
