"""G10.4 `rmsprop_step`."""

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


def rmsprop_inputs(rng: Rng) -> list[Case]:
    """Rho is never one half; entries as small as sqrt(eps)."""

    def args(shape: tuple[int, ...], eta: float, rho: float, eps: float) -> tuple[Any, ...]:
        size = sizes(rng, shape)
        v = (size * signs(rng, shape)) ** 2
        return rng.normal(0, 1, shape), v, size * signs(rng, shape), eta, rho, eps

    return [
        Case(name="0.9", args=args((4,), 0.1, 0.9, 1e-8)),
        Case(name="0.7", args=args((2, 3), 0.03, 0.7, 1e-8)),
        Case(name="square", args=args((3, 3), 0.2, 0.95, 1e-2)),
        at_rest(args((4,), 0.1, 0.9, 1e-8), 3, STILL),
    ]


def rmsprop(
    root: Root = outside,
    average: Callable[..., Array] | None = None,
    top: Callable[[Array], Array] = np.asarray,
) -> Callable[..., tuple[Array, Array]]:
    """Return RMSProp (T10.11), or a flawed one with another average."""

    def step(
        theta: Array, v: Array, g: Array, eta: float, rho: float, eps: float
    ) -> tuple[Array, Array]:
        new = average(v, g, rho) if average else rho * v + (1 - rho) * g * g
        return theta - eta * top(g) / root(new, eps), new

    return step


def _beside(which: int) -> Callable[..., tuple[Array, Array]]:
    """Return RMSProp with epsilon beside the fraction, in one of two ways."""

    def step(
        theta: Array, v: Array, g: Array, eta: float, rho: float, eps: float
    ) -> tuple[Array, Array]:
        new = rho * v + (1 - rho) * g * g
        return beside(theta, g, new, eta, eps)[which], new

    return step


def _with_old(root: Root) -> Callable[..., tuple[Array, Array]]:
    """Return RMSProp whose step uses the average of the step before."""

    def step(
        theta: Array, v: Array, g: Array, eta: float, rho: float, eps: float
    ) -> tuple[Array, Array]:
        return theta - eta * g / root(v, eps), rho * v + (1 - rho) * g * g

    return step


def rmsprop_step(
    theta: Array, v: Array, g: Array, eta: float, rho: float, eps: float
) -> tuple[Array, Array]:
    """T10.11: v moves a part of the way towards the new square."""
    new = v + (1 - rho) * (np.square(g) - v)
    return theta - np.divide(eta, new**0.5 + eps) * g, new


EXERCISE = Exercise(
    id="G10.4",
    function="rmsprop_step",
    points=2,
    reference=rmsprop_step,
    inputs=rmsprop_inputs,
    outputs=("theta", "v"),
    pack="tuple",
    lecture=f"{LECTURE}#RMSProp-and-AdaDelta",
    accepted=(
        Accepted(code="E31", function=rmsprop(inside), message=INSIDE, lecture=SMALL_PRINT),
    ),
    mistakes=(
        *both_forms(
            "M10.4a",
            "You add the squares and forget nothing, so the steps shrink for ever: that "
            "is Adagrad.",
            lambda root: rmsprop(root, lambda v, g, rho: v + g * g),
        ),
        *both_forms(
            "M10.4b",
            "rho and 1 - rho have changed places. rho is the weight of the past.",
            lambda root: rmsprop(root, lambda v, g, rho: (1 - rho) * v + rho * g * g),
        ),
        Mistake(
            code="M10.4c",
            variant=rmsprop(no_root),
            message="The root is missing: RMS stands for the root of the mean square.",
        ),
        *both_forms(
            "M10.4d",
            "The new square enters with weight 1 instead of 1 - rho, and v becomes a sum "
            "that is 1/(1 - rho) times too large in the long run.",
            lambda root: rmsprop(root, lambda v, g, rho: rho * v + g * g),
        ),
        *both_forms(
            "M10.4e",
            "You average g itself, in which signs cancel. Average its square.",
            lambda root: rmsprop(root, lambda v, g, rho: rho * v + (1 - rho) * g),
        ),
        *both_forms(
            "M10.4e",
            "You average g itself, in which signs cancel. Average its square.",
            lambda root: rmsprop(
                lambda s, eps: root(np.abs(s), eps),
                lambda v, g, rho: rho * v + (1 - rho) * g,
            ),
        ),
        *(
            Mistake(code="M10.4f", variant=_beside(which), message=BRACKETS)
            for which in (0, 1)
        ),
        Mistake(code="M10.4g", variant=rmsprop(fixed), message=FIXED),
        *both_forms(
            "M10.4h",
            "theta moves with the v of the step before. First renew v, then move.",
            _with_old,
        ),
        *both_forms(
            "M10.4k",
            "All entries share one scale, made of the whole array. RMSProp gives each entry "
            "its own.",
            lambda root: rmsprop(lambda s, eps: root(s.mean(), eps)),
        ),
        *both_forms(
            "M10.4k",
            "All entries share one scale, made of the whole array. RMSProp gives each entry "
            "its own.",
            lambda root: rmsprop(lambda s, eps: root(s.sum(), eps)),
        ),
        *both_forms(
            "M10.4l",
            "The gradient is missing on top: the step is eta * g / (root + eps), with g's own "
            "sign and size.",
            lambda root: rmsprop(root, top=np.ones_like),
        ),
        *both_forms(
            "M10.4i",
            "You average the sizes |g|. Average the squares.",
            lambda root: rmsprop(root, lambda v, g, rho: rho * v + (1 - rho) * np.abs(g)),
        ),
        *both_forms(
            "M10.4j",
            "v forgets its past: it is the new square alone, so each entry moves by eta "
            "whatever its gradient. Mix it with the old v.",
            lambda root: rmsprop(root, lambda v, g, rho: g * g),
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def rmsprop_by_average(theta, v, g, eta, rho, eps):
    v = np.average([v, g * g], axis=0, weights=[rho, 1 - rho])
    return theta - eta * g / (v**0.5 + eps), v


def rmsprop_on_copies(theta, v, g, eta, rho, eps):
    theta, v = theta.copy(), v.copy()
    v *= rho
    v += (1 - rho) * g**2
    theta -= eta / (eps + np.sqrt(v)) * g
    return [theta, v]


def rmsprop_by_einsum(theta, v, g, eta, rho, eps):
    new = np.einsum("k,k...->...", [rho, 1 - rho], np.stack([v, g * g]))
    return theta - (eta * g) / (np.sqrt(new) + eps), new


def rmsprop_inside(theta, v, g, eta, rho, eps):
    v = rho * v + (1 - rho) * g**2
    return theta - eta * g * (v + eps) ** -0.5, v


RIGHT_WAYS = [rmsprop_by_average, rmsprop_on_copies, rmsprop_by_einsum, rmsprop_inside]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    from torch.optim import RMSprop

    for (theta, v, g, *rates), (moved, average) in expected(EXERCISE):
        make = lambda p, rates=rates: RMSprop(p, *rates)
        wanted, state = torch_step(theta, g, make, step=0.0, square_avg=v)
        np.testing.assert_allclose(moved, wanted, **CLOSE)
        np.testing.assert_allclose(average, state["square_avg"], **CLOSE)
