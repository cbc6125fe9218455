"""What several exercises of a09_optimizers share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.model import Case, Mistake

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "10_optimizers"
Root = Callable[[Array, float], Array]


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


SMALL_PRINT = f"{LECTURE}#Small-print"


STILL = "an entry whose gradients have all been 0 stays where it is"


CLOSE: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-14}


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


def _still(args: Sequence[Any], arrays: int) -> Case:
    """Return the edge: entry 0 of the state and of the gradient is zero."""
    copies = [a.copy() for a in args[:arrays]]
    for array in copies[1:]:
        array.flat[0] = 0.0
    return Case(
        name="still", args=(*copies, *args[arrays:]), role="edge", requirement=STILL
    )
