"""G05.1 `cross_entropy`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grader.model import Case, Evidence, Exercise, Mistake, Tolerance
from grader.vetting.witness import expected

from ..._losses import LECTURE, Array, Rng, mistakes, one_hot, softmax
from ..._shared import generic, values


def cross_entropy_inputs(rng: Rng) -> list[Case]:
    """Uneven classes, a batch as large as the number of classes, a zero, one example."""

    def case(n: int, c: int, name: str, **more: Any) -> Case:
        P = 0.05 + (1 - 0.05 * c) * rng.dirichlet(np.full(c, 1.5), n)
        y = np.concatenate([[0, 0], rng.integers(0, c, n)])[:n]
        return Case(name=name, args=(P, one_hot(y, c)), batch=n, **more)

    rare = np.array([[1e-4, 0.9999 - 0.3, 0.3], [0.5, 1e-4, 0.4999]])
    zero = np.array([[0.7, 0.3, 0.0], [0.2, 0.2, 0.6]]), one_hot(np.array([1, 2]), 3)
    return [
        case(5, 3, "5 examples, 3 classes"),
        case(4, 6, "4 examples, 6 classes"),
        case(3, 3, "square"),
        case(1, 4, "one", role="edge", requirement="one example, N = 1"),
        Case(
            name="a zero",
            args=zero,
            role="edge",
            requirement="a wrong class may have the probability 0",
        ),
        Case(
            name="rare",
            args=(rare, one_hot(np.array([0, 1]), 3)),
            role="edge",
            requirement="add nothing to P: it may be small",
        ),
    ]


def cross_entropy(P: Array, Y: Array) -> float:
    """T05.6: mean over examples of -log of the true class's probability."""
    true = [float(p[int(np.argmax(y))]) for p, y in zip(P, Y, strict=True)]
    return -math.fsum(math.log(p) for p in true) / len(true)


def _mean_of_logs(P: Array, Y: Array) -> float:
    return float(np.mean(np.log(np.sum(P * Y, axis=1))))


def _with_zeros(P: Array, Y: Array) -> float:
    with np.errstate(all="ignore"):
        return float(-np.sum(Y * np.log(P)) / len(P))


def _plus(P: Array, Y: Array, small: float) -> float:
    return float(-np.mean(np.log(np.sum(P * Y, axis=1) + small)))


def _constant_added(evidence: Evidence) -> bool:
    """Whether one number added to P explains all generic losses."""
    found = values(evidence)
    if not found or not all(isinstance(v, (float, np.floating)) for v in found):
        return False
    losses = [float(v) for v in found]
    cases = [case.args for case, *_ in generic(evidence)]
    P0, Y0 = cases[0]
    low, high = 1e-7, 0.5
    for _ in range(100):  # the loss falls as the number grows
        middle = math.sqrt(low * high)
        if _plus(P0, Y0, middle) > losses[0]:
            low = middle
        else:
            high = middle
    return low > 2e-7 and all(
        math.isclose(_plus(P, Y, low), loss, rel_tol=1e-9)
        for (P, Y), loss in zip(cases, losses, strict=True)
    )


ADDED = (
    "A small number is added inside the logarithm. Take the probability as it is: the loss "
    "of a rare true class is large, and has to be."
)


def _binary(P: Array, Y: Array) -> float:
    logs = Y * np.log(P) + (1 - Y) * np.log(1 - P)
    return float(-np.sum(logs) / len(P))


EXERCISE = Exercise(
    id="G05.1",
    function="cross_entropy",
    points=3,
    reference=cross_entropy,
    inputs=cross_entropy_inputs,
    outputs=("loss",),
    # log(P + 1e-8) differs by more only where P is small: an edge
    tolerance=Tolerance(relative=1e-6, of_scale=1e-9),
    lecture=f"{LECTURE}#The-loss-of-a-data-set",
    mistakes=mistakes(
        "05.1",
        {
            "a": (
                _mean_of_logs,
                "The minus sign is missing: a loss falls when the true class gets more "
                "probable.",
            ),
            "b": (
                lambda P, Y: -np.mean(Y * np.log(P)),
                "The mean runs over examples and classes. Divide by the number of "
                "examples only.",
            ),
            "c": (
                lambda P, Y: -np.sum(np.log(np.sum(P * Y, axis=1))),
                "The 1/N is missing: your loss grows with the size of the batch.",
            ),
            "d": (
                lambda P, Y: -_mean_of_logs(P, Y) / math.log(2),
                "This is a logarithm to the base 2. The course uses the natural one.",
            ),
            "e": (
                lambda P, Y: -np.sum(P * np.log(Y)) / len(P),
                "Prediction and target are exchanged: you take the logarithm of the "
                "target, which is 0 for the wrong classes.",
            ),
            "f": (
                _binary,
                "The wrong classes are counted as well, with log(1 - p). That is a sum of "
                "binary losses; with a softmax only the true class counts.",
            ),
            "g": (
                lambda P, Y: np.mean(1 - np.sum(P * Y, axis=1)),
                "This is 1 - p of the true class. It is the logarithm that makes "
                "confident mistakes expensive.",
            ),
            "Xp": (lambda P, Y: _plus(P, Y, 1e-8), ADDED),
            "Xq": (
                _with_zeros,
                "Where P is 0 the logarithm is -inf, and 0 times that is nan. Pick the "
                "probability of the true class first, then take its logarithm.",
            ),
            "Xr": (
                lambda P, Y: -math.log(np.mean(np.sum(P * Y, axis=1))),
                "This is the logarithm of a mean. Take the logarithm of each example "
                "first, then the mean of them.",
            ),
            "Xt": (
                lambda P, Y: -_mean_of_logs(softmax(P), Y),
                "A softmax is applied to P. Its entries are probabilities already.",
            ),
            "Xs": (
                lambda P, Y: -np.mean(np.log(P.max(axis=1))),
                "You take the largest probability of each row. Take the one of the true "
                "class, also where it is small.",
            ),
        },
        Mistake(code="X05.1p", detect=_constant_added, message=ADDED),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def entropy_by_picking(P, Y):
    return float(-np.log(P[Y == 1]).mean())


def entropy_in_a_loop(P, Y):
    total = 0.0
    for p, y in zip(P, Y, strict=True):
        total -= math.log(p[list(y).index(1)])
    return total / len(P)


def entropy_of_all_entries(P, Y):
    logs = np.log(P, where=Y > 0, out=np.zeros_like(P))
    return -np.einsum("nc,nc->", Y, logs) / P.shape[0]


RIGHT_WAYS = [entropy_by_picking, entropy_in_a_loop, entropy_of_all_entries]

EQUIVALENTS = {
    "return -np.mean(np.log(np.sum(P * Y, axis=1))) → return -np.mean(np.log(np.sum(P * Y, axis=-1)))": "the last axis of a matrix is axis 1",
}


# --- examples of mistakes -------------------------------------------------------------


WRONG_WAYS = {
    "X05.1p": [
        lambda P, Y: _plus(P, Y, 1e-3),
        lambda P, Y: -np.sum(Y * np.log(P + 1e-5)) / len(P),
    ],
}


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    for (P, Y), loss in expected(EXERCISE):
        logs, labels = torch.log(torch.tensor(P)), torch.tensor(Y).argmax(dim=1)
        wanted = torch.nn.functional.nll_loss(logs, labels).item()
        np.testing.assert_allclose(loss, wanted, rtol=1e-12)
