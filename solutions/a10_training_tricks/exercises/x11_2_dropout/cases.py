"""What answers are tried with, and what of their draws is looked at."""

from __future__ import annotations

from typing import Any

from grader.model import Case

from .._shared import AXES, Rng

# How a layer draws is free, so what it draws is reduced to facts that every right layer
# shares. The driver knows bounds, and no right value: which of the given bands the share
# of survivors lies in is for the trusted side to judge.
#
# False alarms. DRAWS * SIZE units are dropped independently, so by Hoeffding the share of
# survivors leaves its band with probability at most 2 exp(-2 n WIDTH^2), n = 20 000; and
# likewise the shares of the 40 rows and 25 columns (n = 500 and 800, LINE) and of equal
# neighbours (n >= 9 600 disjoint pairs, PAIRS). Two masks of one p are equal with
# probability (p^2 + (1 - p)^2)^SIZE; all DRAWS counts of survivors are equal with
# probability below 10^-25; a draw is exactly 0, which > and >= tell apart, with 2^-53.
# Over all cases a right layer fails with probability below FALSE_ALARM;
# tests/solutions/test_a10_dropout.py adds it up.
DRAWS = 20


ROWS, COLUMNS = 40, 25
SIZE = ROWS * COLUMNS
WIDTH, LINE, PAIRS = 0.09, 0.2, 0.05
FALSE_ALARM = 1e-10


LAYER_DRIVER = (
    f"""
DRAWS, ROWS, COLUMNS = {DRAWS}, {ROWS}, {COLUMNS}
"""
    + '''

def drive(Layer, x, dout, p, seed, bands):
    """Reduce what a layer draws to facts.

    bands: intervals for the share of survivors, then one for the shares of all rows and
    columns, and one for the share of equal neighbours.
    """
    import random

    import numpy as np

    given, above = x.copy(), dout.copy()

    def times(y, of):
        try:
            found = np.asarray(y, dtype=float)
        except (TypeError, ValueError):
            return None
        return found / of if found.shape == of.shape else None

    def forward(layer, train):
        work = given.copy()
        found = times(layer.forward(work, train), given)
        if not np.array_equal(work, given):
            x[...] = work  # show that the argument was changed
        return found

    def trained(layer):
        found = forward(layer, True)
        if found is None:
            raise ValueError("forward returns no array of numbers of x's shape")
        return found

    def ends(values):
        return [float(values.min()), float(values.max())] if values.size else []

    def world():
        state = np.random.get_state(legacy=False)["state"]
        return state["key"].tolist(), state["pos"], random.getstate()

    def within(shares, band):
        return bool(np.all((band[0] <= shares) & (shares <= band[1])))

    def mask_facts(layer, on):
        mask = getattr(layer, "mask", None)
        try:
            mask = np.asarray(mask, dtype=float)
        except (TypeError, ValueError):
            return ["none"]
        if mask.shape != on.shape:
            return ["none" if np.isnan(mask).all() else "shape"]
        if not ((mask == 0) | (mask == 1)).all():
            return ["other values"]
        return [bool((mask == on).all()), bool((mask == ~on).all())]

    np.random.random(), random.random()  # where a seeding would not lead
    before = world()
    rng = np.random.default_rng(seed)
    layer = Layer(p, rng)
    runs, masks = [], []
    for _ in range(DRAWS):
        runs.append(trained(layer))
        masks.append(mask_facts(layer, runs[-1] != 0))
    on = np.array(runs) != 0

    state = rng.bit_generator.state
    backward = kept = None  # kept: what testing has to leave as it is
    try:
        slopes = times(layer.backward(dout), above)
    except NotImplementedError:
        pass
    except Exception:
        backward = "raised"
    else:
        still = rng.bit_generator.state == state
        if slopes is not None:
            here = slopes != 0
            same, opposite = (bool((here == m).all()) for m in (on[-1], ~on[-1]))
            backward = [*ends(slopes[here]), same, opposite, still]
            kept = slopes if same and still else None

    state = rng.bit_generator.state
    tested = forward(layer, False)
    evaluation = None
    if tested is not None:
        evaluation = [*ends(tested), rng.bit_generator.state == state]
        try:
            later = times(layer.backward(above.copy()), above)
        except Exception:
            later = None
        evaluation.append(
            kept is None
            or (later is not None and np.array_equal(later, kept, equal_nan=True))
        )

    again = trained(Layer(p, np.random.default_rng(seed)))
    other = trained(Layer(p, np.random.default_rng(seed + 1)))
    grid = on.reshape(DRAWS, ROWS, COLUMNS)
    share, (*candidates, line, pair) = on.mean(), bands
    pairs = grid[:, ::2] == grid[:, 1::2], grid[:, :, :-1:2] == grid[:, :, 1::2]
    # Few units that share their fate may draw the same mask twice by chance.
    fresh = len({run.tobytes() for run in on}) > DRAWS // 2  # or there is little to count
    hits = [k for k, band in enumerate(candidates) if within(share, band)]
    return {
        "survivors": ends(np.array(runs)[on]),
        "chance": [
            hits[0] if hits else -1,
            not fresh
            or all(within(grid.mean(axis=(0, axis)), line) for axis in (1, 2))
            and all(within(equal.mean(), pair) for equal in pairs),
            not fresh or len(set(grid.sum(axis=(1, 2)).tolist())) > 1,
        ],
        "mask": masks[0] if all(facts == masks[0] for facts in masks) else ["changing"],
        "fresh": fresh,
        "generator": [
            bool(((again != 0) == on[0]).all()),
            bool(0 < on[0].mean() < 1 and ((other != 0) == on[0]).all()),
            world() == before,
        ],
        "evaluation": evaluation,
        "backward": backward,
    }
'''
)


NOTHING = "p = 0 drops nothing"
"""A requirement of the task."""


def layer_bands(p: float) -> list[tuple[float, float]]:
    """Return where shares may lie: of survivors, mixed up, of lines, of equal pairs."""
    equal = p**2 + (1 - p) ** 2
    shares = ((1 - p, WIDTH), (p, WIDTH), (1 - p, LINE), (equal, PAIRS))
    return [(share - width, share + width) for share, width in shares]


def layer_inputs(rng: Rng) -> list[Case]:
    """No x is 0; one, two and three axes; p = 0 at the edge."""

    def case(shape: tuple[int, ...], p: float, **kind: Any) -> Case:
        x, dout = (
            rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape) for _ in range(2)
        )
        args = (x, dout, p, int(rng.integers(1, 10**6)), layer_bands(p))
        return Case(name=f"{shape}, p = {p:.2f}", args=args, **kind)

    return [
        case((SIZE,), float(rng.uniform(0.65, 0.8)), group=AXES[1]),
        case((ROWS, COLUMNS), float(rng.uniform(0.2, 0.35)), group=AXES[2]),
        case((10, 4, COLUMNS), float(rng.uniform(0.2, 0.35)), group=AXES[3]),
        case((ROWS, COLUMNS), 0.0, role="edge", requirement=NOTHING),
    ]
