"""G10.2 `momentum_step`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._optimizers import CLOSE, LECTURE, Array, Rng, torch_step


def momentum_inputs(rng: Rng) -> list[Case]:
    """Gamma is never 1 - eta, v is in motion; at rest at the edge."""

    def case(shape: tuple[int, ...], eta: float, gamma: float, **kind: str) -> Case:
        theta, v, g = (rng.normal(0, s, shape) for s in (1, 0.5, 2))
        args = (theta, 0 * v if kind else v, g, eta, gamma)
        return Case(name=f"{shape}, gamma = {gamma}", args=args, **kind)  # type: ignore

    return [
        case((4,), 0.1, 0.8),
        case((2, 3), 0.03, 0.9),
        case((3, 3), 0.25, 0.6),
        case((3,), 0.1, 0.7, role="edge", requirement="the first step, v = 0"),
    ]


def momentum_step(
    theta: Array, v: Array, g: Array, eta: float, gamma: float
) -> tuple[Array, Array]:
    """T10.9 as one linear map of (theta, v, g)."""
    now = np.stack([theta, v, g])
    M = np.array([[1.0, -gamma, -eta], [0.0, gamma, eta]])
    moved = np.tensordot(M, now, axes=1)
    return moved[0], moved[1]


def _momentum(
    code: str, velocity: Callable[..., Array], message: str, move: Any = None
) -> Mistake:
    """Return a mistake made of its velocity and its move (default: theta - new v)."""

    def variant(
        theta: Array, v: Array, g: Array, eta: float, gamma: float
    ) -> tuple[Array, Array]:
        new = velocity(v, g, eta, gamma)
        if move is None:
            return theta - new, new
        return move(theta=theta, v=v, new=new, g=g, eta=eta, gamma=gamma), new

    return Mistake(code=code, variant=variant, message=message)


def _velocity(v: Array, g: Array, eta: float, gamma: float) -> Array:
    return gamma * v + eta * g


EXERCISE = Exercise(
    id="G10.2",
    function="momentum_step",
    points=3,
    reference=momentum_step,
    inputs=momentum_inputs,
    outputs=("theta", "v"),
    pack="tuple",
    lecture=f"{LECTURE}#Momentum",
    mistakes=(
        _momentum(
            "M10.2a",
            lambda v, g, eta, gamma: gamma * v + (1 - gamma) * eta * g,
            "Your v is a weighted mean. Momentum sums: eta * g enters with its full "
            "weight, without 1 - gamma.",
        ),
        _momentum(
            "M10.2b",
            _velocity,
            "You added v. It points along the gradients, uphill: subtract it.",
            lambda theta, v, new, eta, **_: theta + new,
        ),
        _momentum(
            "M10.2c",
            _velocity,
            "The step multiplies v by eta once more. eta is part of v already.",
            lambda theta, v, new, eta, **_: theta - eta * new,
        ),
        _momentum(
            "M10.2d",
            lambda v, g, eta, gamma: eta * g,
            "The old velocity is lost, so this is plain gradient descent. The new v "
            "contains gamma times the old one.",
        ),
        _momentum(
            "M10.2e",
            lambda v, g, eta, gamma: v + gamma * eta * g,
            "gamma stands at the wrong term: it slows down the old velocity.",
        ),
        _momentum(
            "M10.2f",
            lambda v, g, eta, gamma: gamma * v - eta * g,
            "Two conventions are mixed. With -eta * g inside, v points downhill and has "
            "to be added; in this course v holds +eta * g and is subtracted.",
        ),
        _momentum(
            "M10.2g",
            _velocity,
            "theta moved by the velocity of the step before. First renew v, then move.",
            lambda theta, v, new, eta, **_: theta - v,
        ),
        _momentum(
            "M10.2h",
            _velocity,
            "theta moves as in Nesterov's form, by gamma * v + eta * g with the new v. Here "
            "it moves by v itself.",
            lambda theta, new, g, eta, gamma, **_: theta - (gamma * new + eta * g),
        ),
        _momentum(
            "M10.2i",
            lambda v, g, eta, gamma: gamma * v + (1 - gamma) * g,
            "Your v is a weighted mean of gradients, and the rate stands outside. Here v is a "
            "sum, gamma * v + eta * g, and theta moves by v.",
            lambda theta, new, g, eta, gamma, **_: theta - eta * new,
        ),
        _momentum(
            "M10.2j",
            _velocity,
            "theta moves by the gradient alone. It moves by the new v.",
            lambda theta, new, g, eta, gamma, **_: theta - eta * g,
        ),
        _momentum(
            "M10.2k",
            _velocity,
            "theta moves by v and by the gradient once more. eta * g is part of v already.",
            lambda theta, new, g, eta, gamma, **_: theta - new - eta * g,
        ),
        _momentum(
            "M10.2l",
            lambda v, g, eta, gamma: gamma * v + g,
            "This v leaves the rate outside, and theta moves by it as it is. Here the rate is "
            "part of v: gamma * v + eta * g.",
        ),
        _momentum(
            "M10.2m",
            lambda v, g, eta, gamma: gamma * v - eta * g,
            "Your v points downhill and is added. In this course v holds +eta * g and is "
            "subtracted, and the v that comes in was made that way.",
            lambda theta, new, g, eta, gamma, **_: theta + new,
        ),
        _momentum(
            "E34",
            lambda v, g, eta, gamma: gamma * v + g,
            "This v leaves the rate outside, as PyTorch does. Here eta is part of v; the "
            "two agree only while the rate stays the same.",
            lambda theta, v, new, eta, **_: theta - eta * new,
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def momentum_downhill_inside(theta, v, g, eta, gamma):
    down = -gamma * v - eta * g
    return [theta + down, -down]


def momentum_on_copies(theta, v, g, eta, gamma):
    theta, v = theta.copy(), v.copy()
    v *= gamma
    v += eta * g
    theta -= v
    return theta, v


def momentum_by_entries(theta, v, g, eta, gamma):
    new_theta, new_v = np.empty_like(theta), np.empty_like(v)
    for at in np.ndindex(theta.shape):
        new_v[at] = gamma * v[at] + eta * g[at]
        new_theta[at] = theta[at] - new_v[at]
    return new_theta, new_v


RIGHT_WAYS = [momentum_downhill_inside, momentum_on_copies, momentum_by_entries]


# --- what the reference has to agree with ---------------------------------------------


def witness_sgd_of_torch() -> None:
    """PyTorch keeps the rate outside: its buffer is v / eta."""
    from torch.optim import SGD

    for (theta, v, g, *rates), (moved, velocity) in expected(EXERCISE):
        eta, gamma = rates
        wanted, state = torch_step(
            theta,
            g,
            lambda p, eta=eta, gamma=gamma: SGD(p, lr=eta, momentum=gamma),
            momentum_buffer=v / eta,
        )
        np.testing.assert_allclose(moved, wanted, **CLOSE)
        np.testing.assert_allclose(velocity, eta * state["momentum_buffer"], **CLOSE)
