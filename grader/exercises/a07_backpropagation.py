"""Assignment a07: backpropagation by hand (syllabus D-08, G08.1-G08.6, B1-B3).

Conventions (syllabus, section 0): delta = +dJ/dz, W is outputs x inputs, the 1/N stands
in the loss, ReLU'(0) = 0. References are written without looking at the solution cells:
they differentiate by other means where there are any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np

from grader.check.compare import compare
from grader.exercises._functions import sigmoid
from grader.exercises._functions import sigmoid_slope as slope
from grader.exercises._hand import by_hand
from grader.model import Case, Evidence, Exercise, Mistake, Returned

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "08_backpropagation"


# --- G08.1 -------------------------------------------------------------------------

ACTIVATION_DRIVER = """
def drive(f, t, net, name):
    import numpy as np

    logistic = lambda x: 1 / (1 + np.exp(-x))
    g, dg = {
        "sigmoid": (logistic, lambda x: logistic(x) * (1 - logistic(x))),
        "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        "softplus": (lambda x: np.log1p(np.exp(x)), logistic),
    }[name]
    return f(t, net, g, dg)
"""


def output_delta_inputs(rng: Rng) -> list[Case]:
    """Different numbers of outputs, three activations; c = 1 at the edge."""

    def case(c: int, name: str, **kind: str) -> Case:
        arrays = rng.uniform(-1, 1, c), rng.normal(0, 1.2, c)
        return Case(name=f"{name}, c = {c}", args=(*arrays, name), **kind)  # type: ignore

    return [
        case(3, "sigmoid"),
        case(4, "tanh"),
        case(5, "softplus"),
        case(1, "tanh", role="edge", requirement="a single output unit, c = 1"),
    ]


def output_delta(t: Array, net: Array, g: Callable, dg: Callable) -> Array:  # type: ignore
    """T08.4 in canon: delta = (z - t) * g'(net)."""
    return np.asarray(dg(net) * (g(net) - t))


G08_1 = Exercise(
    id="G08.1",
    function="output_delta",
    points=2,
    reference=output_delta,
    inputs=output_delta_inputs,
    outputs=("delta",),
    driver=ACTIVATION_DRIVER,
    lecture=LECTURE,
    mistakes=(
        Mistake(
            code="M08.1a",
            variant=lambda t, net, g, dg: (t - g(net)) * dg(net),
            message="You computed -dJ/dnet. In this course delta is +dJ/dnet, so the "
            "error is output minus target; the other sign belongs to derivations that "
            "add eta * delta * y.",
        ),
        Mistake(
            code="M08.1b",
            variant=lambda t, net, g, dg: g(net) - t,
            message="The slope g'(net) is missing: it cancels only for sigmoid or softmax "
            "with cross-entropy, not for the squared error.",
        ),
        Mistake(
            code="M08.1c",
            variant=lambda t, net, g, dg: (g(net) - t) * dg(g(net)),
            message="The slope is taken at the output z. g' wants the pre-activation net.",
        ),
        Mistake(
            code="M08.1d",
            variant=lambda t, net, g, dg: 2 * (g(net) - t) * dg(net),
            message="Twice too large: the 1/2 in J cancels the 2 of the square.",
        ),
        Mistake(
            code="M08.1e",
            variant=lambda t, net, g, dg: 0.5 * (g(net) - t) ** 2 * dg(net),
            message="You multiplied the loss itself with the slope; delta needs the "
            "derivative of the loss, z - t.",
        ),
        Mistake(
            code="M08.1f",
            variant=lambda t, net, g, dg: (net - t) * dg(net),
            message="The error compares the output z = g(net) with the target, not the "
            "pre-activation.",
        ),
        Mistake(
            code="M08.1g",
            variant=lambda t, net, g, dg: (g(net) - t) * dg(net) / len(t),
            message="You averaged over the c outputs. J sums over them: do not divide.",
        ),
    ),
)


# --- G08.2 -------------------------------------------------------------------------


def hidden_delta_inputs(rng: Rng) -> list[Case]:
    """Two non-square layers, a square one, and pre-activations of +-1000."""

    def case(m: int, n: int, name: str, scale: float = 1.5) -> Case:
        args = (rng.normal(0, 1, (m, n)), rng.normal(0, 1, m), rng.normal(0, scale, n))
        return Case(name=name, args=args)

    W, delta, z = case(3, 4, "").args
    z = z.copy()
    z[:2] = 1000.0, -1000.0
    return [
        case(3, 4, "3 units above 4"),
        case(5, 2, "5 units above 2"),
        case(3, 3, "square"),
        Case(
            name="saturated",
            args=(W, delta, z),
            role="edge",
            requirement="pre-activations up to 1000 in size give finite numbers",
        ),
    ]


def hidden_delta(W_next: Array, delta_next: Array, z: Array) -> Array:
    """T08.8: every unit collects the errors it caused, weighted by its connections."""
    return np.einsum("mn,m,n->n", W_next, delta_next, slope(z))


def _has_bias_entry(evidence: Evidence) -> bool:
    """Whether every result has one entry too many and the rest of it is right."""
    seen = False
    for case, outcome, right in zip(
        evidence.cases, evidence.outcomes, evidence.expected, strict=True
    ):
        if case.role != "generic":
            continue
        if not isinstance(outcome, Returned) or not isinstance(right, Returned):
            return False
        value, n = outcome.value, len(right.value)
        if not isinstance(value, np.ndarray) or value.shape != (n + 1,):
            return False
        seen = True
        if all(compare(part, right.value) is not None for part in (value[1:], value[:-1])):
            return False
    return seen


G08_2 = Exercise(
    id="G08.2",
    function="hidden_delta",
    points=3,
    reference=hidden_delta,
    inputs=hidden_delta_inputs,
    outputs=("delta",),
    lecture=LECTURE,
    mistakes=(
        Mistake(
            code="M08.2a",
            variant=lambda W, d, z: slope(z) * (W @ d),
            message="The error travels back along every outgoing connection: unit i "
            "collects the sum over k of w_ki delta_k, which is the transpose, W.T @ delta.",
        ),
        Mistake(
            code="M08.2b",
            variant=lambda W, d, z: W.T @ d,
            message="You stopped at dJ/da: multiply by the unit's own slope sigma'(z).",
        ),
        Mistake(
            code="M08.2c",
            variant=lambda W, d, z: slope(sigmoid(z)) * (W.T @ d),
            message="The slope is taken at the activation a. sigma' wants the "
            "pre-activation z; if you have only a, use a * (1 - a).",
        ),
        Mistake(
            code="M08.2d",
            variant=lambda W, d, z: W.T @ (slope(W @ sigmoid(z)) * d),
            message="You used the slope of the layer above. Each unit uses the slope at "
            "its own pre-activation: unit 4 needs g'(net_4).",
        ),
        Mistake(
            code="M08.2e",
            variant=lambda W, d, z: slope(z) * d.sum(),
            message="The deltas were added without their weights: the error comes back "
            "through the connection it went out by, so weigh each delta_k by w_ki.",
        ),
        Mistake(
            code="M08.2f",
            variant=lambda W, d, z: sigmoid(z) * (W.T @ d),
            message="You multiplied by sigma(z); the chain rule needs its derivative.",
        ),
        Mistake(
            code="M08.2g",
            variant=lambda W, d, z: -slope(z) * (W.T @ d),
            message="The sign is flipped inside the recursion. Signs are settled in the "
            "output layer; going down, nothing changes them.",
        ),
        Mistake(
            code="M08.2h",
            detect=_has_bias_entry,
            message="One entry too many: the bias column is still in the weights. The bias "
            "leads to no earlier unit, so drop its column before going back.",
        ),
    ),
)


# --- G08.3 -------------------------------------------------------------------------


def weight_grad_inputs(rng: Rng) -> list[Case]:
    """Activations between 0 and 1; two non-square layers and a square one."""

    def case(m: int, n: int, **kind: str) -> Case:
        args = (rng.normal(0, 1, m), rng.uniform(0.1, 0.9, n))
        return Case(name=f"m = {m}, n = {n}", args=args, **kind)  # type: ignore

    return [
        case(3, 4),
        case(5, 2),
        case(3, 3),
        case(1, 3, role="edge", requirement="a layer with a single unit, m = 1"),
    ]


def weight_grad(delta: Array, a_prev: Array) -> tuple[Array, Array]:
    """T08.9: dJ/dW_ij = delta_i a_j, dJ/db_i = delta_i."""
    return np.einsum("i,j->ij", delta, a_prev), delta.copy()


G08_3 = Exercise(
    id="G08.3",
    function="weight_grad",
    points=3,
    reference=weight_grad,
    inputs=weight_grad_inputs,
    outputs=("dW", "db"),
    pack="tuple",
    lecture=LECTURE,
    mistakes=(
        Mistake(
            code="M08.3a",
            variant=lambda d, a: (np.outer(a, d), d),
            message="dW is transposed: it has the shape of W, one row per output unit and "
            "one column per input.",
        ),
        Mistake(
            code="M08.3b",
            variant=lambda d, a: (a * d, d),
            message="a * delta multiplies entry by entry. Every delta meets every "
            "activation: the product meant here is the outer product delta a^T.",
        ),
        Mistake(
            code="M08.3c",
            variant=lambda d, a: (np.outer(d, a), d * a.sum()),
            message="db contains the activations. The bias is a weight on the constant "
            "input 1, so its gradient is delta itself.",
        ),
        Mistake(
            code="M08.3d",
            variant=lambda d, a: (np.outer(d, np.log(a / (1 - a))), d),
            message="dW pairs delta with the pre-activation z of the layer below; what "
            "the weight multiplies is that layer's activation a.",
        ),
        Mistake(
            code="M08.3e",
            variant=lambda d, a: (np.outer(d, a), np.zeros_like(d)),
            message="db is zero, but dz/db = 1: db = delta.",
        ),
        Mistake(
            code="M08.3e",
            variant=lambda d, a: (np.outer(d, a), 0.0),
            message="db is zero, but dz/db = 1: db = delta.",
        ),
        Mistake(
            code="M08.3f",
            variant=lambda d, a: (-np.outer(d, a), d),
            message="dW has a minus sign. The minus belongs to the update, not to the "
            "gradient.",
        ),
    ),
)


# --- G08.4 and the exercise by hand: the 2-2-1 network ------------------------------

WEIGHTS = ("w03", "w13", "w23", "w04", "w14", "w24", "w05", "w35", "w45")
SLIDE = dict(zip(WEIGHTS, (1.0, 3.0, 4.0, -6.0, 6.0, 5.0, -4.0, 2.0, 4.0), strict=True))


def relu(x: float) -> float:
    """max(0, x)."""
    return max(0.0, x)


def relu_slope(x: float) -> float:
    """1 for x > 0, otherwise 0, also at the kink."""
    return float(x > 0)


def xor_numbers(
    w: Mapping[str, float],
    x: tuple[float, float],
    t: float,
    eta: float,
    act: str,
    *,
    flaw: str = "",
) -> dict[str, float]:
    """Return activations, deltas and updates of one step; `flaw` builds in a mistake.

    Without a flaw this is T08.13: forward, deltas from the back, updates -eta delta u.
    """
    g = relu if act == "relu" else lambda v: float(sigmoid(np.array(v)))
    dg = relu_slope if act == "relu" else lambda v: float(slope(np.array(v)))
    x1, x2 = x
    net3 = w["w03"] + w["w13"] * x1 + w["w23"] * x2
    net4 = w["w04"] + w["w14"] * x1 + w["w24"] * x2
    u3, u4 = g(net3), g(net4)
    net5 = w["w05"] + w["w35"] * u3 + w["w45"] * u4
    u5 = g(-net5 if flaw == "exponent" else net5)
    at = (u3, u4, u5) if flaw == "slope at u" else (net3, net4, net5)
    error = (round(u5, 2) if flaw == "rounded" else u5) - t
    delta5 = error * (1.0 if flaw == "no slope" else dg(at[2]))
    w35, w45 = w["w35"], w["w45"]
    if flaw == "updated weights":
        w35, w45 = w35 - eta * delta5 * u3, w45 - eta * delta5 * u4
    if flaw == "no weights":
        w35 = w45 = 1.0
    slope4 = dg(at[2] if flaw == "slope of 5" else at[1])
    if flaw == "kink" and act == "relu" and net4 == 0:
        slope4 = 1.0
    delta3, delta4 = dg(at[0]) * w35 * delta5, slope4 * w45 * delta5
    step = eta if flaw == "ascent" else -eta
    bias = 0.0 if flaw == "no bias" else 1.0
    sign13 = -1.0 if flaw == "sign of w13" else 1.0
    return {
        **{"u3": u3, "u4": u4, "u5": u5},
        **{"delta5": delta5, "delta4": delta4, "delta3": delta3},
        **{"dw03": step * delta3 * bias, "dw04": step * delta4 * bias},
        **{"dw05": step * delta5 * bias, "dw13": sign13 * step * delta3 * x1},
        **{"dw23": step * delta3 * x2, "dw14": step * delta4 * x1},
        **{"dw24": step * delta4 * x2, "dw35": step * delta5 * u3},
        "dw45": step * delta5 * u4,
    }


def xor_variant(flaw: str) -> Callable[..., dict[str, float]]:
    """Return a wrong `xor_step`."""

    def step(
        w: Mapping[str, float], x: tuple[float, float], t: float, eta: float, act: str
    ) -> dict[str, float]:
        numbers = xor_numbers(w, x, t, eta, act, flaw=flaw)
        return {name: w[name] + numbers["d" + name] for name in WEIGHTS}

    return step


def xor_step(
    w: Mapping[str, float], x: tuple[float, float], t: float, eta: float, act: str
) -> dict[str, float]:
    """B1, B2 by the general recursion, in matrix form (T08.8, T08.9)."""
    g: Callable[[Array], Array] = sigmoid
    dg: Callable[[Array], Array] = slope
    if act == "relu":
        g, dg = (lambda z: np.maximum(z, 0)), (lambda z: (z > 0).astype(float))
    W1 = np.array([[w["w03"], w["w13"], w["w23"]], [w["w04"], w["w14"], w["w24"]]])
    W2 = np.array([w["w05"], w["w35"], w["w45"]])
    a0 = np.array([1.0, *x])
    z1 = W1 @ a0
    a1 = np.concatenate([[1.0], g(z1)])
    z2 = W2 @ a1
    delta2 = dg(z2) * (g(z2) - t)
    delta1 = dg(z1) * W2[1:] * delta2
    new1, new2 = W1 - eta * np.outer(delta1, a0), W2 - eta * delta2 * a1
    values = (*new1[0], *new1[1], *new2)
    return {name: float(v) for name, v in zip(WEIGHTS, values, strict=True)}


def xor_step_inputs(rng: Rng) -> list[Case]:
    """The exercise's network and random ones, both activations, no generic kink."""

    def weights() -> dict[str, float]:
        values = rng.choice([-1.0, 1.0], 9) * rng.uniform(0.3, 1.5, 9)
        return {name: float(v) for name, v in zip(WEIGHTS, values, strict=True)}

    alive = {**SLIDE, "w04": -5.3, "w05": -1.7}
    signs = dict(w03=1.0, w13=1.0, w23=-1.0, w04=1.0, w14=1.0, w24=1.0, w05=1.0)
    positive = {n: s * float(rng.uniform(0.3, 1.2)) for n, s in signs.items()}
    positive |= {"w35": float(rng.uniform(0.4, 1)), "w45": float(rng.uniform(0.4, 1))}
    one_off = positive | {"w04": -sum(positive[n] for n in ("w14", "w24")) - 0.4}
    return [
        Case(name="sigmoid (1, 0)", args=(dict(SLIDE), (1.0, 0.0), 1.0, 1.0, "sigmoid")),
        Case(name="sigmoid (0, 1)", args=(weights(), (0.0, 1.0), 1.0, 1.0, "sigmoid")),
        Case(name="sigmoid (1, 1)", args=(weights(), (1.0, 1.0), 0.0, 0.3, "sigmoid")),
        Case(name="relu (1, 0)", args=(positive, (1.0, 0.0), 0.0, 0.1, "relu")),
        Case(name="relu (1, 1)", args=(alive, (1.0, 1.0), 0.0, 0.01, "relu")),
        Case(name="one off", args=(one_off, (1.0, 1.0), 0.0, 0.1, "relu")),
        Case(
            name="kink",
            args=(dict(SLIDE), (1.0, 0.0), 1.0, 1.0, "relu"),
            role="edge",
            requirement="ReLU has slope 0 at its kink",
        ),
    ]


XOR_MISTAKES = {
    "M08.4a": (
        "sign of w13",
        "w13 moves against w03. Both hang on an input of 1 (x0 = x1 = 1 here), so their "
        "updates are the same, sign included: -eta * delta3.",
    ),
    "M08.4b": (
        "slope of 5",
        "delta4 uses the slope of unit 5. Each unit uses its own: g'(net4).",
    ),
    "M08.4c": (
        "updated weights",
        "The hidden deltas were computed with w35 and w45 after their update. Compute all "
        "gradients first, with the old weights, then update.",
    ),
    "M08.4d": (
        "no bias",
        "The biases w03, w04, w05 were not updated: they are weights on a constant 1.",
    ),
    "M08.4e": (
        "no slope",
        "delta5 lacks the slope g'(net5): with the squared error it does not cancel.",
    ),
    "M08.4f": (
        "ascent",
        "You moved along the gradient, uphill. delta is +dJ/dnet, so the update is "
        "-eta * delta * u.",
    ),
    "M08.4g": (
        "slope at u",
        "g' is taken at the activation u instead of at net: for the sigmoid u * (1 - u) "
        "is the slope already, sigma'(u) squashes twice.",
    ),
    "M08.4h": (
        "no weights",
        "The hidden deltas ignore w35 and w45: the error comes back through the "
        "connection it went out by, multiplied by its weight.",
    ),
}
KINK = (
    "unit 4 stands exactly at the kink, net4 = 0, and in this course ReLU has slope 0 "
    "there (a convention that PyTorch shares)."
)

G08_4 = Exercise(
    id="G08.4",
    function="xor_step",
    points=4,
    reference=xor_step,
    inputs=xor_step_inputs,
    outputs=WEIGHTS,
    pack="dict",
    lecture=LECTURE,
    mistakes=(
        *(
            Mistake(code=code, variant=xor_variant(flaw), message=message)
            for code, (flaw, message) in XOR_MISTAKES.items()
        ),
        Mistake(
            code="E05",
            variant=xor_variant("kink"),
            message=f"Your ReLU has slope 1 at 0: {KINK}",
        ),
    ),
)


def fifteen(act: str, flaw: str = "") -> dict[str, float]:
    """Return the fifteen numbers of the exercise (B1, B2)."""
    return xor_numbers(SLIDE, (1.0, 0.0), 1.0, 1.0, act, flaw=flaw)


def _hand_exercise(number: int, act: str, mistakes: dict[str, tuple[str, str]]) -> Exercise:
    return by_hand(
        f"X08.{number}",
        f"xor_{act}",
        fifteen(act),
        {code: (fifteen(act, flaw), message) for code, (flaw, message) in mistakes.items()},
        lecture=LECTURE,
        points=3,
    )


_RELU_FLAWS = ("M08.4c", "M08.4d", "M08.4f", "M08.4h")
X08_1 = _hand_exercise(
    1,
    "relu",
    {code: XOR_MISTAKES[code] for code in _RELU_FLAWS}
    | {
        "M08.4a": XOR_MISTAKES["M08.4a"],
        "M08.4b": ("slope of 5", f"delta4 has the slope 1. It needs g'(net4): {KINK}"),
    },
)
# M08.4b changes delta4 by 4e-5 here: four digits cannot show it.
_SIGMOID_FLAWS = {c: m for c, m in XOR_MISTAKES.items() if c != "M08.4b"}
X08_2 = _hand_exercise(
    2,
    "sigmoid",
    _SIGMOID_FLAWS
    | {
        "E03": (
            "exponent",
            "The exponent of the sigmoid has the wrong sign: for a negative net5 the "
            "output lies below one half.",
        ),
        "E04": (
            "rounded",
            "u5 was rounded to two digits before delta5 was computed: keep all digits "
            "until the end, an early rounding grows on its way back.",
        ),
    },
)


# --- G08.5 -------------------------------------------------------------------------


def mlp_inputs(rng: Rng) -> list[Case]:
    """Sizes of the syllabus, other sizes, square ones; N = 1 and huge scores as edges."""

    def case(n: int, d: int, h: int, c: int, name: str, **kind: Any) -> Case:
        params = {
            "W1": rng.normal(0, 1, (h, d)),
            "b1": rng.normal(0, 1, h),
            "W2": kind.pop("scale", 1.0) * rng.normal(0, 1, (c, h)),
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
        case(
            *(4, 3, 5, 2),
            "huge scores",
            scale=1000.0,
            role="edge",
            requirement="scores up to 1000 in size give finite gradients",
        ),
    ]


def _mlp_forward(X: Array, params: Mapping[str, Array]) -> tuple[Array, Array, Array]:
    z1 = X @ params["W1"].T + params["b1"]
    a1 = sigmoid(z1)
    z2 = a1 @ params["W2"].T + params["b2"]
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    return z1, a1, e / e.sum(axis=1, keepdims=True)


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
        z1, a1, p = _mlp_forward(X, params)
        d2 = (Y - p if flaw == "sign" else p - Y) / (1 if flaw == "no 1/N" else n)
        if flaw == "extra slope":
            d2 = d2 * p * (1 - p)
        inner = {
            "no slope": np.ones_like(a1),
            "slope at a": slope(a1),
            "shortcut on z": z1 * (1 - z1),
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


G08_5 = Exercise(
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
                "Only the first layer is wrong: its delta lacks the slope of the sigmoid, "
                "A1 * (1 - A1).",
            ),
            (
                "M08.5e",
                "slope at a",
                "Only the first layer is wrong: the slope is taken at A1, which squashes "
                "twice. From A1 the slope is A1 * (1 - A1).",
            ),
            (
                "M08.5f",
                "shortcut on z",
                "Only the first layer is wrong: the shortcut a * (1 - a) takes the "
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
        )
    ),
)


# --- G08.6 -------------------------------------------------------------------------


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


G08_6 = Exercise(
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
            code="M08.6f",
            detect=_uses_own_order,
            message="You go through the rows in an order of your own. Take them as they "
            "come: the caller draws a new order for every epoch, and a fixed one would "
            "let the same block of examples have the last word each time.",
        ),
    ),
)


EXPLAINED = {
    "Sign-of-delta": "M08.1a M08.2g M08.3f M08.4f M08.5c M08.6e",
    "Slope-and-factor": "M08.1b M08.1c M08.1d M08.1e M08.1f M08.1g M08.2b M08.2c M08.2f "
    "M08.4e M08.4g M08.5d M08.5e M08.5f",
    "The-transpose": "M08.2a M08.2e M08.2h M08.4h",
    "Own-slope": "M08.2d M08.4b",
    "Outer-product": "M08.3a M08.3b M08.3d M08.5g",
    "Bias-gradient": "M08.3c M08.3e",
    "Slide-against-computation": "M08.4a E03 E04",
    "The-kink": "E05",
    "Update-last": "M08.4c M08.4d",
    "One-over-N": "M08.5a M08.5h M08.5i",
    "Softmax-output": "M08.5b",
    "Sum-inside-the-loop": "M08.6a",
    "Stochastic-and-batch": "M08.6b M08.6c M08.6d M08.6f",
}
"""Heading of lecture 08 -> the mistakes it clears up."""
_HEADINGS = {code: head for head, codes in EXPLAINED.items() for code in codes.split()}


def _linked(exercise: Exercise) -> Exercise:
    """Attach the lecture's headings to an exercise's mistakes."""
    mistakes = tuple(
        replace(mistake, lecture=f"{LECTURE}#{_HEADINGS[mistake.code]}")
        if mistake.code in _HEADINGS
        else mistake
        for mistake in exercise.mistakes
    )
    return replace(exercise, mistakes=mistakes)


EXERCISES = tuple(map(_linked, (X08_1, X08_2, G08_1, G08_2, G08_3, G08_4, G08_5, G08_6)))
