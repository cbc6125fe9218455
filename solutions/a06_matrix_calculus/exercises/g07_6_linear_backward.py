"""G07.6 `linear_backward`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import LECTURE, Array, Rng


def linear_inputs(rng: Rng) -> list[Case]:
    """Unequal sizes, equal sizes, one example."""

    def case(n: int, d: int, m: int, name: str, **more: Any) -> Case:
        arrays = [rng.normal(size=shape) for shape in ((n, m), (n, d), (m, d))]
        return Case(name=name, args=tuple(arrays), batch=n, **more)

    return [
        case(5, 4, 3, "5 examples, 4 inputs, 3 units"),
        case(2, 3, 5, "2 examples, 3 inputs, 5 units"),
        case(3, 3, 3, "all sizes equal"),
        case(1, 4, 3, "one example", role="edge", requirement="one example, N = 1"),
    ]


def linear_backward(dZ: Array, X: Array, W: Array) -> tuple[Array, Array, Array]:
    """T07.14: sums over examples of outer products; rows of dZ through W."""
    dX = np.einsum("nm,md->nd", dZ, W)
    dW = np.einsum("nm,nd->md", dZ, X)
    return dX, dW, np.einsum("nm->m", dZ)


def _linear(**changed: Callable[[Array, Array, Array], Array]) -> Callable[..., Any]:
    def backward(dZ: Array, X: Array, W: Array) -> tuple[Array, ...]:
        right = dict(zip(("dX", "dW", "db"), linear_backward(dZ, X, W), strict=True))
        return tuple(
            changed[name](dZ, X, W) if name in changed else value
            for name, value in right.items()
        )

    return backward


LAST_EXAMPLE = (
    "Only the last example is in it. The parameter takes part in every example: add up the "
    "gradients of all rows, with +=."
)
BY_N = "dX is divided by N. dZ contains the 1/N already, and no examples meet in dX."


LINEAR_MISTAKES: dict[str, tuple[Callable[..., Any], str]] = {
    "a": (
        _linear(dW=lambda dZ, X, W: X.T @ dZ),
        "dW is transposed: it has the shape (M, D) of W.",
    ),
    "b": (
        _linear(dX=lambda dZ, X, W: dZ @ W.T),
        "dX uses the transpose of W. Forward used it, so backward uses W itself; only "
        "equal sizes let the other one pass.",
    ),
    "c": (
        _linear(db=lambda dZ, X, W: dZ.copy()),
        "db still has one row per example. The bias was added to every row, so its "
        "gradient adds up all rows.",
    ),
    "d": (
        _linear(db=lambda dZ, X, W: dZ.sum(1)),
        "db adds up over the units. Add up over the examples, axis 0.",
    ),
    "e": (
        _linear(db=lambda dZ, X, W: dZ.mean(0)),
        "db is an average. The 1/N stands in the loss and is in dZ already: add up.",
    ),
    "f": (
        _linear(dW=lambda dZ, X, W: dZ.T @ X / len(X)),
        "dW is divided by N once more. dZ contains the 1/N already.",
    ),
    "g": (
        _linear(db=lambda dZ, X, W: dZ.sum(0, keepdims=True)),
        "db has an axis too many, (1, M). It has the shape (M,) of b.",
    ),
    "h": (
        _linear(dW=lambda dZ, X, W: dZ.T @ (dZ @ W)),
        "dW is built from dX. It pairs dZ with what the layer received, X.",
    ),
    "i": (_linear(dW=lambda dZ, X, W: np.outer(dZ[-1], X[-1])), LAST_EXAMPLE),
    "i'": (_linear(db=lambda dZ, X, W: dZ[-1]), LAST_EXAMPLE),
    "j": (_linear(dX=lambda dZ, X, W: dZ @ W / len(X)), BY_N),
    "k": (
        _linear(dW=lambda dZ, X, W: dZ.T @ X * len(X)),
        "dW is multiplied by N. dZ is the gradient of the loss as it is: add up over the "
        "examples, and nothing more.",
    ),
}


EXERCISE = Exercise(
    id="G07.6",
    function="linear_backward",
    points=5,
    reference=linear_backward,
    inputs=linear_inputs,
    outputs=("dX", "dW", "db"),
    pack="tuple",
    lecture=f"{LECTURE}#Sum-over-the-batch",
    mistakes=tuple(
        Mistake(code=f"M07.6{letter[0]}", variant=variant, message=message)
        for letter, (variant, message) in LINEAR_MISTAKES.items()
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def linear_by_examples(dZ, X, W):
    dX = np.array([W.T @ d for d in dZ])
    dW = sum(np.outer(d, x) for d, x in zip(dZ, X, strict=True))
    db = sum(d for d in dZ)
    return [dX, dW, db]


def linear_by_einsum(dZ, X, W):
    dW = np.einsum("nm,nd->md", dZ, X)
    return np.einsum("nm,md->nd", dZ, W), dW, np.einsum("nm->m", dZ)


def linear_augmented(dZ, X, W):
    ones = np.ones((len(X), 1))
    both = dZ.T @ np.hstack([ones, X])
    return (W.T @ dZ.T).T, both[:, 1:], both[:, 0]


RIGHT_WAYS = [linear_by_examples, linear_by_einsum, linear_augmented]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (dZ, X, W), gradients in expected(EXERCISE):
        tensors = [torch.tensor(a, requires_grad=True) for a in (X, W, np.zeros(len(W)))]
        Z = torch.nn.functional.linear(*tensors)
        wanted = torch.autograd.grad(Z, tensors, torch.tensor(dZ))
        for found, slope in zip(gradients, wanted, strict=True):
            np.testing.assert_allclose(found, slope.numpy(), rtol=1e-10, atol=1e-14)
