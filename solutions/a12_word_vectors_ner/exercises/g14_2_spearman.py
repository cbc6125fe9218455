"""G14.2 `spearman`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.judge.compare import compare, is_number
from grader.model import Case, Evidence, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import generic, values
from ._shared import LECTURE, Array, Rng

SPEARMAN_DRIVER = """
def drive(f, a, b, c, d):
    return {"without ties": f(a, b), "with ties": f(c, d)}
"""


RISING = np.array([0.3, 4.1, 2.9, 6.0, 1.2, 5.3, 2.2])
FALLING = np.array([-1.0, -5.5, -5.0, -90.0, -2.5, -7.0, -1.9])


def spearman_inputs(rng: Rng) -> list[Case]:
    """Values far from a line and all different; then ties, also of whole numbers."""

    def apart(n: int) -> tuple[Array, Array]:
        a = rng.normal(0, 1, n)
        return np.exp(2 * a) - 3, 10 * np.tanh(a + 0.8 * rng.normal(0, 1, n))

    humans = np.array([7.35, 10.0, 7.46, 7.58, 5.77, 6.62, 1.62, 1.31, 0.92])
    cosines = np.array([0.6, 1.0, 0.55, 0.7, 0.7, 0.5, 0.2, 0.3, 0.1])
    votes = rng.permutation(np.array([1.0, 1, 1, 2, 3, 3, 4, 5, 5, 5, 5, 7]))
    other = votes % 4 + rng.integers(0, 2, 12)
    return [
        Case(name="8 and the nine pairs", args=(*apart(8), humans, cosines)),
        Case(name="13, ties on one side", args=(*apart(13), votes, rng.normal(0, 1, 12))),
        Case(name="20, ties on both sides", args=(*apart(20), votes, other)),
        Case(name="one falls as the other rises", args=(RISING, FALLING, humans, -cosines)),
    ]


def _counted(v: Array) -> list[float]:
    """Ranks by counting the smaller and the equal ones."""
    return [
        sum(other < value for other in v.tolist())
        + (1 + sum(other == value for other in v.tolist())) / 2
        for value in v.tolist()
    ]


def _pearson(r: Sequence[float], s: Sequence[float]) -> float:
    mean_r, mean_s = math.fsum(r) / len(r), math.fsum(s) / len(s)
    pairs = [(p - mean_r, q - mean_s) for p, q in zip(r, s, strict=True)]
    own = math.fsum(p * p for p, _ in pairs) * math.fsum(q * q for _, q in pairs)
    return math.fsum(p * q for p, q in pairs) / math.sqrt(own)


def spearman(a: Array, b: Array) -> float:
    """T14.5: the correlation of the ranks."""
    return _pearson(_counted(a), _counted(b))


def _ranked(ranks: Callable[[Array], Any]) -> Callable[[Array, Array], float]:
    return lambda a, b: _pearson([float(r) for r in ranks(a)], [float(r) for r in ranks(b)])


def _kendall(a: Array, b: Array) -> float:
    up = np.sign(np.subtract.outer(a, a)), np.sign(np.subtract.outer(b, b))
    return float(np.sum(up[0] * up[1]) / math.sqrt(np.sum(up[0] ** 2) * np.sum(up[1] ** 2)))


def _kendall_a(a: Array, b: Array) -> float:
    up = np.sign(np.subtract.outer(a, a)) * np.sign(np.subtract.outer(b, b))
    return float(np.sum(up) / (len(a) * (len(a) - 1)))


def _short_formula(a: Array, b: Array) -> float:
    n = len(a)
    gaps = np.subtract(_counted(a), _counted(b))
    return float(1 - 6 * np.sum(gaps**2) / (n * (n * n - 1)))


def _short_formula_arbitrary(a: Array, b: Array) -> float:
    n = len(a)
    gaps = _stable(a) - _stable(b)
    return float(1 - 6 * np.sum(gaps**2) / (n * (n * n - 1)))


def _stable(v: Array) -> Array:
    return np.argsort(np.argsort(v, kind="stable"), kind="stable")


def _backwards(v: Array) -> Array:
    return _stable(v[::-1])[::-1]


def _only_ties_wrong(evidence: Evidence) -> bool:
    """Whether all is right but for ties: an unstable sort may order them anyhow."""
    found = values(evidence)
    return found is not None and all(
        isinstance(value, dict)
        and is_number(value.get("with ties"))
        and compare(value.get("without ties"), spearman(*case.args[:2])) is None
        for value, (case, _, _) in zip(found, generic(evidence), strict=True)
    )


UNSHARED = (
    "Tied values do not share a rank, or not the right one: each gets the mean of the "
    "ranks they occupy together."
)


SPEARMAN = f"{LECTURE}#Judgements:-similarity"


def _uncentred(a: Array, b: Array) -> float:
    r, s = np.array(_counted(a)), np.array(_counted(b))
    return float(r @ s / math.sqrt((r @ r) * (s @ s)))


def _covariance(ddof: int) -> Callable[[Array, Array], float]:
    return lambda a, b: float(np.cov(_counted(a), _counted(b), ddof=ddof)[0, 1])


def _cubed(ranks: Callable[[Array], Any]) -> Callable[[Array, Array], float]:
    return lambda a, b: float(
        1 - 6 * np.sum(np.subtract(ranks(a), ranks(b)) ** 2) / len(a) ** 3
    )


EXERCISE = Exercise(
    id="G14.2",
    function="spearman",
    points=4,
    reference=spearman,
    inputs=spearman_inputs,
    outputs=("without ties", "with ties"),
    pack="dict",
    driver=SPEARMAN_DRIVER,
    lecture=SPEARMAN,
    mistakes=(
        Mistake(
            code="M14.2a",
            variant=_ranked(lambda v: v),
            message="This is the correlation of the values themselves. Only their order "
            "should count: put the ranks in their place first.",
        ),
        Mistake(
            code="M14.2b",
            variant=_ranked(np.argsort),
            message="argsort says where the smallest value stands, where the next, and so "
            "on. That is no rank: a rank says the how-manieth each value is.",
        ),
        Mistake(
            code="M14.2d",
            variant=lambda a, b: -spearman(a, b),
            message="One of the two rankings runs downwards, so your correlation has the "
            "wrong sign. Let rank 1 be the smallest value in both.",
        ),
        *(
            Mistake(
                code="M14.2e",
                variant=variant,
                message="This is Kendall's tau, which counts pairs in the same order. "
                "Spearman's rho is the correlation of the ranks.",
            )
            for variant in (_kendall, _kendall_a)
        ),
        *(
            Mistake(code="M14.2c", variant=variant, message=UNSHARED)
            for variant in (
                _ranked(lambda v: np.argsort(np.argsort(v))),
                _ranked(_stable),
                _ranked(_backwards),
                _ranked(lambda v: np.searchsorted(np.sort(v), v)),
                _ranked(lambda v: np.searchsorted(np.sort(v), v, side="right")),
                _ranked(lambda v: np.unique(v, return_inverse=True)[1]),
                _short_formula_arbitrary,
            )
        ),
        Mistake(code="M14.2c", detect=_only_ties_wrong, message=UNSHARED),
        Mistake(
            code="X14.0b",
            variant=_short_formula,
            message="The short formula with the squared differences of the ranks holds "
            "only if there are no ties. Take the correlation of the ranks.",
        ),
        Mistake(
            code="X14.0l",
            variant=lambda a, b: abs(spearman(a, b)),
            message="The sign is lost. If one list falls as the other rises, the "
            "correlation is negative: take no absolute value and no root of a square.",
        ),
        *(
            Mistake(
                code="X14.0m",
                variant=variant,
                message="Only one of the two lists has been turned into ranks. Both have "
                "to be.",
            )
            for variant in (
                lambda a, b: _pearson(_counted(a), b.tolist()),
                lambda a, b: _pearson(a.tolist(), _counted(b)),
            )
        ),
        Mistake(
            code="X14.0n",
            variant=_uncentred,
            message="The ranks are right, but their means were not subtracted: that is "
            "the cosine of the ranks. A correlation takes the mean away first.",
        ),
        *(
            Mistake(
                code="X14.0o",
                variant=_covariance(ddof),
                message="That is the covariance of the ranks. Divide it by both standard "
                "deviations.",
            )
            for ddof in (0, 1)
        ),
        Mistake(
            code="X14.0q",
            variant=lambda a, b: spearman(a, b) ** 2,
            message="That is the square of the correlation. Return the correlation, with "
            "its sign.",
        ),
        *(
            Mistake(
                code="X14.0b",
                variant=_cubed(ranks),
                message="The short formula divides by n (n**2 - 1), not by n**3, and it "
                "holds only if there are no ties. Take the correlation of the ranks.",
            )
            for ranks in (_counted, _stable)
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def spearman_through_runs(a, b):
    def ranks(v):
        values = sorted(v.tolist())
        first = {x: values.index(x) + 1 for x in values}
        return [first[x] + (values.count(x) - 1) / 2 for x in v.tolist()]

    r, s = np.array(ranks(a)), np.array(ranks(b))
    r, s = r - r.mean(), s - s.mean()
    return float(r @ s / np.sqrt((r @ r) * (s @ s)))


def spearman_through_unique(a, b):
    def ranks(v):
        _, place, count = np.unique(v, return_inverse=True, return_counts=True)
        return (np.cumsum(count) - (count - 1) / 2)[place]

    r, s = ranks(a), ranks(b)
    return np.cov(r, s, ddof=0)[0, 1] / (r.std() * s.std())


def spearman_by_signs(a, b):
    r = np.sign(a[:, None] - a[None]).sum(axis=1)  # twice the rank, but for a constant
    s = np.sign(b[:, None] - b[None]).sum(axis=1)
    return np.sum(r * s) / math.sqrt(np.sum(r * r) * np.sum(s * s))


def spearman_downwards(a, b):
    def ranks(v):
        order = np.argsort(-v)
        r = np.empty(len(v))
        r[order] = np.arange(len(v))
        for x in set(v.tolist()):
            r[v == x] = r[v == x].mean()
        return r

    return np.corrcoef(np.stack([ranks(a), ranks(b)]))[1, 0]


def spearman_in_arrays_of_their_kind(a, b):
    def ranks(v):
        r = np.zeros_like(v)  # float64, as the values are
        for i, x in enumerate(v):
            places = np.flatnonzero(np.sort(v) == x) + 1
            r[i] = places.mean()
        return r

    return np.corrcoef(ranks(a), ranks(b))[0, 1]


RIGHT_WAYS = [
    spearman_through_runs,
    spearman_through_unique,
    spearman_by_signs,
    spearman_downwards,
    spearman_in_arrays_of_their_kind,
]

EQUIVALENTS = {
    "return np.corrcoef(ranks(a), ranks(b))[0, 1] → return np.corrcoef(ranks(b), ranks(a))[0, 1]": "a correlation is symmetric",
    "return np.corrcoef(ranks(a), ranks(b))[0, 1] → return np.corrcoef(ranks(a), ranks(b))[0, -1]": "the last of two is number 1",
    "smaller = (v[None, :] < v[:, None]).sum(axis=1) → smaller = (v[None, :] > v[:, None]).sum(axis=1)": "both rankings run downwards: the correlation is the same",
    "smaller = (v[None, :] < v[:, None]).sum(axis=1) → smaller = (v[None, :] < v[:, None]).sum(axis=-1)": "the last axis of a matrix is axis 1",
    "equal = (v[None, :] == v[:, None]).sum(axis=1) → equal = (v[None, :] == v[:, None]).sum(axis=-1)": "the last axis of a matrix is axis 1",
    "return smaller + (equal + 1) / 2 → return smaller + (equal - 1) / 2": "all ranks are shifted alike, which no correlation sees",
    "return smaller + (equal + 1) / 2 → return smaller + (equal + 2) / 2": "all ranks are shifted alike, which no correlation sees",
    "return smaller + (equal + 1) / 2 → return smaller + (equal + -1) / 2": "all ranks are shifted alike, which no correlation sees",
}


# --- examples of mistakes -------------------------------------------------------------


def spearman_with_ties_by_chance(a: Array, b: Array) -> float:
    def ranks(v: Array) -> Array:
        order = np.random.default_rng(len(v)).permutation(len(v))
        found = np.empty(len(v))
        found[order] = np.argsort(np.argsort(v[order], kind="stable"))
        return found

    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


WRONG_WAYS = {"M14.2c": [spearman_with_ties_by_chance]}


# --- what the reference has to agree with ---------------------------------------------


def witness_squared_differences() -> None:
    """The formula of handbooks: squared differences of ranks, corrected for ties."""

    def places(v: list[float]) -> list[float]:
        first = [sorted(v).index(x) + 1 for x in v]
        return [place + (v.count(x) - 1) / 2 for place, x in zip(first, v, strict=True)]

    def ties(v: list[float]) -> float:
        return sum(v.count(x) ** 3 - v.count(x) for x in set(v)) / 12

    for lists, found in expected(EXERCISE):
        values = [[float(x) for x in part] for part in lists]
        for (a, b), rho in zip((values[:2], values[2:]), found.values(), strict=True):
            pairs = zip(places(a), places(b), strict=True)
            most, d2 = (len(a) ** 3 - len(a)) / 6, sum((p - q) ** 2 for p, q in pairs)
            below = (most - 2 * ties(a)) * (most - 2 * ties(b))
            wanted = (most - d2 - ties(a) - ties(b)) / below**0.5
            np.testing.assert_allclose(rho, wanted, rtol=1e-12, atol=1e-12)
