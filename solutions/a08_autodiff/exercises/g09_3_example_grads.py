"""G09.3 `example_grads`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.model import Case, Exercise, Mistake

from ._shared import (
    LECTURE,
    NUMBERS_DRIVER,
    ONE_SIDE,
    Rng,
    away_from_zero,
    slide,
    slopes_agree,
)


def example_inputs(rng: Rng) -> list[Case]:
    """Either y or z decides, at random points; y = z at the edge."""
    base, gap = rng.uniform(0.5, 2, 4), rng.uniform(0.5, 2, 4)
    xs = away_from_zero(rng, 4)
    points = [
        (float(x), float(y), float(y + sign * g))
        for x, y, g, sign in zip(xs, base, gap, (-1, 1, -1, 1), strict=True)
    ]
    tie = "for y = z the maximum gives each of them one half"
    t = float(base[0])
    return [
        Case(name="visible", args=(1.0, 2.0, 0.0), role="visible"),
        Case(name="z decides", args=(1.0, 0.0, 2.0)),
        Case(name="negative x", args=(-1.0, 3.0, 5.0)),
        *(Case(name=f"{p}", args=p) for p in points),
        Case(name="tie", args=(float(xs[0]), t, t), role="edge", requirement=tie),
    ]


def _paths(x: float, y: float, z: float) -> tuple[float, float, float, float]:
    """Return a, b and the shares of y and z in the maximum."""
    share = 0.5 + 0.5 * float(np.sign(y - z))
    return x + y, max(y, z), share, 1 - share


def example_grads(x: float, y: float, z: float) -> tuple[float, float, float]:
    """T09.8, multiplied out: f is (x + y) y where y decides, (x + y) z where z does."""
    _, _, s, t = _paths(x, y, z)
    return s * y + t * z, s * (x + 2 * y) + t * z, t * (x + y)


def _example(
    rule: Callable[[float, float, float, float], tuple[float, float, float]],
) -> Callable[..., tuple[float, float, float]]:
    return lambda x, y, z: rule(*_paths(x, y, z))


def _example_at_tie(s: float, t: float) -> Callable[..., tuple[float, float, float]]:
    """Return the right gradients, with other shares for y = z."""

    def grads(x: float, y: float, z: float) -> tuple[float, float, float]:
        a = x + y
        return (y, y + s * a, t * a) if y == z else example_grads(x, y, z)

    return grads


OVERWRITTEN = (
    "What reached y last has replaced what was there. y feeds two nodes, and what the two "
    "send back adds up."
)


EXERCISE = Exercise(
    id="G09.3",
    function="example_grads",
    points=2,
    reference=example_grads,
    inputs=example_inputs,
    outputs=("dx", "dy", "dz"),
    pack="tuple",
    driver=NUMBERS_DRIVER,
    unchanged="",
    lecture=f"{LECTURE}#The-example-by-hand",
    mistakes=(
        Mistake(
            code="M09.3a",
            variant=_example(lambda a, b, s, t: (b, a * s, a * t)),
            message=OVERWRITTEN,
        ),
        Mistake(
            code="M09.3a",
            variant=_example(lambda a, b, s, t: (b, a * s or b, a * t)),
            message=OVERWRITTEN,
        ),
        Mistake(
            code="M09.3b",
            variant=_example(lambda a, b, s, t: (b, b, a * t)),
            message="df/dy holds what comes through the sum alone. y may decide the "
            "maximum as well: that road is missing, or has been overwritten.",
        ),
        Mistake(
            code="M09.3c",
            variant=_example(lambda a, b, s, t: (a, a + b * s, b * t)),
            message="The product is not switched: a = x + y should receive the value of b, "
            "and b that of a.",
        ),
        Mistake(
            code="M09.3d",
            variant=_example(lambda a, b, s, t: (b, a * b if s else b, a * t)),
            message="Two roads lead from y to f, and you multiplied them with each other. "
            "Multiply along a road; where roads meet, add.",
        ),
        Mistake(
            code="M09.3d",
            variant=_example(lambda a, b, s, t: (b, a * b * s, a * t)),
            message="Two roads lead from y to f, and you multiplied them with each other. "
            "Multiply along a road; where roads meet, add.",
        ),
        Mistake(
            code="M09.3e",
            variant=_example(lambda a, b, s, t: (b, b + a * s, a)),
            message="z gets a gradient although it does not decide the maximum: moving it "
            "a little changes nothing then.",
        ),
        Mistake(
            code="M09.3f",
            variant=lambda x, y, z: (
                min(y, z),
                min(y, z) + (x + y) * (y < z),
                (x + y) * (z < y),
            ),
            message="The smaller of y and z is taken throughout. max(y, z) is the larger "
            "one, and the gradient goes to it.",
        ),
        Mistake(
            code="M09.3h",
            variant=_example(lambda a, b, s, t: (b, b + a, a)),
            message="The maximum hands its gradient to both y and z. Only the larger one "
            "gets it.",
        ),
        Mistake(
            code="M09.3g",
            variant=_example(lambda a, b, s, t: (1.0, 1.0 + s, t)),
            message="Each road has the slope 1 here, as if f were a sum. At the product each "
            "branch has to be multiplied by the value of the other one.",
        ),
        *(
            Mistake(
                code=code,
                variant=_example_at_tie(*shares),
                message=message,
            )
            for code, shares, message in (
                ("M09.2a", (0, 0), "For y = z nothing comes through the maximum."),
                ("M09.2b", (1, 1), "For y = z the maximum sends its gradient twice."),
                ("tie", (1, 0), ONE_SIDE),
                ("tie", (0, 1), ONE_SIDE),
            )
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def example_with_tape(x, y, z):
    grads = dict.fromkeys("xyz", 0.0)
    a, b = x + y, max(y, z)
    for name in "xy":
        grads[name] += b
    winners = [name for name, value in (("y", y), ("z", z)) if value == b]
    for name in winners:
        grads[name] += a / len(winners)
    return tuple(grads.values())


def example_with_cases(x, y, z):
    if y > z:
        return y, x + 2 * y, 0
    if z > y:
        return z, z, x + y
    return y, y + (x + y) / 2, (x + y) / 2


def example_with_jacobian(x, y, z):
    s = float(np.heaviside(y - z, 0.5))
    local = np.array([[1, 1, 0], [0, s, 1 - s]])
    return np.array([max(y, z), x + y]) @ local


RIGHT_WAYS = [example_with_tape, example_with_cases, example_with_jacobian]

EQUIVALENTS = {
    "a, b = (x + y, max(y, z)) → a, b = (x + y, max(z, y))": "max is symmetric",
    "y_wins = 0.5 if y == z else float(y > z) → y_wins = 0.5 if y == z else float(y >= z)": "the tie is decided before",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    slopes_agree(EXERCISE, slide)


def witness_numbers_of_the_slides() -> None:
    assert example_grads(1.0, 2.0, 0.0) == (2, 5, 0)
