"""G08.5 `mlp_backward`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import sigmoid
from ..._shared import sigmoid_slope as slope
from ._shared import LECTURE, Array, Rng, linked, sigmoid_otherwise


def mlp_inputs(rng: Rng) -> list[Case]:
    """Sizes of the syllabus, other sizes, square ones; N = 1 and huge scores as edges."""

    def case(n: int, d: int, h: int, c: int, name: str, **kind: Any) -> Case:
        params = {
            "W1": rng.normal(0, 1, (h, d)),
            "b1": rng.normal(0, 1, h),
            "W2": rng.normal(0, 1, (c, h)),
            "b2": rng.normal(0, 1, c),
        }
        labels = rng.integers(0, c, n)
        args = (rng.normal(0, 1, (n, d)), np.eye(c)[labels], params)
        return Case(name=name, args=args, batch=n, **kind)

    return [
        case(5, 4, 3, 3, "N = 5"),
        case(7, 2, 4, 5, "N = 7"),
        case(3, 3, 3, 3, "square"),
        case(
            1,
            4,
            3,
            3,
            "N = 1",
            role="edge",
            requirement="a batch of one example, N = 1",
        ),
        Case(
            name="huge scores",
            args=_huge(rng),
            batch=4,
            role="edge",
            requirement="scores up to 1000 in size give finite gradients",
        ),
    ]


def _huge(rng: Rng) -> tuple[Array, Array, dict[str, Array]]:
    """Return a batch with all scores near 1000 in half of its rows, near -1000 in others."""
    X = np.array([[1.0, 0.5], [0.5, 1.0], [-1.0, -0.5], [-0.5, -1.0]])
    params = {
        "W1": 3.0 + rng.uniform(0, 0.5, (5, 2)),
        "b1": rng.normal(0, 0.1, 5),
        "W2": -400.0 + rng.normal(0, 0.3, (3, 5)),
        "b2": np.array([998.0, 996.5, 997.0]),
    }
    return X, np.eye(3)[[0, 1, 2, 0]], params


def _softmax(z: Array, axis: int = 1) -> Array:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


def _mlp_forward(
    X: Array, params: Mapping[str, Array], flaw: str = ""
) -> tuple[Array, Array, Array]:
    b1, b2 = (
        0.0 if flaw in (f"no {name}", "no biases") else params[name]
        for name in ("b1", "b2")
    )
    z1 = X @ params["W1"].T + b1
    bend: dict[str, Callable[[Array], Array]] = {
        "tanh": np.tanh,
        "linear": np.positive,
        "relu": lambda z: np.maximum(z, 0),
    }
    a1 = bend.get(flaw, sigmoid)(z1)
    z2 = a1 @ params["W2"].T + b2
    if flaw == "sigmoid output":
        return z1, a1, sigmoid(z2)
    if flaw == "scores":
        return z1, a1, z2
    p = _softmax(z2, axis=0 if flaw == "columns" else 1)
    return z1, a1, _softmax(p) if flaw == "softmax twice" else p


def mlp_backward(X: Array, Y: Array, params: Mapping[str, Array]) -> dict[str, Array]:
    """Sum of the per-example gradients of the mean loss, one example at a time."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for x, y in zip(X, Y, strict=True):
        _, a1, p = (row[0] for row in _mlp_forward(x[None], params))
        delta2 = (p - y) / len(X)
        delta1 = params["W2"].T @ delta2 * a1 * (1 - a1)
        parts = np.outer(delta1, x), delta1, np.outer(delta2, a1), delta2
        for name, part in zip(("W1", "b1", "W2", "b2"), parts, strict=True):
            grads[name] += part
    return grads


def mlp_variant(flaw: str) -> Callable[..., dict[str, Array]]:
    """Return a wrong `mlp_backward`, vectorised as in the syllabus."""

    def backward(X: Array, Y: Array, params: Mapping[str, Array]) -> dict[str, Array]:
        n = len(X)
        z1, a1, p = _mlp_forward(X, params, flaw)
        d2 = (Y - p if flaw == "sign" else p - Y) / (1 if flaw == "no 1/N" else n)
        if flaw == "N and C":
            d2 = d2 / Y.shape[1]
        if flaw == "extra slope":
            d2 = d2 * p * (1 - p)
        inner = {
            "no slope": np.ones_like(a1),
            "slope at a": slope(a1),
            "shortcut on z": z1 * (1 - z1),
            "tanh": 1 - a1 * a1,
            "slope of tanh": 1 - a1 * a1,
            "linear": np.ones_like(a1),
            "relu": (a1 > 0) * 1.0,
        }.get(flaw, a1 * (1 - a1))
        d1 = (d2 @ params["W2"]) * inner
        again = n if flaw == "db averaged" else 1
        return {
            "W1": d1.T @ X / (n if flaw == "dW1 averaged" else 1),
            "b1": d1.sum(axis=0) / again,
            "W2": d2.T @ (z1 if flaw == "z1 in dW2" else a1),
            "b2": d2.sum(axis=0) / again,
        }

    return backward


EXERCISE = linked(
    Exercise(
        id="G08.5",
        function="mlp_backward",
        points=6,
        reference=mlp_backward,
        inputs=mlp_inputs,
        outputs=("W1", "b1", "W2", "b2"),
        pack="dict",
        vectorised=True,
        lecture=LECTURE,
        mistakes=tuple(
            Mistake(code=code, variant=mlp_variant(flaw), message=message)
            for code, flaw, message in (
                (
                    "M08.5a",
                    "no 1/N",
                    "Every gradient is N times too large: the mean over the batch is missing. "
                    "Divide once, in Delta2.",
                ),
                (
                    "M08.5b",
                    "extra slope",
                    "Delta2 carries an extra P * (1 - P). With softmax and cross-entropy the "
                    "slope has cancelled already: Delta2 = (P - Y) / N.",
                ),
                (
                    "M08.5c",
                    "sign",
                    "All gradients have the wrong sign: the error is prediction minus target, "
                    "P - Y.",
                ),
                (
                    "M08.5d",
                    "no slope",
                    "The delta of the first layer lacks the slope of the sigmoid, "
                    "A1 * (1 - A1).",
                ),
                (
                    "M08.5e",
                    "slope at a",
                    "In the first layer the slope is taken at A1, which squashes "
                    "twice. From A1 the slope is A1 * (1 - A1).",
                ),
                (
                    "M08.5f",
                    "shortcut on z",
                    "In the first layer the shortcut a * (1 - a) takes the "
                    "activation, not the pre-activation Z1.",
                ),
                (
                    "M08.5g",
                    "z1 in dW2",
                    "dW2 pairs Delta2 with Z1, but what the second layer received is A1.",
                ),
                (
                    "M08.5h",
                    "db averaged",
                    "The bias gradients are averaged once more: sum over the batch, the 1/N is "
                    "inside Delta already.",
                ),
                (
                    "M08.5i",
                    "dW1 averaged",
                    "dW1 is divided by N twice: the 1/N has come down with Delta2 already.",
                ),
                (
                    "M08.5j",
                    "slope of tanh",
                    "The first layer has 1 - A1 * A1, which is the slope of tanh. The "
                    "hidden units are logistic: A1 * (1 - A1).",
                ),
                (
                    "M08.5k",
                    "no biases",
                    "The biases b1 and b2 are missing in the forward pass.",
                ),
                ("M08.5l", "no b1", "The bias b1 is missing in the forward pass."),
                ("M08.5m", "no b2", "The bias b2 is missing in the forward pass."),
                (
                    "M08.5n",
                    "tanh",
                    "The hidden layer uses tanh. In this network it is logistic.",
                ),
                (
                    "M08.5u",
                    "relu",
                    "The hidden layer uses the ReLU. In this network it is logistic.",
                ),
                (
                    "M08.5o",
                    "linear",
                    "The hidden layer has no activation: A1 is the logistic function of Z1.",
                ),
                (
                    "M08.5p",
                    "softmax twice",
                    "softmax is applied twice. The scores Z2 go into it once.",
                ),
                (
                    "M08.5q",
                    "columns",
                    "softmax was taken down the columns, over the examples. Each row is one "
                    "example and has to add up to 1: axis=1.",
                ),
                (
                    "M08.5r",
                    "sigmoid output",
                    "The outputs are logistic here. In this network they are the softmax of "
                    "the scores.",
                ),
                (
                    "M08.5s",
                    "scores",
                    "Delta2 compares the scores Z2 with Y. Y is compared with P, the softmax "
                    "of the scores.",
                ),
                (
                    "M08.5t",
                    "N and C",
                    "The gradients are divided by N and by the number of classes, as a mean "
                    "over all entries does. The loss is a mean over the N examples only.",
                ),
            )
        ),
    )
)


# --- other right ways of writing it ---------------------------------------------------


def softmax(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


def mlp_columns(X, Y, params):
    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
    A = sigmoid_otherwise(W1 @ X.T + b1[:, None])  # (h, N)
    P = softmax((W2 @ A + b2[:, None]).T).T  # (C, N)
    D2 = (P - Y.T) / X.shape[0]
    D1 = W2.T @ D2 * A * (1 - A)
    return {"W1": D1 @ X, "b1": D1.sum(1), "W2": D2 @ A.T, "b2": D2.sum(1)}


def mlp_example_by_example(X, Y, params):
    total = {name: np.zeros_like(value) for name, value in params.items()}
    for x, y in zip(X, Y, strict=True):
        a = sigmoid_otherwise(params["W1"] @ x + params["b1"])
        p = softmax((params["W2"] @ a + params["b2"])[None])[0]
        d2 = p - y
        d1 = (params["W2"].T @ d2) * a * (1 - a)
        for name, value in (("W2", np.outer(d2, a)), ("b2", d2), ("b1", d1)):
            total[name] += value / len(X)
        total["W1"] += np.outer(d1, x) / len(X)
    return total


def mlp_with_einsum(X, Y, params):
    A = sigmoid_otherwise(np.einsum("nd,hd->nh", X, params["W1"]) + params["b1"])
    Z = np.einsum("nh,ch->nc", A, params["W2"]) + params["b2"]
    log_p = Z - np.logaddexp.reduce(Z, axis=1, keepdims=True)
    D = (np.exp(log_p) - Y) / len(Y)
    H = np.einsum("nc,ch,nh,nh->nh", D, params["W2"], A, 1 - A)
    grads = dict(W2=np.einsum("nc,nh->ch", D, A), b2=np.einsum("nc->c", D))
    return grads | dict(W1=np.einsum("nh,nd->hd", H, X), b1=np.einsum("nh->h", H))


RIGHT_WAYS = [mlp_columns, mlp_example_by_example, mlp_with_einsum]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (X, Y, params), grads in expected(EXERCISE):
        p = {name: torch.tensor(v, requires_grad=True) for name, v in params.items()}
        A = torch.sigmoid(torch.tensor(X) @ p["W1"].T + p["b1"])
        logits = A @ p["W2"].T + p["b2"]
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(Y))
        wanted = torch.autograd.grad(loss, list(p.values()))
        for name, slopes in zip(p, wanted, strict=True):
            np.testing.assert_allclose(slopes.numpy(), grads[name], rtol=1e-8, atol=1e-12)
