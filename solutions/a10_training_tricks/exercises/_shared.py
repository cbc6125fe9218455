"""What several exercises of a10_training_tricks share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.judge.compare import compare
from grader.model import Case, Evidence, Raised

from ..._shared import autograd

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "11_training_tricks"
DEEP = "12_vanishing_gradients"
DROPOUT = f"{LECTURE}#Dropout:-do-not-rely-on-anybody"
STOPPING = f"{LECTURE}#Early-stopping,-with-patience"
PRICE = f"{LECTURE}#A-price-on-large-weights"


LENGTHS = (5, 2, 4)


AXES = {1: "one axis", 2: "two axes", 3: "three axes"}
"""What cases of dropout are about, and parts of the points."""


def right_for_some_axes(evidence: Evidence) -> bool:
    """Whether some numbers of axes come out right, and all others end in an exception."""
    right, stopped = set(), set()
    for case, mine, wanted in zip(
        evidence.cases, evidence.outcomes, evidence.expected, strict=True
    ):
        if case.role != "generic" or isinstance(wanted, Raised):
            continue
        if isinstance(mine, Raised):
            stopped.add(case.group)
        elif compare(mine.value, wanted.value) is None:
            right.add(case.group)
        else:
            return False
    return bool(right and stopped) and not right & stopped


def drop_rate(rng: Rng) -> float:
    """A probability far enough from 0, from 1/2 and from 1."""
    low, high = ((0.15, 0.35), (0.6, 0.8))[int(rng.integers(2))]
    return float(rng.uniform(low, high))


def some_mask(rng: Rng, shape: tuple[int, ...]) -> Array:
    """Zeros and ones, of both at least one."""
    mask = np.ones(int(np.prod(shape)))
    mask[: rng.integers(1, mask.size)] = 0
    return rng.permutation(mask).reshape(shape)


MESSAGES = {
    "M11.1a": "You divide by p, the probability of being dropped. The survivors make up "
    "for the dropped ones if they are divided by the probability of staying.",
    "M11.1c": "The survivors keep their size, so on average too little comes out in "
    "training. Inverted dropout repairs this there, by a division.",
    "M11.1d": "The survivors become smaller. The factor 1 - p belongs to standard dropout, "
    "in testing; here they have to grow.",
    "M11.1e": "Units are dropped in testing as well. There all of them work, and x "
    "comes out as it is.",
    "M11.1f": "In testing you multiply by 1 - p, the repair of standard dropout. Inverted "
    "dropout repairs in training, by its division; in testing x comes out as it is.",
}


EMPTY = "an empty sentence, mask 0 everywhere"


def real_words(rng: Rng, n: int, T: int, *, empty: bool = False) -> Array:
    """A mask (n, T): the longest sentence has T words, others fewer, pads at the end."""
    lengths = rng.integers(1, T, n)
    lengths[0], lengths[-1] = T, max(1, T // 2)
    if empty:
        lengths[1] = 0
    lengths[: n - empty] = rng.permutation(lengths[: n - empty])
    return (np.arange(T) < lengths[:, None]).astype(float)


def _sentences(rng: Rng, gradient: bool) -> list[Case]:
    def case(n: int, T: int, d: int, **kind: Any) -> Case:
        mask = real_words(rng, n, T, empty=bool(kind))
        first = rng.normal(1, 1, (n, d) if gradient else (n, T, d))
        return Case(name=f"N = {n}, T = {T}, d = {d}", args=(first, mask), batch=n, **kind)

    slide = (np.arange(5) < np.array(LENGTHS)[:, None]).astype(float)
    first = rng.normal(1, 1, (3, 4) if gradient else (3, 5, 4))
    return [
        Case(name="slide", args=(first, slide), batch=3),
        case(4, 6, 3),
        case(4, 4, 4),
        case(6, 4, 2),
        case(3, 4, 2, role="edge", requirement=EMPTY),
        case(5, 3, 3, role="edge", requirement=EMPTY),
    ]


def _lengths(mask: Array) -> Array:
    return np.maximum(mask.sum(axis=1, keepdims=True), 1)


Stop = Callable[[list[float], int], int]
TIE = "a loss equal to the best is no new best"


def early_stop_epoch(dev_losses: list[float], patience: int) -> int:
    """T11.3, T11.4: the first t that lies `patience` behind the first minimum so far."""
    for t in range(len(dev_losses)):
        if t - int(np.argmin(dev_losses[: t + 1])) >= patience:
            return t
    return len(dev_losses)


def _stop(
    fails: Callable[[list[float], int], bool],
    *,
    more: int = 0,
    reset: bool = True,
    start: int = 1,
) -> Stop:
    """Return a way to stop: which evaluations fail, and how failures are counted."""

    def variant(dev_losses: list[float], patience: int) -> int:
        failures = 0
        for t in range(start, len(dev_losses)):
            if fails(dev_losses, t):
                failures += 1
            elif reset:
                failures = 0
            if failures >= patience + more:
                return t
        return len(dev_losses)

    return variant


def no_best(dev: list[float], t: int) -> bool:
    return bool(dev[t] >= min(dev[:t]))


def first_rise(dev: list[float], patience: int) -> int:
    rises = (t for t in range(1, len(dev)) if dev[t] > dev[t - 1])
    return next(rises, len(dev))


STOPS: dict[str, tuple[Stop, str]] = {
    "M11.6a": (
        first_rise,
        "patience has no effect: training stops as soon as the loss rises. Wait for that "
        "many failures in a row.",
    ),
    "M11.6b": (
        _stop(no_best, reset=False),
        "You count all failures since the beginning. A new best starts the count again.",
    ),
    "M11.6c": (
        _stop(lambda dev, t: bool(dev[t] >= dev[t - 1])),
        "You compare with the evaluation before. A loss below the previous one is still a "
        "failure, unless it is below all before it.",
    ),
    "M11.6d": (
        _stop(no_best, more=1),
        "You wait for one failure too many: with a patience of n, failure number n in a "
        "row is the one that stops.",
    ),
    "M11.6e": (
        _stop(lambda dev, t: bool(dev[t] <= max(dev[:t]))),
        "You take the largest loss for the best. Of losses the smallest is (it is the "
        "other way round with accuracies).",
    ),
}


def _best(dev: list[float], patience: int) -> int:
    return int(np.argmin(dev[: early_stop_epoch(dev, patience) + 1]))


def some_losses(rng: Rng, patience: int) -> list[float]:
    """Losses on which every other way to stop gives another number.

    Single failures, as many as would be too many if they added up; then `patience`
    failures, falling after the first; a new best; three failures that fall, and
    `patience` that rise. Comparing neighbours never gives the index before that of
    another way, either: with + 1 it would pass for that one.
    """
    neighbours = STOPS["M11.6c"][0]
    others = [_best, *(stop for stop, _ in STOPS.values())]
    while True:
        dev = [float(rng.uniform(0.9, 1))]

        def better(times: int, dev: list[float] = dev) -> None:
            for _ in range(times):
                dev.append(min(dev) * rng.uniform(0.93, 0.98))

        def worse(times: int, way: int, dev: list[float] = dev) -> None:
            dev += np.sort(min(dev) * rng.uniform(1.02, 1.2, times))[::way].tolist()

        better(int(rng.integers(1, 4)))
        for _ in range(patience):
            worse(1, 1)
            better(int(rng.integers(1, 3)))
        worse(patience, -1)
        better(1)
        worse(3, -1)
        worse(patience, 1)
        better(int(rng.integers(1, 4)))
        worse(1, 1)
        dev = [round(loss, 4) for loss in dev]
        right = early_stop_epoch(dev, patience)
        stops = [right, right + 1, len(dev) - 1, len(dev)]
        stops += [other(dev, patience) for other in others]
        stops.append(neighbours(dev, patience) + 1)
        if len({*stops}) == len(stops) and len({*dev}) == len(dev):
            return dev


CLOSE: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-14}


def slope(f: Callable[..., Any], at: Array, upstream: Array) -> Array:
    """Return PyTorch's gradient of upstream * f(at)."""
    import torch

    (gradient,) = autograd(lambda leaf: (f(leaf) * torch.tensor(upstream)).sum(), at)
    return gradient


def scale_of_torch(p: float) -> float:
    """Return how much larger PyTorch's dropout makes what it keeps."""
    import torch

    return float(torch.nn.functional.dropout(torch.ones(999).double(), p).max())


def bag_of_torch(E: Any, mask: Array) -> Any:
    """Average every sentence by PyTorch's bag of words, pads skipped."""
    import torch

    N, T, d = E.shape
    ids = torch.arange(1, N * T + 1).reshape(N, T) * torch.tensor(mask).long()
    table = torch.cat([torch.zeros(1, d).double(), E.reshape(N * T, d)])
    return torch.nn.functional.embedding_bag(ids, table, mode="mean", padding_idx=0)


def plateau_of_torch(dev: list[float], patience: int) -> int:
    """Return where PyTorch's plateau acts; its patience n - 1 is the course's n."""
    import torch

    w = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, patience=patience - 1, threshold=0.0
    )
    for t, loss in enumerate(dev):
        scheduler.step(loss)
        if optimizer.param_groups[0]["lr"] < 1:
            return t
    return len(dev)
