"""X13.4 `fit`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import LECTURE, Grad, Params, Rng, fit

# J = sum_k (|p_k - k/2|^2 / 2) + 1 - cos(t) with t = the sum of all entries: every array
# feels every other, whatever their names and shapes.
FIT_DRIVER = """
def drive(f, params, eta, steps):
    import numpy as np

    def grad(p):
        pull = np.sin(sum(np.sum(value) for value in p.values()))
        return {name: p[name] - k / 2 + pull for k, name in enumerate(p)}

    return f(params, grad, eta, steps)
"""


def fit_inputs(rng: Rng) -> list[Case]:
    """A dict of two arrays and a number; no steps at the edge."""

    def case(h: int, d: int, eta: float, steps: int, name: str, **more: Any) -> Case:
        sizes: dict[str, Any] = {"W": (h, d), "b": h, "c": ()}
        params = {key: np.array(rng.normal(0, 1, size)) for key, size in sizes.items()}
        return Case(name=name, args=(params, eta, steps), **more)

    requirement = "with steps = 0 these are the values of the start"
    return [
        case(2, 3, 0.1, 4, "4 steps"),
        case(3, 1, 0.25, 7, "7 steps"),
        case(2, 2, 0.3, 3, "square"),
        case(1, 2, 0.2, 0, "none", role="edge", requirement=requirement),
    ]


def _one_by_one(params: Params, grad: Grad, eta: float, steps: int) -> Params:
    now = dict(params)
    for _ in range(steps):
        for name in now:
            now[name] = now[name] - eta * grad(now)[name]
    return now


def _stale(params: Params, grad: Grad, eta: float, steps: int) -> Params:
    slopes = grad(params)
    return {name: params[name] - steps * eta * slopes[name] for name in params}


def _from_the_start(params: Params, grad: Grad, eta: float, steps: int) -> Params:
    now = dict(params)
    for _ in range(steps):
        slopes = grad(now)
        now = {name: params[name] - eta * slopes[name] for name in params}
    return now


def _accumulated(params: Params, grad: Grad, eta: float, steps: int) -> Params:
    now, heap = dict(params), {name: 0 * value for name, value in params.items()}
    for _ in range(steps):
        slopes = grad(now)
        heap = {name: heap[name] + slopes[name] for name in heap}
        now = {name: now[name] - eta * heap[name] for name in now}
    return now


EXERCISE = Exercise(
    id="X13.4",
    function="fit",
    points=5,
    reference=fit,
    inputs=fit_inputs,
    outputs=("W", "b", "c"),
    pack="dict",
    driver=FIT_DRIVER,
    lecture=f"{LECTURE}#Training,-twice",
    mistakes=(
        Mistake(
            code="X13.4a",
            variant=lambda params, grad, eta, steps: fit(params, grad, -eta, steps),
            message="You add the gradient, which climbs. Descent subtracts.",
        ),
        Mistake(
            code="X13.4b",
            variant=_one_by_one,
            message="One array had moved already when the gradient of the next was taken. "
            "Take all gradients at the same point, then update all arrays.",
        ),
        Mistake(
            code="X13.4c",
            variant=lambda params, grad, eta, steps: fit(params, grad, eta, steps + 1),
            message="You make one step too many: count the updates.",
        ),
        Mistake(
            code="X13.4d",
            variant=lambda params, grad, eta, steps: fit(
                params, grad, eta, max(steps - 1, 0)
            ),
            message="You make one step too few: count the updates.",
        ),
        Mistake(
            code="X13.4e",
            variant=_stale,
            message="Every step used the gradient at the start. Ask for a new one before "
            "each update: the slope changes on the way.",
        ),
        Mistake(
            code="X13.4f",
            variant=_from_the_start,
            message="Every update begins again at the start, so only the last one is left. "
            "Go on from where the step before ended.",
        ),
        Mistake(
            code="X13.4g",
            variant=lambda params, grad, eta, steps: fit(params, grad, 1.0, steps),
            message="The learning rate eta has no effect: multiply the gradient by it.",
        ),
        Mistake(
            code="X13.4h",
            variant=lambda params, grad, eta, steps: fit(params, grad, eta, min(steps, 1)),
            message="There is one step only. See whether the 'return' is inside the loop.",
        ),
        Mistake(
            code="X13.4i",
            variant=_accumulated,
            message="The gradients of all steps add up. An update takes the newest one "
            "alone.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def fit_on_copies(params, grad, eta, steps):
    now = {name: np.array(value) for name, value in params.items()}
    for _ in range(steps):
        slopes = grad(now)
        for name in now:
            now[name] -= eta * slopes[name]
    return now


def fit_in_one_vector(params, grad, eta, steps):
    shapes = {name: np.shape(value) for name, value in params.items()}
    ends = np.cumsum([math.prod(shape) for shape in shapes.values()])

    def pack(values):
        return np.concatenate([np.ravel(values[name]) for name in shapes])

    def unpack(theta):
        parts = np.split(theta, ends[:-1])
        return {n: part.reshape(shapes[n]) for n, part in zip(shapes, parts, strict=True)}

    theta = pack(params)
    for _ in range(steps):
        theta = theta - eta * pack(grad(unpack(theta)))
    return unpack(theta)


def fit_recursively(params, grad, eta, steps):
    if not steps:
        return params
    slopes = grad(params)
    moved = {name: params[name] - eta * slopes[name] for name in params}
    return fit_recursively(moved, grad, eta, steps - 1)


RIGHT_WAYS = [fit_on_copies, fit_in_one_vector, fit_recursively]


# --- what the reference has to agree with ---------------------------------------------


def witness_sgd_of_torch() -> None:
    import torch

    for (params, eta, steps), end in expected(EXERCISE):
        p = {name: torch.tensor(v, requires_grad=True) for name, v in params.items()}
        optimizer = torch.optim.SGD(p.values(), lr=eta)
        for _ in range(steps):
            optimizer.zero_grad()
            pulls = [((v - k / 2) ** 2).sum() / 2 for k, v in enumerate(p.values())]
            total = torch.stack([v.sum() for v in p.values()]).sum()
            loss = torch.stack(pulls).sum() - torch.cos(total)
            loss.backward()
            optimizer.step()
        for name, v in p.items():
            np.testing.assert_allclose(
                v.detach().numpy(), end[name], rtol=1e-10, atol=1e-12
            )
