"""What several exercises of a07_backpropagation share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from grader.course.by_hand import by_hand
from grader.model import Exercise

from ..._shared import sigmoid
from ..._shared import sigmoid_slope as slope

Array = np.ndarray
Rng = np.random.Generator
Scalar = Callable[[float], float]
LECTURE = "08_backpropagation"


WEIGHTS = ("w03", "w13", "w23", "w04", "w14", "w24", "w05", "w35", "w45")
SLIDE = dict(zip(WEIGHTS, (1.0, 3.0, 4.0, -6.0, 6.0, 5.0, -4.0, 2.0, 4.0), strict=True))


def relu(x: float) -> float:
    """max(0, x)."""
    return max(0.0, x)


def relu_slope(x: float) -> float:
    """1 for x > 0, otherwise 0, also at the kink."""
    return float(x > 0)


def _activation(act: str, flaw: str) -> tuple[Scalar, Scalar]:
    """Return an activation and its slope; some flaws are in the slope."""
    if act == "relu":
        return relu, (lambda v: 1.0) if flaw == "slope of 1" else relu_slope
    g: Scalar = lambda v: float(sigmoid(np.array(v)))
    slopes: dict[str, Scalar] = {
        "short form of net": lambda v: v * (1 - v),
        "slope of tanh": lambda v: 1 - g(v) ** 2,
    }
    return g, slopes.get(flaw, lambda v: float(slope(np.array(v))))


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
    g, dg = _activation(act, flaw)
    x1, x2 = x
    net3 = w["w03"] + w["w13"] * x1 + w["w23"] * x2
    net4 = w["w04"] + w["w14"] * x1 + w["w24"] * x2
    u3, u4 = g(net3), g(net4)
    net5 = w["w05"] + w["w35"] * u3 + w["w45"] * u4
    u5 = g(-net5 if flaw == "exponent" else net5)
    at = (u3, u4, u5) if flaw == "slope at u" else (net3, net4, net5)
    if act == "relu" and flaw == "linear output":
        u5 = net5
    error = (round(u5, 2) if flaw == "rounded" else u5) - t
    error = 2 * error if flaw == "twice" else error
    straight = act == "relu" and flaw in ("output slope", "linear output")
    delta5 = error * (1.0 if flaw == "no slope" or straight else dg(at[2]))
    w35, w45 = w["w35"], w["w45"]
    if flaw == "updated weights":
        w35, w45 = w35 - eta * delta5 * u3, w45 - eta * delta5 * u4
    if flaw == "exchanged":
        w35, w45 = w45, w35
    if flaw == "no weights":
        w35 = w45 = 1.0
    slope4 = dg(at[2] if flaw == "slope of 5" else at[1])
    if flaw == "kink" and act == "relu" and net4 == 0:
        slope4 = 1.0
    delta3, delta4 = dg(at[0]) * w35 * delta5, slope4 * w45 * delta5
    if flaw == "no hidden slope":
        delta3, delta4 = w35 * delta5, w45 * delta5
    if flaw == "eta twice":
        delta3, delta4 = eta * delta3, eta * delta4
    step = eta if flaw == "ascent" else -eta
    bias3, bias4, bias5 = (
        0.0 if flaw in ("no bias", f"no w0{k}") else 1.0 for k in (3, 4, 5)
    )
    sign13 = -1.0 if flaw == "sign of w13" else 1.0
    return {
        **{"u3": u3, "u4": u4, "u5": u5},
        **{"delta5": delta5, "delta4": delta4, "delta3": delta3},
        **{"dw03": step * delta3 * bias3, "dw04": step * delta4 * bias4},
        **{"dw05": step * delta5 * bias5, "dw13": sign13 * step * delta3 * x1},
        **{"dw23": step * delta3 * x2, "dw14": step * delta4 * x1},
        **{"dw24": step * delta4 * x2, "dw35": step * delta5 * u3},
        "dw45": step * delta5 * u4,
    }


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

TURNED_DELTA = (
    "The deltas have the other sign. Here delta is dJ/dnet, from output minus target; the "
    "minus comes with the update."
)

NEW_WEIGHTS = (
    "These are the new weights. The task asks for the updates: what is added to the old "
    "weights to get the new ones."
)

KINK = (
    "unit 4 stands exactly at the kink, net4 = 0, and in this course ReLU has slope 0 "
    "there (a convention that PyTorch shares)."
)


def fifteen(act: str, flaw: str = "") -> dict[str, float]:
    """Return the fifteen numbers of the exercise (B1, B2)."""
    return xor_numbers(SLIDE, (1.0, 0.0), 1.0, 1.0, act, flaw=flaw)


def hand_exercise(number: int, act: str, mistakes: dict[str, tuple[str, str]]) -> Exercise:
    right = fifteen(act)
    turned = {name: -right[name] for name in ("delta5", "delta4", "delta3")}
    moved = {f"d{name}": weight + right[f"d{name}"] for name, weight in SLIDE.items()}
    return by_hand(
        f"X08.{number}",
        f"xor_{act}",
        right,
        {code: (fifteen(act, flaw), message) for code, (flaw, message) in mistakes.items()}
        | {"M08.4r": (turned, TURNED_DELTA), "M08.4v": (moved, NEW_WEIGHTS)},
        lecture=LECTURE,
        points=1.5,
    )


def sigmoid_otherwise(z):
    return 1 / (1 + np.exp(-np.clip(z, -700, 700)))


EXPLAINED = {
    "Sign-of-delta": "M08.1a M08.2g M08.3f M08.4f M08.4r M08.5c M08.6e",
    "Slope-and-factor": "M08.1b M08.1c M08.1d M08.1e M08.1f M08.1g M08.2b M08.2c M08.2f "
    "M08.4e M08.4g M08.5d M08.5e M08.5f M08.1h M08.1i M08.2i M08.2j M08.2k M08.4k M08.4l "
    "M08.4q M08.5j M08.6g",
    "The-transpose": "M08.2a M08.2e M08.2h M08.4h",
    "Own-slope": "M08.2d M08.4b M08.4s M08.4u",
    "Outer-product": "M08.3a M08.3b M08.3d M08.3g M08.5g",
    "Bias-gradient": "M08.3c M08.3e M08.3h M08.4m M08.4n M08.4o",
    "The-same-numbers-on-the-slides": "M08.4a E03 E04",
    "The-kink": "E05",
    "Update-last": "M08.4c M08.4d M08.4i M08.4t M08.4v",
    "One-over-N": "M08.5a M08.5h M08.5i",
    "Softmax-output": "M08.5b",
    "Sum-inside-the-loop": "M08.6a",
    "Stochastic-and-batch": "M08.6b M08.6c M08.6d M08.6f M08.6j",
}
"""Heading of lecture 08 -> the mistakes it clears up."""


_HEADINGS = {code: head for head, codes in EXPLAINED.items() for code in codes.split()}


def linked(exercise: Exercise) -> Exercise:
    """Attach the lecture's headings to an exercise's mistakes."""
    mistakes = tuple(
        replace(mistake, lecture=f"{LECTURE}#{_HEADINGS[mistake.code]}")
        if mistake.code in _HEADINGS
        else mistake
        for mistake in exercise.mistakes
    )
    return replace(exercise, mistakes=mistakes)
