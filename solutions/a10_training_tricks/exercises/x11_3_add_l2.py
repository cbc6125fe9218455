"""X11.3 `add_l2`."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import PRICE, Array, Rng

LAYERS = ("W1", "b1", "W2", "b2")
Params = dict[str, Array]


def decay_inputs(rng: Rng) -> list[Case]:
    """Two-layer networks; the biases are not 0."""

    def case(d: int, h: int, c: int) -> Case:
        shapes: dict[str, Any] = {"W1": (h, d), "b1": h, "W2": (c, h), "b2": c}
        grads, params = (
            {name: rng.normal(0.5, 1, shape) for name, shape in shapes.items()}
            for _ in range(2)
        )
        args = (grads, params, float(rng.uniform(0.05, 0.3)))
        return Case(name=f"{d}-{h}-{c}", args=args)

    return [case(4, 3, 2), case(3, 3, 3), case(2, 4, 1)]


def add_l2(grads: Params, params: Params, lam: float) -> Params:
    """T11.8: each array with its own price; the price of a bias is 0."""
    price = {"W1": lam, "b1": 0.0, "W2": lam, "b2": 0.0}
    return {name: grads[name] + price[name] * params[name] for name in price}


def _decay(
    of_weights: Callable[[Array, Array, float], Array],
    of_biases: Callable[[Array, Array, float], Array] = lambda g, b, lam: g,
) -> Callable[[Params, Params, float], Params]:
    """Return new gradients of weights and biases from (old, parameter, lam)."""

    def variant(grads: Params, params: Params, lam: float) -> Params:
        rules = {name: of_weights if name[0] == "W" else of_biases for name in LAYERS}
        return {n: rule(grads[n], params[n], lam) for n, rule in rules.items()}

    return variant


def _with_one_number(factor: float) -> Callable[[Params, Params, float], Params]:
    """Return gradients to which the penalty of all weights together is added."""

    def variant(grads: Params, params: Params, lam: float) -> Params:
        penalty = factor * lam * sum(np.sum(params[name] ** 2) for name in ("W1", "W2"))
        return {n: g + penalty if n[0] == "W" else g for n, g in grads.items()}

    return variant


EXERCISE = Exercise(
    id="X11.3",
    function="add_l2",
    points=1,
    reference=add_l2,
    inputs=decay_inputs,
    outputs=LAYERS,
    pack="dict",
    lecture=PRICE,
    mistakes=(
        Mistake(
            code="M11.5f",
            variant=_decay(lambda g, W, lam: g + lam * W, lambda g, b, lam: g + lam * b),
            message="The biases pay, too. They only shift and bend nothing: return their "
            "gradients as they are.",
        ),
        Mistake(
            code="X11.3a",
            variant=_decay(lambda g, W, lam: lam * W, lambda g, b, lam: 0 * b),
            message="That is the penalty's gradient alone. Add it to the gradient of the "
            "loss.",
        ),
        Mistake(
            code="M11.5b",
            variant=_decay(lambda g, W, lam: g - lam * W),
            message="The gradient of the penalty is subtracted, so weights would grow: "
            "add it. The minus comes later, in the step.",
        ),
        Mistake(
            code="M11.5a",
            variant=_decay(lambda g, W, lam: g + 2 * lam * W),
            message="What you add is twice too much: the penalty carries a factor 1/2.",
        ),
        Mistake(
            code="M11.5c",
            variant=_decay(lambda g, W, lam: g + W),
            message="lam has no effect on your result.",
        ),
        *(
            Mistake(
                code="X11.3b",
                variant=_decay(penalised),
                message="You add the penalty itself, or its squares, to the gradients of "
                "the weights. Add its gradient: the derivative of the squares.",
            )
            for penalised in (
                lambda g, W, lam: g + lam / 2 * np.sum(W**2),
                lambda g, W, lam: g + lam * np.sum(W**2),
                lambda g, W, lam: g + lam * W**2,
                lambda g, W, lam: g + lam / 2 * W**2,
            )
        ),
        Mistake(
            code="X11.3c",
            variant=_decay(lambda g, W, lam: g + lam / 2 * W),
            message="What you add is half of what is due: the derivative of a square "
            "brings a factor 2, and it cancels against the 1/2 of the penalty.",
        ),
        Mistake(
            code="X11.3d",
            variant=_decay(lambda g, W, lam: g, lambda g, b, lam: g + lam * b),
            message="The biases pay and the weights do not. It is the other way round: "
            "names with W pay.",
        ),
        *(
            Mistake(
                code="X11.3e",
                variant=_with_one_number(factor),
                message="You add the penalty itself, one number, to each entry of the "
                "weights' gradients. Add the penalty's gradient: its derivative by each "
                "weight.",
            )
            for factor in (0.5, 1.0)
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def decay_by_dimension(grads, params, lam):
    return {k: grads[k] + (lam * params[k] if params[k].ndim > 1 else 0) for k in params}


def decay_on_copies(grads, params, lam):
    new = copy.deepcopy(grads)
    for name in ("W2", "W1"):
        new[name] += lam * params[name]
    return new


def decay_by_updating(grads, params, lam):
    return {**grads, **{W: grads[W] + params[W] * lam for W in ("W1", "W2")}}


RIGHT_WAYS = [decay_by_dimension, decay_on_copies, decay_by_updating]


# --- what the reference has to agree with ---------------------------------------------


def witness_weight_decay_of_torch() -> None:
    import torch

    for (grads, params, lam), total in expected(EXERCISE):
        leaves = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
        for name, leaf in leaves.items():
            leaf.grad = torch.tensor(grads[name])
        weights = {"params": [leaves["W1"], leaves["W2"]], "weight_decay": lam}
        biases = {"params": [leaves["b1"], leaves["b2"]], "weight_decay": 0.0}
        torch.optim.SGD([weights, biases], lr=1.0).step()
        for name, leaf in leaves.items():
            step = params[name] - leaf.detach().numpy()
            np.testing.assert_allclose(total[name], step, rtol=1e-9, atol=1e-12)
