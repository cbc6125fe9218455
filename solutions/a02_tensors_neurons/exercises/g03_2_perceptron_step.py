"""G03.2 `perceptron_step`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import (
    ALWAYS_MOVES,
    DECIDED_WITHOUT_B,
    DECIDED_WITHOUT_LABEL,
    NEURONS,
    NO_LABEL_IN_STEP,
    Array,
    Rng,
)


def perceptron_inputs(rng: Rng) -> list[Case]:
    """Wrong and right examples of both classes; a margin of exactly 0."""

    def case(y: float, margin: float, name: str) -> Case:
        w, x = rng.normal(size=3), rng.normal(size=3)
        if y * margin * (w @ x) > 0:
            w = -w  # the bias decides: with the other sign it would decide otherwise
        b = float(y * margin - w @ x)
        return Case(name=name, args=(w, b, x, y, float(rng.uniform(0.2, 0.8))))

    start = (np.zeros(3), 0.0, rng.normal(size=3), 1.0, 0.5)
    return [
        case(1.0, -0.7, "positive, wrong"),
        case(-1.0, -0.4, "negative, wrong"),
        case(1.0, -40.0, "so wrong that one step does not mend it"),
        case(1.0, 0.9, "positive, right"),
        case(-1.0, 0.6, "negative, right"),
        Case(
            name="start",
            args=start,
            role="edge",
            requirement="a margin of exactly 0 counts as wrong",
        ),
    ]


def _perceptron(
    *,
    wrong: Callable[[float], bool] = lambda margin: margin <= 0,
    sign: float = 1.0,
    label: bool = True,
    bias: bool = True,
    counts: float = 1.0,
    seen: bool = True,
) -> Callable[..., tuple[Array, float]]:
    def step(w: Array, b: float, x: Array, y: float, eta: float) -> tuple[Array, float]:
        margin = (y if seen else 1.0) * (float(np.dot(w, x)) + counts * b)
        move = sign * eta * (y if label else 1.0) * float(wrong(margin))
        return w + move * x, b + move * bias

    return step


def _until_right(w: Array, b: float, x: Array, y: float, eta: float) -> tuple[Array, float]:
    while y * (float(np.dot(w, x)) + b) <= 0:
        w, b = w + eta * y * x, b + eta * y
    return w, b


def _difference(low: float) -> Callable[..., tuple[Array, float]]:
    """Return the rule with label minus answer, where the answers are `low` and 1."""

    def step(w: Array, b: float, x: Array, y: float, eta: float) -> tuple[Array, float]:
        error = y - (1.0 if float(np.dot(w, x)) + b > 0 else low)
        return w + eta * error * x, b + eta * error

    return step


def _bias_by_one(w: Array, b: float, x: Array, y: float, eta: float) -> tuple[Array, float]:
    wrong = y * (float(np.dot(w, x)) + b) <= 0
    return w + eta * y * wrong * x, b + y * wrong


EXERCISE = Exercise(
    id="G03.2",
    function="perceptron_step",
    points=4,
    reference=_perceptron(),
    inputs=perceptron_inputs,
    outputs=("w", "b"),
    pack="tuple",
    lecture=f"{NEURONS}#The-perceptron",
    mistakes=(
        Mistake(
            code="M03.2a",
            variant=_perceptron(wrong=lambda margin: True),
            message=ALWAYS_MOVES,
        ),
        Mistake(
            code="M03.2b",
            variant=_perceptron(wrong=lambda margin: margin < 0),
            message="A margin of exactly 0 is treated as right. From zero weights every "
            "margin is 0, and learning would never begin: use <= 0.",
        ),
        Mistake(
            code="M03.2c",
            variant=_perceptron(sign=-1.0),
            message="The step goes the wrong way: subtracting eta * y * x lowers the "
            "margin of the very example that was wrong.",
        ),
        Mistake(
            code="M03.2d",
            variant=_perceptron(bias=False),
            message="The bias never moves. It is the weight of a constant input 1 and "
            "learns like the others.",
        ),
        Mistake(
            code="M03.2e",
            variant=_perceptron(label=False),
            message=NO_LABEL_IN_STEP,
        ),
        Mistake(
            code="X03.2f",
            variant=_until_right,
            message="You go on until this example is right. A visit makes one step, "
            "however wrong the example still is; then the next example comes.",
        ),
        Mistake(
            code="X03.2g",
            variant=_difference(-1.0),
            message="The step is twice as long: label minus answer is 2 or -2 for a wrong "
            "example. The rule of the task moves by eta * y * x.",
        ),
        Mistake(
            code="X03.2h",
            variant=_difference(0.0),
            message="The answer is taken as 0 or 1, but the labels are -1 and +1, so that "
            "label minus answer is wrong for the class -1. Use the margin of the task.",
        ),
        Mistake(
            code="X03.2i",
            variant=_perceptron(counts=0.0),
            message=DECIDED_WITHOUT_B,
        ),
        Mistake(
            code="X03.2j",
            variant=_bias_by_one,
            message="The bias moves by y. It learns at the same rate as the weights: by "
            "eta * y.",
        ),
        Mistake(
            code="X03.2k",
            variant=_perceptron(seen=False),
            message=DECIDED_WITHOUT_LABEL,
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def step_without_if(w, b, x, y, eta):
    wrong = y * (np.dot(w, x) + b) <= 0
    return w + wrong * eta * y * x, b + wrong * eta * y


def step_by_entries(w, b, x, y, eta):
    z = b + sum(wi * xi for wi, xi in zip(w, x, strict=True))
    if z * y > 0:
        return [w, b]
    return [np.array([wi + eta * y * xi for wi, xi in zip(w, x, strict=True)]), b + eta * y]


def step_augmented(w, b, x, y, eta):
    v, u = np.append(w, b), np.append(x, 1.0)
    if np.sign(v @ u) != y:
        v += eta * y * u
    return v[:-1], v[-1]


RIGHT_WAYS = [step_without_if, step_by_entries, step_augmented]

EQUIVALENTS = {
    "if y * (w @ x + b) <= 0: → if y * (x @ w + b) <= 0:": "the inner product is symmetric",
    "return (w + eta * y * x, b + eta * y) → return (w + eta * y * x, b + eta / y)": "y is +1 or -1",
    "return (w + eta * y * x, b + eta * y) → return (w + eta / y * x, b + eta * y)": "y is +1 or -1",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_subgradient_of_torch() -> None:
    """A step descends max(0, -margin), whose slope PyTorch knows away from the kink."""
    import torch

    for (w, b, x, y, eta), (new_w, new_b) in expected(EXERCISE)[:5]:
        weights = torch.tensor(w, requires_grad=True)
        bias = torch.tensor(b, dtype=torch.float64, requires_grad=True)
        loss = torch.relu(-y * (weights @ torch.tensor(x) + bias))
        dw, db = torch.autograd.grad(loss, [weights, bias])
        np.testing.assert_allclose(new_w, w - eta * dw.numpy(), rtol=1e-12)
        np.testing.assert_allclose(new_b, b - eta * db.item(), rtol=1e-12, atol=1e-12)
