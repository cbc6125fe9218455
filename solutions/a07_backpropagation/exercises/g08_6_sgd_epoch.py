"""G08.6 `sgd_epoch`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np

from grader.judge.compare import compare
from grader.model import Case, Evidence, Exercise, Mistake, Returned
from grader.vetting.witness import expected

from ._shared import LECTURE, Array, Rng, linked


def sgd_inputs(rng: Rng) -> list[Case]:
    """Four and six examples of a linear unit; a single example at the edge."""

    def case(n: int, d: int, eta: float, **kind: str) -> Case:
        args = (rng.normal(0, 1, d), rng.normal(0, 1, (n, d)), rng.normal(0, 1, n), eta)
        return Case(name=f"N = {n}", args=args, batch=n, **kind)  # type: ignore

    X, t = np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([1.0, 0.0])
    return [
        Case(name="visible", args=(np.zeros(2), X, t, 0.5), role="visible"),
        case(4, 3, 0.1),
        case(6, 2, 0.07),
        case(3, 3, 0.2),
        case(1, 2, 0.3, role="edge", requirement="a data set of one example, N = 1"),
    ]


def sgd_epoch(w: Array, X: Array, t: Array, eta: float) -> Array:
    """T08.6: one update per example, each from the weights the last one left."""
    for x, target in zip(X, t, strict=True):
        w = w - eta * (w @ x - target) * x
    return w


def _batch_steps(w: Array, X: Array, t: Array, eta: float) -> Array:
    for _ in X:
        w = w - eta * X.T @ (X @ w - t)
    return w


def _one_by_one(
    step: Callable[[Array, Array, float, float], Array],
) -> Callable[..., Array]:
    """Return an epoch with another step, made of w, x, the error and eta."""

    def epoch(w: Array, X: Array, t: Array, eta: float) -> Array:
        for x, target in zip(X, t, strict=True):
            w = w - step(w, x, float(w @ x - target), eta)
        return w

    return epoch


def _on(part: slice) -> Callable[..., Array]:
    """Return an epoch over some of the examples."""
    return lambda w, X, t, eta: sgd_epoch(w, X[part], t[part], eta)


WRONG_STEPS: tuple[tuple[Callable[[Array, Array, float, float], Array], str], ...] = (
    (
        lambda w, x, error, eta: eta * (2 * float(w @ x) - error) * x,
        "Prediction and target are added. The error of an example is w·x - t.",
    ),
    (
        lambda w, x, error, eta: eta * x,
        "The error is missing in the step: the gradient for one example is its error, "
        "w·x - t, times x.",
    ),
    (
        lambda w, x, error, eta: eta * np.sign(error) * x,
        "Only the sign of the error counts in your step. The slope of the squared loss is "
        "the error itself, times x.",
    ),
    (
        lambda w, x, error, eta: eta * abs(error) * x,
        "The error has lost its sign: too small a prediction has to move the weights the "
        "other way than too large a one.",
    ),
    *(
        (
            lambda w, x, error, eta, factor=factor: eta * factor * error**2 * x,
            "The step holds the squared error, which is the loss. Its slope is the error "
            "times x.",
        )
        for factor in (0.5, 1.0)
    ),
    (
        lambda w, x, error, eta: eta * error * w,
        "The error is multiplied by w. The slope of w·x by w is x.",
    ),
)
"""Other steps, made of w, x, the error and eta, and what is wrong with them."""


def _uses_own_order(evidence: Evidence) -> bool:
    """Whether every result is that of one pass in another, fixed order of the rows."""
    seen = False
    for case, outcome in zip(evidence.cases, evidence.outcomes, strict=True):
        if case.role != "generic":
            continue
        if not isinstance(outcome, Returned):
            return False
        w, X, t, eta = case.args
        orders = (list(order) for order in permutations(range(len(X))))
        seen = any(
            compare(outcome.value, sgd_epoch(w, X[order], t[order], eta)) is None
            for order in orders
        )
        if not seen:
            return False
    return seen


EXERCISE = linked(
    Exercise(
        id="G08.6",
        function="sgd_epoch",
        points=3,
        reference=sgd_epoch,
        inputs=sgd_inputs,
        outputs=("w",),
        lecture=LECTURE,
        mistakes=(
            Mistake(
                code="M08.6a",
                variant=_batch_steps,
                message="The gradient of the whole set is summed inside the loop over the "
                "examples, which makes N full-batch steps. Either update with the gradient "
                "of one example, or sum and update once.",
            ),
            Mistake(
                code="M08.6b",
                variant=lambda w, X, t, eta: w - eta * X.T @ (X @ w - t),
                message="All gradients were taken at the weights the epoch began with: that "
                "is batch gradient descent. SGD uses the freshly updated weights for the next "
                "example.",
            ),
            Mistake(
                code="M08.6c",
                variant=lambda w, X, t, eta: w - eta * X.T @ (X @ w - t) / len(X),
                message="One update with the mean gradient is batch gradient descent; SGD "
                "updates after every example.",
            ),
            Mistake(
                code="M08.6d",
                variant=lambda w, X, t, eta: w - eta * (X[-1] @ w - t[-1]) * X[-1],
                message="Only the last example had an effect: the update belongs inside the "
                "loop, not after it.",
            ),
            Mistake(
                code="M08.6e",
                variant=lambda w, X, t, eta: sgd_epoch(w, X, t, -eta),
                message="You add the gradient, which climbs. Descent subtracts.",
            ),
            Mistake(
                code="M08.6g",
                variant=_one_by_one(lambda w, x, error, eta: 2 * eta * error * x),
                message="Each step is twice as long as it should be: the 1/2 in the loss "
                "cancels the 2 of the square.",
            ),
            Mistake(
                code="M08.6i",
                variant=_one_by_one(lambda w, x, error, eta: eta * error * np.ones_like(x)),
                message="The input is missing in the step: the gradient for one example is "
                "its error times x.",
            ),
            *(
                Mistake(code="M08.6k", variant=_one_by_one(step), message=message)
                for step, message in WRONG_STEPS
            ),
            *(
                Mistake(code="M08.6l", variant=_on(part), message=message)
                for part, message in (
                    (slice(1, None), "The first example is left out."),
                    (slice(None, -1), "The last example is left out."),
                    (
                        slice(None, 1),
                        "Only the first example had an effect. Does your function return "
                        "inside the loop? The return belongs after it.",
                    ),
                )
            ),
            Mistake(
                code="M08.6m",
                variant=lambda w, X, t, eta: sgd_epoch(sgd_epoch(w, X, t, eta), X, t, eta),
                message="You go through the examples twice. An epoch is one pass.",
            ),
            Mistake(
                code="M08.6j",
                variant=lambda w, X, t, eta: sgd_epoch(w, X, t, eta / len(X)),
                message="Each step is divided by N. A step of SGD takes one example with its "
                "full weight; there is no mean.",
            ),
            Mistake(
                code="M08.6f",
                detect=_uses_own_order,
                message="You go through the rows in an order of your own. Take them as they "
                "come: the caller draws a new order for every epoch, and a fixed one would "
                "let the same block of examples have the last word each time.",
            ),
        ),
    )
)


# --- other right ways of writing it ---------------------------------------------------


def epoch_by_index(w, X, t, eta):
    w = np.array(w, dtype=float)
    for i in range(X.shape[0]):
        w -= eta * (X[i] @ w - t[i]) * X[i]
    return w


def epoch_without_arrays(w, X, t, eta):
    w = [float(v) for v in w]
    for x, target in zip(X.tolist(), t.tolist(), strict=True):
        error = sum(a * b for a, b in zip(w, x, strict=True)) - target
        w = [a - eta * error * b for a, b in zip(w, x, strict=True)]
    return np.array(w)


def epoch_recursive(w, X, t, eta):
    if len(X) == 0:
        return w.copy()
    return epoch_recursive(w - eta * (w @ X[0] - t[0]) * X[0], X[1:], t[1:], eta)


RIGHT_WAYS = [epoch_by_index, epoch_without_arrays, epoch_recursive]

EQUIVALENTS = {
    "w = w - eta * (w @ x - target) * x → w = w - eta * (x @ w - target) * x": "the inner product is symmetric",
}


# --- examples of mistakes -------------------------------------------------------------


def from_the_last_row_to_the_first(w: Array, X: Array, t: Array, eta: float) -> Array:
    for x, target in zip(X[::-1], t[::-1], strict=True):
        w = w - eta * (w @ x - target) * x
    return w


def in_one_shuffled_order(w: Array, X: Array, t: Array, eta: float) -> Array:
    for row in np.random.default_rng(0).permutation(len(X)):
        w = w - eta * (w @ X[row] - t[row]) * X[row]
    return w


WRONG_WAYS = {"M08.6f": [from_the_last_row_to_the_first, in_one_shuffled_order]}


# --- what the reference has to agree with ---------------------------------------------


def witness_sgd_of_torch() -> None:
    import torch

    for (w, X, t, eta), value in expected(EXERCISE):
        v = torch.tensor(w, requires_grad=True)
        optimizer = torch.optim.SGD([v], lr=eta)
        for x, target in zip(X, t, strict=True):
            optimizer.zero_grad()
            (0.5 * (v @ torch.tensor(x) - target) ** 2).backward()
            optimizer.step()
        np.testing.assert_allclose(v.detach().numpy(), value, rtol=1e-12)
