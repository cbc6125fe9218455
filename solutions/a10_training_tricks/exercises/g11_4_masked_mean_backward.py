"""G11.4 `masked_mean_backward`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.model import Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import CLOSE, LECTURE, Array, _lengths, _sentences, bag_of_torch, slope

SHARES = f"{LECTURE}#And-backward"


def masked_mean_backward(dout: Array, mask: Array) -> Array:
    """T11.12: every real word gets its share, word by word."""
    dE = np.zeros((*mask.shape, dout.shape[1]))
    for n, t in np.argwhere(mask == 1):
        dE[n, t] = dout[n] / np.count_nonzero(mask[n])
    return dE


def _spread(share: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
    """Return a wrong gradient: dout times `share`, (N, T)."""
    return lambda dout, mask: share(mask)[:, :, None] * dout[:, None, :]


AVERAGED = (
    "One gradient per sentence came back. Each word has one, so the result has an axis "
    "for the words: the error is handed out to them, not averaged."
)


EXERCISE = Exercise(
    id="G11.4",
    function="masked_mean_backward",
    points=3,
    reference=masked_mean_backward,
    inputs=lambda rng: _sentences(rng, gradient=True),
    outputs=("dE",),
    vectorised=True,
    lecture=SHARES,
    mistakes=(
        Mistake(
            code="M11.4a",
            variant=_spread(lambda m: m / m.shape[1]),
            message="The shares are 1/T. Forward divides by the length of the sentence, "
            "so backward does.",
        ),
        Mistake(
            code="M11.4b",
            variant=_spread(lambda m: np.ones_like(m) / _lengths(m)),
            message="The pads get a gradient, too. They had no influence on the mean.",
        ),
        Mistake(
            code="M11.4c",
            variant=_spread(lambda m: m),
            message="Every word gets the whole error of its sentence. It counts in the "
            "mean with its share only.",
        ),
        Mistake(
            code="M11.4d",
            variant=_spread(lambda m: m / m.sum()),
            message="The shares are divided by the words of the whole batch. Each sentence "
            "has a length of its own.",
        ),
        *(
            Mistake(code="M11.4e", variant=variant, message=AVERAGED)
            for variant in (
                lambda dout, mask: dout.copy(),
                lambda dout, mask: dout * mask.mean(axis=1, keepdims=True),
                lambda dout, mask: dout / _lengths(mask),
                lambda dout, mask: dout / mask.shape[1],
            )
        ),
        Mistake(
            code="M11.3g",
            variant=_spread(lambda m: m / m.sum(axis=1, keepdims=True)),
            message="An empty sentence gives 0/0. Keep the divisor from becoming 0; its "
            "gradient is then 0.",
        ),
        Mistake(
            code="M11.4f",
            variant=_spread(lambda m: m / (m.sum(axis=1, keepdims=True) + 1)),
            message="Every divisor is too large by 1. Divide by the number of real words "
            "as it is; only for an empty sentence another divisor has to step in.",
        ),
        Mistake(
            code="M11.4g",
            variant=_spread(lambda m: m / len(m)),
            message="The shares are divided by N, the number of sentences. Each word has a "
            "share in the mean of its own sentence.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def spread_by_loops(dout, mask):
    dE = np.zeros((*mask.shape, dout.shape[1]), order="F")
    for n, row in enumerate(mask):
        for t, real in enumerate(row):
            if real:
                dE[n, t] = dout[n] / sum(row)
    return dE


def spread_by_outer(dout, mask):
    rows = zip(dout, mask, strict=True)
    return np.array([np.outer(m, g) / max(m.sum(), 1) for g, m in rows])


def spread_by_matmul(dout, mask):
    length = np.where(mask.sum(1) == 0, 1, mask.sum(1))
    return mask[:, :, None] @ (dout / length[:, None])[:, None, :]


def spread_by_repeat(dout, mask):
    dE = np.repeat((dout.T / np.maximum(mask.sum(1), 1)).T[:, None], mask.shape[1], 1)
    dE[mask == 0] = 0.0
    return dE


RIGHT_WAYS = [spread_by_loops, spread_by_outer, spread_by_matmul, spread_by_repeat]

EQUIVALENTS = {
    "length = np.maximum(mask.sum(axis=1, keepdims=True), 1) → length = np.maximum(1, mask.sum(axis=1, keepdims=True))": "maximum is symmetric",
    "length = np.maximum(mask.sum(axis=1, keepdims=True), 1) → length = np.maximum(mask.sum(axis=-1, keepdims=True), 1)": "the last axis of a matrix is axis 1",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    for (dout, mask), dE in expected(EXERCISE):
        E = np.zeros((*mask.shape, dout.shape[1]))
        wanted = slope(lambda E, mask=mask: bag_of_torch(E, mask), E, dout)
        np.testing.assert_allclose(dE, wanted, **CLOSE)
