"""G08.8 `deep_backward`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ..._shared import autograd
from ._shared import (
    BATCH,
    CLOSE,
    DEPTH,
    ONE,
    STRAIGHT,
    Array,
    Layer,
    Rng,
    in_no_tuple,
    network,
    run,
)

KINK = "the ReLU has slope 0 at its kink"

# The last layer's gradients need no way back: they are shown and counted alone.
SORTED = """
def drive(f, Y, params, Zs, As, act):
    found = f(Y, params, Zs, As, act)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return found
    grads, dX = found
    try:
        grads = list(grads)
        dWs = [dW for dW, _ in grads]
        dbs = [db for _, db in grads]
        return dWs[-1], dbs[-1], dWs[:-1], dbs[:-1], dX
    except (TypeError, ValueError, IndexError):
        return found
"""


def backward_inputs(rng: Rng) -> list[Case]:
    """Both activations, unequal and equal widths, some deep; a kink and one layer."""

    def case(n: int, sizes: Sequence[int], act: str, **more: Any) -> Case:
        X, params, Zs, As = network(rng, n, sizes, act)
        if more.get("requirement") == KINK:
            Zs, As = _at_its_kink(X, params)
        Y = Zs[-1] + rng.choice([-1, 1], Zs[-1].shape) * rng.uniform(0.5, 2, Zs[-1].shape)
        name = f"{'-'.join(map(str, sizes))}, {act}, N = {n}"
        return Case(name=name, args=(Y, params, Zs, As, act), batch=n, group=act, **more)

    return [
        case(5, (4, 3, 6, 2), "tanh"),
        case(4, (3, 3, 3, 3), "tanh"),
        case(3, (2, 5, 4, 3, 2, 4), "tanh"),
        case(4, (2, 6, 3), "relu"),
        case(6, (3, 4, 5, 2), "relu"),
        case(5, (4, 4, 4, 4), "relu"),
        case(1, (3, 4, 5, 2), "tanh", role="edge", requirement=ONE),
        case(1, (2, 5, 3), "relu", role="edge", requirement=ONE),
        case(5, (4, 2), "relu", role="edge", requirement=STRAIGHT),
        case(4, (3, 4, 5, 2), "relu", role="edge", requirement=KINK),
    ]


def _at_its_kink(X: Array, params: list[Layer]) -> tuple[list[Array], list[Array]]:
    """Return Zs and As with two z of layer 1 at exactly 0; what follows knows it."""
    Z = X @ params[0][0].T + params[0][1]
    Z[0, 1] = Z[2, 0] = 0.0
    Zs, As = run(np.maximum(Z, 0), params[1:], "relu")
    return [Z, *Zs], [X, *As]


def deep_backward(
    Y: Array, params: Sequence[Layer], Zs: Sequence[Array], As: Sequence[Array], act: str
) -> tuple[list[Layer], Array]:
    """Gradients of the mean of half the squared errors, one example at a time.

    Args:
        Y: `(N, d_L)` float, targets.
        params: for each layer `W (d_l, d_{layer-1})` and `b (d_l,)`.
        Zs: for each layer `(N, d_l)`, before the activation.
        As: for each layer `(N, d_{layer-1})`, what it gets.
        act: "tanh" or "relu", of all layers but the last.
    """
    slope = {"tanh": lambda z: np.cosh(z) ** -2, "relu": lambda z: np.heaviside(z, 0.0)}
    grads = [(np.zeros_like(W), np.zeros_like(b)) for W, b in params]
    back = []
    for n, y in enumerate(Y):
        error = (Zs[-1][n] - y) / len(Y)
        for place in reversed(range(len(params))):
            if place < len(params) - 1:
                error = error * slope[act](Zs[place][n])
            grads[place][0][...] += np.outer(error, As[place][n])
            grads[place][1][...] += error
            error = params[place][0].T @ error
        back.append(error)
    return grads, np.array(back)


def _right_slope(Z: Array, A: Array, act: str) -> Array:
    return np.asarray(1 - A**2 if act == "tanh" else 1.0 * (A > 0))


def _tanh_slope(of: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    return lambda Z, A, act: of(Z, A) if act == "tanh" else 1.0 * (Z > 0)


def _relu_slope(of: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    return lambda Z, A, act: of(Z, A) if act == "relu" else 1 - A**2


def _backward(
    *,
    first: Callable[[Array, Array, str], Array] = lambda Z, Y, act: (Z - Y) / len(Y),
    through: Callable[[Array, Array], Array] = lambda delta, W: delta @ W,
    slope: Callable[[Array, Array, str], Array] = _right_slope,
    own: bool = False,
    dW: Callable[[Array, Array, Array], Array] = lambda delta, A, Z: delta.T @ A,
    db: Callable[[Array], Array] = lambda delta: delta.sum(axis=0),
    dX: Callable[[Array, Array, Array, str], Array] = lambda delta, W, X, act: delta @ W,
    layers: int = 99,
    skips: bool = False,
    ends: Callable[[list[Layer], Array], Any] = lambda grads, dX: (grads, dX),
) -> Callable[..., Any]:
    """Return a backward pass with something else in one place.

    Args:
        first: the error of the last layer.
        through: the way of an error through a layer's weights.
        slope: of z, f(z) and the activation's name.
        own: whether the slope is that of the layer the error leaves.
        dW: of a layer's error, what it got, and the z before that.
        db: of a layer's error.
        dX: of the error of layer 1, its weights, X and the name.
        layers: how many an error goes back at most; the others get 0.
        skips: whether layers keep the error of the one after them, where it fits.
        ends: what comes back.
    """

    def backward(
        Y: Array,
        params: Sequence[Layer],
        Zs: Sequence[Array],
        As: Sequence[Array],
        act: str,
    ) -> Any:
        delta = first(Zs[-1], Y, act)
        grads: list[Layer] = []
        for place in reversed(range(len(params))):
            W = params[place][0]
            before = Zs[place - 1] if place else As[0]
            grads.insert(0, (dW(delta, As[place], before), db(delta)))
            if place:
                at = place if own else place - 1
                bent = np.tanh(Zs[at]) if act == "tanh" else np.maximum(Zs[at], 0)
                delta = through(delta, W) * slope(Zs[at], bent, act)
                if len(params) - place >= layers:
                    delta = 0 * delta
        return ends(grads, dX(delta, params[0][0], As[0], act))

    return backward


def _is_transposed(delta: Array, W: Array) -> Array:
    return delta @ W.T


FLAWS: tuple[tuple[str, dict[str, Any], str], ...] = (
    (
        "a",
        {"first": lambda Z, Y, act: Z - Y},
        "All gradients are N times too large: J is a mean, so the error of the last layer "
        "is (Z - Y) / N.",
    ),
    (
        "b",
        {"db": lambda delta: delta.mean(axis=0)},
        "The gradients of the biases are means over the examples. 1/N is in the error "
        "already: add.",
    ),
    (
        "b",
        {"dW": lambda delta, A, Z: delta.T @ A / len(A)},
        "The gradients of the weights are divided by N once more. 1/N is in the error "
        "already.",
    ),
    (
        "b",
        {
            "dW": lambda delta, A, Z: delta.T @ A / len(A),
            "db": lambda delta: delta.mean(axis=0),
        },
        "Weights and biases get gradients that are divided by N twice. 1/N is in the "
        "error already.",
    ),
    (
        "c",
        {"first": lambda Z, Y, act: 2 * (Z - Y) / len(Y)},
        "All gradients are twice too large: the half in J takes the 2 of the square away.",
    ),
    (
        "d",
        {"first": lambda Z, Y, act: (Y - Z) / len(Y)},
        "All gradients have the wrong sign: the error is Z - Y, not Y - Z.",
    ),
    (
        "e",
        {"first": lambda Z, Y, act: (Z - Y) / Z.size},
        "The error is divided by the number of all numbers in Y. J is a mean over the N "
        "examples only: divide by N.",
    ),
    (
        "e",
        {"first": lambda Z, Y, act: (Z - Y) / Z.shape[1]},
        "The error is divided by the number of outputs. Divide by N, the number of "
        "examples.",
    ),
    (
        "f",
        {
            "first": lambda Z, Y, act: (
                (Z - Y)
                / len(Y)
                * _right_slope(Z, np.tanh(Z) if act == "tanh" else np.maximum(Z, 0), act)
            )
        },
        "The error of the last layer is multiplied by a slope. The last layer is linear: "
        "its slope is 1.",
    ),
    (
        "g",
        {"through": _is_transposed},
        "Errors go back through W^T. For rows of examples that is delta @ W: a unit "
        "collects from all that listen to it. Square layers hide the mistake.",
    ),
    (
        "h",
        {"slope": lambda Z, A, act: np.ones_like(Z)},
        "The slopes of the hidden layers are missing: multiply by f'(Z^l) on the way back.",
    ),
    (
        "i",
        {"slope": _tanh_slope(lambda Z, A: 1 - np.tanh(A) ** 2)},
        "tanh is taken twice in its slope: it is 1 - a**2 with a from As, or "
        "1 - tanh(z)**2 with z from Zs.",
    ),
    (
        "i",
        {"slope": _tanh_slope(lambda Z, A: 1 - Z**2)},
        "The slope of tanh is 1 - a**2 with a = tanh(z). You took z for a.",
    ),
    (
        "j",
        {"slope": _tanh_slope(lambda Z, A: A * (1 - A))},
        "a (1 - a) is the slope of the sigmoid. That of tanh is 1 - a**2.",
    ),
    (
        "j",
        {"slope": _tanh_slope(lambda Z, A: 1 - A)},
        "The square is missing in the slope of tanh: 1 - a**2.",
    ),
    (
        "j",
        {"slope": _tanh_slope(lambda Z, A: A)},
        "tanh itself stands where its slope belongs: 1 - a**2.",
    ),
    (
        "k",
        {"slope": _relu_slope(lambda Z, A: A)},
        "The ReLU itself stands where its slope belongs: 1 where z is above 0, else 0.",
    ),
    (
        "k",
        {"slope": _relu_slope(lambda Z, A: np.sign(Z))},
        "The slope of your ReLU is -1 for a negative z. It is 0 there.",
    ),
    (
        "k",
        {"slope": _relu_slope(lambda Z, A: 1.0 * (Z < 0))},
        "The slope of your ReLU is upside down: it is 1 where z is above 0.",
    ),
    (
        "k",
        {"slope": _relu_slope(lambda Z, A: np.ones_like(Z))},
        "The slope of your ReLU is 1 everywhere. It is 0 where z is negative; a result "
        "of the ReLU is never below 0, so A >= 0 always holds.",
    ),
    (
        "l",
        {"slope": lambda Z, A, act: 1 - np.tanh(Z) ** 2},
        "All networks get the slope of tanh: act is not asked.",
    ),
    (
        "l",
        {"slope": lambda Z, A, act: 1.0 * (Z > 0)},
        "All networks get the slope of the ReLU: act is not asked.",
    ),
    (
        "m",
        {"own": True},
        "A slope comes from the wrong layer. The error that arrives at layer l is "
        "multiplied by f'(Z^l), not by that of the layer it comes from.",
    ),
    (
        "n",
        {"dW": lambda delta, A, Z: delta.T @ Z},
        "A weight was multiplied by an activation: its partner in dW is from As, not "
        "from Zs.",
    ),
    (
        "o",
        {"dW": lambda delta, A, Z: A.T @ delta},
        "The gradients of the weights are transposed. A gradient has the shape of its "
        "parameter: delta.T @ A.",
    ),
    (
        "p",
        {"db": lambda delta: delta},
        "The gradients of the biases have a row for each example: add the rows.",
    ),
    (
        "p",
        {"db": lambda delta: delta.sum(axis=1)},
        "The gradients of the biases are summed over the units. Add over the examples, "
        "axis 0.",
    ),
    (
        "p",
        {"db": lambda delta: delta.sum(axis=0, keepdims=True)},
        "The gradients of the biases have the shape (1, d). A gradient has the shape of "
        "its parameter, (d,).",
    ),
    (
        "q",
        {"ends": lambda grads, dX: (grads[::-1], dX)},
        "The gradients run from the last layer to the first. They come in the order of "
        "params.",
    ),
    (
        "q",
        {"ends": lambda grads, dX: ([pair[::-1] for pair in grads], dX)},
        "The pairs are turned round: (dW, db), as in params.",
    ),
    (
        "q",
        {"ends": lambda grads, dX: (dX, grads)},
        "dX comes first. Return (grads, dX).",
    ),
    (
        "r",
        {"dX": lambda delta, W, X, act: delta},
        "dX is the error of layer 1. One step is missing: through W^1 to X.",
    ),
    (
        "r",
        {
            "dX": lambda delta, W, X, act: (
                (delta @ W) * _right_slope(X, X if act == "tanh" else np.maximum(X, 0), act)
            )
        },
        "dX is multiplied by a slope at X. X went through no activation.",
    ),
    (
        "r",
        {"dX": lambda delta, W, X, act: (delta @ W).sum(axis=0)},
        "dX is summed over the examples. Each example has an X of its own: a row for each.",
    ),
    (
        "s",
        {"layers": 1},
        "The error does not leave the last layer: all others get gradients of 0.",
    ),
    (
        "s",
        {"layers": 2},
        "The error goes back by one layer only. Go on to layer 1 in a loop.",
    ),
)


EXERCISE = Exercise(
    id="G08.8",
    function="deep_backward",
    points=8,
    reference=deep_backward,
    inputs=backward_inputs,
    outputs=("last dW", "last db", "other dW", "other db", "dX"),
    pack="tuple",
    driver=SORTED,
    parts=(
        Part(name="dW of the last layer", weight=0.8, output="last dW"),
        Part(name="db of the last layer", weight=0.8, output="last db"),
        *(
            Part(name=f"{name}, with {spoken}", weight=share, output=output, group=act)
            for output, name, share in (
                ("other dW", "dW of the other layers", 1.1),
                ("other db", "db of the other layers", 0.8),
                ("dX", "dX", 0.6),
            )
            for act, spoken in (("tanh", "tanh"), ("relu", "ReLU"))
        ),
        *(Part(name=edge, weight=0.35, edge=edge) for edge in (ONE, STRAIGHT, KINK)),
        Part(name=UNCHANGED, weight=0.35, edge=UNCHANGED),
    ),
    lecture=DEPTH,
    mistakes=(
        *(
            Mistake(
                code=f"X08.8{letter}",
                variant=_backward(**flaw),
                message=message,
                lecture=BATCH if letter in "abe" else "",
            )
            for letter, flaw, message in FLAWS
        ),
        Mistake(
            code="X08.8t",
            variant=_backward(slope=_relu_slope(lambda Z, A: 1.0 * (Z >= 0))),
            message="Your ReLU has the slope 1 at z = 0. In this course it is 0 there.",
        ),
        Mistake(
            code="X08.8u",
            detect=in_no_tuple(5),
            message="Return the tuple (grads, dX). grads is a list with a pair (dW, db) for "
            "each layer.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def backward_from_a_list_of_errors(Y, params, Zs, As, act):
    deltas = [(Zs[-1] - Y) / Y.shape[0]]
    for layer in range(len(params) - 1, 0, -1):
        slope = 1 - np.tanh(Zs[layer - 1]) ** 2 if act == "tanh" else Zs[layer - 1] > 0
        deltas.insert(0, deltas[0] @ params[layer][0] * slope)
    grads = [(d.T @ A, d.sum(0)) for d, A in zip(deltas, As, strict=True)]
    return grads, deltas[0] @ params[0][0]


def backward_recursive(Y, params, Zs, As, act):
    N = len(Y)

    def from_layer(layer):
        """Gradients of layer l and all above, and of what it gets."""
        if layer == len(params) - 1:
            above, delta = [], (Zs[layer] - Y) / N
        else:
            above, dA = from_layer(layer + 1)
            delta = dA * (
                (1 - As[layer + 1] ** 2) if act == "tanh" else np.sign(As[layer + 1])
            )
        return [[delta.T @ As[layer], np.ones(N) @ delta], *above], delta @ params[layer][0]

    grads, dX = from_layer(0)
    return [grads, dX]


def backward_in_columns(Y, params, Zs, As, act):
    grads = [None] * len(params)
    D = (Zs[-1].T - Y.T) / len(Y)
    for k in reversed(range(len(params))):
        grads[k] = (D @ As[k], D.sum(axis=1))
        D = params[k][0].T @ D
        if k and act == "tanh":
            D = D / np.cosh(Zs[k - 1].T) ** 2
        elif k:
            D = np.where(Zs[k - 1].T > 0, D, 0)
    return tuple(grads), D.T


def backward_as_operations(Y, params, Zs, As, act):
    """A tape of steps back, as in lecture 09."""
    tape = []
    for layer, (W, _) in enumerate(params):
        tape.append(("linear", W, As[layer]))
        if layer < len(params) - 1:
            tape.append(("bend", Zs[layer], None))
    up, grads = (Zs[-1] - Y) / len(Y), []
    for kind, first, second in tape[::-1]:
        if kind == "bend":
            up = up.copy()
            if act == "relu":
                up[first <= 0] = 0
            else:
                up *= 1 - np.tanh(first) ** 2
        else:
            grads.append((np.einsum("ni,nj->ij", up, second), np.einsum("ni->i", up)))
            up = np.einsum("ni,ij->nj", up, first)
    grads.reverse()
    return grads, up


def _without_dX(Y, params, Zs, As, act):
    return _backward()(Y, params, Zs, As, act)[0]


def _one_long_list(Y, params, Zs, As, act):
    grads, dX = _backward()(Y, params, Zs, As, act)
    return [array for pair in grads for array in pair], dX


def _three_results(Y, params, Zs, As, act):
    grads, dX = _backward()(Y, params, Zs, As, act)
    return [dW for dW, _ in grads], [db for _, db in grads], dX


WRONG_WAYS = {"X08.8u": [_without_dX, _one_long_list, _three_results]}
RIGHT_WAYS = [
    backward_from_a_list_of_errors,
    backward_recursive,
    backward_in_columns,
    backward_as_operations,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (Y, params, Zs, As, act), (last_W, last_b, Ws, bs, dX) in expected(EXERCISE):
        X, (W, b) = As[0], params[0]
        shift = Zs[0] - (X @ W.T + b)  # not 0 where a kink was put into Zs

        def loss(X, *flat, Y=Y, act=act, shift=shift):
            A, pairs = X, list(zip(flat[::2], flat[1::2], strict=True))
            for place, (W, b) in enumerate(pairs):
                Z = A @ W.T + b
                if place == 0:
                    Z = Z + torch.tensor(shift)
                    Z = torch.where(Z.abs() < 1e-12, 0 * Z, Z)
                A = getattr(torch, act)(Z) if place < len(pairs) - 1 else Z
            return 0.5 * ((A - torch.tensor(Y)) ** 2).sum() / len(Y)

        flat = [p for pair in params for p in pair]
        by_X, *wanted = autograd(loss, X, *flat)
        np.testing.assert_allclose(dX, by_X, **CLOSE)
        found = [*zip(Ws, bs, strict=True), (last_W, last_b)]
        for mine, theirs in zip((p for pair in found for p in pair), wanted, strict=True):
            np.testing.assert_allclose(mine, theirs, **CLOSE)
