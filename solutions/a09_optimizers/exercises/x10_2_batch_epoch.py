"""X10.2 `batch_epoch`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._optimizers import CLOSE, LECTURE, Array, Rng


def epoch_inputs(rng: Rng) -> list[Case]:
    """Batches of B rows and a smaller last one; a single full batch at the edge."""

    def case(parts: tuple[int, ...], d: int, eta: float, **kind: str) -> Case:
        batches = [(rng.normal(0, 1, (n, d)), rng.normal(0, 1, n)) for n in parts]
        args = (rng.normal(0, 1, d), batches, eta)
        return Case(name=f"{parts}", args=args, **kind)  # type: ignore

    return [
        case((4, 4, 2), 3, 0.1),
        case((3, 3, 3, 2), 2, 0.2),
        case((3, 2), 3, 0.3),
        case((1,), 2, 0.2, role="edge", requirement="one batch of one example"),
    ]


def batch_epoch(w: Array, batches: list[tuple[Array, Array]], eta: float) -> Array:
    """T10.7: after each batch one step with the mean of its examples' gradients."""
    for X, t in batches:
        gradients = [(x @ w - target) * x for x, target in zip(X, t, strict=True)]
        w = w - eta * np.mean(gradients, axis=0)
    return w


def _epoch(gradient: Callable[[Array, Array, Array, int], Array]) -> Callable[..., Array]:
    """Return an epoch with another gradient of (w, X, t, size of the first batch)."""

    def epoch(w: Array, batches: list[tuple[Array, Array]], eta: float) -> Array:
        B = len(batches[0][0])
        for X, t in batches:
            w = w - eta * gradient(w, X, t, B)
        return w

    return epoch


def _at_start(w: Array, batches: list[tuple[Array, Array]], eta: float) -> Array:
    return w - eta * sum(X.T @ (X @ w - t) / len(X) for X, t in batches)


def _example_by_example(w: Array, batches: list[tuple[Array, Array]], eta: float) -> Array:
    for X, t in batches:
        for x, target in zip(X, t, strict=True):
            w = w - eta * (x @ w - target) * x
    return w


def _from_start(w: Array, batches: list[tuple[Array, Array]], eta: float) -> Array:
    X, t = batches[-1]
    return w - eta * X.T @ (X @ w - t) / len(X)


ONE_EXAMPLE = (
    "A single example decides about a step. Average the gradients of all examples in "
    "the batch, then make one step."
)


DIVIDED = (
    "The sum of a batch's gradients is divided by the wrong number, or by none: divide it "
    "by the batch's own size, which is smaller in the last one."
)


EXERCISE = Exercise(
    id="X10.2",
    function="batch_epoch",
    points=3,
    reference=batch_epoch,
    inputs=epoch_inputs,
    outputs=("w",),
    lecture=f"{LECTURE}#How-much-data-per-step?",
    mistakes=(
        Mistake(
            code="M10.6e",
            variant=_epoch(lambda w, X, t, B: X.T @ (X @ w - t)),
            message=DIVIDED,
        ),
        Mistake(
            code="M10.6e",
            variant=_epoch(lambda w, X, t, B: X.T @ (X @ w - t) / B),
            message=DIVIDED,
        ),
        Mistake(
            code="M10.6e",
            variant=_epoch(lambda w, X, t, B: X.T @ (X @ w - t) / X.size),
            message=DIVIDED,
        ),
        Mistake(
            code="M10.6e",
            variant=lambda w, batches, eta: _epoch(
                lambda w, X, t, B: X.T @ (X @ w - t) / len(batches)
            )(w, batches, eta),
            message=DIVIDED,
        ),
        Mistake(
            code="M10.6f",
            variant=_epoch(lambda w, X, t, B: (X[0] @ w - t[0]) * X[0]),
            message=ONE_EXAMPLE,
        ),
        Mistake(
            code="M10.6f",
            variant=_epoch(lambda w, X, t, B: (X[-1] @ w - t[-1]) * X[-1]),
            message=ONE_EXAMPLE,
        ),
        Mistake(code="M10.6f", variant=_example_by_example, message=ONE_EXAMPLE),
        Mistake(
            code="old weights",
            variant=_at_start,
            message="All gradients were taken at the weights of the start. Each batch "
            "starts from where the batch before has led.",
        ),
        Mistake(
            code="last batch",
            variant=_from_start,
            message="Only the last batch has an effect: its step begins at the w of the start. "
            "Each batch starts from where the batch before has led.",
        ),
        Mistake(
            code="first batch",
            variant=lambda w, batches, eta: batch_epoch(w, batches[:1], eta),
            message="Only the first batch has an effect: 'return' belongs behind the loop, "
            "not inside it.",
        ),
        Mistake(
            code="twice",
            variant=_epoch(lambda w, X, t, B: 2 * X.T @ (X @ w - t) / len(X)),
            message="Each step is twice as long as it should be: the 1/2 in the loss cancels "
            "the 2 of the square.",
        ),
        Mistake(
            code="mean",
            variant=_epoch(lambda w, X, t, B: np.mean((X @ w - t)[:, None] * X)),
            message="All entries of w move by the same amount. Take the mean over the "
            "examples only, axis 0: each entry of w has its own slope.",
        ),
        Mistake(
            code="whole set",
            variant=lambda w, batches, eta: batch_epoch(
                w,
                [
                    (
                        np.concatenate([X for X, _ in batches]),
                        np.concatenate([t for _, t in batches]),
                    )
                ],
                eta,
            ),
            message="This is one step with all the data together. Make one step after each "
            "batch.",
        ),
        Mistake(
            code="M10.1a",
            variant=_epoch(lambda w, X, t, B: -X.T @ (X @ w - t) / len(X)),
            message="The steps go uphill: subtract the gradient.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def epoch_by_mean(w, batches, eta):
    for X, t in batches:
        w = w - eta * ((X @ w - t)[:, None] * X).mean(axis=0)
    return w


def epoch_by_examples(w, batches, eta):
    w = w.copy()
    for X, t in batches:
        total = np.zeros_like(w)
        for x, target in zip(X, t, strict=True):
            total += (np.dot(x, w) - target) * x
        w -= eta / len(t) * total
    return w


def epoch_by_recursion(w, batches, eta):
    if not batches:
        return w
    (X, t), *rest = batches
    step = np.einsum("nd,n->d", X, np.einsum("nd,d->n", X, w) - t) / t.size
    return epoch_by_recursion(w - eta * step, rest, eta)


RIGHT_WAYS = [epoch_by_mean, epoch_by_examples, epoch_by_recursion]


# --- what the reference has to agree with ---------------------------------------------


def witness_sgd_of_torch() -> None:
    import torch

    for (w, batches, eta), value in expected(EXERCISE):
        p = torch.tensor(w, requires_grad=True)
        optimizer = torch.optim.SGD([p], lr=eta)
        for X, t in batches:
            optimizer.zero_grad()
            (0.5 * (torch.tensor(X) @ p - torch.tensor(t)).square().mean()).backward()
            optimizer.step()
        np.testing.assert_allclose(value, p.detach().numpy(), **CLOSE)
