"""G07.7 `chain_scalar`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import LECTURE, Rng

CHAIN_DRIVER = """
def drive(f, outer, inner, x):
    import numpy as np

    dh = {"sin": np.cos, "exp": np.exp, "square": lambda y: 2 * y}[outer]
    g, dg = {
        "square": (lambda x: x**2, lambda x: 2 * x),
        "cube": (lambda x: x**3, lambda x: 3 * x**2),
        "sin": (np.sin, np.cos),
    }[inner]
    return f(dh, g, dg, x)
"""


def chain_inputs(rng: Rng) -> list[Case]:
    """Three compositions at positive and negative points."""
    pairs = [("sin", "square"), ("exp", "sin"), ("square", "cube")]
    signs = rng.permutation([-1.0, 1.0, -1.0])
    return [
        Case(name=f"{h} of {g}", args=(h, g, float(sign * rng.uniform(0.4, 1.3))))
        for (h, g), sign in zip(pairs, signs, strict=True)
    ]


Slope = Callable[[float], float]


def chain_scalar(dh: Slope, g: Slope, dg: Slope, x: float) -> float:
    """T07.3, E47: h'(g(x)) g'(x)."""
    y, inner = float(g(x)), float(dg(x))
    return inner * float(dh(y))


EXERCISE = Exercise(
    id="G07.7",
    function="chain_scalar",
    points=2,
    reference=chain_scalar,
    inputs=chain_inputs,
    outputs=("slope",),
    driver=CHAIN_DRIVER,
    unchanged="",
    lecture=f"{LECTURE}#Inner-derivative",
    mistakes=(
        Mistake(
            code="M07.7a",
            variant=lambda dh, g, dg, x: dh(g(x)),
            message="The inner derivative g'(x) is missing (it is not in line 463 of deck D3's "
            "text copy, either).",
        ),
        Mistake(
            code="M07.7b",
            variant=lambda dh, g, dg, x: dh(x) * dg(x),
            message="The outer derivative is taken at x. It belongs at g(x).",
        ),
        Mistake(
            code="M07.7c",
            variant=lambda dh, g, dg, x: dh(dg(x)),
            message="The derivatives are put into each other; they have to be multiplied.",
        ),
        Mistake(
            code="M07.7d",
            variant=lambda dh, g, dg, x: dh(g(x)) + dg(x),
            message="The derivatives are added. Along one road they multiply; adding is "
            "for roads that meet.",
        ),
        Mistake(
            code="M07.7e",
            variant=lambda dh, g, dg, x: dg(x),
            message="The outer derivative is missing.",
        ),
        *(
            Mistake(
                code="M07.7f",
                variant=sums,
                message="Two terms are added here, as in the product rule. h(g(x)) is no "
                "product: one function is inside the other, so h' at g(x) is multiplied by "
                "g' at x.",
            )
            for sums in (
                lambda dh, g, dg, x: dh(x) * g(x) + dg(x),
                lambda dh, g, dg, x: dh(x) * g(x) + dh(g(x)) * dg(x),
                lambda dh, g, dg, x: dh(x) * g(x) + dg(x) * dh(x),
                lambda dh, g, dg, x: dh(x) * g(x) + dg(x) * g(x),
            )
        ),
        Mistake(
            code="M07.7g",
            variant=lambda dh, g, dg, x: dh(g(x)) * dg(g(x)),
            message="The inner slope is taken at g(x). It belongs at x, which is what g "
            "receives.",
        ),
        Mistake(
            code="M07.7h",
            variant=lambda dh, g, dg, x: dh(g(x)) * g(x),
            message="The outer slope is multiplied by the value g(x). The second factor is "
            "the slope of g, dg(x).",
        ),
        Mistake(
            code="M07.7i",
            variant=lambda dh, g, dg, x: dh(dg(x)) * dg(x),
            message="The outer slope is taken at g'(x). It belongs at the value g(x), which "
            "is what h receives.",
        ),
        Mistake(
            code="M07.7k",
            variant=lambda dh, g, dg, x: dh(x) * dg(g(x)),
            message="The two places are exchanged: h receives g(x), and g receives x.",
        ),
        Mistake(
            code="M07.7j",
            variant=lambda dh, g, dg, x: dh(g(x)) * x,
            message="The outer slope is multiplied by x. The second factor is the slope of "
            "g at x.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def chain_in_steps(dh, g, dg, x):
    y = g(x)
    outer = dh(y)
    return dg(x) * outer


def chain_as_array(dh, g, dg, x):
    return np.prod([dh(g(x)), dg(x)])


def chain_with_float(dh, g, dg, x):
    return float(dh(float(g(x)))) * float(dg(x))


RIGHT_WAYS = [chain_in_steps, chain_as_array, chain_with_float]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    functions: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "sin": torch.sin,
        "exp": torch.exp,
        "square": torch.square,
        "cube": lambda v: v**3,
    }
    for (outer, inner, x), slope in expected(EXERCISE):
        v = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        (wanted,) = torch.autograd.grad(functions[outer](functions[inner](v)), v)
        np.testing.assert_allclose(slope, wanted.item(), rtol=1e-10)
