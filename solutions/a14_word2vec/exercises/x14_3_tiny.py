"""X14.3 `tiny`."""

from __future__ import annotations

import math

import numpy as np

from grader.course.by_hand import by_hand

from ..._shared import autograd
from ._shared import CLOSE, WORD2VEC

LN2 = math.log(2)
V_W = np.array([LN2, 0.0])
U = np.array([[1.0, 2.0], [0.0, 4.0], [0.0, -2.0]])
REAL, DRAWN = 1, (0, 0)

RIGHT = {
    "L_softmax": math.log(4),
    "e_0": 1 / 2,
    "e_1": 1 / 4 - 1,
    "e_2": 1 / 4,
    "dv_first": 1 / 2,
    "dv_second": -2.5,
    "L_negative": LN2 + 2 * math.log(3),
    "negative_first": 4 / 3,
    "negative_second": 2 / 3,
    "du_0_first": 4 / 3 * LN2,
}

EXERCISE = by_hand(
    "X14.3",
    "tiny",
    RIGHT,
    {
        "X14.3p": (
            {"e_1": 1 / 4, "dv_first": 1 / 2, "dv_second": 1.5},
            "1 was not subtracted for the real word: e is p - y, and y has a 1 there.",
        ),
        "X14.3q": (
            {
                "e_0": -1 / 2,
                "e_1": 3 / 4,
                "e_2": -1 / 4,
                "dv_first": -0.5,
                "dv_second": 2.5,
            },
            "The softmax error has the other sign. It is prediction minus target.",
        ),
        "X14.3r": (
            {
                "L_negative": LN2 + math.log(3),
                "negative_first": 2 / 3,
                "negative_second": -2 / 3,
                "du_0_first": 2 / 3 * LN2,
            },
            "The drawn word counts once. It was drawn twice: its term stands in the sum "
            "twice.",
        ),
        "X14.3s": (
            {
                "L_negative": LN2 + 2 * math.log(3 / 2),
                "negative_first": -2 / 3,
                "negative_second": -10 / 3,
                "du_0_first": -2 / 3 * LN2,
            },
            "The drawn word was treated like a real one. Its term has a minus within sigma.",
        ),
        "X14.3t": (
            {"L_softmax": -math.log(4), "L_negative": -LN2 - 2 * math.log(3)},
            "A loss is minus the logarithm of a probability, so it is not negative.",
        ),
        "X14.3u": (
            {"L_softmax": 2.0, "L_negative": (LN2 + 2 * math.log(3)) / LN2},
            "These are logarithms to the base 2. This course takes the natural one.",
        ),
        "X14.3v": (
            {"negative_first": 4 / 3, "negative_second": 8 / 3},
            "The gradient has the share of the drawn words only. The real word pulls, too.",
        ),
        "X14.3w": (
            {"L_negative": LN2 + math.log(3), "negative_first": 2 / 3}
            | {"negative_second": -2 / 3, "du_0_first": 4 / 3 * LN2},
            "In L and in the gradient of v_w the drawn word counts once, in its own "
            "gradient twice. It was drawn twice, for all three.",
        ),
        "X14.3x": (
            {"du_0_first": 2 / 3 * LN2},
            "u_0 was used twice, and its gradient has one of the two shares only.",
        ),
        "X14.3y": (
            {"du_0_first": 4 / 3},
            "u_0 itself stands in its gradient. The score is u_0 times v_w: what is u_0 "
            "multiplied by?",
        ),
    },
    lecture=WORD2VEC,
)


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    F = torch.nn.functional

    def softmax(v_w, u):
        return F.cross_entropy((u @ v_w)[None], torch.tensor([REAL]))

    def negative(v_w, u):
        s = u @ v_w
        return -F.logsigmoid(s[REAL]) - sum(F.logsigmoid(-s[k]) for k in DRAWN)

    v_w, u = torch.tensor(V_W), torch.tensor(U)
    dv, du = autograd(softmax, V_W, U)
    negative_dv, negative_du = autograd(negative, V_W, U)
    wanted = [
        softmax(v_w, u).item(),
        *(du[:, 0] / LN2),
        *dv,
        negative(v_w, u).item(),
        *negative_dv,
        negative_du[0, 0],
    ]
    np.testing.assert_allclose([*RIGHT.values()], wanted, **CLOSE)
