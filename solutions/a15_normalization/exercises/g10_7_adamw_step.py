"""G10.7 `adamw_step`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Accepted, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ..._optimizers import (
    BRACKETS,
    CLOSE,
    FIRST,
    FIXED,
    LECTURE,
    SMALL_PRINT,
    Array,
    Rng,
    Root,
    adam,
    adam_args,
    adam_on_the_raw_root,
    adam_step,
    at_rest,
    both_forms,
    fixed,
    inside,
    no_root,
    outside,
    torch_step,
)

REST = "an entry whose gradients have all been 0 moves by its decay only"
"""A requirement of the task."""
DECAY, PLAIN = "with a decay", "with lam = 0"


def adamw_inputs(rng: Rng) -> list[Case]:
    """Later steps with a past, with and without decay; at the edge a first step, and rest."""

    def args(shape: tuple[int, ...], t: int, *numbers: float) -> tuple[Any, ...]:
        *of_adam, lam = numbers
        return *adam_args(rng, shape, t, *of_adam), lam

    def case(shape: tuple[int, ...], t: int, *numbers: float) -> Case:
        lam = numbers[-1]
        group = DECAY if lam else PLAIN
        return Case(
            name=f"t = {t}, lam = {lam:g}", args=args(shape, t, *numbers), group=group
        )

    late = case((5,), 30, 0.1, 0.7, 0.9, 1e-4, 0.6)
    late.args[3][...] *= 0.2  # a gradient below those before: v falls
    first = args((4,), 1, 0.1, 0.9, 0.999, 1e-8, 0.2)
    return [
        case((4,), 3, 0.1, 0.9, 0.999, 1e-8, 0.3),
        case((2, 3), 2, 0.03, 0.8, 0.99, 1e-8, 0.8),
        case((3, 3), 7, 0.2, 0.85, 0.97, 1e-2, 0.4),
        late,
        case((3,), 5, 0.1, 0.9, 0.99, 1e-6, 0.0),
        case((2, 3), 2, 0.05, 0.8, 0.97, 1e-2, 0.0),
        Case(name="t = 1", args=first, role="edge", requirement=FIRST),
        at_rest(args((4,), 4, 0.1, 0.9, 0.999, 1e-8, 0.5), 4, REST),
    ]


def adamw_step(
    theta: Array,
    m: Array,
    v: Array,
    g: Array,
    t: int,
    eta: float,
    b1: float,
    b2: float,
    eps: float,
    lam: float,
) -> tuple[Array, Array, Array]:
    """AdamW: shrink, then Adam. Ref: lecture 10, section 10."""
    moved, m, v = adam_step(theta, m, v, g, t, eta, b1, b2, eps)
    return moved - eta * lam * theta, m, v


def adamw(root: Root = outside, flaw: str = "") -> Callable[..., Any]:
    """Return AdamW, or one with a flaw: of Adam's own, or of the decay."""

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
        lam: float,
    ) -> tuple[Array, Array, Array]:
        if flaw in ("L2", "L2 and decay"):
            g = g + lam * theta
        moved, new_m, new_v = adam(root, flaw)(theta, m, v, g, t, eta, b1, b2, eps)
        move, decay = theta - moved, eta * lam * theta
        if flaw == "eta forgotten":
            move = move / eta
        if flaw == "uphill":
            move = -move
        decay = {
            "L2": 0.0 * theta,
            "none": 0.0 * theta,
            "no eta": lam * theta,
            "grows": -decay,
            "no theta": eta * lam + 0 * theta,
            "after": eta * lam * (theta - move),
            "half": decay / 2,
            "signs": eta * lam * np.sign(theta),
            "twice": 2 * decay,
            "both ends": 2 * decay - eta * lam * decay,
            "of g": eta * lam * g,
            "in the fraction": decay / root(new_v / (1 - b2**t), eps),
        }.get(flaw, decay)
        state = {"old m": (m, new_v), "old v": (new_m, v)}
        return theta - move - decay, *state.get(flaw, (new_m, new_v))

    return step


def _other_averages(flaw: str, root: Root) -> Callable[..., Any]:
    """Return AdamW with other averages, or one correction for both."""

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
        lam: float,
    ) -> tuple[Array, Array, Array]:
        if flaw == "own":
            b1, b2 = 0.9, 0.999
        keep1, keep2 = {
            "swapped": (b2, b1),
            "turned": (1 - b1, 1 - b2),
        }.get(flaw, (b1, b2))
        pulled = g + lam * theta if flaw == "pulled" else g
        decay = 0.0 * theta if flaw == "pulled" else eta * lam * theta
        new_m = keep1 * m + (1 - keep1) * pulled
        new_v = keep2 * v + (1 - keep2) * g * g
        if flaw == "largest":
            new_v = np.maximum(v, new_v)
        m_hat = new_m / (1 - b1**t)
        v_hat = new_v / (1 - (b1 if flaw == "b1 for both" else b2) ** t)
        return theta - eta * m_hat / root(v_hat, eps) - decay, new_m, new_v

    return step


def adamw_on_the_raw_root(
    theta: Array,
    m: Array,
    v: Array,
    g: Array,
    t: int,
    eta: float,
    b1: float,
    b2: float,
    eps: float,
    lam: float,
) -> tuple[Array, Array, Array]:
    """The Adam paper's shorter form: both corrections in the rate."""
    moved, m, v = adam_on_the_raw_root(theta, m, v, g, t, eta, b1, b2, eps)
    return moved - eta * lam * theta, m, v


def _decay_by_the_corrected_rate(
    theta: Array,
    m: Array,
    v: Array,
    g: Array,
    t: int,
    eta: float,
    b1: float,
    b2: float,
    eps: float,
    lam: float,
) -> tuple[Array, Array, Array]:
    rate = eta * np.sqrt(1 - b2**t) / (1 - b1**t)
    moved, m, v = adam_on_the_raw_root(theta, m, v, g, t, eta, b1, b2, eps)
    return moved - rate * lam * theta, m, v


FLAWS = (
    (
        "a",
        "L2",
        "lam * theta went into the gradient: that is L2 in Adam, where the root divides "
        "it. AdamW leaves g alone and takes eta * lam * theta away from theta.",
    ),
    (
        "b",
        "no eta",
        "The decay lacks the rate: theta loses eta * lam * theta, not lam * theta.",
    ),
    (
        "c",
        "after",
        "The decay is that of the moved theta. It takes a share of theta as it was before "
        "the step.",
    ),
    ("d", "none", "There is no decay: this is Adam. Take eta * lam * theta away, too."),
    ("e", "grows", "The decay is added: weights grow. Subtract eta * lam * theta."),
    (
        "f",
        "L2 and decay",
        "theta is pulled twice: lam * theta went into the gradient, and decay is there as "
        "well. AdamW leaves the gradient alone.",
    ),
    (
        "g",
        "in the fraction",
        "lam * theta stands on top of the fraction, so the root divides it. The decay stays "
        "outside: eta * lam * theta.",
    ),
    (
        "h",
        "no theta",
        "theta loses eta * lam, whatever its size. It loses a share of itself: "
        "eta * lam * theta.",
    ),
    (
        "h",
        "signs",
        "The decay takes the same from every weight. It takes a share: eta * lam * theta.",
    ),
    (
        "i",
        "half",
        "The decay is half of what it should be: eta * lam * theta, without 1/2.",
    ),
    (
        "i",
        "twice",
        "The decay is twice what it should be: theta loses eta * lam * theta once.",
    ),
    (
        "i",
        "both ends",
        "theta decays twice: before the step of Adam and after it. Once is right.",
    ),
    (
        "v",
        "of g",
        "The decay takes a share of g. It takes a share of theta.",
    ),
    (
        "j",
        "raw",
        "The bias correction is missing: divide m by 1 - b1**t and v by 1 - b2**t before "
        "they move theta.",
    ),
    ("k", "t + 1", "The power is off by one: the first step is t = 1."),
    ("k", "t - 1", "The power is off by one: the first step is t = 1."),
    (
        "l",
        "multiplied",
        "You multiply by the corrections 1 - b1**t and 1 - b2**t. Divide by them.",
    ),
    ("l", "no power", "You divide by 1 - b in place of 1 - b**t: the power is missing."),
    ("m", "swapped", "b1 and b2 have changed places: b1 belongs to m, b2 to v."),
    (
        "n",
        "sums",
        "The new value enters the averages whole. Its weight is 1 - b1 in m and 1 - b2 in "
        "v.",
    ),
    ("n", "sum m", "The new gradient enters m whole. Its weight is 1 - b1."),
    ("n", "sum v", "The new square enters v whole. Its weight is 1 - b2."),
    ("o", "plain", "v averages g itself. It wants the squares of g."),
    ("o", "abs", "v averages the sizes of g. It wants its squares."),
    ("o", "m * m", "v averages the squares of m. It wants those of g."),
    ("p", "g on top", "theta moves along g. It moves along the corrected m."),
    ("q", "m only", "m is corrected, v is not: divide it by 1 - b2**t."),
    ("q", "v only", "v is corrected, m is not: divide it by 1 - b1**t."),
    (
        "r",
        "uphill",
        "The step of Adam goes uphill: subtract it from theta.",
    ),
    (
        "s",
        "eta forgotten",
        "The step of Adam lacks the rate eta.",
    ),
)

OTHER_AVERAGES = (
    (
        "w",
        "own",
        "b1 and b2 have values of their own in your function, 0.9 and 0.999. Use the "
        "arguments: the caller decides.",
    ),
    (
        "o",
        "largest",
        "v never falls: you keep the larger of the old and the new one. It is the average, "
        "also where that is smaller.",
    ),
    (
        "a",
        "pulled",
        "lam * theta went into m, where the root divides it. AdamW leaves g alone and takes "
        "eta * lam * theta away from theta.",
    ),
    ("l", "b1 for both", "Both corrections use b1. That of v is 1 - b2**t."),
    (
        "m",
        "swapped",
        "b1 and b2 have changed places in the averages: b1 belongs to m, b2 to v.",
    ),
    (
        "n",
        "turned",
        "b and 1 - b have changed places in the averages: b1 belongs to the old m, b2 to "
        "the old v.",
    ),
)


EXERCISE = Exercise(
    id="G10.7",
    function="adamw_step",
    points=3,
    reference=adamw_step,
    inputs=adamw_inputs,
    outputs=("theta", "m", "v"),
    pack="tuple",
    parts=(
        Part(name=f"theta, {DECAY}", weight=1.1, output="theta", group=DECAY),
        Part(name=f"theta, {PLAIN}", weight=0.8, output="theta", group=PLAIN),
        Part(name="m", weight=0.25, output="m"),
        Part(name="v", weight=0.25, output="v"),
        *(Part(name=edge, weight=0.2, edge=edge) for edge in (FIRST, REST)),
        Part(name=UNCHANGED, weight=0.2, edge=UNCHANGED),
    ),
    lecture=f"{LECTURE}#10.-Two-ways-to-shrink-a-weight-(7-minutes,-core)",
    accepted=(
        Accepted(
            code="X10.7y",
            function=adamw(inside),
            message="Accepted: your epsilon stands inside the root, as in deck D2; the "
            "course and PyTorch add it to the root.",
            lecture=SMALL_PRINT,
        ),
        Accepted(
            code="X10.7z",
            function=adamw_on_the_raw_root,
            message="Accepted: you put both corrections into the rate, a shorter form from "
            "the Adam paper; epsilon then meets the uncorrected root.",
            lecture=SMALL_PRINT,
        ),
    ),
    mistakes=(
        *(
            mistake
            for letter, flaw, message in FLAWS
            for mistake in both_forms(
                f"X10.7{letter}",
                message,
                lambda root, flaw=flaw: adamw(root, flaw),  # type: ignore[misc]
            )
        ),
        *(
            mistake
            for letter, flaw, message in OTHER_AVERAGES
            for mistake in both_forms(
                f"X10.7{letter}", message, partial(_other_averages, flaw)
            )
        ),
        Mistake(
            code="X10.7t",
            variant=adamw(flaw="stored"),
            message="The corrected averages came back as the state, and would be corrected "
            "again at the next step. Return m and v without the correction.",
        ),
        *(
            Mistake(
                code="X10.7t",
                variant=adamw(flaw=f"old {name}"),
                message=f"{name} comes back as it came in. Return the new average, so that "
                "the next step remembers this gradient.",
            )
            for name in ("m", "v")
        ),
        Mistake(
            code="X10.7v",
            variant=_decay_by_the_corrected_rate,
            message="The decay uses the rate with the bias corrections in it. It uses eta "
            "itself.",
        ),
        Mistake(
            code="X10.7w",
            variant=adamw(fixed),
            message=FIXED,
        ),
        Mistake(
            code="X10.7x",
            variant=adamw(flaw="beside"),
            message=BRACKETS,
        ),
        Mistake(
            code="X10.7u",
            variant=adamw(no_root),
            message="The root is missing: divide by the root of the corrected v.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def adamw_shrinks_first(theta, m, v, g, t, eta, b1, b2, eps, lam):
    theta = theta * (1 - eta * lam)
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g**2
    return theta - eta * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps), m, v


def adamw_in_place_on_copies(theta, m, v, g, t, eta, b1, b2, eps, lam):
    theta, m, v = theta.copy(), m.copy(), v.copy()
    m *= b1
    m += (1 - b1) * g
    v *= b2
    v += (1 - b2) * g * g
    theta -= eta * lam * theta
    theta -= eta / (1 - b1**t) * m / (np.sqrt(v) / np.sqrt(1 - b2**t) + eps)
    return [theta, m, v]


def adamw_by_entries(theta, m, v, g, t, eta, b1, b2, eps, lam):
    new = [np.empty_like(theta) for _ in range(3)]
    for at in np.ndindex(theta.shape):
        mean = b1 * m[at] + (1 - b1) * g[at]
        square = b2 * v[at] + (1 - b2) * g[at] ** 2
        step = mean / (1 - b1**t) / ((square / (1 - b2**t)) ** 0.5 + eps)
        new[0][at] = theta[at] - eta * (step + lam * theta[at])
        new[1][at], new[2][at] = mean, square
    return tuple(new)


def adamw_by_moves(theta, m, v, g, t, eta, b1, b2, eps, lam):
    m, v = m + (1 - b1) * (g - m), v + (1 - b2) * (g * g - v)
    m_hat = m / -np.expm1(t * np.log(b1))
    v_hat = v / -np.expm1(t * np.log(b2))
    return theta - eta * m_hat / (np.sqrt(v_hat) + eps) - lam * eta * theta, m, v


RIGHT_WAYS = [
    adamw_shrinks_first,
    adamw_in_place_on_copies,
    adamw_by_entries,
    adamw_by_moves,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    from torch.optim import AdamW

    for (theta, m, v, g, t, eta, b1, b2, eps, lam), value in expected(EXERCISE):
        make = lambda p, rates=(eta, (b1, b2), eps, lam): AdamW(p, *rates)
        past = {"step": t - 1.0, "exp_avg": m, "exp_avg_sq": v}
        moved, state = torch_step(theta, g, make, **past)
        np.testing.assert_allclose(value[0], moved, **CLOSE)
        np.testing.assert_allclose(value[1], state["exp_avg"], **CLOSE)
        np.testing.assert_allclose(value[2], state["exp_avg_sq"], **CLOSE)
