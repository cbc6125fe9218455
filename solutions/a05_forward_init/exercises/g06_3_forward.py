"""G06.3 `forward`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import LECTURE, Array, Rng

ACTIVATION_DRIVER = """
def drive(f, X, Ws, bs, name):
    import numpy as np

    activation = {
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
    }[name]
    return f(X, Ws, bs, activation)
"""


def forward_inputs(rng: Rng) -> list[Case]:
    """Networks of unequal and of equal widths, one without hidden layer, one example."""

    def case(n: int, sizes: Sequence[int], name: str, label: str, **more: Any) -> Case:
        pairs = list(pairwise(sizes))
        Ws = [rng.normal(size=(to, source)) for source, to in pairs]
        bs = [rng.normal(size=to) for _, to in pairs]
        return Case(name=label, args=(rng.normal(size=(n, sizes[0])), Ws, bs, name), **more)

    return [
        case(5, (4, 3, 6, 2), "sigmoid", "4-3-6-2"),
        case(3, (2, 5, 4, 3), "tanh", "2-5-4-3"),
        case(4, (3, 3, 3, 3), "sigmoid", "3-3-3-3"),
        case(4, (2, 6, 5, 3), "relu", "2-6-5-3, ReLU"),
        case(1, (3, 4, 2), "tanh", "one", role="edge", requirement="one example, N = 1"),
        case(
            3,
            (4, 2),
            "sigmoid",
            "one layer",
            role="edge",
            requirement="a network of one layer is linear",
        ),
    ]


def forward(
    X: Array, Ws: Sequence[Array], bs: Sequence[Array], f: Callable[[Array], Array]
) -> Array:
    """T06.6: z = W a + b and a = f(z), one example at a time, the last layer linear."""

    def scores(a: Array) -> Array:
        *hidden, (W, b) = zip(Ws, bs, strict=True)
        for V, c in hidden:
            a = f(V @ a + c)
        return W @ a + b

    return np.stack([scores(x) for x in X])


def _forward(
    *,
    bends: Callable[[int, int], bool] = lambda layer, last: layer < last,
    bias: float = 1.0,
    turned: bool = True,
    order: int = 1,
) -> Callable[..., Array]:
    def run(X: Array, Ws: Any, bs: Any, f: Callable[[Array], Array]) -> Array:
        A, last = X, len(Ws) - 1
        for layer, (W, b) in enumerate(list(zip(Ws, bs, strict=True))[::order]):
            Z = A @ (W.T if turned else W) + bias * b
            A = f(Z) if bends(layer, last) else Z
        return A

    return run


def _hidden_layers(
    step: Callable[[Array, Array, Array, Callable[[Array], Array]], Array],
) -> Callable[..., Array]:
    """Return a network whose hidden layers are made in a wrong way."""

    def run(X: Array, Ws: Any, bs: Any, f: Callable[[Array], Array]) -> Array:
        A = X
        for W, b in zip(Ws[:-1], bs[:-1], strict=True):
            A = step(A, W, b, f)
        return np.asarray(A @ Ws[-1].T + bs[-1])

    return run


def _bent_before(X: Array, Ws: Any, bs: Any, f: Callable[[Array], Array]) -> Array:
    A = X
    for W, b in zip(Ws, bs, strict=True):
        A = f(A) @ W.T + b
    return A


def _from_x_each_time(X: Array, Ws: Any, bs: Any, f: Callable[[Array], Array]) -> Array:
    A = X
    for W, b in zip(Ws[:-1], bs[:-1], strict=True):
        A = f(X @ W.T + b)
    return np.asarray(A @ Ws[-1].T + bs[-1])


def _softmax_at_the_end(X: Array, Ws: Any, bs: Any, f: Callable[[Array], Array]) -> Array:
    Z = _forward()(X, Ws, bs, f)
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return np.asarray(E / E.sum(axis=1, keepdims=True))


_ONE_LAYER_STRAIGHT: tuple[Callable[[int, int], bool], ...] = (
    lambda layer, last: 0 < layer < last,
    lambda layer, last: layer < last - 1,
)


EXERCISE = Exercise(
    id="G06.3",
    function="forward",
    points=5,
    reference=forward,
    inputs=forward_inputs,
    outputs=("scores",),
    driver=ACTIVATION_DRIVER,
    vectorised=False,
    lecture=f"{LECTURE}#Layers-on-layers",
    mistakes=(
        Mistake(
            code="M06.3a",
            variant=_forward(bends=lambda layer, last: True),
            message="The activation is applied to the last layer, too. Its raw scores go "
            "to the loss, which does the rest.",
        ),
        *(
            Mistake(
                code="M06.3b",
                variant=_forward(bends=bends),
                message="One hidden layer has no activation: it and the layer after it "
                "collapse into one.",
            )
            for bends in _ONE_LAYER_STRAIGHT
        ),
        Mistake(
            code="M06.3c",
            variant=_forward(bias=0.0),
            message="The biases are missing: z = W a + b.",
        ),
        Mistake(
            code="M06.3d",
            variant=_forward(turned=False),
            message="The weights stand the wrong way round. They are outputs x inputs, so "
            "rows of examples are multiplied by their transpose; only equal widths hide "
            "it.",
        ),
        Mistake(
            code="M06.3e",
            variant=_forward(bends=lambda layer, last: False),
            message="Pre-activations travel from layer to layer, the activation never "
            "does: feed f(z) forward, not z.",
        ),
        Mistake(
            code="M06.3f",
            variant=_forward(order=-1),
            message="The layers are applied from the last to the first. Layer 1 gets the "
            "input.",
        ),
        Mistake(
            code="X06.3g",
            variant=_bent_before,
            message="f is applied to what goes into each layer, the input X as well. X "
            "enters the first layer as it is; f comes after a hidden layer.",
        ),
        Mistake(
            code="X06.3h",
            variant=_hidden_layers(lambda A, W, b, f: f(A @ W.T) + b),
            message="In the hidden layers b is added after f. It belongs inside: first the "
            "whole z with its bias, then f.",
        ),
        Mistake(
            code="X06.3i",
            variant=_softmax_at_the_end,
            message="A softmax stands at the end. Return the raw scores: the loss takes "
            "care of the softmax.",
        ),
        Mistake(
            code="X06.3k",
            variant=_from_x_each_time,
            message="Each layer gets X again. It gets what the layer before it gives.",
        ),
        Mistake(
            code="X06.3l",
            variant=lambda X, Ws, bs, f: f(X @ Ws[0].T + bs[0]) @ Ws[1].T + bs[1],
            message="Two layers are computed, however many there are. Go through all of "
            "Ws and bs in a loop.",
        ),
        Mistake(
            code="X06.3j",
            variant=_hidden_layers(lambda A, W, b, f: f(A @ W.T)),
            message="The hidden layers have no bias: only the last one adds its own.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def forward_example_by_example(X, Ws, bs, f):
    rows = []
    for x in X:
        for layer, (W, b) in enumerate(zip(Ws, bs, strict=True)):
            x = W @ x + b
            if layer < len(Ws) - 1:
                x = f(x)
        rows.append(x)
    return np.array(rows)


def forward_recursive(X, Ws, bs, f):
    Z = X @ Ws[0].T + bs[0]
    return Z if len(Ws) == 1 else forward_recursive(f(Z), Ws[1:], bs[1:], f)


def forward_in_columns(X, Ws, bs, f):
    A = X.T
    for W, b in zip(Ws, bs, strict=True):
        Z = W @ A + b[:, None]
        A = f(Z)
    return Z.T


def forward_by_reduce(X, Ws, bs, f):
    def layer(A, parameters):
        W, b = parameters
        return np.einsum("nd,md->nm", f(A), W) + b

    first = np.einsum("nd,md->nm", X, Ws[0]) + bs[0]
    return reduce(layer, zip(Ws[1:], bs[1:], strict=True), first)


RIGHT_WAYS = [
    forward_example_by_example,
    forward_recursive,
    forward_in_columns,
    forward_by_reduce,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    functions = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    for (X, Ws, bs, name), scores in expected(EXERCISE):
        A = torch.tensor(X)
        for layer, (W, b) in enumerate(zip(Ws, bs, strict=True)):
            Z = torch.nn.functional.linear(A, torch.tensor(W), torch.tensor(b))
            A = functions[name](Z) if layer < len(Ws) - 1 else Z
        np.testing.assert_allclose(scores, A.numpy(), rtol=1e-10, atol=1e-12)
