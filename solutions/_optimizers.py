"""Steps of optimizers: what Adam and AdamW share, and the forms that both accept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.model import Case, Mistake

Array = np.ndarray
Rng = np.random.Generator
Root = Callable[[Array, float], Array]
LECTURE = "10_optimizers"
SMALL_PRINT = f"{LECTURE}#Small-print"
CLOSE: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-14}
FIRST = "the first step, t = 1 with m = v = 0"
STILL = "an entry whose gradients have all been 0 stays where it is"
"""Requirements of the tasks."""


def outside(s: Array, eps: float) -> Array:
    """The course's denominator, as in PyTorch."""
    return np.asarray(np.sqrt(s) + eps)


def inside(s: Array, eps: float) -> Array:
    """Deck D2's denominator."""
    return np.asarray(np.sqrt(s + eps))


def no_root(s: Array, eps: float) -> Array:
    """A mistake: the square itself."""
    return s + eps


def fixed(s: Array, eps: float) -> Array:
    """A mistake: an epsilon of its own."""
    return np.asarray(np.sqrt(s) + 1e-8)


FIXED = (
    "epsilon has a value of its own in your function. Use the argument eps: the caller "
    "decides."
)
BRACKETS = (
    "Brackets are missing: epsilon is added outside the fraction. It belongs in the "
    "denominator, root + eps."
)


def beside(new: Array, top: Array, s: Array, eta: float, eps: float) -> list[Array]:
    """Return what becomes of theta when epsilon stands beside the fraction."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return [new - eta * top / np.sqrt(s) + eps, new - eta * (top / np.sqrt(s) + eps)]


def sizes(rng: Rng, shape: tuple[int, ...]) -> Array:
    """Sizes of gradients: from 1e-6 to 1, the smallest and the largest among them."""
    found = 10.0 ** rng.uniform(-6, 0, shape)
    found.flat[0], found.flat[-1] = 3e-5, 0.7
    return found


def signs(rng: Rng, shape: tuple[int, ...]) -> Array:
    """Numbers between 0.5 and 2 in size, of both signs."""
    return np.asarray(rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape))


def both_forms(
    code: str, message: str, flaw: Callable[[Root], Callable[..., Any]]
) -> tuple[Mistake, Mistake]:
    """Return a mistake as it looks with epsilon outside and inside the root."""
    return (
        Mistake(code=code, variant=flaw(outside), message=message),
        Mistake(code=code, variant=flaw(inside), message=message),
    )


INSIDE = (
    "Accepted: your epsilon stands inside the root, as in deck D2; the course and "
    "PyTorch add it to the root. The two part where a gradient is small: inside, epsilon "
    "already brakes at |g| near sqrt(eps), outside only near eps."
)


def torch_step(
    theta: Array, g: Array, make: Callable[..., Any], **state: Any
) -> tuple[Array, dict[str, Array]]:
    """Make one step of a PyTorch optimizer that already remembers `state`."""
    import torch

    p = torch.tensor(theta, requires_grad=True)
    p.grad = torch.tensor(g)
    optimizer = make([p])
    optimizer.state[p].update(
        {name: torch.tensor(value, dtype=torch.float64) for name, value in state.items()}
    )
    optimizer.step()
    after = optimizer.state[p]
    return p.detach().numpy(), {name: after[name].numpy() for name in state}


def at_rest(args: Sequence[Any], arrays: int, requirement: str) -> Case:
    """Return the edge: entry 0 of the state and of the gradient is zero."""
    copies = [a.copy() for a in args[:arrays]]
    for array in copies[1:]:
        array.flat[0] = 0.0
    args = (*copies, *args[arrays:])
    return Case(name="at rest", args=args, role="edge", requirement=requirement)


def adam_args(
    rng: Rng, shape: tuple[int, ...], t: int, eta: float, b1: float, b2: float, eps: float
) -> tuple[Any, ...]:
    """Return theta, m, v, g and the numbers of a step; before the first one m = v = 0."""
    size = sizes(rng, shape)
    past = 0.0 if t == 1 else 1.0
    m = past * size * signs(rng, shape) * (1 - b1 ** (t - 1))
    v = past * (size * signs(rng, shape)) ** 2 * (1 - b2 ** (t - 1))
    return signs(rng, shape), m, v, size * signs(rng, shape), t, eta, b1, b2, eps


AdamStep = Callable[..., tuple[Array, Array, Array]]


def adam(root: Root = outside, flaw: str = "") -> AdamStep:
    """Return Adam (T10.12), or one with a flaw."""

    def step(
        theta: Array,
        m: Array,
        v: Array,
        g: Array,
        t: int,
        eta: float,
        b1: float,
        b2: float,
        eps: float,
    ) -> tuple[Array, Array, Array]:
        if flaw == "swapped":
            b1, b2 = b2, b1
        m = b1 * m + (1.0 if flaw in ("sum m", "sums") else 1 - b1) * g
        square = {"abs": np.abs(g), "m * m": m * m, "plain": g}.get(flaw, g * g)
        v = b2 * v + (1.0 if flaw in ("sum v", "sums") else 1 - b2) * square
        power = {"t + 1": t + 1, "t - 1": t - 1, "no power": 1}.get(flaw, t)
        fix1, fix2 = np.float64(1 - b1**power), np.float64(1 - b2**power)
        if flaw == "b * t":
            fix1, fix2 = np.float64(1 - b1 * t), np.float64(1 - b2 * t)
        if flaw == "multiplied":
            fix1, fix2 = 1 / fix1, 1 / fix2
        m_hat = m if flaw in ("raw", "v only") else m / fix1
        v_hat = v if flaw in ("raw", "m only") else v / fix2
        top = g if flaw == "g on top" else m_hat
        if flaw in ("beside", "in the step"):
            moved = beside(theta, top, v_hat, eta, eps)[flaw == "in the step"]
        else:
            with np.errstate(invalid="ignore"):
                moved = theta - eta * top / root(v_hat, eps)
        return (moved, m_hat, v_hat) if flaw == "stored" else (moved, m, v)

    return step


def adam_step(
    theta: Array,
    m: Array,
    v: Array,
    g: Array,
    t: int,
    eta: float,
    b1: float,
    b2: float,
    eps: float,
) -> tuple[Array, Array, Array]:
    """T10.12: averages as moves towards the new value, corrections by geometric sums."""
    m, v = m + (1 - b1) * (g - m), v + (1 - b2) * (np.square(g) - v)
    weight1 = (1 - b1) * sum(b1**i for i in range(t))
    weight2 = (1 - b2) * sum(b2**i for i in range(t))
    return theta - eta * (m / weight1) / ((v / weight2) ** 0.5 + eps), m, v


def adam_on_the_raw_root(
    theta: Array,
    m: Array,
    v: Array,
    g: Array,
    t: int,
    eta: float,
    b1: float,
    b2: float,
    eps: float,
) -> tuple[Array, Array, Array]:
    """The paper's shorter form: both corrections in the rate."""
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    rate = eta * np.sqrt(1 - b2**t) / (1 - b1**t)
    return theta - rate * m / (np.sqrt(v) + eps), m, v
