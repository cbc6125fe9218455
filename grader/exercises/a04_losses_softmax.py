"""Assignment a04: losses and the softmax classifier (syllabus D-05, G05.1-G05.9, B8).

Every loss is a mean over the N examples, which stand in rows; logarithms are natural.
References go example by example and from the definition of each loss; the witnesses
differentiate by machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.exercises._functions import sigmoid
from grader.exercises._hand import by_hand
from grader.model import Case, Exercise, Mistake, Tolerance

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "05_losses_and_softmax"


def softmax(Z: Array) -> Array:
    """Rows of scores to rows of probabilities, stable."""
    E = np.exp(Z - Z.max(axis=-1, keepdims=True))
    return np.asarray(E / E.sum(axis=-1, keepdims=True))


def one_hot(y: Array, classes: int) -> Array:
    """Rows of the identity."""
    return np.asarray(np.eye(classes)[y])


def mistakes(
    exercise: str, entries: dict[str, tuple[Callable[..., Any], str]]
) -> tuple[Mistake, ...]:
    """Return the mistakes of an exercise from letter -> (wrong function, sentence)."""
    return tuple(
        Mistake(code=f"M{exercise}{letter[0]}", variant=variant, message=message)
        for letter, (variant, message) in entries.items()
    )


# --- X05.1 -------------------------------------------------------------------------

BY_HAND = {
    "loss": -math.log(0.4),
    "loss_uniform": math.log(3),
    "dz_true": -0.6,
    "dz_other": 0.3,
    "dp_true": -2.5,
}
"""B8: the example of the slides, p = (0.3, 0.3, 0.4), the third class is true."""


X05_1 = by_hand(
    "X05.1",
    "example",
    BY_HAND,
    {
        "X05.1a": (
            dict(loss=-math.log2(0.4), loss_uniform=math.log2(3)),
            "These are logarithms to the base 2. The course uses the natural logarithm.",
        ),
        "X05.1b": (
            dict(loss=math.log(0.4), loss_uniform=-math.log(3)),
            "The sign is missing: the loss is minus the logarithm of the probability.",
        ),
        "X05.1c": (
            dict(dz_true=0.6, dz_other=-0.3),
            "The gradient by the scores is prediction minus target; yours is the "
            "other way round.",
        ),
        "X05.1d": (
            dict(dz_true=-0.6 * 0.4 * 0.6, dz_other=0.3 * 0.3 * 0.7),
            "There is no factor p(1 - p): the logarithm cancels it.",
        ),
    },
    lecture=f"{LECTURE}#With-a-label,-one-term-is-left",
)

# --- G05.1 -------------------------------------------------------------------------


def cross_entropy_inputs(rng: Rng) -> list[Case]:
    """Uneven classes, a batch as large as the number of classes, a zero, one example."""

    def case(n: int, c: int, name: str, **more: Any) -> Case:
        P = 0.05 + (1 - 0.05 * c) * rng.dirichlet(np.full(c, 1.5), n)
        y = np.concatenate([[0, 0], rng.integers(0, c, n)])[:n]
        return Case(name=name, args=(P, one_hot(y, c)), batch=n, **more)

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
    ]


def cross_entropy(P: Array, Y: Array) -> float:
    """T05.6: mean over examples of -log of the true class's probability."""
    true = [float(p[int(np.argmax(y))]) for p, y in zip(P, Y, strict=True)]
    return -math.fsum(math.log(p) for p in true) / len(true)


def _mean_of_logs(P: Array, Y: Array) -> float:
    return float(np.mean(np.log(np.sum(P * Y, axis=1))))


def _binary(P: Array, Y: Array) -> float:
    logs = Y * np.log(P) + (1 - Y) * np.log(1 - P)
    return float(-np.sum(logs) / len(P))


G05_1 = Exercise(
    id="G05.1",
    function="cross_entropy",
    points=3,
    reference=cross_entropy,
    inputs=cross_entropy_inputs,
    outputs=("loss",),
    tolerance=Tolerance(relative=1e-6, of_scale=1e-9),  # log(P + 1e-8) is no mistake
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
        },
    ),
)

# --- G05.2 -------------------------------------------------------------------------


def xent_inputs(rng: Rng) -> list[Case]:
    """Uneven classes, a square batch, scores of +-1000, one example."""

    def case(n: int, c: int, name: str, **more: Any) -> Case:
        y = np.concatenate([[0, 0, c - 1], rng.integers(0, c, n)])[:n]
        args = rng.normal(0, 1.5, (n, c)), rng.permutation(y)
        return Case(name=name, args=args, batch=n, **more)

    low = [-1000.0, -1001.0, -1002.0]
    huge = np.array([[1000.0, -1000.0, 0.0], [0.0, 0.0, 1000.0], low]), np.array([1, 2, 0])
    return [
        case(5, 3, "5 examples, 3 classes"),
        case(4, 5, "4 examples, 5 classes"),
        case(3, 3, "square"),
        case(1, 3, "one", role="edge", requirement="one example, N = 1"),
        Case(name="huge", args=huge, role="edge", requirement="scores of ±1000"),
    ]


def softmax_xent_grad(logits: Array, y: Array) -> Array:
    """T05.10: by the Jacobian of the softmax, example by example."""
    rows = []
    for z, label in zip(logits, y, strict=True):
        p = softmax(z)
        row = p.copy()
        row[label] -= 1.0
        rows.append(row / len(y))
    return np.array(rows)


def _residual(
    change: Callable[[Array, Array, int], Array],
) -> Callable[[Array, Array], Array]:
    """Return a wrong gradient from probabilities, one-hot targets and N."""

    def gradient(logits: Array, y: Array) -> Array:
        P = softmax(logits)
        return change(P, one_hot(y, P.shape[1]), len(y))

    return gradient


G05_2 = Exercise(
    id="G05.2",
    function="softmax_xent_grad",
    points=4,
    reference=softmax_xent_grad,
    inputs=xent_inputs,
    outputs=("dlogits",),
    vectorised=True,
    lecture=f"{LECTURE}#The-gradient:-prediction-minus-target",
    mistakes=mistakes(
        "05.2",
        {
            "a": (
                _residual(lambda P, Y, N: P - Y),
                "The 1/N is missing: the loss is a mean over the batch, and so is its "
                "gradient.",
            ),
            "b": (
                _residual(lambda P, Y, N: (Y - P) / N),
                "This points uphill: the gradient is prediction minus target.",
            ),
            "c": (
                _residual(lambda P, Y, N: -Y / P / N),
                "This is the gradient by the probabilities. Go on, through the softmax, "
                "to the scores.",
            ),
            "d": (
                _residual(lambda P, Y, N: (P - Y) * P * (1 - P) / N),
                "There is a factor p(1 - p) too many: the logarithm of the loss cancels "
                "it.",
            ),
            "e": (
                _residual(lambda P, Y, N: -Y * (1 - P) / N),
                "Only the true class gets a gradient. A softmax ties all scores together: "
                "the scores of the wrong classes get p.",
            ),
            "f": (
                lambda logits, y: (
                    (softmax(logits) - one_hot(y - 1, logits.shape[1])) / len(y)
                ),
                "The labels are shifted by one: they start at 0.",
            ),
            "g": (
                _residual(lambda P, Y, N: (P - Y) / P.size),
                "The mean runs over examples and classes. Divide by the number of "
                "examples only.",
            ),
            "h": (
                lambda logits, y: (logits - one_hot(y, logits.shape[1])) / len(y),
                "Raw scores stand where probabilities belong: apply the softmax first.",
            ),
        },
    ),
)

# --- G05.3 -------------------------------------------------------------------------


def classifier_inputs(rng: Rng) -> list[Case]:
    """Unequal sizes, equal sizes, one example."""

    def case(n: int, d: int, c: int, name: str, **more: Any) -> Case:
        y = rng.permutation(np.concatenate([[0, 0], rng.integers(0, c, n)])[:n])
        arrays = rng.normal(size=(n, d)), y, rng.normal(size=(c, d)), rng.normal(size=c)
        return Case(name=name, args=arrays, batch=n, **more)

    return [
        case(5, 4, 3, "5 examples, 4 inputs, 3 classes"),
        case(6, 2, 4, "6 examples, 2 inputs, 4 classes"),
        case(3, 3, 3, "all sizes equal"),
        case(1, 4, 3, "one", role="edge", requirement="one example, N = 1"),
    ]


def softmax_classifier_grads(X: Array, y: Array, W: Array, b: Array) -> tuple[Array, Array]:
    """T05.11: sums over examples of outer products of residual and input."""
    dW, db = np.zeros_like(W), np.zeros_like(b)
    for x, label in zip(X, y, strict=True):
        delta = softmax(W @ x + b)
        delta[label] -= 1.0
        dW += np.outer(delta, x) / len(y)
        db += delta / len(y)
    return dW, db


def _classifier(
    dW: Callable[..., Array] = lambda R, X, Y, N: R.T @ X / N,
    db: Callable[..., Array] = lambda R, X, Y, N: R.sum(0) / N,
) -> Callable[..., tuple[Array, Array]]:
    """Return gradients with a fault, from residual, inputs, targets and N."""

    def gradients(X: Array, y: Array, W: Array, b: Array) -> tuple[Array, Array]:
        Y = one_hot(y, len(b))
        R = softmax(X @ W.T + b) - Y
        return dW(R, X, Y, len(y)), db(R, X, Y, len(y))

    return gradients


G05_3 = Exercise(
    id="G05.3",
    function="softmax_classifier_grads",
    points=4,
    reference=softmax_classifier_grads,
    inputs=classifier_inputs,
    outputs=("dW", "db"),
    pack="tuple",
    lecture=f"{LECTURE}#From-one-example-to-all",
    mistakes=mistakes(
        "05.3",
        {
            "a": (
                _classifier(dW=lambda R, X, Y, N: X.T @ R / N),
                "dW is transposed: it has the shape (C, D) of W.",
            ),
            "b": (
                _classifier(dW=lambda R, X, Y, N: R.T @ X),
                "dW lacks the 1/N. dW and db share the mean of the loss.",
            ),
            "c": (
                _classifier(db=lambda R, X, Y, N: R / N),
                "db still has a row per example. The bias serves all of them, so their "
                "gradients are added up.",
            ),
            "d": (
                _classifier(db=lambda R, X, Y, N: R.sum(1) / N),
                "db adds up over the classes, where the residuals always give 0. Add up "
                "over the examples, axis 0.",
            ),
            "e": (
                _classifier(dW=lambda R, X, Y, N: -Y.T @ X / N),
                "dW has the true class only. The normalisation of the softmax adds the "
                "probabilities.",
            ),
            "f": (
                _classifier(
                    dW=lambda R, X, Y, N: -R.T @ X / N, db=lambda R, X, Y, N: -R.sum(0) / N
                ),
                "Both gradients are negated. The minus belongs to the update, which "
                "subtracts them.",
            ),
            "g": (
                _classifier(db=lambda R, X, Y, N: R.mean(0) / N),
                "db is divided by N twice.",
            ),
        },
    ),
)

# --- G05.4 -------------------------------------------------------------------------


def binary_inputs(rng: Rng) -> list[Case]:
    """Mixed labels 0 and 1, scores of +-1000, one example."""

    def case(n: int, name: str, **more: Any) -> Case:
        y = rng.permutation(np.arange(n) % 3 == 0).astype(float)
        return Case(name=name, args=(rng.normal(0, 1.5, n), y), batch=n, **more)

    huge = np.array([1000.0, -1000.0, 1000.0]), np.array([1.0, 1.0, 0.0])
    return [
        case(5, "5 examples"),
        case(7, "7 examples"),
        case(1, "one", role="edge", requirement="one example, N = 1"),
        Case(name="huge", args=huge, role="edge", requirement="scores of ±1000"),
    ]


def bce_with_logits_grad(s: Array, y: Array) -> Array:
    """T05.12: the softmax gradient of the scores (0, s), second entry."""
    rows = [softmax(np.array([0.0, score]))[1] - label for score, label in zip(s, y)]
    return np.array(rows) / len(rows)


G05_4 = Exercise(
    id="G05.4",
    function="bce_with_logits_grad",
    points=3,
    reference=bce_with_logits_grad,
    inputs=binary_inputs,
    outputs=("ds",),
    lecture=f"{LECTURE}#Why-not-the-squared-error?",
    mistakes=mistakes(
        "05.4",
        {
            "a": (
                lambda s, y: (y - sigmoid(s)) / len(s),
                "This climbs: it is the gradient of the likelihood. For the loss it is "
                "prediction minus target.",
            ),
            "b": (
                lambda s, y: (sigmoid(s) - y) * sigmoid(s) * (1 - sigmoid(s)) / len(s),
                "There is a slope of the sigmoid too many. It cancels for cross-entropy; "
                "with it learning stalls where the unit is saturated.",
            ),
            "c": (lambda s, y: sigmoid(s) - y, "The 1/N is missing."),
            "d": (
                lambda s, y: (s - y) / len(s),
                "The raw score stands where the probability belongs: apply the sigmoid.",
            ),
            "e": (
                lambda s, y: -y * (1 - sigmoid(s)) / len(s),
                "Examples with the label 0 get no gradient; they have to push, too.",
            ),
            "f": (
                lambda s, y: sigmoid(s) * (1 - sigmoid(s)) / len(s),
                "This is the slope of the probability itself. Take the loss first, minus "
                "the logarithm of the probability of the right label.",
            ),
        },
    ),
)

# --- G05.5 -------------------------------------------------------------------------


def regression_inputs(rng: Rng) -> list[Case]:
    """Several outputs, never two; one example."""

    def case(n: int, k: int, name: str, **more: Any) -> Case:
        args = rng.normal(size=(n, k)), rng.normal(size=(n, k))
        return Case(name=name, args=args, batch=n, **more)

    return [
        case(5, 3, "5 examples, 3 outputs"),
        case(3, 4, "3 examples, 4 outputs"),
        case(1, 3, "one", role="edge", requirement="one example, N = 1"),
    ]


def squared_loss_grad(F: Array, Y: Array) -> Array:
    """T05.4: 2 (f - y) / N, read off a polynomial: exact central difference."""
    n = len(F)
    return np.asarray(((F + 1 - Y) ** 2 - (F - 1 - Y) ** 2) / (2 * n))


def _unit_rows(F: Array, Y: Array) -> Array:
    return np.asarray((F - Y) / np.linalg.norm(F - Y, axis=1, keepdims=True) / len(F))


G05_5 = Exercise(
    id="G05.5",
    function="squared_loss_grad",
    points=2,
    reference=squared_loss_grad,
    inputs=regression_inputs,
    outputs=("dF",),
    lecture=f"{LECTURE}#Losses-for-numbers:-L1-and-L2",
    mistakes=mistakes(
        "05.5",
        {
            "a": (
                lambda F, Y: (F - Y) / len(F),
                "The factor 2 of the square is missing. It cancels only where the loss "
                "carries a 1/2, and this one does not.",
            ),
            "b": (
                lambda F, Y: 2 * (Y - F) / len(F),
                "The sign is turned round: differentiate by the prediction.",
            ),
            "c": (lambda F, Y: 2 * (F - Y), "The 1/N is missing."),
            "d": (
                lambda F, Y: 2 * (F - Y) / F.size,
                "The mean runs over examples and outputs, as in PyTorch's MSELoss. Here "
                "outputs are added up: divide by N only.",
            ),
            "e": (
                _unit_rows,
                "This is the gradient of the norm without its square: the size of the "
                "error is lost.",
            ),
            "f": (
                lambda F, Y: 2 * np.abs(F - Y) / len(F),
                "The sign of the error is lost: no absolute value here.",
            ),
        },
    ),
)

# --- G05.6 -------------------------------------------------------------------------


def absolute_inputs(rng: Rng) -> list[Case]:
    """Errors of both signs; a perfect prediction."""

    def case(n: int, name: str) -> Case:
        y = rng.normal(size=n)
        error = rng.uniform(0.2, 2, n) * np.where(np.arange(n) % 2, 1, -1)
        return Case(name=name, args=(y + rng.permutation(error), y), batch=n)

    tie = np.array([1.5, -0.5, 2.0]), np.array([1.5, 0.5, 1.0])
    return [
        case(5, "5 examples"),
        case(4, "4 examples"),
        Case(
            name="tie",
            args=tie,
            batch=3,
            role="edge",
            requirement="slope 0 where f equals y",
        ),
    ]


def _quotient(error: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return np.asarray(error / np.abs(error))


def absolute_loss_grad(f: Array, y: Array) -> Array:
    """T05.4: comparisons instead of a sign function."""
    return np.asarray(((f > y).astype(float) - (f < y)) / len(f))


G05_6 = Exercise(
    id="G05.6",
    function="absolute_loss_grad",
    points=2,
    reference=absolute_loss_grad,
    inputs=absolute_inputs,
    outputs=("df",),
    lecture=f"{LECTURE}#Losses-for-numbers:-L1-and-L2",
    mistakes=mistakes(
        "05.6",
        {
            "a": (
                lambda f, y: (f - y) / len(f),
                "The slope grows with the error, as for the squared loss. The slope of the "
                "absolute loss has one size everywhere: only the error's sign counts.",
            ),
            "b": (
                lambda f, y: np.sign(y - f) / len(f),
                "The sign is turned round: differentiate by the prediction f.",
            ),
            "c": (lambda f, y: np.sign(f - y), "The 1/N is missing."),
            "d": (
                lambda f, y: np.where(f >= y, 1, -1) / len(f),
                "A perfect prediction is pushed away. Where f equals y, take the slope 0.",
            ),
            "d, divided": (
                lambda f, y: _quotient(f - y) / len(f),
                "Dividing by the absolute error gives nan where f equals y. Take the slope "
                "0 there.",
            ),
            "e": (
                lambda f, y: np.ones(len(f)) / len(f),
                "The slope is positive everywhere. Below the target it is negative.",
            ),
        },
    ),
)

# --- G05.7, G05.8 ------------------------------------------------------------------


def margin_inputs(rng: Rng) -> list[Case]:
    """Both labels: beyond the margin, inside it, and on the wrong side."""

    def case(n: int, name: str, **more: Any) -> Case:
        margins = np.concatenate([[1.7, 0.4, -0.8, 0.6, -1.3, 2.1], rng.normal(size=n)])[:n]
        y = rng.permutation(np.where(np.arange(n) % 2, 1.0, -1.0))
        spread = rng.uniform(0.9, 1.1, n)
        return Case(name=name, args=(y * margins * spread, y), batch=n, **more)

    return [
        case(6, "6 examples"),
        case(8, "8 examples"),
        case(1, "one", role="edge", requirement="one example, N = 1"),
    ]


def hinge_inputs(rng: Rng) -> list[Case]:
    """As `margin_inputs`, and scores exactly at the margin."""
    corner = np.array([1.0, -1.0, 0.5]), np.array([1.0, -1.0, 1.0])
    return [
        *margin_inputs(rng),
        Case(
            name="corner",
            args=corner,
            batch=3,
            role="edge",
            requirement="slope 0 where y s equals 1",
        ),
    ]


def hinge_grad(s: Array, y: Array) -> Array:
    """T05.13: by cases of the margin y s."""
    slope = np.where(np.multiply(y, s) >= 1, 0.0, -1.0)
    return np.asarray(slope * y / s.size)


def _zero_one_labels(s: Array, y: Array) -> Array:
    t = (y + 1) / 2
    return np.asarray(-t * (t * s < 1) / len(s))


G05_7 = Exercise(
    id="G05.7",
    function="hinge_grad",
    points=3,
    reference=hinge_grad,
    inputs=hinge_inputs,
    outputs=("ds",),
    lecture=f"{LECTURE}#A-list-of-losses",
    mistakes=mistakes(
        "05.7",
        {
            "a": (
                lambda s, y: y * (y * s < 1) / len(s),
                "The sign is turned round: a larger y s makes the loss smaller.",
            ),
            "b": (
                lambda s, y: -y * (y * s < 0) / len(s),
                "Right answers inside the margin get no gradient; that is the "
                "perceptron's loss. The hinge pushes until y s reaches 1.",
            ),
            "c": (
                lambda s, y: -1.0 * (y * s < 1) / len(s),
                "The label is missing: examples of the class -1 have to be pushed down.",
            ),
            "d": (
                lambda s, y: -y * (y * s > 1) / len(s),
                "The comparison is turned round: beyond the margin there is no gradient.",
            ),
            "e": (
                lambda s, y: -y * (1 - y * s) * (y * s < 1) / len(s),
                "The slope grows with the distance to the margin; that belongs to the "
                "squared hinge. Inside the margin the hinge has a constant slope.",
            ),
            "f": (
                _zero_one_labels,
                "The labels are treated as 0 and 1. Here they are -1 and +1, so that "
                "both classes push.",
            ),
        },
    ),
)


def exponential_loss_grad(s: Array, y: Array) -> Array:
    """T05.13: both labels by cases."""
    slope = np.where(y > 0, -np.exp(-s), np.exp(s))
    return np.asarray(slope / s.size)


G05_8 = Exercise(
    id="G05.8",
    function="exponential_loss_grad",
    points=2,
    reference=exponential_loss_grad,
    inputs=margin_inputs,
    outputs=("ds",),
    lecture=f"{LECTURE}#A-list-of-losses",
    mistakes=mistakes(
        "05.8",
        {
            "a": (
                lambda s, y: y * np.exp(-y * s) / len(s),
                "The sign is turned round: the inner derivative is -y.",
            ),
            "b": (
                lambda s, y: np.exp(-y * s) / len(s),
                "The inner derivative -y is missing.",
            ),
            "c": (
                lambda s, y: -y * np.exp(y * s) / len(s),
                "The exponent has the wrong sign: a large margin gives a tiny gradient.",
            ),
            "d": (
                lambda s, y: -s * np.exp(-y * s) / len(s),
                "This is the derivative by the label. Differentiate by the score s.",
            ),
            "e": (lambda s, y: -y * np.exp(-y * s), "The 1/N is missing."),
        },
    ),
)

# --- G05.9 -------------------------------------------------------------------------


def zero_one_inputs(rng: Rng) -> list[Case]:
    """Shares of mistakes other than a half, a square batch, one example."""

    def case(n: int, c: int, wrong: int, name: str, **more: Any) -> Case:
        scores = rng.normal(size=(n, c))
        y = scores.argmax(axis=1)
        y[:wrong] = (y[:wrong] + 1) % c
        order = rng.permutation(n)
        return Case(name=name, args=(scores[order], y[order]), batch=n, **more)

    return [
        case(5, 3, 2, "2 of 5 wrong"),
        case(7, 4, 5, "5 of 7 wrong"),
        case(4, 4, 1, "1 of 4 wrong, 4 classes"),
        case(1, 3, 1, "one", role="edge", requirement="one example, N = 1"),
    ]


def zero_one_loss(scores: Array, y: Array) -> float:
    """T05.13: the share of examples another class outscores."""
    wrong = [max(row) > row[label] for row, label in zip(scores, y, strict=True)]
    return sum(wrong) / len(wrong)


G05_9 = Exercise(
    id="G05.9",
    function="zero_one_loss",
    points=2,
    reference=zero_one_loss,
    inputs=zero_one_inputs,
    outputs=("loss",),
    lecture=f"{LECTURE}#A-list-of-losses",
    mistakes=mistakes(
        "05.9",
        {
            "a": (
                lambda scores, y: np.mean(scores.argmax(1) == y),
                "This is the accuracy; the loss is the share of mistakes.",
            ),
            "b": (
                lambda scores, y: np.mean(np.not_equal(scores.argmax(0), y)),
                "The best example of each class is taken. Take the best class of each "
                "row, axis 1.",
            ),
            "c": (
                lambda scores, y: float(np.sum(scores.argmax(1) != y)),
                "The mistakes are counted. Divide by the number of examples.",
            ),
            "d": (
                lambda scores, y: np.zeros_like(scores),
                "This is a gradient of zeros. The loss counts mistakes; it is flat almost "
                "everywhere, which is why one trains with another loss.",
            ),
        },
    ),
)

EXERCISES = (X05_1, G05_1, G05_2, G05_3, G05_4, G05_5, G05_6, G05_7, G05_8, G05_9)
