"""G08.1 `output_delta`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import LECTURE, Array, Rng, linked

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


EXERCISE = linked(
    Exercise(
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
            Mistake(
                code="M08.1h",
                variant=lambda t, net, g, dg: (g(net) - t) * g(net) * (1 - g(net)),
                message="The slope is fixed as z * (1 - z). That is the slope of the logistic "
                "function only; for other functions use the argument dg.",
            ),
            Mistake(
                code="M08.1i",
                variant=lambda t, net, g, dg: (g(net) - t) * (1 - g(net) ** 2),
                message="The slope is fixed as 1 - z * z. That is the slope of tanh only; for "
                "other functions use the argument dg.",
            ),
            Mistake(
                code="M08.1j",
                variant=lambda t, net, g, dg: ((g(net) - t) * dg(net)).sum(),
                message="The outputs are added up to one number. Each output unit has its "
                "own delta, so the result has c entries.",
            ),
            Mistake(
                code="M08.1k",
                variant=lambda t, net, g, dg: (g(net) - t) * g(net),
                message="The error is multiplied by the output z. It is the slope of the "
                "unit, dg(net), that belongs there.",
            ),
        ),
    )
)


# --- other right ways of writing it ---------------------------------------------------


def delta_by_parts(t, net, g, dg):
    error = g(net)
    error = error - t
    error *= dg(net)
    return error


def delta_in_a_loop(t, net, g, dg):
    slopes, outputs = dg(net), g(net)
    return np.array([slopes[k] * (outputs[k] - t[k]) for k in range(len(t))])


def delta_by_einsum(t, net, g, dg):
    return np.einsum("k,k->k", dg(net), g(net) - t)


RIGHT_WAYS = [delta_by_parts, delta_in_a_loop, delta_by_einsum]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    functions: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softplus": torch.nn.functional.softplus,
    }
    for (t, net, name), delta in expected(EXERCISE):
        v = torch.tensor(net, requires_grad=True)
        loss = (0.5 * (torch.tensor(t) - functions[name](v)) ** 2).sum()
        (wanted,) = torch.autograd.grad(loss, v)
        np.testing.assert_allclose(wanted.numpy(), delta, rtol=1e-10)
