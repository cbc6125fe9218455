"""X11.4 `fit_with_patience`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import (
    STOPPING,
    STOPS,
    TIE,
    Array,
    Rng,
    Stop,
    early_stop_epoch,
    plateau_of_torch,
    some_losses,
)

TRAINING = '''
def drive(f, path, train, dev, patience, most):
    """Training that goes along the rows of path, with the losses given."""
    import numpy as np

    theta, calls = path[0].copy(), 0

    def where(theta):
        if theta is None:
            raise TypeError("theta is None: epoch changes it in place, returns nothing")
        rows = np.flatnonzero((path == np.asarray(theta)).all(axis=1))
        if len(rows) != 1:
            raise ValueError("a loss or epoch is asked about weights never reached")
        return int(rows[0])

    def epoch(theta):
        nonlocal calls
        calls += 1
        if calls > most:
            raise RuntimeError("epoch is called more than most times")
        theta[...] = path[where(theta) + 1]

    def train_loss(theta):
        return float(train[where(theta)])

    def dev_loss(theta):
        return float(dev[where(theta)])

    kept = f(theta, epoch, train_loss, dev_loss, patience, most)
    if isinstance(kept, np.ndarray):
        kept = kept.copy()
    return {"weights": kept, "epochs": calls}
'''


def training_inputs(rng: Rng) -> list[Case]:
    """The training loss always falls; ties, the start best, and no stop at the edge."""

    def case(name: str, d: int, dev: Sequence[float], patience: int, **kind: Any) -> Case:
        path = rng.normal(0, 1, (len(dev), d))
        train = np.sort(rng.uniform(0.1, 0.9, len(dev)))[::-1].copy()
        args = (path, train, np.array(dev), patience, len(dev) - 1)
        return Case(name=name, args=args, **kind)

    falling = np.sort(rng.uniform(0.2, 1, 5))[::-1].tolist()
    rising = np.sort(rng.uniform(0.2, 1, 7)).tolist()
    low, high = rising[0], rising[-1]
    tie: dict[str, Any] = {"role": "edge", "requirement": TIE}
    start: dict[str, Any] = {"role": "edge", "requirement": "the start may stay the best"}
    never: dict[str, Any] = {
        "role": "edge",
        "requirement": "it ends after most epochs, the last of them evaluated too",
    }
    return [
        case("patience 3", 3, some_losses(rng, 3), 3),
        case("patience 2", 2, some_losses(rng, 2), 2),
        case("patience 4", 4, some_losses(rng, 4), 4),
        case("tie", 3, [high, low, low, low, high, low / 2], 3, **tie),
        case("rising", 2, rising, 2, **start),
        case("falling", 3, falling, 2, **never),
    ]


Training = Callable[..., Array]


def _patient(
    stop: Stop = early_stop_epoch,
    watch: Callable[[Any, Any], Any] = lambda train, dev: dev,
    keep: Callable[[list[float], int], int] = lambda seen, t: int(np.argmin(seen)),
    first: int = 0,
) -> Training:
    """Return a training that looks at its whole history again after each epoch."""

    def fit(
        theta: Array, epoch: Any, train: Any, dev: Any, patience: int, most: int
    ) -> Array:
        loss = watch(train, dev)
        seen, saved = [loss(theta)], [theta.copy()]
        while len(seen) <= most and stop(seen[first:], patience) >= len(seen[first:]):
            epoch(theta)
            seen.append(loss(theta))
            saved.append(theta.copy())
        return saved[first + keep(seen[first:], len(seen))]

    return fit


def _back_to_the_best(
    theta: Array, epoch: Any, train: Any, dev: Any, patience: int, most: int
) -> Array:
    best, kept, failures = dev(theta), theta.copy(), 0
    for _ in range(most):
        epoch(theta)
        failures += 1
        if dev(theta) < best:
            best, kept, failures = dev(theta), theta.copy(), 0
        if failures == patience:
            break
        theta[...] = kept
    return kept


LAST = (
    "What comes back are the weights of the last epoch, after training had become worse. "
    "epoch changes theta in place: keep a copy of the best, and return that one."
)


EXERCISE = Exercise(
    id="X11.4",
    function="fit_with_patience",
    points=3,
    reference=_patient(),
    inputs=training_inputs,
    outputs=("weights", "epochs"),
    pack="dict",
    driver=TRAINING,
    unchanged="",
    lecture=STOPPING,
    mistakes=(
        Mistake(
            code="M11.6f",
            variant=_patient(watch=lambda train, dev: train),
            message="You watch the training loss, which goes on falling while the network "
            "learns by heart. Watch the development loss.",
        ),
        Mistake(
            code="M11.6g",
            variant=_patient(keep=lambda seen, t: len(seen) - 1),
            message=LAST,
        ),
        *(
            Mistake(code=code, variant=_patient(stop), message=message)
            for code, (stop, message) in STOPS.items()
            if code != "M11.6e"
        ),
        Mistake(
            code="X11.4a",
            variant=_patient(lambda dev, n: len(dev)),
            message="You train to the very end and choose afterwards. The point of early "
            "stopping is to stop.",
        ),
        Mistake(
            code="X11.4b",
            variant=_patient(first=1),
            message="The start is not evaluated: it may be better than all that follows.",
        ),
        Mistake(
            code="X11.4c",
            variant=_back_to_the_best,
            message="After a failure you go back to the best weights, so the same epoch is "
            "trained again. Keep a copy of the best, and let training go on.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def fit_with_a_history(theta, epoch, train_loss, dev_loss, patience, most):
    losses, saved = [dev_loss(theta)], [np.array(theta)]
    while len(losses) <= most:
        epoch(theta)
        losses.append(dev_loss(theta))
        saved.append(np.array(theta))
        if len(losses) - 1 - int(np.argmin(losses)) >= patience:
            break
    return saved[int(np.argmin(losses))]


def fit_on_new_arrays(theta, epoch, train_loss, dev_loss, patience, most):
    best, left, done = theta, patience, 0
    lowest = dev_loss(best)
    while left and done < most:
        theta = theta.copy()
        epoch(theta)
        done += 1
        if dev_loss(theta) < lowest:
            best, lowest, left = theta, dev_loss(theta), patience
        else:
            left -= 1
    return best


def fit_into_the_given_array(theta, epoch, train_loss, dev_loss, patience, most):
    kept, lowest, waited = theta.copy(), dev_loss(theta), 0
    for _ in range(most):
        epoch(theta)
        waited += 1
        if dev_loss(theta) < lowest:
            kept[...], lowest, waited = theta, dev_loss(theta), 0
        if waited >= patience:
            break
    theta[...] = kept
    return theta


RIGHT_WAYS = [fit_with_a_history, fit_on_new_arrays, fit_into_the_given_array]


# --- examples of mistakes -------------------------------------------------------------


def fit_without_a_copy(
    theta: Array, epoch: Any, train: Any, dev: Any, patience: int, most: int
) -> Array:
    best, kept, waited = dev(theta), theta, 0
    for _ in range(most):
        epoch(theta)
        waited += 1
        if dev(theta) < best:
            best, kept, waited = dev(theta), theta, 0
        if waited == patience:
            break
    return kept


def fit_going_back_to_the_best(
    theta: Array, epoch: Any, train: Any, dev: Any, patience: int, most: int
) -> Array:
    losses, kept = [dev(theta)], theta.copy()
    for _ in range(most):
        epoch(theta)
        losses.append(dev(theta))
        if losses[-1] < min(losses[:-1]):
            kept = theta.copy()
        else:
            theta[...] = kept
        if len(losses) - 1 - int(np.argmin(losses)) == patience:
            break
    return theta


WRONG_WAYS = {
    "M11.6g": [fit_without_a_copy],
    "X11.4c": [fit_going_back_to_the_best],
}


# --- what the reference has to agree with ---------------------------------------------


def witness_plateau_of_torch() -> None:
    for seed in range(5):
        for (path, _, dev, patience, most), found in expected(EXERCISE, seed):
            stop = min(plateau_of_torch(dev.tolist(), patience), most)
            assert found["epochs"] == stop
            best = dev[: stop + 1].argmin()
            np.testing.assert_array_equal(found["weights"], path[best])
