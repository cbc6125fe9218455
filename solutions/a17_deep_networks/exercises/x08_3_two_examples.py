"""X08.3 `two_examples`."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from grader.course.by_hand import by_hand

from ..._shared import autograd
from ._shared import CLOSE, DEPTH

RIGHT = {
    "y_hat": 3.0,
    "J": 1.0,
    "delta_3": 1.0,
    "delta_2_1": 4.0,
    "delta_2_2": -1.0,
    "delta_1_1": 2.0,
    "delta_1_2": 0.0,
    "dW2_21": -3.0,
    "dW1_11": 6.0,
    "dx": 4.0,
}
ERRORS = [name for name in RIGHT if name[0] == "d"]


EXERCISE = by_hand(
    "X08.3",
    "two_examples",
    RIGHT,
    {
        "X08.3a": (
            {name: 2 * RIGHT[name] for name in ERRORS},
            "1/N is missing in the errors: the loss is a mean over two examples, so "
            "delta^3 is (y_hat - y) / 2.",
        ),
        "X08.3b": (
            {"J": 2.0},
            "This is the loss of example 1 alone, or the half is missing: J is the mean of "
            "two losses of 1/2 (y_hat - y)^2, and the other one is 0.",
        ),
        "X08.3c": (
            {name: -RIGHT[name] for name in ERRORS},
            "All signs are turned: the error is y_hat - y.",
        ),
        "X08.3d": (
            {"delta_1_1": 6.0, "dW1_11": 18.0, "dx": 12.0},
            "The errors went through W^2 itself. Unit 1 collects from all that listen to "
            "it: column 1 of W^2.",
        ),
        "X08.3e": (
            {"delta_1_2": -11.0, "dx": 15.0},
            "Unit 2 of layer 1 is off: its z is negative, so its slope is 0.",
        ),
        "X08.3f": (
            {"y_hat": 0.0, "J": 2.25, "delta_3": -1.5},
            "Unit 2 of layer 1 gave its z on to layer 2. It is off and gives 0.",
        ),
        "X08.3h": (
            {"dW1_11": 2.0},
            "The input is missing: the gradient of a weight is the error where it leads to "
            "times what came in.",
        ),
        "X08.3i": (
            {"dx": 2.0},
            "This is the error of layer 1. One step is missing: through W^1 to x.",
        ),
        "X08.3j": (
            {"dx": 8.0},
            "dx was multiplied by N. J is a mean, and 1/N stays in the gradient of x, too.",
        ),
        "X08.3k": (
            {"dW1_11": 3.0, "dW2_21": -1.5},
            "The gradients of the weights are divided by N once more. It is in the errors "
            "already.",
        ),
        "X08.3l": (
            {"J": 4.0},
            "Half and mean are missing: J is 1/2 (y_hat - y)^2, and the mean of two "
            "examples.",
        ),
    },
    lecture=DEPTH,
)


# --- other right ways of writing it ---------------------------------------------------


RIGHT_WAYS = [
    {name: Fraction(number) for name, number in RIGHT.items()},
    {name: int(number) for name, number in RIGHT.items()},
    {name: np.array([number]) for name, number in RIGHT.items()},
]


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    x, y = np.array([[3.0]]), 1.0
    weights = np.array([[2.0], [-1]]), np.array([[1.0, -2], [2, 3]]), np.array([[4.0, -1]])
    biases = np.array([-3.0, 2]), np.array([-1.0, -2]), np.array([-1.0])

    def forward(x, *flat):
        A, zs = x, []
        for W, b in zip(flat[:3], flat[3:], strict=True):
            zs.append(A @ W.T + b)
            A = torch.relu(zs[-1])
        return zs

    def loss(x, *flat):  # example 2 has no error
        return 0.5 * ((forward(x, *flat)[-1] - y) ** 2).sum() / 2

    tensors = [torch.tensor(a) for a in (x, *weights, *biases)]
    np.testing.assert_allclose(RIGHT["y_hat"], forward(*tensors)[-1].item(), **CLOSE)
    np.testing.assert_allclose(RIGHT["J"], loss(*tensors).item(), **CLOSE)
    dx, dW1, dW2, _, db1, db2, db3 = autograd(loss, x, *weights, *biases)
    wanted = [*db3, *db2, *db1, dW2[1, 0], dW1[0, 0], dx[0, 0]]
    np.testing.assert_allclose([RIGHT[name] for name in ERRORS], wanted, **CLOSE)
