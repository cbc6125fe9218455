"""G03.6 `count_pieces`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ._shared import NEURONS, Array, Rng

Unit = tuple[float, float, float]
"""Where a unit bends, w, and v."""


def _units(*units: Unit) -> tuple[Array, Array, Array]:
    at, w, v = (np.array(column) for column in zip(*units, strict=True))
    return w, -w * at, v


def piece_inputs(rng: Rng) -> list[Case]:
    """Bends at quarters, so that they are exact, on one side of 0; each rule by itself."""
    low, high = 0.5, 6.5

    def places(n: int) -> list[float]:
        return [float(x) for x in rng.choice(np.arange(3, 13) / 2, n, replace=False)]

    def w() -> float:
        return float(rng.choice([-4, -2, -0.5, 0.5, 2, 4]))

    def v() -> float:
        return float(rng.choice([-3, -2, -1.5, 1.5, 2, 3]))

    def case(name: str, *units: Unit, group: str, left: bool = False) -> Case:
        mixed = [units[i] for i in rng.permutation(len(units))]
        ends = (-high, -low) if left else (low, high)
        return Case(name=name, args=(*_units(*mixed), *ends), group=group)

    ways = [(x, wi, v()) for x, wi in zip(places(4), (-1.0, 1.0, 0.5, -4.0), strict=True)]
    behind = [(-x, w(), v()) for x in places(3)]
    beyond = [(7 + x, w(), v()) for x in places(2)]
    one = float(rng.choice(np.arange(14, 26) / 4))  # 2 * one is beyond
    two, three = (x / 2 for x in places(2))
    rest = (two, -2.0, v())
    lecture = [1.0, 2.0, -1.0], [-1.0, -4.0, 3.0], [2.0, -2.0, 1.0]
    return [
        Case(
            name="lecture",
            args=(*map(np.array, lecture), 0.0, 4.0),
            role="visible",
        ),
        case("all inside", *ways, group="apart"),
        case("some outside", *ways[1:], *beyond, *behind[:1], group="apart"),
        case("left of 0", *behind, *beyond, group="apart", left=True),
        case("none inside", *beyond, group="apart"),
        case("w = 0", *ways[:2], (1.0, 0.0, v()), (0.0, 0.0, v()), group="flat"),
        case(
            "v = 0", *((x, w(), 0.0) for x in (two, three)), (one, -2.0, v()), group="flat"
        ),
        case("same way", (one, 0.5, 2.0), (one, 2.0, 3.0), rest, group="shared"),
        case("other sum", (one, 0.5, 2.0), (one, 2.0, -2.0), group="shared"),
        case("both ways", (one, 2.0, 2.0), (one, -2.0, 2.0), group="shared"),
        case("gone", (one, 2.0, 1.5), (one, 4.0, -0.75), rest, group="cancel"),
        case("two gone", (one, 2.0, 1.0), (one, -0.5, -4.0), rest, group="cancel"),
        case("ends", (low, -4.0, v()), (high, -4.0, v()), rest, group="ends"),
    ]


def _bends(w: Array, b: Array, v: Array) -> Iterator[tuple[Fraction, Fraction]]:
    """Yield where units bend, and by how much each changes the slope."""
    for wi, bi, vi in zip(*(map(Fraction, map(float, p)) for p in (w, b, v)), strict=True):
        if wi:
            yield -bi / wi, vi * abs(wi)


def count_pieces(w: Array, b: Array, v: Array, low: float, high: float) -> int:
    """T03.7: one more than the places inside where the slope changes, in fractions."""
    change: dict[Fraction, Fraction] = {}
    for at, step in _bends(w, b, v):
        if low < at < high:
            change[at] = change.get(at, Fraction(0)) + step
    return 1 + sum(step != 0 for step in change.values())


def _flawed(
    *,
    first: int = 1,
    place: Callable[[float, float], float] = lambda w, b: -b / w,
    inside: Callable[[float, float, float], bool] = lambda x, lo, hi: lo < x < hi,
    bends: Callable[[float, float], bool] = lambda w, v: w != 0 and v != 0,
    once: bool = True,
    step: Callable[[float, float], float] | None = lambda w, v: v * abs(w),
) -> Callable[[Array, Array, Array, float, float], int]:
    def run(w: Array, b: Array, v: Array, low: float, high: float) -> int:
        found: list[tuple[float, float]] = []
        for wi, bi, vi in zip(w, b, v, strict=True):
            if bends(wi, vi):
                at = place(wi, bi)
                if inside(at, low, high):
                    found.append((at, 1.0 if step is None else step(wi, vi)))
        if not once:
            return first + len(found)
        sums: dict[float, float] = {}
        for at, size in found:
            sums[at] = sums.get(at, 0.0) + size
        return first + sum(step is None or size != 0 for size in sums.values())

    return run


EXERCISE = Exercise(
    id="G03.6",
    function="count_pieces",
    points=3,
    reference=count_pieces,
    inputs=piece_inputs,
    outputs=("pieces",),
    parts=(
        Part(name="bends at different places", weight=1.4, group="apart"),
        Part(name="some w or v are 0", weight=0.5, group="flat"),
        Part(name="bends at the same place", weight=0.4, group="shared"),
        Part(name="bends that cancel", weight=0.4, group="cancel"),
        Part(name="bends at low and high", weight=0.2, group="ends"),
        Part(name=UNCHANGED, weight=0.1, edge=UNCHANGED),
    ),
    lecture=f"{NEURONS}#8.-Nine-panels-(15-minutes,-core)",
    mistakes=(
        Mistake(
            code="X03.6a",
            variant=lambda w, b, v, low, high: len(w) + 1,
            message="This is the number of units plus 1: the largest number there can be. "
            "Look where each unit bends.",
        ),
        Mistake(
            code="X03.6b",
            variant=_flawed(first=0),
            message="These are the bends. One bend divides the line into two pieces: there "
            "is one piece more than bends.",
        ),
        Mistake(
            code="X03.6c",
            variant=_flawed(inside=lambda x, lo, hi: True),
            message="Bends outside the interval are counted, too. Only those between low "
            "and high divide this piece of the line.",
        ),
        Mistake(
            code="X03.6d",
            variant=_flawed(inside=lambda x, lo, hi: lo <= x <= hi),
            message="A bend exactly at low or high is counted. There is no piece beyond "
            "it: ask for low < bend < high.",
        ),
        Mistake(
            code="X03.6e",
            variant=_flawed(place=lambda w, b: b / w),
            message="The sign of the bend is wrong: w * x + b is 0 at x = -b / w.",
        ),
        Mistake(
            code="X03.6e",
            variant=_flawed(place=lambda w, b: -b),
            message="The bend is taken at -b. It is where w * x + b is 0: at -b / w.",
        ),
        Mistake(
            code="X03.6f",
            variant=_flawed(bends=lambda w, v: w > 0 and v != 0),
            message="Units with a negative w are left out. They bend as well: they are "
            "active on the left of their bend.",
        ),
        Mistake(
            code="X03.6g",
            variant=_flawed(bends=lambda w, v: w != 0, step=None),
            message="Every unit with a bend inside is counted once per place, whatever v "
            "is. The output bends only if the slopes on both sides differ: a unit with "
            "v = 0 is not heard, and bends at one place can cancel.",
        ),
        Mistake(
            code="X03.6h",
            variant=_flawed(once=False),
            message="Units that bend at the same place are counted each. One place is one "
            "bend at most.",
        ),
        Mistake(
            code="X03.6h",
            variant=_flawed(once=False, bends=lambda w, v: w != 0),
            message="Every unit with a bend inside is counted. Units that bend at the same "
            "place give one bend together, and a unit with v = 0 gives none.",
        ),
        *(
            Mistake(
                code="X03.6g",
                variant=_flawed(
                    bends=lambda w, v: w != 0,
                    inside=lambda x, lo, hi: lo <= x <= hi,
                    once=once,
                    step=None,
                ),
                message="Every bend of a unit from low to high is counted. The output "
                "bends only where its slope changes: v = 0 gives no bend, bends at one "
                "place can cancel, and beyond low and high there is nothing.",
            )
            for once in (True, False)
        ),
        Mistake(
            code="X03.6i",
            variant=_flawed(step=None),
            message="Bends at one place that cancel are counted. There the slope on the "
            "left is the slope on the right, so there is no bend.",
        ),
        Mistake(
            code="X03.6j",
            variant=_flawed(step=lambda w, v: v * w),
            message="At a place where several units bend you add up v * w. A unit with a "
            "negative w switches OFF there: the slope changes by v * abs(w).",
        ),
        Mistake(
            code="X03.6j",
            variant=_flawed(step=lambda w, v: v),
            message="At a place where several units bend you add up v. The slope changes "
            "by v * abs(w) for each of them.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def pieces_from_slopes(w, b, v, low, high):
    places = [-bi / wi for wi, bi in zip(w, b, strict=True) if wi != 0]
    ends = sorted({low, high, *(x for x in places if low < x < high)})
    slopes = []
    for left, right in pairwise(ends):
        x = (left + right) / 2
        slopes.append(
            sum(vi * wi for wi, bi, vi in zip(w, b, v, strict=True) if wi * x + bi > 0)
        )
    return 1 + sum(s != t for s, t in pairwise(slopes))


def pieces_with_unique(w, b, v, low, high):
    on = w != 0
    at, change = -b[on] / w[on], v[on] * np.abs(w[on])
    keep = (at > low) & (at < high)
    places, which = np.unique(at[keep], return_inverse=True)
    return np.count_nonzero(np.bincount(which, change[keep], len(places))) + 1


def pieces_on_a_grid(w, b, v, low, high):
    x = np.linspace(low, high, 16 * round(4 * (high - low)) + 1)
    out = v @ np.maximum(0, np.outer(w, x) + b[:, None])
    bent = np.abs(np.diff(out, 2)) > 1e-9
    return int(bent.sum()) + 1


RIGHT_WAYS = [pieces_from_slopes, pieces_with_unique, pieces_on_a_grid]

EQUIVALENTS = {
    "bends[place] = bends.get(place, 0.0) + v_i * abs(w_i) → bends[place] = bends.get(place, 0.0) - v_i * abs(w_i)": "only whether the sum is 0 counts",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_slopes_of_torch() -> None:
    """The slopes that PyTorch finds between quarters change as often."""
    import torch

    for (w, b, v, low, high), pieces in expected(EXERCISE):
        x = torch.arange(low + 1 / 16, high, 1 / 8, dtype=torch.float64, requires_grad=True)
        W, B, V = (torch.tensor(part)[:, None] for part in (w, b, v))
        (slope,) = torch.autograd.grad((V * torch.relu(W * x + B)).sum(), x)
        assert 1 + int((slope.diff().abs() > 1e-9).sum()) == pieces
