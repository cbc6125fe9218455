"""G05.10 `log_sum_exp`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Part
from grader.vetting.witness import expected

from ..._losses import Array, Rng, mistakes
from ._shared import CLOSE, STABLE

ROW, ROWS, MORE = "one row of scores, (C,)", "rows of scores, (N, C)", "three axes"
FAR = "scores of any size, such as 1000 and -1000"
GAPS = "a score of -inf adds nothing to the sum"
EMPTY = "a row of -inf only gives -inf"


def scores_inputs(rng: Rng) -> list[Case]:
    """One, two and three axes; scores far away, also in one array with others; -inf."""

    def case(*shape: int, **more: Any) -> Case:
        scores = rng.normal(0.5, 1.5, shape)
        return Case(name=f"shape {shape}", args=(scores,), **more)

    def edge(name: str, requirement: str, scores: Any) -> Case:
        scores = np.array(scores) + rng.uniform(0.1, 0.9, np.shape(scores))
        return Case(name=name, args=(scores,), role="edge", requirement=requirement)

    no = -np.inf
    return [
        case(3, group=ROW),
        case(5, group=ROW),
        case(4, 3, group=ROWS),
        case(3, 3, group=ROWS),
        case(2, 5, group=ROWS),
        case(2, 3, 4, group=MORE),
        case(3, 2, 2, group=MORE),
        edge("far", FAR, [[1000.0, 999.0, -1000.0], [0.0, 1.0, 2.0]]),
        edge("far below", FAR, [[-1000.0, -1001.0, -1000.0], [1000.0, 3.0, 1000.0]]),
        edge("all below", FAR, [[-2000.0, -2001.0, -1999.0], [-2500.0, -2500.0, -2501.0]]),
        edge("huge", FAR, [[1e300, 2.0], [-1.0, 1e300]]),
        edge("some", GAPS, [[0.0, no, 1.0], [no, no, -2.0], [1.0, 0.0, no]]),
        edge("many", GAPS, [[no, -1.5, 0.5, no], [0.5, no, no, no]]),
        edge("all of a row", EMPTY, [[no, no, no], [0.5, -1.0, 0.0]]),
    ]


def log_sum_exp(Z: Array) -> Any:
    """Row by row with exact sums."""
    if Z.ndim > 1:
        return np.array([log_sum_exp(part) for part in Z])
    top = float(Z.max())
    if top == -math.inf:
        return top
    return top + math.log(math.fsum(math.exp(z - top) for z in Z))


def _shifted(
    shift: Callable[[Array], Any] = lambda Z: Z.max(axis=-1, keepdims=True),
    *,
    back: float = 1.0,
    inner: Callable[[Array], Array] = lambda E: E.sum(axis=-1, keepdims=True),
    log: Callable[[Any], Any] = np.log,
    last: Callable[[Array, Array], Any] = lambda lse, Z: lse[..., 0],
) -> Callable[[Array], Any]:
    """Return log-sum-exp with something else in one place."""

    def run(Z: Array) -> Any:
        with np.errstate(all="ignore"):
            m = shift(Z)
            return last(back * m + log(inner(np.exp(Z - m))), Z)

    return run


def _zeros_for_gaps(Z: Array) -> Any:
    return log_sum_exp(np.where(np.isneginf(Z), 0.0, Z))


def _without_gaps(value: float) -> Callable[[Array], Any]:
    def run(Z: Array) -> Any:
        with np.errstate(all="ignore"):
            m = Z.max(axis=-1, keepdims=True)
            found = (m + np.log(np.exp(Z - m).sum(axis=-1, keepdims=True)))[..., 0]
        return np.where(np.isnan(found), value, found)

    return run


def _over(axis: Any) -> Callable[[Array], Any]:
    def run(Z: Array) -> Any:
        return np.logaddexp.reduce(Z, axis=axis)

    return run


def _last(Z: Array) -> Array:
    """Return log-sum-exp as a column."""
    return np.asarray(np.logaddexp.reduce(Z, axis=-1, keepdims=True))


EXERCISE = Exercise(
    id="G05.10",
    function="log_sum_exp",
    points=2,
    reference=log_sum_exp,
    inputs=scores_inputs,
    outputs=("lse",),
    parts=(
        Part(name=ROW, weight=0.3, group=ROW),
        Part(name=ROWS, weight=0.4, group=ROWS),
        Part(name=MORE, weight=0.3, group=MORE),
        Part(name=FAR, weight=0.6, edge=FAR),
        Part(name=GAPS, weight=0.15, edge=GAPS),
        Part(name=EMPTY, weight=0.15, edge=EMPTY),
        Part(name=UNCHANGED, weight=0.1, edge=UNCHANGED),
    ),
    lecture=STABLE,
    mistakes=mistakes(
        "05.10",
        {
            "Xa": (
                _shifted(lambda Z: np.zeros((*Z.shape[:-1], 1))),
                "This is right on paper. On a computer exp(1000) is inf, and exp(-1000) is "
                "0: subtract the largest score of the row first, and add it again at the "
                "end.",
            ),
            "Xb": (
                _shifted(lambda Z: np.full((*Z.shape[:-1], 1), Z.max())),
                "A number far above the scores of the row is subtracted, such as the largest "
                "one of the whole array: every exp of this row becomes 0. Each row needs its "
                "own largest score.",
            ),
            "Xc": (
                _shifted(back=0.0),
                "The largest score was subtracted and never added again: add it after the "
                "logarithm.",
            ),
            "Xc, sign": (
                _shifted(back=-1.0),
                "The largest score is subtracted twice. After the logarithm it has to be "
                "added.",
            ),
            "Xd": (
                _over(0),
                "You add up over the first axis. It is the last one, axis=-1, that "
                "disappears.",
            ),
            "Xd, second": (
                _over(1),
                "axis=1 is the last axis of a matrix only. Take axis=-1, which is the last "
                "one always.",
            ),
            "Xe": (
                _over(None),
                "Everything is added up into one number. Each row gives a number of its "
                "own: axis=-1.",
            ),
            "Xf": (
                _last,
                "The last axis is still there, with length 1. After keepdims=True take it "
                "away, as with [..., 0].",
            ),
            "Xg": (
                lambda Z: Z - _last(Z),
                "These are the logarithms of the softmax. Here it is the logarithm of the "
                "sum that is asked for: one number per row.",
            ),
            "Xg, softmax": (
                lambda Z: np.exp(Z - _last(Z)),
                "This is the softmax. Here it is the logarithm of the sum that is asked "
                "for: one number per row.",
            ),
            "Xh": (
                _shifted(log=lambda total: total),
                "There is no logarithm: take it of the sum.",
            ),
            "Xh, none": (
                lambda Z: np.exp(Z).sum(axis=-1),
                "This is the sum of exp(z). Take its logarithm.",
            ),
            "Xi": (
                _shifted(inner=lambda E: E.mean(axis=-1, keepdims=True)),
                "This is the logarithm of the mean. Take the sum of exp(z).",
            ),
            "Xj": (
                lambda Z: Z.max(axis=-1),
                "This is the largest score alone. The logarithm of the sum is larger: all "
                "scores are in it.",
            ),
            "Xk": (
                _shifted(log=np.log2),
                "This is a logarithm to the base 2. The course takes the natural one.",
            ),
            "Xk, ten": (
                _shifted(log=np.log10),
                "This is a logarithm to the base 10. The course takes the natural one.",
            ),
            "Xl": (
                _shifted(log=np.log1p),
                "log1p(s) is log(1 + s). Take the logarithm of the sum itself.",
            ),
            "Xm": (
                _shifted(),
                "In a row of -inf only, -inf minus -inf is nan. Subtract 0 in place of the "
                "largest score there; then log(0) gives -inf.",
            ),
            "Xm, zero": (
                _without_gaps(0.0),
                "A row of -inf only became 0. The sum of nothing but zeros is 0, and its "
                "logarithm is -inf.",
            ),
            "Xn": (
                _zeros_for_gaps,
                "-inf is treated as the score 0. exp(-inf) is 0: such a score adds nothing "
                "to the sum.",
            ),
            **{
                f"Xo, {most}": (
                    lambda Z, most=most: np.log(
                        np.exp(np.clip(Z, -most, most)).sum(axis=-1)
                    ),
                    "Large scores are cut off, and the sum is wrong for them. Subtract the "
                    "largest score of the row first, and add it again at the end.",
                )
                for most in (100, 500, 600, 700, 709)
            },
            "Xp": (
                lambda Z: -np.logaddexp.reduce(Z, axis=-1),
                "The sign is turned round. A minus belongs to a loss; here is none.",
            ),
            "Xq": (
                lambda Z: Z.sum(axis=-1),
                "The logarithms of the single exp(z) are added up: this is the sum of the "
                "scores. First add up, then take the logarithm.",
            ),
        },
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def lse_pairwise(Z):
    return np.logaddexp.reduce(Z, axis=-1)


def lse_with_a_safe_shift(Z):
    m = np.max(Z, axis=-1, keepdims=True)
    m = np.where(np.isfinite(m), m, 0.0)
    with np.errstate(divide="ignore"):
        return np.squeeze(m, -1) + np.log(np.sum(np.exp(Z - m), axis=-1))


def lse_by_recursion(Z):
    if np.ndim(Z) > 1:
        return [lse_by_recursion(row) for row in Z]
    top = max(Z)
    if top == float("-inf"):
        return top
    return top + math.log(sum(math.exp(z - top) for z in Z))


def lse_over_flat_rows(Z):
    rows = Z.reshape(-1, Z.shape[-1])
    out = np.full(len(rows), -np.inf)
    for i, row in enumerate(rows):
        for z in row:
            out[i] = np.logaddexp(out[i], z)
    return out.reshape(Z.shape[:-1])


RIGHT_WAYS = [lse_pairwise, lse_with_a_safe_shift, lse_by_recursion, lse_over_flat_rows]

EQUIVALENTS = {
    "m = np.where(m == -np.inf, 0, m) → m = np.where(m == -np.inf, 1, m)": "any finite number does: every exp of the row is 0",
    "m = np.where(m == -np.inf, 0, m) → m = np.where(m == -np.inf, -1, m)": "any finite number does: every exp of the row is 0",
    "return np.log(np.exp(Z - m).sum(axis=-1)) + m[..., 0] → return np.log(np.exp(Z - m).sum(axis=-1)) + m[..., -1]": "an axis of length 1: its first is its last",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_logsumexp_of_torch() -> None:
    import torch

    for (Z,), found in expected(EXERCISE):
        wanted = torch.logsumexp(torch.tensor(Z), dim=-1)
        np.testing.assert_allclose(found, wanted.numpy(), **CLOSE)
