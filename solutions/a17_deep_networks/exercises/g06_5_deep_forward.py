"""G06.5 `deep_forward`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ._shared import (
    ACTIVATIONS,
    CLOSE,
    ONE,
    STRAIGHT,
    Array,
    Layer,
    Rng,
    in_no_tuple,
    network,
)

FORWARD = "06_feedforward_networks#Layers-on-layers"

# The scores are the last of the Zs: who has only them right has half.
SCORES_FIRST = """
def drive(f, X, params, act):
    found = f(X, params, act)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return found
    Zs, As = found
    if isinstance(Zs, dict) or isinstance(As, dict):
        return found
    try:
        Zs, As = list(Zs), list(As)
        return Zs[-1], Zs, As
    except (TypeError, IndexError):
        return found
"""


def forward_inputs(rng: Rng) -> list[Case]:
    """Both activations, unequal and equal widths, two to five layers; one, at the edge."""

    def case(n: int, sizes: Sequence[int], act: str, **more: Any) -> Case:
        X, params, _, _ = network(rng, n, sizes, act)
        label = "-".join(map(str, sizes))
        return Case(
            name=f"{label}, {act}, N = {n}", args=(X, params, act), group=act, **more
        )

    return [
        case(5, (4, 3, 6, 2), "tanh"),
        case(3, (2, 5, 4, 3, 2, 3), "tanh"),
        case(4, (3, 3, 3, 3), "tanh"),
        case(4, (2, 6, 3), "relu"),
        case(6, (3, 4, 5, 2), "relu"),
        case(5, (4, 4, 4, 4), "relu"),
        case(1, (3, 4, 5, 2), "relu", role="edge", requirement=ONE),
        case(3, (4, 2), "tanh", role="edge", requirement=STRAIGHT),
    ]


def deep_forward(
    X: Array, params: Sequence[Layer], act: str
) -> tuple[list[Array], list[Array]]:
    """Z = W a + b for one example at a time, and what each layer got.

    Args:
        X: `(N, d_0)` float.
        params: for each layer `W (d_l, d_{layer-1})` and `b (d_l,)`.
        act: "tanh" or "relu", of all layers but the last.
    """
    zs: list[list[Array]] = [[] for _ in params]
    given: list[list[Array]] = [[] for _ in params]
    for x in X:
        for place, (W, b) in enumerate(params):
            given[place].append(x)
            z = W @ x + b
            zs[place].append(z)
            x = ACTIVATIONS[act](z)
    return [np.array(z) for z in zs], [np.array(a) for a in given]


def _forward(
    *,
    f: Callable[[str], Callable[[Array], Array]] = lambda act: ACTIVATIONS[act],
    z: Callable[[Array, Array, Array], Array] = lambda A, W, b: A @ W.T + b,
    bends: Callable[[int, int], bool] = lambda layer, last: layer < last,
    start: bool = False,
    again: bool = False,
    order: int = 1,
    keeps: Callable[[list[Array], list[Array]], Any] = lambda Zs, As: (Zs, As[:-1]),
) -> Callable[..., Any]:
    """Return a forward pass with something else in one place.

    Args:
        f: the activation of a name.
        z: of what comes in, weights and biases.
        bends: whether a layer, of so many, has an activation.
        start: whether X is bent, too.
        again: whether every layer gets X.
        order: -1: from the last layer to the first.
        keeps: what comes back; As has the last layer's result, too.
    """

    def forward(X: Array, params: Sequence[Layer], act: str) -> Any:
        bent, last = f(act), len(params) - 1
        Zs, As = [], [bent(X) if start else X]
        for layer, (W, b) in enumerate(list(params)[::order]):
            Zs.append(z(X if again else As[-1], W, b))
            As.append(bent(Zs[-1]) if bends(layer, last) else Zs[-1])
        return keeps(Zs, As)

    return forward


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


EXERCISE = Exercise(
    id="G06.5",
    function="deep_forward",
    points=4,
    reference=deep_forward,
    inputs=forward_inputs,
    outputs=("scores", "Zs", "As"),
    pack="tuple",
    driver=SCORES_FIRST,
    parts=(
        Part(name="scores Z^L, with tanh", weight=0.8, output="scores", group="tanh"),
        Part(name="scores Z^L, with ReLU", weight=0.8, output="scores", group="relu"),
        Part(name="Zs", weight=0.8, output="Zs"),
        Part(name="As", weight=0.8, output="As"),
        Part(name=ONE, weight=0.2, edge=ONE),
        Part(name=STRAIGHT, weight=0.3, edge=STRAIGHT),
        Part(name=UNCHANGED, weight=0.3, edge=UNCHANGED),
    ),
    lecture=FORWARD,
    mistakes=(
        Mistake(
            code="X06.5a",
            variant=_forward(
                bends=lambda layer, last: True,
                keeps=lambda Zs, As: ([*Zs[:-1], As[-1]], As[:-1]),
            ),
            message="The last layer has an activation, too. It is linear: its Z are the "
            "scores.",
        ),
        Mistake(
            code="X06.5b",
            variant=_forward(keeps=lambda Zs, As: (Zs, As)),
            message="As has one array too many: the last layer's result. As holds what "
            "each layer gets, A^0 = X to A^(L-1).",
        ),
        Mistake(
            code="X06.5b",
            variant=_forward(bends=lambda layer, last: True, keeps=lambda Zs, As: (Zs, As)),
            message="As has one array too many: f of the answers. As holds what each layer "
            "gets, A^0 = X to A^(L-1).",
        ),
        Mistake(
            code="X06.5c",
            variant=_forward(keeps=lambda Zs, As: (Zs, As[1:])),
            message="As begins with what layer 1 gives. It begins with what layer 1 gets, "
            "X, and ends with what the last layer gets.",
        ),
        Mistake(
            code="X06.5d",
            variant=_forward(keeps=lambda Zs, As: (Zs, As[1:-1])),
            message="X is missing in As. It is what layer 1 gets, A^0.",
        ),
        Mistake(
            code="X06.5e",
            variant=_forward(keeps=lambda Zs, As: (Zs, [As[0], *Zs[:-1]])),
            message="As holds the Z. Layer l + 1 gets f(Z^l): keep that.",
        ),
        Mistake(
            code="X06.5e",
            variant=_forward(bends=lambda layer, last: False),
            message="There is no activation at all: every layer but the last has one.",
        ),
        Mistake(
            code="X06.5f",
            variant=_forward(
                keeps=lambda Zs, As: ([*As[1:-1], Zs[-1]], As[:-1]),
            ),
            message="Zs holds the activations. Keep Z as it is before f.",
        ),
        Mistake(
            code="X06.5f",
            variant=lambda X, params, act: _forward(
                keeps=lambda Zs, As: (
                    [*As[1:-1], Zs[-1]] if act == "relu" else Zs,
                    As[:-1],
                )
            )(X, params, act),
            message="With the ReLU Zs holds the activations, as after Z[Z < 0] = 0. Keep Z "
            "as it is: np.maximum makes a new array.",
        ),
        Mistake(
            code="X06.5g",
            variant=_forward(keeps=lambda Zs, As: (As[:-1], Zs)),
            message="Zs and As have changed places: return (Zs, As).",
        ),
        Mistake(
            code="X06.5h",
            variant=_forward(keeps=lambda Zs, As: (Zs[::-1], As[:-1][::-1])),
            message="The lists run from the last layer to the first. Layer 1 comes first.",
        ),
        Mistake(
            code="X06.5i",
            variant=_forward(z=lambda A, W, b: A @ W.T),
            message="The biases are missing: Z = A W^T + b.",
        ),
        Mistake(
            code="X06.5i",
            variant=_forward(z=lambda A, W, b: A @ W.T - b),
            message="The biases are subtracted: Z = A W^T + b.",
        ),
        Mistake(
            code="X06.5j",
            variant=_forward(z=lambda A, W, b: A @ W + b),
            message="W is not transposed. It has a row for each output, so a batch is "
            "multiplied by W^T; only square layers hide it.",
        ),
        Mistake(
            code="X06.5k",
            variant=_forward(start=True),
            message="X went through the activation. Layer 1 gets X as it is.",
        ),
        Mistake(
            code="X06.5l",
            variant=_forward(order=-1),
            message="The layers are taken from the last to the first. params begins with "
            "layer 1.",
        ),
        Mistake(
            code="X06.5m",
            variant=_forward(bends=lambda layer, last: 0 < layer < last),
            message="Layer 1 has no activation. Every layer but the last has one.",
        ),
        Mistake(
            code="X06.5m",
            variant=_forward(bends=lambda layer, last: layer < last - 1),
            message="The last hidden layer has no activation. Every layer but the very "
            "last has one.",
        ),
        Mistake(
            code="X06.5n",
            variant=_forward(f=lambda act: np.tanh),
            message="All networks are computed with tanh: act is not asked.",
        ),
        Mistake(
            code="X06.5n",
            variant=_forward(f=lambda act: ACTIVATIONS["relu"]),
            message="All networks are computed with the ReLU: act is not asked.",
        ),
        Mistake(
            code="X06.5n",
            variant=_forward(f=lambda act: _sigmoid if act == "tanh" else ACTIVATIONS[act]),
            message='A sigmoid stands where act is "tanh". Use np.tanh.',
        ),
        Mistake(
            code="X06.5n",
            variant=_forward(f=lambda act: np.abs if act == "relu" else np.tanh),
            message="Your ReLU returns the absolute value. It returns 0 for a negative z.",
        ),
        Mistake(
            code="X06.5o",
            variant=_forward(again=True),
            message="Each layer gets X again. It gets what the layer before it gives.",
        ),
        Mistake(
            code="X06.5p",
            variant=_forward(
                keeps=lambda Zs, As: ([*Zs[:-1], _softmax(Zs[-1])], As[:-1]),
            ),
            message="A softmax stands at the end. The last layer is linear.",
        ),
        Mistake(
            code="X06.5q",
            variant=_forward(keeps=lambda Zs, As: (Zs[-1], As[:-1])),
            message="Only the last Z comes back. Return the list of all Z, layer by layer.",
        ),
        Mistake(
            code="X06.5r",
            variant=lambda X, params, act: _forward()(X, list(params)[:1], act),
            message="Only layer 1 is computed. See whether the 'return' is inside the loop.",
        ),
        Mistake(
            code="X06.5s",
            detect=in_no_tuple(3),
            message="Return the tuple (Zs, As): two lists with an array for each layer.",
        ),
        Mistake(
            code="X06.5r",
            variant=lambda X, params, act: _forward()(X, list(params)[:2], act),
            message="Two layers are computed, however many there are. Go through all of "
            "params in a loop.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def forward_with_a_flag(X, params, act):
    Zs, As, A = [], [], X
    for layer, (W, b) in enumerate(params, start=1):
        As.append(A)
        Zs.append(np.einsum("nj,ij->ni", A, W) + b)
        if layer < len(params):
            A = np.tanh(Zs[-1]) if act == "tanh" else Zs[-1] * (Zs[-1] > 0)
    return [Zs, As]


def forward_recursive(X, params, act):
    (W, b), rest = params[0], params[1:]
    Z = X @ W.T + b
    if not rest:
        return [Z], [X]
    Zs, As = forward_recursive(ACTIVATIONS[act](Z), rest, act)
    return [Z, *Zs], [X, *As]


def forward_in_columns(X, params, act):
    Zs, As = (), (X,)
    for W, b in params:
        Z = (W @ As[-1].T + b[:, None]).T
        Zs, As = (*Zs, Z), (*As, np.where(Z > 0, Z, 0) if act == "relu" else np.tanh(Z))
    return Zs, As[:-1]


def forward_by_numbers(X, params, act):
    Zs, As = [], [X.tolist()]
    for W, b in params:
        Z = [
            [sum(w * a for w, a in zip(row, x)) + c for row, c in zip(W, b)] for x in As[-1]
        ]
        Zs.append(Z)
        As.append([[ACTIVATIONS[act](z) for z in row] for row in Z])
    As.pop()
    return Zs, As


def forward_in_dicts(X, params, act):
    Zs, As = {}, {0: X}
    for layer, (W, b) in enumerate(params, start=1):
        Zs[layer] = As[layer - 1].dot(W.T) + b[None]
        As[layer] = {"tanh": np.tanh, "relu": lambda Z: Z.clip(0)}[act](Zs[layer])
    del As[len(params)]
    return Zs.values(), As.values()


def _scores_alone(X, params, act):
    return _forward()(X, params, act)[0][-1]


def _dicts(X, params, act):
    return [dict(enumerate(arrays)) for arrays in _forward()(X, params, act)]


WRONG_WAYS = {"X06.5s": [_scores_alone, _dicts]}
RIGHT_WAYS = [
    forward_with_a_flag,
    forward_recursive,
    forward_in_columns,
    forward_by_numbers,
    forward_in_dicts,
]


EQUIVALENTS = {
    "f = np.tanh if act == 'tanh' else lambda Z: np.maximum(Z, 0) → f = np.tanh if act == 'tanh' else lambda Z: np.maximum(0, Z)": "the maximum is symmetric",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    for (X, params, act), (scores, Zs, As) in expected(EXERCISE):
        A = torch.tensor(X)
        for (W, b), Z, given in zip(params, Zs, As, strict=True):
            np.testing.assert_allclose(given, A.numpy(), **CLOSE)
            wanted = torch.nn.functional.linear(A, torch.tensor(W), torch.tensor(b))
            np.testing.assert_allclose(Z, wanted.numpy(), **CLOSE)
            A = getattr(torch, act)(wanted)
        np.testing.assert_allclose(scores, wanted.numpy(), **CLOSE)
