"""G11.6 `early_stop_epoch`."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import (
    STOPPING,
    STOPS,
    TIE,
    Rng,
    _best,
    _stop,
    early_stop_epoch,
    no_best,
    plateau_of_torch,
    some_losses,
)


def stop_inputs(rng: Rng) -> list[Case]:
    """Lists that tell all mistakes apart; ties, and no stop at all, at the edge."""
    cases = [Case(name=f"patience {n}", args=(some_losses(rng, n), n)) for n in (3, 2, 4)]
    falling = sorted(rng.uniform(0.2, 1, 6).round(4).tolist(), reverse=True)
    low, high = falling[-1], falling[0]
    ties = [high, low, high, low, high, low / 2, high, high, high]
    little = [low - 1e-5, low - 2e-5, high, low - 3e-5]
    small = [high, low, *little, high, high, high]
    tie: dict[str, Any] = {"role": "edge", "requirement": TIE}
    never: dict[str, Any] = {
        "role": "edge",
        "requirement": "len(dev_losses) if training never stops",
    }
    return [
        *cases,
        Case(name="small steps", args=(small, 3)),
        Case(name="tie", args=(ties, 3), **tie),
        Case(name="flat", args=([high] * 4, 3), **tie),
        Case(name="falling", args=(falling, 1), **never),
        Case(name="last", args=([high, low, high], 2), **never),
    ]


def _with_threshold(dev: list[float], patience: int) -> int:
    best, failures = np.inf, 0
    for t, loss in enumerate(dev):
        best, failures = (loss, 0) if loss < best - 1e-4 else (best, failures + 1)
        if failures == patience:
            return t
    return len(dev)


EXERCISE = Exercise(
    id="G11.6",
    function="early_stop_epoch",
    points=2,
    reference=early_stop_epoch,
    inputs=stop_inputs,
    outputs=("t",),
    lecture=STOPPING,
    mistakes=(
        *(
            Mistake(code=code, variant=stop, message=message)
            for code, (stop, message) in STOPS.items()
        ),
        Mistake(
            code="X11.6a",
            variant=_best,
            message="That is where the best model was found. Asked for is the evaluation "
            "at which training stops.",
        ),
        Mistake(
            code="X11.6b",
            variant=lambda dev, n: early_stop_epoch(dev, n) + 1,
            message="Your count begins at 1. The first evaluation has index 0.",
        ),
        Mistake(
            code="X11.6c",
            variant=_stop(lambda dev, t: bool(dev[t] > min(dev[:t]))),
            message="A loss that equals the best has to count as a failure. Only a lower "
            "one is a new best.",
        ),
        Mistake(
            code="X11.6d",
            variant=_stop(lambda dev, t: t == 0 or no_best(dev, t), start=0),
            message="The first evaluation counts as a failure in your function. It is a "
            "best.",
        ),
        Mistake(
            code="X11.6e",
            variant=_with_threshold,
            message="A loss that is lower by very little does not count in your function. "
            "Any lower loss is a new best.",
        ),
        Mistake(
            code="X11.6a",
            variant=lambda dev, n: int(np.argmin(dev)),
            message="That is where the loss is smallest. Asked for is the evaluation at "
            "which training stops, and it never sees the losses after that.",
        ),
        Mistake(
            code="X11.6f",
            variant=lambda dev, n: dev[min(early_stop_epoch(dev, n), len(dev) - 1)],
            message="That is a loss. Asked for is the number of the evaluation.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def stop_by_distance(dev_losses, patience):
    best = 0
    for t in range(len(dev_losses)):
        if dev_losses[t] < dev_losses[best]:
            best = t
        if t - best >= patience:
            return t
    return len(dev_losses)


def stop_in_arrays(dev_losses, patience):
    J = np.array(dev_losses)
    before = np.concatenate([[np.inf], np.minimum.accumulate(J)[:-1]])
    t = np.arange(len(J))
    waiting = t - np.maximum.accumulate(np.where(before > J, t, 0))
    return np.argmax(waiting >= patience) if (waiting >= patience).any() else len(J)


def stop_by_windows(dev_losses, patience):
    for t in range(patience, len(dev_losses)):
        if min(dev_losses[t - patience + 1 : t + 1]) >= min(dev_losses[: t + 1 - patience]):
            return t
    return len(dev_losses)


def stop_counting_down(dev_losses, patience):
    best, left, t = float("inf"), patience, -1
    for loss in dev_losses:
        t += 1
        if loss >= best:
            left -= 1
            if not left:
                return np.int64(t)
        else:
            best, left = loss, patience
    return t + 1


def stop_from_the_first(dev_losses, patience):
    """The first evaluation is the best; the loop begins at the second."""
    best, failures = dev_losses[0], 0
    for t, loss in enumerate(dev_losses[1:], start=1):
        best, failures = (loss, 0) if loss < best else (best, failures + 1)
        if failures >= patience:
            return t
    return len(dev_losses)


RIGHT_WAYS = [
    stop_by_distance,
    stop_in_arrays,
    stop_by_windows,
    stop_counting_down,
    stop_from_the_first,
]

EQUIVALENTS = {
    "best, failures = (np.inf, 0) → best, failures = (np.inf, 1)": "the first evaluation is a best and sets the count to 0",
    "best, failures = (np.inf, 0) → best, failures = (np.inf, -1)": "the first evaluation is a best and sets the count to 0",
    "best = min(best, loss) → best = min(loss, best)": "min is symmetric",
}


# --- examples of mistakes -------------------------------------------------------------


def stop_with_a_first_failure(dev: list[float], patience: int) -> int:
    best, failures = dev[0], 0
    for t, loss in enumerate(dev):
        failures = 0 if loss < best else failures + 1
        best = min(best, loss)
        if failures == patience:
            return t
    return len(dev)


def stop_where_ties_win(dev: list[float], patience: int) -> int:
    best, failures = dev[0], 0
    for t in range(1, len(dev)):
        failures = 0 if dev[t] <= best else failures + 1
        best = min(best, dev[t])
        if failures == patience:
            return t
    return len(dev)


WRONG_WAYS = {"X11.6c": [stop_where_ties_win], "X11.6d": [stop_with_a_first_failure]}


# --- what the reference has to agree with ---------------------------------------------


EXAMPLE = [1.0, 0.9, 0.95, 0.8, 0.85, 0.84, 0.83, 0.9]
"""Losses of the syllabus; with patience 3 they end at number 6."""


def witness_example_of_the_syllabus() -> None:
    assert early_stop_epoch(EXAMPLE, 3) == 6


def witness_plateau_of_torch() -> None:
    for seed in range(5):
        for (dev, patience), t in expected(EXERCISE, seed):
            assert t == plateau_of_torch(dev, patience)
