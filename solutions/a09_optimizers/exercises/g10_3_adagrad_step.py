"""G10.3 `adagrad_step`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Accepted, Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._optimizers import (
    BRACKETS,
    CLOSE,
    FIXED,
    INSIDE,
    LECTURE,
    SMALL_PRINT,
    STILL,
    Array,
    Rng,
    Root,
    at_rest,
    beside,
    both_forms,
    fixed,
    inside,
    no_root,
    outside,
    signs,
    sizes,
    torch_step,
)


def adagrad_inputs(rng: Rng) -> list[Case]:
    """Sums of squares with and without a past; entries as small as sqrt(eps)."""

    def args(shape: tuple[int, ...], eta: float, eps: float) -> tuple[Any, ...]:
        size = sizes(rng, shape)
        G = (size * signs(rng, shape)) ** 2 + (size * signs(rng, shape)) ** 2
        return rng.normal(0, 1, shape), G, size * signs(rng, shape), eta, eps

    return [
        Case(name="1e-10", args=args((4,), 0.1, 1e-10)),
        Case(name="1e-8", args=args((2, 3), 0.03, 1e-8)),
        Case(name="square", args=args((3, 3), 0.2, 1e-2)),
        at_rest(args((4,), 0.1, 1e-8), 3, STILL),
    ]


def adagrad(root: Root = outside, **flaw: Any) -> Callable[..., tuple[Any, Any]]:
    """Return Adagrad (T10.10), or a flawed one: another `total`, `top` or `bottom`."""

    def step(theta: Array, G: Array, g: Array, eta: float, eps: float) -> tuple[Any, Any]:
        total = flaw["total"](G, g) if "total" in flaw else G + g * g
        top = flaw["top"](g) if "top" in flaw else g
        scale = flaw["scale"](root, G, total, eps) if "scale" in flaw else root(total, eps)
        return theta - eta * top / scale, total

    return step


def _beside(which: int) -> Callable[..., tuple[Any, Any]]:
    """Return Adagrad with epsilon beside the fraction, in one of two ways."""

    def step(theta: Array, G: Array, g: Array, eta: float, eps: float) -> tuple[Any, Any]:
        total = G + g * g
        return beside(theta, g, total, eta, eps)[which], total

    return step


def adagrad_step(
    theta: Array, G: Array, g: Array, eta: float, eps: float
) -> tuple[Array, Array]:
    """T10.10, entry by entry, as a distance in the plane."""
    norm = np.hypot(np.sqrt(G), g)
    return theta - eta * np.divide(g, norm + eps), np.square(norm)


EXERCISE = Exercise(
    id="G10.3",
    function="adagrad_step",
    points=3,
    reference=adagrad_step,
    inputs=adagrad_inputs,
    outputs=("theta", "G"),
    pack="tuple",
    lecture=f"{LECTURE}#Adagrad",
    accepted=(
        Accepted(code="E31", function=adagrad(inside), message=INSIDE, lecture=SMALL_PRINT),
    ),
    mistakes=(
        Mistake(
            code="M10.3a",
            variant=adagrad(no_root),
            message="The root is missing: g is divided by the sum of squares itself, "
            "which has another unit than g.",
        ),
        *(
            mistake
            for past in (0.9, 0.99, 0.999)
            for mistake in both_forms(
                "M10.3b",
                "Your G forgets its past, which is RMSProp. Adagrad adds every square "
                "with full weight.",
                lambda root, past=past: adagrad(  # type: ignore[misc]
                    root, total=lambda G, g: past * G + (1 - past) * g * g
                ),
            )
        ),
        *both_forms(
            "M10.3c",
            "G begins anew at each call. It has to add to what it was given, or no step "
            "would ever become smaller.",
            lambda root: adagrad(root, total=lambda G, g: g * g),
        ),
        *both_forms(
            "M10.3d",
            "You collect absolute values. G is the sum of the squares.",
            lambda root: adagrad(root, total=lambda G, g: G + np.abs(g)),
        ),
        *both_forms(
            "M10.3e",
            "The step moves along g * g and has lost the gradient's sign "
            "and size: its numerator is g.",
            lambda root: adagrad(root, top=lambda g: g * g),
        ),
        *both_forms(
            "M10.3f",
            "You multiply by the root of G. The longer the history, the smaller the "
            "step: divide.",
            lambda root: adagrad(root, scale=lambda r, G, total, eps: 1 / r(total, eps)),
        ),
        *both_forms(
            "M10.3g",
            "The step uses the old G. Add the new square first: with G = 0 the first step "
            "would divide by epsilon alone.",
            lambda root: adagrad(root, scale=lambda r, G, total, eps: r(G, eps)),
        ),
        *both_forms(
            "M10.3h",
            "All entries share one scale, the norm of the whole array. Adagrad gives each "
            "entry its own.",
            lambda root: adagrad(root, scale=lambda r, G, total, eps: r(total.sum(), eps)),
        ),
        *both_forms(
            "M10.3h",
            "All entries share one scale, the norm of the whole array. Adagrad gives each "
            "entry its own.",
            lambda root: adagrad(root, total=lambda G, g: G + (g * g).sum()),
        ),
        *both_forms(
            "M10.3i",
            "G adds up the gradients themselves, in which signs cancel. It is the sum of "
            "their squares.",
            lambda root: adagrad(
                lambda s, eps: root(np.abs(s), eps), total=lambda G, g: G + g
            ),
        ),
        *(
            Mistake(code="M10.3j", variant=_beside(which), message=BRACKETS)
            for which in (0, 1)
        ),
        Mistake(code="M10.3k", variant=adagrad(fixed), message=FIXED),
        *both_forms(
            "M10.3m",
            "The gradient is missing on top: the step is eta * g / (root + eps), with g's own "
            "sign and size.",
            lambda root: adagrad(root, top=np.ones_like),
        ),
        *both_forms(
            "M10.3l",
            "G is halved, as in a mean of two. Adagrad keeps the sum.",
            lambda root: adagrad(root, total=lambda G, g: (G + g * g) / 2),
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def adagrad_own_rates(theta, G, g, eta, eps):
    G = G + np.square(g)
    rates = eta * (np.sqrt(G) + eps) ** -1
    return theta - rates * g, G


def adagrad_by_entries(theta, G, g, eta, eps):
    theta, G = theta.copy(), G.copy()
    for at in np.ndindex(theta.shape):
        G[at] += abs(g[at]) ** 2
        theta[at] -= eta * g[at] / (G[at] ** 0.5 + eps)
    return theta, G


def adagrad_scaled_gradient(theta, G, g, eta, eps):
    G = np.add(G, g**2)
    return theta - eta * np.divide(g, eps + np.power(G, 0.5)), np.asfortranarray(G)


def adagrad_inside(theta, G, g, eta, eps):
    G = G + g**2
    return theta - eta / np.sqrt(G + eps) * g, G


RIGHT_WAYS = [
    adagrad_own_rates,
    adagrad_by_entries,
    adagrad_scaled_gradient,
    adagrad_inside,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    from torch.optim import Adagrad

    for (theta, G, g, eta, eps), (moved, total) in expected(EXERCISE):
        make = lambda p, eta=eta, eps=eps: Adagrad(p, lr=eta, eps=eps)
        wanted, state = torch_step(theta, g, make, sum=G)
        np.testing.assert_allclose(moved, wanted, **CLOSE)
        np.testing.assert_allclose(total, state["sum"], **CLOSE)


def witness_first_steps_of_the_syllabus() -> None:
    """Where epsilon stands shows in the first step, as a share of eta."""
    forms = EXERCISE.reference, EXERCISE.accepted[0].function
    zero = np.zeros(1)
    for g, *ratios in ((1e-5, 0.999990, 0.707107), (1e-6, 0.999900, 0.099504)):
        for form, ratio in zip(forms, ratios, strict=True):
            moved, _ = form(zero, zero, np.array([g]), 0.1, 1e-10)
            np.testing.assert_allclose(-moved / 0.1, ratio, rtol=0, atol=6e-7)
