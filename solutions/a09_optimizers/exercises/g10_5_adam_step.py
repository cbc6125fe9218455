"""G10.5 `adam_step`."""

from __future__ import annotations

import numpy as np

from grader.model import Accepted, Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._optimizers import (
    BRACKETS,
    CLOSE,
    FIRST,
    FIXED,
    INSIDE,
    LECTURE,
    SMALL_PRINT,
    STILL,
    Rng,
    adam,
    adam_args,
    adam_on_the_raw_root,
    adam_step,
    at_rest,
    both_forms,
    fixed,
    inside,
    no_root,
    torch_step,
)


def adam_inputs(rng: Rng) -> list[Case]:
    """Later steps with a past; the first step, and an entry at rest, at the edge."""

    return [
        Case(name="t = 3", args=adam_args(rng, (4,), 3, 0.1, 0.9, 0.999, 1e-8)),
        Case(name="t = 2", args=adam_args(rng, (2, 3), 2, 0.03, 0.8, 0.99, 1e-8)),
        Case(name="t = 7, square", args=adam_args(rng, (3, 3), 7, 0.2, 0.85, 0.97, 1e-2)),
        Case(
            name="t = 1",
            args=adam_args(rng, (4,), 1, 0.1, 0.9, 0.999, 1e-8),
            role="edge",
            requirement=FIRST,
        ),
        at_rest(adam_args(rng, (4,), 4, 0.1, 0.9, 0.999, 1e-8), 4, STILL),
    ]


ADAM_FLAWS = (
    (
        "M10.5a",
        "raw",
        "The bias correction is missing. m and v start at 0 and are too small at first: "
        "divide them by 1 - b1**t and 1 - b2**t.",
    ),
    ("M10.5b", "t + 1", "The power is off by one: the first step is t = 1."),
    ("M10.5b", "t - 1", "The power is off by one: the first step is t = 1."),
    (
        "M10.5c",
        "no power",
        "You divide by 1 - b instead of 1 - b**t. The correction has to fade as t grows.",
    ),
    (
        "M10.5e",
        "swapped",
        "b1 and b2 have changed places: b1 averages the gradients, b2 their squares.",
    ),
    *(
        (
            "M10.5f",
            flaw,
            "The new value enters an average with weight 1; its weight is 1 - b1 in m "
            "and 1 - b2 in v.",
        )
        for flaw in ("sum m", "sum v", "sums")
    ),
    ("M10.5g", "abs", "v averages absolute values. It wants the squares of g."),
    (
        "M10.5h",
        "m * m",
        "v averages the squares of m. It wants those of the gradient of this step.",
    ),
    (
        "M10.5j",
        "g on top",
        "The step goes along g. In Adam the corrected mean stands on top of the fraction.",
    ),
    (
        "M10.5k",
        "m only",
        "m is corrected, v is not, although it needs it more: at t = 1 it is too small by "
        "1 - b2.",
    ),
    (
        "M10.5l",
        "multiplied",
        "You multiply by 1 - b**t. The raw averages are too small already: divide.",
    ),
    (
        "M10.5n",
        "b * t",
        "theta is nan: most often the root of a negative number. The divisor of v is "
        "1 - b2**t, a power, and lies between 0 and 1; 1 - b2 * t and b2**t - 1 are "
        "negative.",
    ),
    (
        "M10.5o",
        "v only",
        "v is corrected, m is not. Both start at 0, and both are divided by their 1 - b**t.",
    ),
    (
        "M10.5p",
        "plain",
        "v averages g itself, which can be negative. It wants the squares of g.",
    ),
)


EXERCISE = Exercise(
    id="G10.5",
    function="adam_step",
    points=5,
    reference=adam_step,
    inputs=adam_inputs,
    outputs=("theta", "m", "v"),
    pack="tuple",
    lecture=f"{LECTURE}#Adam",
    accepted=(
        Accepted(code="M10.5m", function=adam(inside), message=INSIDE, lecture=SMALL_PRINT),
        Accepted(
            code="E32",
            function=adam_on_the_raw_root,
            message="Accepted: you put both corrections into the rate, a shorter form from "
            "the Adam paper; epsilon then meets the uncorrected root and weighs more in "
            "the first steps than in the course's form.",
            lecture=SMALL_PRINT,
        ),
    ),
    mistakes=(
        *(
            mistake
            for code, flaw, message in ADAM_FLAWS
            for mistake in both_forms(
                code,
                message,
                lambda root, flaw=flaw: adam(root, flaw),  # type: ignore[misc]
            )
        ),
        Mistake(  # theta is right, in either form: the state alone tells
            code="M10.5d",
            variant=adam(flaw="stored"),
            message="The corrected averages came back as the state, and would be corrected "
            "again at the next step. Return the raw m and v.",
        ),
        *(
            Mistake(code="M10.5q", variant=adam(flaw=flaw), message=BRACKETS)
            for flaw in ("beside", "in the step")
        ),
        Mistake(code="M10.5r", variant=adam(fixed), message=FIXED),
        Mistake(
            code="M10.5i",
            variant=adam(no_root),
            message="The root is missing: divide by the root of the corrected v.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def adam_in_place_on_copies(theta, m, v, g, t, eta, b1, b2, eps):
    theta, m, v = theta.copy(), m.copy(), v.copy()
    m += (1 - b1) * (g - m)
    v += (1 - b2) * (g**2 - v)
    theta -= eta * m / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + eps)
    return theta, m, v


def adam_as_torch(theta, m, v, g, t, eta, b1, b2, eps):
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    divisor = np.sqrt(v) / np.sqrt(1 - b2**t) + eps
    return [theta - eta / (1 - b1**t) * (m / divisor), m, v]


def adam_by_entries(theta, m, v, g, t, eta, b1, b2, eps):
    new = [np.empty_like(theta) for _ in range(3)]
    for at in np.ndindex(theta.shape):
        mean = b1 * m[at] + (1 - b1) * g[at]
        square = b2 * v[at] + (1 - b2) * g[at] ** 2
        up, down = mean / (1 - b1**t), (square / (1 - b2**t)) ** 0.5
        new[0][at], new[1][at], new[2][at] = (
            theta[at] - eta * up / (down + eps),
            mean,
            square,
        )
    return tuple(new)


def adam_with_expm1(theta, m, v, g, t, eta, b1, b2, eps):
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    m_hat = m / -np.expm1(t * np.log(b1))
    v_hat = v / -np.expm1(t * np.log(b2))
    return theta - eta * m_hat / (np.sqrt(v_hat) + eps), m, v


def adam_inside(theta, m, v, g, t, eta, b1, b2, eps):
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
    return theta - eta / np.sqrt(v_hat + eps) * m_hat, m, v


RIGHT_WAYS = [
    adam_in_place_on_copies,
    adam_as_torch,
    adam_by_entries,
    adam_with_expm1,
    adam_inside,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    from torch.optim import Adam

    for (theta, m, v, g, t, eta, b1, b2, eps), value in expected(EXERCISE):
        make = lambda p, rates=(eta, (b1, b2), eps): Adam(p, *rates)
        past = {"step": t - 1.0, "exp_avg": m, "exp_avg_sq": v}
        moved, state = torch_step(theta, g, make, **past)
        np.testing.assert_allclose(value[0], moved, **CLOSE)
        np.testing.assert_allclose(value[1], state["exp_avg"], **CLOSE)
        np.testing.assert_allclose(value[2], state["exp_avg_sq"], **CLOSE)


def witness_first_steps_of_the_syllabus() -> None:
    """Where epsilon stands shows in the first step, as a share of eta."""
    forms = EXERCISE.reference, EXERCISE.accepted[0].function
    zero = np.zeros(1)
    for g, *ratios in (
        (1e-2, 0.999999, 0.999950),
        (1e-5, 0.999001, 0.099504),
        (1e-6, 0.990099, 0.010000),
    ):
        for form, ratio in zip(forms, ratios, strict=True):
            moved, *_ = form(zero, zero, zero, np.array([g]), 1, 0.1, 0.9, 0.999, 1e-8)
            np.testing.assert_allclose(-moved / 0.1, ratio, rtol=0, atol=6e-7)
