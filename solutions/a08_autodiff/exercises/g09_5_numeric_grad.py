"""G09.5 `numeric_grad`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import (
    UNCHANGED,
    Case,
    Evidence,
    Exercise,
    Mistake,
    Part,
    Returned,
    Tolerance,
)
from grader.vetting.witness import expected

from ..._shared import autograd
from ._shared import LECTURE, Array, Rng, away_from_zero

NUMERIC_DRIVER = """
def drive(f, name, x, h):
    import numpy as np

    function = {
        "cubes": lambda x: np.sum(np.power(x, 3)) + np.prod(x),
        "waves": lambda x: np.sum(np.sin(x)) * np.cos(np.ravel(x)[0])
        + np.sum(np.square(x)) ** 2,
    }[name]
    return f(function, x) if h is None else f(function, x, h)
"""


ONE_AXIS, MORE_AXES, COARSE = "x with one axis", "x with more axes", "a coarse h"
"""What cases are about, and parts of the points."""
WHOLE = "whole numbers in x, a float64 array back"
NO_AXIS = "x may have the shape ()"
"""Requirements of the task."""


def numeric_inputs(rng: Rng) -> list[Case]:
    """Coarse steps show the formula itself; functions whose entries are coupled."""

    def case(shape: tuple[int, ...], name: str, h: float | None, **more: Any) -> Case:
        args = name, np.array(away_from_zero(rng, *shape)), h
        return Case(name=f"{name} {shape}, h = {h}", args=args, **more)

    whole = rng.integers(1, 5, (3,)) * np.array([1, -1, 1])
    return [
        Case(name="visible", args=("cubes", np.array([1, -0.5, 2]), None), role="visible"),
        case((3,), "cubes", None, group=ONE_AXIS),
        case((4,), "waves", None, group=ONE_AXIS),
        case((2, 3), "waves", None, group=MORE_AXES),
        case((2, 1, 2), "cubes", None, group=MORE_AXES),
        case((3,), "waves", 0.1, group=COARSE),
        case((2,), "cubes", 0.25, group=COARSE),
        Case(
            name="integers",
            args=("cubes", whole, None),
            role="edge",
            requirement=WHOLE,
        ),
        case((), "waves", None, role="edge", requirement=NO_AXIS),
    ]


Scalar = Callable[[Array], float]


def numeric_grad(f: Scalar, x: Array, h: float = 1e-4) -> Array:
    """T09.16: all points at once, one row of a unit matrix per entry."""
    x = np.asarray(x, float)
    moves = h * np.eye(x.size).reshape(x.size, *x.shape)
    ahead = np.array([f(x + move) for move in moves])
    behind = np.array([f(x - move) for move in moves])
    return np.asarray((ahead - behind) / (2 * h)).reshape(x.shape)


def _differences(
    rule: Callable[[Scalar, Array, Array, float], float], *, whole: bool = False
) -> Callable[..., Array]:
    """Return a numeric gradient with another rule for one entry."""

    def grad(f: Scalar, x: Array, h: float = 1e-4) -> Array:
        x = x if whole else np.asarray(x, float)
        result = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            move = np.zeros_like(x)
            move[index] = h
            result[index] = rule(f, x, move, h)
        return result

    return grad


def _row_by_row(f: Scalar, x: Array, h: float = 1e-4) -> Array:
    x = np.asarray(x, float)
    result = np.zeros(x.shape)
    for i in range(len(x)):
        move = np.zeros(x.shape)
        move[i] = h
        result[i] = _central(f, x, move, h)
    return result


def _central(f: Scalar, x: Array, move: Array, h: float) -> float:
    return (f(x + move) - f(x - move)) / (2 * h)


def _bumped(*, restored: bool, whole: bool = False) -> Callable[..., Array]:
    """Return a numeric gradient that bumps entries of a copy in place."""

    def grad(f: Scalar, x: Array, h: float = 1e-4) -> Array:
        x = np.array(x, x.dtype if whole else float)
        result = np.zeros(x.shape)
        for index in np.ndindex(x.shape):
            old = x[index]
            x[index] = old + h
            ahead = f(x)
            x[index] = old - h
            result[index] = (ahead - f(x)) / (2 * h)
            if restored:
                x[index] = old
        return result

    return grad


def _functions() -> dict[str, Scalar]:
    return {
        "cubes": lambda x: np.sum(np.power(x, 3)) + np.prod(x),
        "waves": lambda x: (
            np.sum(np.sin(x)) * np.cos(np.ravel(x)[0]) + np.sum(np.square(x)) ** 2
        ),
    }


def _is_noisy(evidence: Evidence) -> bool:
    """Whether all gradients are about right, and one has lost most of its digits."""
    worst = 0.0
    for case, outcome, right in zip(
        evidence.cases, evidence.outcomes, evidence.expected, strict=True
    ):
        if case.role != "generic":
            continue
        if not isinstance(outcome, Returned) or not isinstance(right, Returned):
            return False
        found, wanted = outcome.value, right.value
        if not isinstance(found, np.ndarray) or found.dtype.kind != "f":
            return False
        if found.shape != wanted.shape or not np.isfinite(found).all():
            return False
        name, x, h = case.args
        exact = numeric_grad(_functions()[name], x, 1e-5)
        off = min(float(np.abs(found - other).max()) for other in (wanted, exact))
        off /= float(np.abs(wanted).max())
        if off >= 0.05:
            return False
        if h is None:  # a coarse h has an error of its own
            worst = max(worst, off)
    return worst > 1e-6


STEP_FREE = Tolerance(relative=1e-6, of_scale=1e-7)
"""A step of 1e-4 or a little more errs by less; one-sided differences err by 1e-4."""

EXERCISE = Exercise(
    id="G09.5",
    function="numeric_grad",
    points=3,
    reference=numeric_grad,
    inputs=numeric_inputs,
    outputs=("gradient",),
    parts=(
        *(Part(name=g, weight=0.8, group=g) for g in (ONE_AXIS, MORE_AXES, COARSE)),
        *(Part(name=e, weight=0.2, edge=e) for e in (WHOLE, NO_AXIS, UNCHANGED)),
    ),
    driver=NUMERIC_DRIVER,
    tolerance=STEP_FREE,
    lecture=f"{LECTURE}#Trust,-but-check",
    mistakes=(
        Mistake(
            code="M09.5a",
            variant=_differences(lambda f, x, move, h: (f(x + move) - f(x)) / h),
            message="You look to one side only, so the error shrinks like h and not like "
            "its square. Step to both sides of x.",
        ),
        Mistake(
            code="M09.5a",
            variant=_differences(lambda f, x, move, h: (f(x) - f(x - move)) / h),
            message="You look to one side only, so the error shrinks like h and not like "
            "its square. Step to both sides of x.",
        ),
        Mistake(
            code="M09.5b",
            variant=_differences(lambda f, x, move, h: 2 * _central(f, x, move, h)),
            message="The two points lie 2h apart, and you divide by h.",
        ),
        Mistake(
            code="M09.5c",
            variant=_differences(lambda f, x, move, h: _central(f, x, 0 * move + h, h)),
            message="All entries are bumped together, which gives the sum of all partial "
            "derivatives. Move one entry at a time.",
        ),
        Mistake(
            code="M09.5c",
            variant=lambda f, x, h=1e-4: (f(x + h) - f(x - h)) / (2 * h),
            message="All entries are bumped together, which gives the sum of all partial "
            "derivatives. Move one entry at a time.",
        ),
        Mistake(
            code="M09.5d",
            variant=_bumped(restored=False),
            message="An entry stays bumped while the next ones are measured. Put the old "
            "value back first.",
        ),
        Mistake(
            code="M09.5e",
            variant=_differences(lambda f, x, move, h: -_central(f, x, move, h)),
            message="The difference is taken the wrong way round: the value at x + h comes "
            "first.",
        ),
        Mistake(
            code="M09.5f",
            detect=_is_noisy,
            message="About right, but most digits are noise: rounding is divided by h. "
            "Either your h is far too small or something computes in float32.",
        ),
        *(
            Mistake(
                code="M09.5g",
                variant=wrong,
                message="An array of whole numbers cannot hold a bump of h: it is cut off. "
                "Make a float copy of x first.",
            )
            for wrong in (
                _differences(_central, whole=True),
                _bumped(restored=True, whole=True),
            )
        ),
        *(
            Mistake(
                code="M09.5h",
                variant=_differences(rule),
                message="One of the two points has all its entries moved. Both points differ "
                "from x in the same single entry, by +h and by -h.",
            )
            for rule in (
                lambda f, x, move, h: (f(x + move) - f(x - h)) / (2 * h),
                lambda f, x, move, h: (f(x + h) - f(x - move)) / (2 * h),
            )
        ),
        Mistake(
            code="M09.5i",
            variant=_differences(lambda f, x, move, h: f(x + move) - f(x - move)),
            message="The difference is not divided by anything. A slope is a difference per "
            "distance, and the two points lie 2h apart.",
        ),
        Mistake(
            code="M09.5j",
            variant=_row_by_row,
            message="Right for one axis. With more axes x[i] is a whole row, and all of it "
            "moves: go through single entries, for example with np.ndindex(x.shape).",
        ),
        Mistake(
            code="M09.5k",
            variant=lambda f, x, h=1e-4: numeric_grad(f, x, h).ravel(),
            message="The numbers are right, but in one long row. The gradient has the shape "
            "of x: reshape it.",
        ),
        *(
            Mistake(
                code="fixed h",
                variant=wrong,
                message="For a small h this is right, but with a coarse one it is not the "
                "formula of the task: two points, at x + h and x - h, with the h that was "
                "given.",
            )
            for wrong in (
                lambda f, x, h=1e-4: numeric_grad(f, x),
                lambda f, x, h=1e-4: numeric_grad(f, x, h / 2),
                lambda f, x, h=1e-4: numeric_grad(f, x, 2 * h),
                _differences(lambda f, x, move, h: (f(x + move) - f(x - move)) / 2e-4),
                _differences(
                    lambda f, x, move, h: (
                        (4 * _central(f, x, move, h) - _central(f, x, 2 * move, 2 * h)) / 3
                    )
                ),
            )
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def numeric_with_steps(f, x, h=1e-4):
    x = np.asarray(x, dtype=np.float64)
    gradient = np.empty_like(x, order="F")
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / 2 / h
    return gradient


def numeric_flat(f, x, h=1e-4):
    flat = np.array(x, float).ravel()
    found = []
    for i in range(flat.size):
        up, down = flat.copy(), flat.copy()
        up[i], down[i] = up[i] + h, down[i] - h
        found.append((f(up.reshape(np.shape(x))) - f(down.reshape(np.shape(x)))) / (2 * h))
    return np.array(found).reshape(np.shape(x))


def numeric_with_nditer(f, x, h=1e-4):
    x = x.astype(float)
    gradient = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    for entry in it:
        old = float(entry)
        entry[...] = old + h
        plus = f(x)
        entry[...] = old - h
        minus = f(x)
        entry[...] = old
        gradient[it.multi_index] = 0.5 * (plus - minus) / h
    return gradient


RIGHT_WAYS = [numeric_with_steps, numeric_flat, numeric_with_nditer]

EQUIVALENTS = {
    "def numeric_grad(f, x, h=0.0001): → def numeric_grad(f, x, h=-0.0001):": "the central difference is even in h",
    "def numeric_grad(f, x, h=0.0001): → def numeric_grad(f, x, h=0.0002):": "such a step is as good",
    "gradient = np.zeros(x.shape) → gradient = np.ones(x.shape)": "every entry is written",
}


# --- examples of mistakes -------------------------------------------------------------


def numeric_with_a_tiny_step(f: Scalar, x: Array, h: float = 1e-4) -> Array:
    return numeric_grad(f, x, 1e-12)


def numeric_in_float32(f: Scalar, x: Array, h: float = 1e-4) -> Array:
    x, found = np.asarray(x, np.float32), np.zeros(np.shape(x))
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        found[index] = (np.float32(f(up)) - np.float32(f(down))) / np.float32(2 * h)
    return found


WRONG_WAYS = {"M09.5f": [numeric_with_a_tiny_step, numeric_in_float32]}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd_up_to_truncation() -> None:
    import torch

    functions: dict[str, Callable[..., Any]] = {
        "cubes": lambda x: (x**3).sum() + x.prod(),
        "waves": lambda x: x.sin().sum() * x.ravel()[0].cos() + torch.square(x).sum() ** 2,
    }
    for seed in range(3):
        for (name, x, h), gradient in expected(EXERCISE, seed):
            (exact,) = autograd(functions[name], x)
            bound = 20 * (h or 1e-4) ** 2
            np.testing.assert_allclose(gradient, exact, atol=bound, rtol=1e-6)
