"""X05.2 `small`."""

from __future__ import annotations

import math

import numpy as np

from grader.course.by_hand import by_hand

from ..._shared import autograd
from ._shared import CLOSE, SVM

LN10 = math.log(10)
SCORES = np.array([1.0, 2.0, 0.5, -3.0])
X = np.array([3.0, -1.0])
ROW = np.array([0.5, 0.5])
REG = 0.1

RIGHT = {
    "lse": LN10,
    "lse_far": LN10 - 100,
    "hinge": 2.5,
    "dz_true": -2.0,
    "dz_last": 0.0,
    "dW_first": -5.9,
}

EXERCISE = by_hand(
    "X05.2",
    "small",
    RIGHT,
    {
        "X05.2a": (
            {"lse": math.log(30), "lse_far": math.log(30) - 300},
            "This is the sum of the scores. Add the exponentials, and take the logarithm "
            "of their sum.",
        ),
        "X05.2r": (
            {"lse_far": math.log(30) - 100},
            "ln 30 is the logarithm of a product. Add the exponentials, and take the "
            "logarithm of their sum.",
        ),
        "X05.2b": (
            {"lse": 10.0},
            "This is the sum of the exponentials. Take its logarithm.",
        ),
        "X05.2c": (
            {"lse_far": LN10},
            "The 100 was taken out of the second row and not put back: its result is "
            "smaller by 100.",
        ),
        "X05.2d": (
            {"lse_far": LN10 + 100},
            "The second row has scores that are smaller by 100, and so is its result.",
        ),
        "X05.2e": (
            {"lse": math.log10(10), "lse_far": math.log10(10) - 100},
            "This is a logarithm to the base 10. The course takes the natural one.",
        ),
        "X05.2f": (
            {"hinge": 3.5},
            "The true class is in the sum with its 1. Leave it out.",
        ),
        "X05.2g": (
            {"hinge": 1.0},
            "The lead of 1 is missing: a class that is behind by less than 1 pays, too.",
        ),
        "X05.2h": (
            {"hinge": -0.5},
            "max(0, ...) is missing: the last class is far behind and pays 0.",
        ),
        "X05.2i": (
            {"hinge": 2.0},
            "Only the class that comes nearest pays in your sum. All that are too near pay.",
        ),
        "X05.2j": (
            {"dz_true": -1.0, "dW_first": -2.9},
            "The true score stands in two terms that are above 0: it has -1 from each.",
        ),
        "X05.2k": (
            {"dz_true": -3.0, "dW_first": -8.9},
            "The true score has -1 from each term that is above 0. The last class is far "
            "behind and gives nothing.",
        ),
        "X05.2l": (
            {"dz_true": 2.0, "dW_first": 6.1},
            "The sign: a larger true score makes the loss smaller.",
        ),
        "X05.2s": (
            {"dz_true": -1.0},
            "The true score stands in two terms that are above 0: it has -1 from each.",
        ),
        "X05.2t": (
            {"dz_true": -3.0},
            "The true score has -1 from each term that is above 0. The last class is far "
            "behind and gives nothing.",
        ),
        "X05.2u": (
            {"dz_true": 2.0},
            "The sign: a larger true score makes the loss smaller.",
        ),
        "X05.2m": (
            {"dz_last": 1.0},
            "The last class is far behind: its term is 0, and so is its slope.",
        ),
        "X05.2n": (
            {"dW_first": -6.0},
            "The price of the weights is missing in the last number: 2 reg w.",
        ),
        "X05.2o": (
            {"dW_first": -5.95},
            "The square has the slope 2 w. There is no 1/2 in front of reg here.",
        ),
        "X05.2p": (
            {"dW_first": -1.9},
            "The input is missing in the last number: the score has x_j times the weight.",
        ),
        "X05.2q": (
            {"dW_first": 2.1},
            "This is the second weight of the row. The first one stands beside the input 3.",
        ),
    },
    lecture=SVM,
)


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    def hinge(z):
        terms = torch.relu(z[1:] - z[0] + 1)
        return terms.sum()

    def of_row(row):
        others = torch.tensor(SCORES[1:])
        z = torch.cat([(row @ torch.tensor(X))[None], others])
        return hinge(z) + REG * (row**2).sum()

    scores = torch.log(torch.tensor([2.0, 3.0, 5.0], dtype=torch.float64))
    dz, dW = autograd(hinge, SCORES)[0], autograd(of_row, ROW)[0]
    wanted = [
        torch.logsumexp(scores, 0).item(),
        torch.logsumexp(scores - 100, 0).item(),
        hinge(torch.tensor(SCORES)).item(),
        dz[0],
        dz[3],
        dW[0],
    ]
    assert np.dot(ROW, X) == SCORES[0]
    np.testing.assert_allclose([*RIGHT.values()], wanted, **CLOSE)
