"""G08.4 `xor_step`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ..._shared import sigmoid
from ..._shared import sigmoid_slope as slope
from ._shared import (
    KINK,
    LECTURE,
    SLIDE,
    WEIGHTS,
    XOR_MISTAKES,
    Array,
    Rng,
    linked,
    relu,
    sigmoid_otherwise,
    xor_numbers,
)


def xor_variant(flaw: str) -> Callable[..., dict[str, float]]:
    """Return a wrong `xor_step`."""

    def step(
        w: Mapping[str, float], x: tuple[float, float], t: float, eta: float, act: str
    ) -> dict[str, float]:
        numbers = xor_numbers(w, x, t, eta, act, flaw=flaw)
        return {name: w[name] + numbers["d" + name] for name in WEIGHTS}

    return step


def _instead(value: Callable[[float, float, float], float]) -> Callable[..., Any]:
    """Return a step with something else for a weight, made of it, its update and eta."""

    def step(
        w: Mapping[str, float], x: tuple[float, float], t: float, eta: float, act: str
    ) -> dict[str, float]:
        numbers = xor_numbers(w, x, t, eta, act)
        return {name: value(w[name], numbers["d" + name], eta) for name in WEIGHTS}

    return step


BRANCHES = {"sigmoid": "the sigmoid", "relu": "ReLU"}
"""Values of ``act``, and how they are called."""
AT_KINK = "ReLU has slope 0 at its kink"
"""A requirement of the task."""

STEP_FLAWS = (
    (
        "M08.4k",
        "short form of net",
        "For the sigmoid the slope is computed as net * (1 - net). The short form takes the "
        "activation: u * (1 - u).",
    ),
    (
        "M08.4l",
        "slope of tanh",
        "For act = 'sigmoid' the slope is that of tanh, 1 - u * u. The slope of the sigmoid "
        "is u * (1 - u).",
    ),
    *(
        (
            f"M08.4{letter}",
            f"no w0{k}",
            f"w0{k} has not moved. It is a weight on a constant 1, so its update is "
            f"-eta * delta{k}.",
        )
        for letter, k in (("m", 3), ("n", 4), ("o", 5))
    ),
    (
        "M08.4p",
        "slope of 1",
        "Your ReLU has the slope 1 everywhere. Where net is negative its slope is 0, and "
        "nothing goes back through the unit.",
    ),
    (
        "M08.4u",
        "output slope",
        "With ReLU unit 5 has the slope 1 everywhere here. Where net5 is negative the slope "
        "is 0, and no weight moves.",
    ),
    (
        "M08.4u",
        "linear output",
        "With ReLU unit 5 has no activation here. All three units use act: where net5 is "
        "negative the output is 0, its slope too, and no weight moves.",
    ),
    (
        "M08.4s",
        "no hidden slope",
        "delta3 and delta4 lack the slope of their own unit: delta3 = g'(net3) * w35 * "
        "delta5, and unit 4 likewise.",
    ),
    (
        "M08.4t",
        "eta twice",
        "The weights of the hidden units move with eta * eta. A delta holds no eta; it comes "
        "in once, with the update.",
    ),
    (
        "M08.4j",
        "exchanged",
        "w35 and w45 are exchanged on the way back: delta3 comes through w35, delta4 through "
        "w45.",
    ),
    (
        "M08.4q",
        "twice",
        "Each step is twice as long as it should be: the 1/2 in J cancels the 2 of the "
        "square.",
    ),
)


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
    positive = {name: float(rng.uniform(0.4, 1.1)) for name in WEIGHTS}
    positive["w23"] = -float(rng.uniform(0.1, 0.25))  # unit 3 is on for all patterns
    small = {n: float(rng.uniform(0.15, 0.45)) for n in ("w03", "w13")}  # 0 < net3 < 1
    silent = positive | {"w05": -6.0, "w04": 0.2}  # net5 < 0: nothing moves
    three_off = positive | {"w23": -sum(positive[n] for n in ("w03", "w13")) - 0.4}
    one_off = positive | {"w04": -sum(positive[n] for n in ("w14", "w24")) - 0.4}

    def case(
        w: dict[str, float],
        x: tuple[float, float],
        t: float,
        eta: float,
        act: str,
        name: str,
    ) -> Case:
        return Case(name=name, args=(w, x, t, eta, act), group=act)

    return [
        case(dict(SLIDE), (1.0, 0.0), 1.0, 1.0, "sigmoid", "sigmoid (1, 0)"),
        case(weights(), (0.0, 1.0), 1.0, 0.5, "sigmoid", "sigmoid (0, 1)"),
        case(weights(), (0.0, 0.0), 0.0, 1.0, "sigmoid", "sigmoid (0, 0)"),
        case(weights(), (1.0, 1.0), 0.0, 0.3, "sigmoid", "sigmoid (1, 1)"),
        case(positive | small, (1.0, 0.0), 0.0, 0.1, "relu", "relu (1, 0)"),
        case(alive, (1.0, 1.0), 0.0, 0.01, "relu", "relu (1, 1)"),
        case(three_off, (1.0, 1.0), 1.0, 0.2, "relu", "unit 3 off"),
        case(silent, (1.0, 1.0), 1.0, 0.5, "relu", "output off"),
        case(one_off, (1.0, 1.0), 0.0, 0.1, "relu", "one off"),
        Case(
            name="kink",
            args=(dict(SLIDE), (1.0, 0.0), 1.0, 1.0, "relu"),
            role="edge",
            requirement=AT_KINK,
        ),
    ]


EXERCISE = linked(
    Exercise(
        id="G08.4",
        function="xor_step",
        points=4,
        reference=xor_step,
        inputs=xor_step_inputs,
        outputs=WEIGHTS,
        parts=(
            *(
                Part(name=f"{weight} with {spoken}", weight=0.2, output=weight, group=act)
                for act, spoken in BRANCHES.items()
                for weight in WEIGHTS
            ),
            Part(name=AT_KINK, weight=0.2, edge=AT_KINK),
            Part(name=UNCHANGED, weight=0.2, edge=UNCHANGED),
        ),
        pack="dict",
        lecture=LECTURE,
        mistakes=(
            *(
                Mistake(code=code, variant=xor_variant(flaw), message=message)
                for code, (flaw, message) in XOR_MISTAKES.items()
            ),
            *(
                Mistake(code=code, variant=xor_variant(flaw), message=message)
                for code, flaw, message in STEP_FLAWS
            ),
            Mistake(
                code="M08.4i",
                variant=_instead(lambda w, dw, eta: dw),
                message="These are the updates, -eta * delta * u. Return the new weights: the "
                "old ones plus the updates.",
            ),
            Mistake(
                code="M08.4i",
                variant=_instead(lambda w, dw, eta: -dw / eta),
                message="These are the gradients, delta * u. Return the new weights: the old "
                "ones minus eta times the gradients.",
            ),
            Mistake(
                code="E05",
                variant=xor_variant("kink"),
                message=f"Your ReLU has slope 1 at 0: {KINK}",
            ),
        ),
    )
)


# --- other right ways of writing it ---------------------------------------------------


def scalar_sigmoid(v):
    return 1 / (1 + np.exp(-v)) if v > -700 else 0.0


def xor_flat(w, x, t, eta, act):
    def g(v):
        return scalar_sigmoid(v) if act == "sigmoid" else (v if v > 0 else 0.0)

    def dg(v):
        return g(v) * (1 - g(v)) if act == "sigmoid" else (1.0 if v > 0 else 0.0)

    n3 = w["w03"] + w["w13"] * x[0] + w["w23"] * x[1]
    n4 = w["w04"] + w["w14"] * x[0] + w["w24"] * x[1]
    n5 = w["w05"] + w["w35"] * g(n3) + w["w45"] * g(n4)
    d5 = (g(n5) - t) * dg(n5)
    d3, d4 = d5 * w["w35"] * dg(n3), d5 * w["w45"] * dg(n4)
    sent = {"0": 1.0, "1": x[0], "2": x[1], "3": g(n3), "4": g(n4)}
    error = {"3": d3, "4": d4, "5": d5}
    return {name: w[name] - eta * error[name[2]] * sent[name[1]] for name in w}


def xor_in_arrays(w, x, t, eta, act):
    f = {"sigmoid": sigmoid_otherwise, "relu": lambda z: z * (z > 0)}[act]
    slope = {"sigmoid": lambda z: f(z) * (1 - f(z)), "relu": lambda z: 1.0 * (z > 0)}[act]
    W1 = np.array([[w["w03"], w["w13"], w["w23"]], [w["w04"], w["w14"], w["w24"]]])
    W2 = np.array([w["w05"], w["w35"], w["w45"]])
    a0 = np.array([1, *x])
    z1 = W1 @ a0
    a1 = np.r_[1, f(z1)]
    z2 = W2 @ a1
    d2 = (f(z2) - t) * slope(z2)
    d1 = d2 * W2[1:] * slope(z1)
    W2, W1 = W2 - eta * d2 * a1, W1 - eta * np.outer(d1, a0)
    names = ("w03", "w13", "w23", "w04", "w14", "w24", "w05", "w35", "w45")
    return dict(zip(names, [*W1.ravel(), *W2], strict=True))


def xor_copied(w, x, t, eta, act):
    new = dict(w)
    new.update(xor_flat(w, np.array(x), t, eta, act))
    return {name: np.array(new[name]) for name in sorted(new, reverse=True)}


RIGHT_WAYS = [xor_flat, xor_in_arrays, xor_copied]

EQUIVALENTS = {
    "g, slope = (lambda net: max(0.0, net), lambda net: float(net > 0)) → g, slope = (lambda net: max(net, 0.0), lambda net: float(net > 0))": "max is symmetric",
}


# --- what the reference has to agree with ---------------------------------------------


def _loss(
    values: Array, names: Sequence[str], x: tuple[float, float], t: float, act: str
) -> float:
    w = dict(zip(names, values, strict=True))
    g = relu if act == "relu" else lambda net: 1 / (1 + math.exp(-net))
    u3 = g(w["w03"] + w["w13"] * x[0] + w["w23"] * x[1])
    u4 = g(w["w04"] + w["w14"] * x[0] + w["w24"] * x[1])
    u5 = g(w["w05"] + w["w35"] * u3 + w["w45"] * u4)
    return 0.5 * (t - u5) ** 2


def witness_finite_differences() -> None:
    from utils.gradcheck import numeric_gradient

    for (w, x, t, eta, act), new in expected(EXERCISE):
        if act == "relu" and eta == 1.0:
            continue  # the kink, where there is no derivative to compare with
        loss = partial(_loss, names=list(w), x=x, t=t, act=act)
        slopes = numeric_gradient(loss, list(w.values()))
        moved = [(w[name] - new[name]) / eta for name in w]
        np.testing.assert_allclose(moved, slopes, rtol=1e-5, atol=1e-9)
