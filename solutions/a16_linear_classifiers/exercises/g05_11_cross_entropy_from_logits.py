"""G05.11 `cross_entropy_from_logits`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Part
from grader.vetting.witness import expected

from ..._losses import (
    LECTURE,
    Array,
    Rng,
    log_softmax,
    mistakes,
    one_hot,
    one_hot_otherwise,
    softmax,
    stable_softmax,
)
from ._shared import ALONE, CLOSE

FINITE = "scores of 1000 and -1000"


def logits_inputs(rng: Rng) -> list[Case]:
    """Uneven classes, some that do not occur, a square; scores far away; one example."""

    def case(n: int, c: int, top: int, **more: Any) -> Case:
        while True:
            y = np.concatenate([[0, 0, top], rng.integers(0, top + 1, n)])[:n]
            Z, y = rng.normal(0, 1.5, (n, c)), rng.permutation(y)
            if _near(Z, y):
                return Case(name=f"N = {n}, C = {c}", args=(Z, y), batch=n, **more)

    def far(name: str, y: list[int], *rows: list[float]) -> Case:
        args = np.array(rows), np.array(y)
        return Case(name=name, args=args, role="edge", requirement=FINITE)

    u, v, w = rng.uniform(0.5, 2, 3)
    return [
        case(5, 3, 2),
        case(4, 5, 3),
        case(4, 4, 3),
        case(7, 3, 1),
        far("ahead", [1, 2], [1000.0 + u, -1000.0, 5.0], [-1000.0, -1000.0 - v, -999.0]),
        far("far", [0, 2], [-1000.0, -1000.0 - u, -1000.0 - v], [1000.0, 1000.0 - w, 0.0]),
        far("near", [0, 1], [1000.0, 1000.0 + w, 998.0], [-1000.0, -1000.0 - u, -999.0]),
        case(1, 4, 2, role="edge", requirement=ALONE),
    ]


def _near(Z: Array, y: Array) -> bool:
    """Whether adding 1e-7 to each probability shows in J, and adding 1e-8 does not."""
    p = softmax(Z)[np.arange(len(y)), y]
    return bool(1.3 < np.mean(1 / p) / np.mean(-np.log(p)) < 7)


def cross_entropy_from_logits(Z: Array, y: Array) -> tuple[float, Array]:
    """Number by number: the largest score of each row is taken out first."""
    J, dZ = 0.0, np.zeros(Z.shape)
    for n, (z, true) in enumerate(zip(Z, y, strict=True)):
        top = max(map(float, z))
        total = math.fsum(math.exp(score - top) for score in z)
        J += (top - float(z[true]) + math.log(total)) / len(y)
        for c, score in enumerate(z):
            dZ[n, c] = (math.exp(score - top) / total - (c == true)) / len(y)
    return J, dZ


Probabilities = Callable[[Array], Array]


def _naive(Z: Array) -> Array:
    return np.asarray(np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True))


def _one_shift(Z: Array) -> Array:
    E = np.exp(Z - Z.max())
    return np.asarray(E / E.sum(axis=1, keepdims=True))


def _price_with_one_shift(P: Array, Y: Array, Z: Array, n: int) -> Any:
    """Return the mean loss, log-sum-exp with the largest score of all rows taken out."""
    lse = np.log(np.exp(Z - Z.max()).sum(axis=1)) + Z.max()
    return (lse - (Y * Z).sum(axis=1)).sum() / n


def _down_columns(Z: Array) -> Array:
    E = np.exp(Z - Z.max(axis=0))
    return np.asarray(E / E.sum(axis=0))


def _of_all(Z: Array) -> Array:
    E = np.exp(Z - Z.max())
    return np.asarray(E / E.sum())


def _price(P: Array, Y: Array, Z: Array, n: int) -> Any:
    """Return the mean loss, also where rounding has made a probability 0."""
    return (np.logaddexp.reduce(Z, axis=1) - (Y * Z).sum(axis=1)).sum() / n


def _of_p(P: Array, Y: Array, Z: Array, n: int) -> Any:
    return -np.log((P * Y).sum(axis=1)).sum() / n


def _with(
    J: Callable[[Array, Array, Array, int], Any] = _price,
    dZ: Callable[[Array, Array, int], Array] = lambda P, Y, n: (P - Y) / n,
    *,
    p: Probabilities = softmax,
    label: int = 0,
) -> Callable[[Array, Array], Any]:
    """Return loss and gradient with something else in one place.

    Args:
        J: from probabilities, one-hot rows, scores and N.
        dZ: from probabilities, one-hot rows and N.
        p: probabilities from scores.
        label: is added to y.
    """

    def run(Z: Array, y: Array) -> Any:
        with np.errstate(all="ignore"):
            P, Y = p(Z), one_hot(y + label, Z.shape[1])
            return J(P, Y, Z, len(y)), dZ(P, Y, len(y))

    return run


def _floor(eps: float) -> Callable[..., Any]:
    """Return the loss with something added to each probability."""
    return lambda P, Y, Z, n: -np.log((P * Y).sum(axis=1) + eps).sum() / n


def _clipped(eps: float) -> Callable[..., Any]:
    return lambda P, Y, Z, n: -np.log(np.maximum((P * Y).sum(axis=1), eps)).sum() / n


def _wrong_indices(of_J: bool, of_dZ: bool) -> Callable[[Array, Array], Any]:
    """Return what ``[:, y]`` gives where ``[np.arange(N), y]`` belongs."""

    def run(Z: Array, y: Array) -> Any:
        J, dZ = cross_entropy_from_logits(Z, y)
        if of_J:
            J = -np.mean((Z - np.logaddexp.reduce(Z, axis=1, keepdims=True))[:, y])
        if of_dZ:
            dZ = softmax(Z)
            dZ[:, y] -= 1
            dZ /= len(y)
        return J, dZ

    return run


def _classes_of_y(Z: Array, y: Array) -> Any:
    return _price(Z, one_hot(y, Z.shape[1]), Z, len(y)), (
        softmax(Z) - one_hot(y, int(y.max()) + 1)
    ) / len(y)


def _subtracted_numbers(Z: Array, y: Array) -> Any:
    J, _ = cross_entropy_from_logits(Z, y)
    return J, (softmax(Z) - y[:, None]) / len(y)


def _swapped(Z: Array, y: Array) -> Any:
    return cross_entropy_from_logits(Z, y)[::-1]


EPSILON = (
    "Something small was added to the probability, or stands in its place. The price of a "
    "very wrong answer is then far too low. No epsilon is needed: log p is z_y minus the "
    "log-sum-exp."
)

TOO_HIGH = (
    "number far above the scores of a row is subtracted, such as the largest one of the "
    "whole array: every exp of this row becomes 0. Each row needs its own largest score."
)

EXERCISE = Exercise(
    id="G05.11",
    function="cross_entropy_from_logits",
    points=4,
    reference=cross_entropy_from_logits,
    inputs=logits_inputs,
    outputs=("J", "dZ"),
    pack="tuple",
    parts=(
        Part(name="J", weight=1.2, output="J"),
        Part(name="dZ", weight=1.6, output="dZ"),
        Part(name=FINITE, weight=0.7, edge=FINITE),
        Part(name=ALONE, weight=0.25, edge=ALONE),
        Part(name=UNCHANGED, weight=0.25, edge=UNCHANGED),
    ),
    lecture=f"{LECTURE}#The-gradient:-prediction-minus-target",
    mistakes=mistakes(
        "05.11",
        {
            "Xa": (
                _with(lambda P, Y, Z, n: _price(P, Y, Z, 1), lambda P, Y, n: P - Y),
                "Both results lack the 1/N: J is a mean over the examples.",
            ),
            "Xa, dZ": (
                _with(dZ=lambda P, Y, n: P - Y),
                "dZ lacks the 1/N. J is a mean over the examples, and so is its gradient.",
            ),
            "Xa, J": (
                _with(lambda P, Y, Z, n: _price(P, Y, Z, 1)),
                "J is the sum over the examples. Return their mean; dZ has the 1/N already.",
            ),
            "Xb": (
                _with(lambda P, Y, Z, n: -_price(P, Y, Z, n)),
                "J has the wrong sign. The loss is minus the logarithm of a probability, so "
                "it is not negative.",
            ),
            "Xb, dZ": (
                _with(dZ=lambda P, Y, n: (Y - P) / n),
                "dZ points uphill: it is prediction minus target, P - Y.",
            ),
            "Xc": (
                _with(_of_p, p=_naive),
                "exp(1000) is inf, and inf / inf is nan: subtract the largest score of each "
                "row before exp.",
            ),
            "Xc, J": (
                _with(lambda P, Y, Z, n: _of_p(_naive(Z), Y, Z, n)),
                "In J exp(1000) is inf. Subtract the largest score of each row before exp, "
                "as in dZ.",
            ),
            "Xc, dZ": (
                _with(p=_naive),
                "In dZ exp(1000) is inf, and inf / inf is nan. Subtract the largest score of "
                "each row before exp, as in J.",
            ),
            "Xd": (
                _with(_of_p),
                "The probability of a very wrong answer is rounded to 0, and its logarithm "
                "is infinite. Take the fraction apart before: log-sum-exp minus z_y.",
            ),
            **{
                f"Xe, {eps}": (_with(_floor(eps)), EPSILON)
                for eps in (1e-3, 1e-4, *(10.0**-k for k in range(5, 17)), 2.0**-52, 1e-20)
            },
            **{
                f"Xe, at least {eps}": (_with(_clipped(eps)), EPSILON)
                for eps in (1e-7, 1e-8, 1e-10, 1e-12, 1e-15, 2.0**-52)
            },
            "Xf": (
                _with(_of_p, p=_one_shift),
                f"A {TOO_HIGH}",
            ),
            "Xf, both": (
                _with(_price_with_one_shift, p=_one_shift),
                f"A {TOO_HIGH}",
            ),
            "Xf, J": (
                _with(_price_with_one_shift),
                f"In J a {TOO_HIGH}",
            ),
            "Xf, dZ": (
                _with(p=_one_shift),
                f"In dZ a {TOO_HIGH}",
            ),
            "Xg": (
                _with(lambda P, Y, Z, n: _price(P, Y, Z, n) - Z.max(axis=1).sum() / n),
                "In J the largest score was taken out of the log-sum-exp and not added "
                "again, or z_y is the score before the subtraction.",
            ),
            "Xh": (
                _with(dZ=lambda P, Y, n: P / n),
                "dZ holds the probabilities. 1 has to be subtracted at the true class.",
            ),
            "Xh, true": (
                _with(dZ=lambda P, Y, n: -Y / n),
                "dZ is that of -z_y alone. The log-sum-exp has a gradient, too: the "
                "probabilities.",
            ),
            "Xh, only": (
                _with(dZ=lambda P, Y, n: (P - Y) * Y / n),
                "dZ has entries at the true class only. The scores of the other classes get "
                "their probabilities.",
            ),
            "Xi": (
                _with(
                    lambda P, Y, Z, n: _price(P, Y, Z, Y.size),
                    lambda P, Y, n: (P - Y) / Y.size,
                ),
                "The mean runs over examples and classes. Divide by the number of examples "
                "only.",
            ),
            "Xi, J": (
                _with(lambda P, Y, Z, n: _price(P, Y, Z, Y.size)),
                "In J the mean runs over examples and classes. Divide by the number of "
                "examples only.",
            ),
            "Xi, dZ": (
                _with(dZ=lambda P, Y, n: (P - Y) / Y.size),
                "In dZ the mean runs over examples and classes. Divide by the number of "
                "examples only.",
            ),
            "Xi, twice": (
                _with(dZ=lambda P, Y, n: (P - Y) / n / n),
                "dZ is divided by N twice. Once is enough.",
            ),
            "Xj": (
                _wrong_indices(True, True),
                "[:, y] takes whole columns, in J and in dZ. One entry per row is "
                "[np.arange(N), y].",
            ),
            "Xj, J": (
                _wrong_indices(True, False),
                "In J [:, y] takes whole columns. One entry per row is [np.arange(N), y].",
            ),
            "Xj, dZ": (
                _wrong_indices(False, True),
                "In dZ [:, y] takes whole columns: 1 is subtracted in rows of other "
                "classes, too. One entry per row is [np.arange(N), y].",
            ),
            "Xk": (
                _with(label=-1),
                "The labels are shifted by one: they start at 0.",
            ),
            "Xl": (
                _with(_of_p, p=_down_columns),
                "The softmax goes down the columns. Each example is a row: axis 1.",
            ),
            "Xl, dZ": (
                _with(p=_down_columns),
                "In dZ the softmax goes down the columns. Each example is a row: axis 1.",
            ),
            "Xl, all": (
                _with(_of_p, p=_of_all),
                "All scores of the batch share one softmax. Each example has its own: axis "
                "1, with keepdims=True.",
            ),
            "Xm": (
                _classes_of_y,
                "The number of classes seems to be taken from y, as in y.max() + 1. A batch "
                "need not hold every class: take it from Z.shape[1].",
            ),
            "Xn": (
                _with(dZ=lambda P, Y, n: (P - Y) * P * (1 - P) / n),
                "In dZ there is a factor p(1 - p) too many: the logarithm of the loss "
                "cancels it.",
            ),
            "Xn, p": (
                _with(dZ=lambda P, Y, n: -Y / np.maximum(P, 1e-300) / n),
                "dZ is the gradient by the probabilities. Go on, through the softmax, to "
                "the scores.",
            ),
            "Xo": (
                _with(lambda P, Y, Z, n: _price(P, Y, Z, n) / np.log(2)),
                "J is a logarithm to the base 2. The course takes the natural one.",
            ),
            "Xp": (
                _with(_of_p, p=lambda Z: softmax(softmax(Z))),
                "The softmax is applied twice. It is needed once, from scores to "
                "probabilities.",
            ),
            "Xp, J": (
                _with(lambda P, Y, Z, n: _price(P, Y, P, n)),
                "In J the softmax is applied twice. The log-sum-exp takes the scores "
                "themselves.",
            ),
            "Xq": (
                _with(
                    lambda P, Y, Z, n: (
                        -(P * (Z - np.logaddexp.reduce(Z, 1, keepdims=True))).sum() / n
                    )
                ),
                "J is the entropy of the probabilities. Only the logarithm at the true class "
                "counts.",
            ),
            "Xq, all": (
                _with(
                    lambda P, Y, Z, n: (
                        -(Z - np.logaddexp.reduce(Z, 1, keepdims=True)).sum() / n
                    )
                ),
                "J adds up the logarithms of all classes. Only that of the true class "
                "counts.",
            ),
            "Xq, p": (
                _with(lambda P, Y, Z, n: 1 - (P * Y).sum() / n),
                "J is 1 minus the probability. It is minus the logarithm of it.",
            ),
            "Xr": (
                _with(dZ=lambda P, Y, n: P - Y / n),
                "In dZ only the 1 at the true class is divided by N. The 1/N belongs to the "
                "whole difference.",
            ),
            "Xs": (
                _subtracted_numbers,
                "In dZ the number of the class is subtracted in the whole row. Subtract 1, "
                "only at the true class.",
            ),
            "Xt": (
                _swapped,
                "The two results have changed places: return (J, dZ).",
            ),
            "Xu": (
                _with(lambda P, Y, Z, n: -(Y * Z).sum() / n),
                "J is minus the score of the true class. The log-sum-exp of the row has to "
                "be added.",
            ),
            **{
                f"Xw, {most}": (
                    lambda Z, y, most=most: cross_entropy_from_logits(
                        np.clip(Z, -most, most), y
                    ),
                    "Large scores are cut off, and the loss is wrong for them. Subtract the "
                    "largest score of each row before exp.",
                )
                for most in (100, 500, 600, 700, 709)
            },
            "Xx": (
                _with(lambda P, Y, Z, n: -np.log(((P - Y) * Y).sum(axis=1)).mean()),
                "J is nan: 1 was subtracted from the probabilities before their logarithm "
                "was taken. dZ = P makes no copy; compute J first.",
            ),
            "Xv": (
                lambda Z, y: (
                    np.logaddexp.reduce(Z, axis=1) - Z[np.arange(len(y)), y],
                    (softmax(Z) - one_hot(y, Z.shape[1])) / len(y),
                ),
                "J still has one number for each example. Return their mean, one number.",
            ),
        },
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def xent_through_logarithms(Z, y):
    log_p = log_softmax(Z)
    rows = np.arange(len(y))
    dZ = np.exp(log_p)
    dZ[rows, y] -= 1.0
    return -log_p[rows, y].mean(), dZ / len(y)


def xent_with_one_hot(Z, y):
    Y = one_hot_otherwise(y, Z.shape[1])
    m = Z.max(axis=1)
    J = np.mean(m + np.log(np.exp(Z - m[:, None]).sum(axis=1)) - (Z * Y).sum(axis=1))
    return J, (stable_softmax(Z) - Y) / y.size


def xent_in_loops(Z, y):
    N, C = Z.shape
    J, dZ = 0, []
    for n in range(N):
        top = max(Z[n])
        e = [math.exp(Z[n, c] - top) for c in range(C)]
        J += math.log(sum(e)) + top - Z[n, y[n]]
        dZ.append([(e[c] / sum(e) - (c == y[n])) / N for c in range(C)])
    return [J / N, dZ]


def xent_shifted_first(Z, y):
    Z = Z - np.max(Z, axis=-1)[:, np.newaxis]
    total = np.sum(np.exp(Z), axis=-1)
    J = (np.log(total).sum() - Z[range(len(y)), y].sum()) / len(y)
    P = np.exp(Z) / total.reshape(-1, 1)
    P[range(len(y)), y] -= 1
    return np.array([J]), P * (1 / len(Z))


RIGHT_WAYS = [
    xent_through_logarithms,
    xent_with_one_hot,
    xent_in_loops,
    xent_shifted_first,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (Z, y), (J, dZ) in expected(EXERCISE):
        scores = torch.tensor(Z, requires_grad=True)
        loss = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
        (wanted,) = torch.autograd.grad(loss, scores)
        np.testing.assert_allclose(J, loss.item(), **CLOSE)
        np.testing.assert_allclose(dZ, wanted.numpy(), rtol=1e-9, atol=1e-12)
