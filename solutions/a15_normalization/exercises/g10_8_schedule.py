"""G10.8 `schedule`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Evidence, Exercise, Mistake, Part, Returned
from grader.vetting.witness import expected

from ..._optimizers import LECTURE
from ._shared import CLOSE, Rng

WARM, WAVE = "the warm-up", "the cosine"
FIRST = "the first step, t = 0"
FULL = "the last step of the warm-up, t = warm - 1, has the full rate"
TOP = "the cosine begins at t = warm with the full rate"
END = "at t = T it is eta_min"
AFTER = "after the end it stays eta_min"
COLD = "warm = 0 means no warm-up"
"""Requirements of the task."""


def schedule_inputs(rng: Rng) -> list[Case]:
    """Inside the warm-up, inside the cosine, and all the places where they meet."""
    eta0, low = float(rng.uniform(0.5, 1.5)), float(rng.uniform(0.05, 0.2))

    def case(t: int, warm: int, T: int, **more: Any) -> Case:
        args = (t, eta0, low, warm, T)
        return Case(name=f"t = {t}, warm = {warm}, T = {T}", args=args, **more)

    def edge(requirement: str, *numbers: int) -> Case:
        return case(*numbers, role="edge", requirement=requirement)

    return [
        case(10, 10, 110, role="visible", group=WAVE),
        case(3, 8, 40, group=WARM),
        case(1, 5, 23, group=WARM),
        case(7, 12, 31, group=WARM),
        case(14, 8, 40, group=WAVE),
        case(20, 5, 23, group=WAVE),
        case(16, 12, 31, group=WAVE),
        case(25, 3, 60, group=WAVE),
        case(6, 5, 23, group=WAVE),
        case(22, 5, 23, group=WAVE),
        case(6, 2, 7, group=WAVE),
        edge(FIRST, 0, 8, 40),
        edge(FIRST, 0, 5, 23),
        edge(FULL, 7, 8, 40),
        edge(FULL, 0, 1, 9),
        edge(TOP, 8, 8, 40),
        edge(TOP, 1, 1, 9),
        edge(END, 40, 8, 40),
        edge(END, 23, 5, 23),
        edge(AFTER, 41, 8, 40),
        edge(AFTER, 60, 5, 23),
        edge(COLD, 0, 0, 12),
        edge(COLD, 4, 0, 12),
    ]


def schedule(t: int, eta0: float, eta_min: float, warm: int, T: int) -> float:
    """Warm-up in equal steps, then half a wave as a squared cosine.

    Args:
        t: number of the step, from 0.
        eta0: the full rate.
        eta_min: the lowest rate of the cosine.
        warm: how many steps the warm-up has.
        T: where eta_min is reached.
    """
    if t < warm:
        return eta0 - eta0 * (warm - 1 - t) / warm
    done = min(1.0, (t - warm) / (T - warm))
    return float(eta_min + (eta0 - eta_min) * np.cos(np.pi * done / 2) ** 2)


Rate = Callable[[int, float, float, int, int], float]


def _schedule(
    *,
    up: Rate = lambda t, top, low, warm, T: top * (t + 1) / warm,
    done: Callable[[int, int, int], float] = lambda t, warm, T: (t - warm) / (T - warm),
    wave: Callable[[float], float] = lambda x: (1 + np.cos(np.pi * x)) / 2,
    down: Callable[[float, float, float], float] = lambda w, top, low: (
        low + (top - low) * w
    ),
) -> Rate:
    """Return a schedule with something else in one place."""

    def rate(t: int, eta0: float, eta_min: float, warm: int, T: int) -> float:
        if t < warm:
            return up(t, eta0, eta_min, warm, T)
        if t >= T:
            return eta_min
        return float(down(wave(done(t, warm, T)), eta0, eta_min))

    return rate


def _another_curve(evidence: Evidence) -> bool:
    """Whether the rate is right at both ends of the cosine, and wrong all the way between."""
    rows = zip(evidence.cases, evidence.outcomes, evidence.expected, strict=True)
    ends, between = [], []
    for case, found, wanted in rows:
        if not isinstance(found, Returned) or not isinstance(wanted, Returned):
            return False
        right = bool(np.isclose(np.asarray(found.value, float).item(), wanted.value))
        if case.requirement in (TOP, END):
            ends.append(right)
        elif case.role == "generic" and case.group == WAVE:
            between.append(right)
    return all(ends) and not any(between)


EXERCISE = Exercise(
    id="G10.8",
    function="schedule",
    points=3,
    reference=schedule,
    inputs=schedule_inputs,
    outputs=("rate",),
    parts=(
        Part(name=WARM, weight=0.8, group=WARM),
        Part(name=WAVE, weight=1.0, group=WAVE),
        *(
            Part(name=edge, weight=0.2, edge=edge)
            for edge in (FIRST, FULL, TOP, END, AFTER, COLD)
        ),
    ),
    unchanged="",
    lecture=f"{LECTURE}#12.-A-rate-that-changes-(10-minutes,-core)",
    mistakes=(
        Mistake(
            code="X10.8a",
            variant=_schedule(up=lambda t, top, low, warm, T: top * t / warm),
            message="The warm-up begins at 0, so the first step moves nothing. Step t has "
            "t + 1 of warm parts.",
        ),
        Mistake(
            code="X10.8b",
            variant=_schedule(up=lambda t, top, low, warm, T: top * (t + 1) / (warm + 1)),
            message="The warm-up divides by warm + 1. Its last step, t = warm - 1, has the "
            "full rate: divide by warm.",
        ),
        Mistake(
            code="X10.8c",
            variant=_schedule(
                up=lambda t, top, low, warm, T: low + (top - low) * (t + 1) / warm
            ),
            message="The warm-up begins at eta_min. It grows from 0 in equal parts; "
            "eta_min belongs to the cosine.",
        ),
        Mistake(
            code="X10.8d",
            variant=_schedule(up=lambda t, top, low, warm, T: top),
            message="There is no warm-up: below warm the rate is eta0 (t + 1) / warm.",
        ),
        Mistake(
            code="X10.8e",
            variant=_schedule(done=lambda t, warm, T: t / T),
            message="The cosine counts from t = 0. It begins when the warm-up is over, and "
            "has T - warm steps: (t - warm) / (T - warm).",
        ),
        Mistake(
            code="X10.8f",
            variant=_schedule(done=lambda t, warm, T: (t - warm) / T),
            message="The cosine takes T steps after the warm-up, so it is not down at T. "
            "Divide by T - warm.",
        ),
        Mistake(
            code="X10.8g",
            variant=_schedule(done=lambda t, warm, T: t / (T - warm)),
            message="The cosine does not begin at its top: count its steps from warm, "
            "t - warm.",
        ),
        Mistake(
            code="X10.8h",
            variant=_schedule(done=lambda t, warm, T: (t - warm) / max(T - warm - 1, 1)),
            message="The cosine is down at T - 1. It reaches eta_min at t = T: divide by "
            "T - warm.",
        ),
        Mistake(
            code="X10.8i",
            variant=_schedule(done=lambda t, warm, T: (t - warm + 1) / (T - warm)),
            message="The cosine is one step ahead: at t = warm it still has the full rate.",
        ),
        Mistake(
            code="X10.8j",
            variant=_schedule(down=lambda w, top, low: top * w),
            message="The cosine falls to 0. It falls to eta_min: eta_min and a share of "
            "eta0 - eta_min.",
        ),
        Mistake(
            code="X10.8k",
            variant=_schedule(down=lambda w, top, low: low + top * w),
            message="The cosine begins above eta0: its height is eta0 - eta_min.",
        ),
        Mistake(
            code="X10.8l",
            variant=_schedule(down=lambda w, top, low: low + 2 * (top - low) * w),
            message="The factor 1/2 is missing: 1 + cos goes from 2 to 0.",
        ),
        Mistake(
            code="X10.8m",
            variant=_schedule(wave=lambda x: 1 - x),
            message="The rate falls along a line. It falls along half a wave of the cosine.",
        ),
        Mistake(
            code="X10.8n",
            variant=_schedule(wave=lambda x: np.cos(np.pi * x / 2)),
            message="This is a quarter of a wave, cos(pi x / 2). The task has half a wave, "
            "(1 + cos(pi x)) / 2.",
        ),
        Mistake(
            code="X10.8o",
            variant=_schedule(wave=lambda x: (1 - np.cos(np.pi * x)) / 2),
            message="The cosine rises. A sign in front of the cosine is wrong.",
        ),
        Mistake(
            code="X10.8p",
            variant=_schedule(wave=lambda x: (1 + np.cos(x)) / 2),
            message="pi is missing in the cosine. Half a wave ends at pi.",
        ),
        Mistake(
            code="X10.8q",
            variant=_schedule(down=lambda w, top, low: max(low, top * w)),
            message="The wave falls to 0 and is cut off at eta_min. It ends at eta_min: "
            "eta_min and a share of eta0 - eta_min.",
        ),
        Mistake(
            code="X10.8p",
            variant=_schedule(wave=lambda x: (1 + np.cos(180 * x)) / 2),
            message="The angle is in degrees. np.cos wants radians: half a wave ends at pi.",
        ),
        Mistake(
            code="X10.8s",
            variant=_schedule(
                done=lambda t, warm, T: t - warm / T - warm,
            ),
            message="Brackets are missing around the fraction: (t - warm) / (T - warm).",
        ),
        Mistake(
            code="X10.8r",
            variant=_schedule(wave=lambda x: (1 + np.cos(2 * np.pi * x)) / 2),
            message="This is a whole wave: it goes up again. Half a wave ends at pi.",
        ),
        Mistake(
            code="X10.8t",
            variant=_schedule(done=lambda t, warm, T: (t - warm) / (T - warm + 1)),
            message="The cosine is down at T + 1. It reaches eta_min at t = T: divide by "
            "T - warm.",
        ),
        Mistake(
            code="X10.8u",
            variant=_schedule(wave=lambda x: np.cos(np.pi * x) / 2),
            message="In front of the cosine 1 + is missing: 1 + cos goes from 2 to 0.",
        ),
        Mistake(
            code="X10.8v",
            detect=_another_curve,
            message="The rate begins and ends where it should, but falls along another "
            "curve. Take half a wave of the cosine, (1 + cos(pi x)) / 2.",
        ),
    ),
)

# --- other right ways of writing it ---------------------------------------------------


def schedule_as_in_the_task(t, eta0, eta_min, warm, T):
    if t < warm:
        return eta0 * (t + 1) / warm
    if t >= T:
        return eta_min
    return eta_min + (eta0 - eta_min) / 2 * (1 + np.cos(np.pi * (t - warm) / (T - warm)))


def schedule_with_math(t, eta0, eta_min, warm, T):
    import math

    if warm > t:
        return (t + 1) / warm * eta0
    x = min(max((t - warm) / (T - warm), 0), 1)
    return (
        eta_min * (1 - math.cos(math.pi * x)) / 2 + eta0 * (1 + math.cos(math.pi * x)) / 2
    )


def schedule_from_a_list(t, eta0, eta_min, warm, T):
    rates = [eta0 * k / warm for k in range(1, warm + 1)]
    x = np.linspace(0, np.pi, T - warm + 1)
    rates += list(eta_min + 0.5 * (eta0 - eta_min) * (1 + np.cos(x)))
    return rates[min(t, T)]


def schedule_as_an_array(t, eta0, eta_min, warm, T):
    k = np.arange(max(t, T) + 1)
    wave = np.cos(np.pi * np.clip((k - warm) / (T - warm), 0, 1))
    fall = (eta0 + eta_min) / 2 + (eta0 - eta_min) / 2 * wave
    return np.where(k < warm, eta0 * (k + 1) / max(warm, 1), fall)[t]


def _falls(curve):
    def rate(t, eta0, eta_min, warm, T):
        if t < warm:
            return eta0 * (t + 1) / warm
        return curve(min(1, (t - warm) / (T - warm)), eta0, eta_min)

    return rate


WRONG_WAYS = {
    "X10.8v": [
        _falls(lambda x, top, low: top * (low / top) ** x),
        _falls(lambda x, top, low: low + (top - low) * (1 - x) ** 2),
        _falls(lambda x, top, low: low + (top - low) * (1 - x * x)),
    ]
}
RIGHT_WAYS = [
    schedule_as_in_the_task,
    schedule_with_math,
    schedule_from_a_list,
    schedule_as_an_array,
]


EQUIVALENTS = {
    "done = min(1, (t - warm) / (T - warm)) → done = min((t - warm) / (T - warm), 1)": "min is symmetric",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_schedulers_of_torch() -> None:
    """PyTorch's own cosine, and its line from eta0 / warm to eta0."""
    import torch

    for (t, eta0, low, warm, T), rate in expected(EXERCISE):
        if t > T:
            assert rate == low
            continue
        weight = torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=eta0)
        if t < warm:
            plan: Any = torch.optim.lr_scheduler.LinearLR(
                optimizer, 1 / warm, 1.0, total_iters=max(warm - 1, 1)
            )
        else:
            plan = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T - warm, low)
        for _ in range(t if t < warm else t - warm):
            optimizer.step()
            plan.step()
        np.testing.assert_allclose(rate, optimizer.param_groups[0]["lr"], **CLOSE)
