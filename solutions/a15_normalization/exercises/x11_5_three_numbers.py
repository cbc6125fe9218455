"""X11.5 `three_numbers`."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from grader.course.by_hand import by_hand

from ..._shared import autograd
from ._shared import BATCH, CLOSE

RIGHT = {
    "s": 4.0,
    "y_1": 1.5,
    "y_3": -1.5,
    "run_mu": 0.5,
    "run_var": 23.0,
    "y_test": 3.2,
    "dgamma": 1.5,
    "dz_1": 1.9375,
    "dz_2": -1.25,
    "dz_3": -0.6875,
}


def _divided_by(s: float) -> dict[str, float]:
    """What comes out if something else is taken for s."""
    return {"s": s, "y_1": 1 + 2 / s, "y_3": 1 - 10 / s}


def _error(*dz: float) -> dict[str, float]:
    return {f"dz_{k}": number for k, number in enumerate(dz, start=1)}


EXERCISE = by_hand(
    "X11.5",
    "three_numbers",
    RIGHT,
    {
        "X11.5a": (
            _divided_by(23**0.5),
            "The variance was divided by N - 1. Here it is the mean of the squares: "
            "divide by N.",
        ),
        "X11.5b": (
            _divided_by(14**0.5 + 2),
            "epsilon was added to the root. It belongs to the variance, under the root.",
        ),
        "X11.5c": (
            _divided_by(14**0.5),
            "epsilon is missing under the root. It is small in programs, but not here.",
        ),
        "X11.5d": (
            _divided_by(16.0),
            "The root is missing: s is the root of the variance plus epsilon.",
        ),
        "X11.5e": (
            {"run_mu": 4.5, "run_var": 15.0},
            "rho and 1 - rho were exchanged. rho belongs to what was there before.",
        ),
        "X11.5f": (
            {"run_var": 0.9 * 24 + 0.1 * 16},
            "epsilon went into the running variance. It is added only under a root.",
        ),
        "X11.5g": (
            {"run_var": 0.9 * 24 + 0.1 * 21},
            "PyTorch computes this running variance: it divides by N - 1 there. In this "
            "task the variance divides by N everywhere.",
        ),
        "X11.5h": (
            {"run_var": 22.0},
            "A root went into the running variance. Keep the variance itself.",
        ),
        "X11.5i": (
            {"y_test": 1.5},
            "This is the answer in training. In testing the running values take the "
            "places of mean and variance.",
        ),
        "X11.5j": (
            {"y_test": 1.0},
            "This is beta: mean and variance were those of a batch of one. In testing use "
            "the running values.",
        ),
        "X11.5k": (
            {"y_test": 1 + 12 / 26**0.5},
            "The running values of the start were used. Use those after the step.",
        ),
        "X11.5l": (
            {"y_test": 1 + 11 / 23**0.5},
            "epsilon is missing in testing: add it to the running variance, too.",
        ),
        "X11.5m": (
            _error(0.96875, -0.625, -0.34375),
            "gamma is missing on the way back: dz is half of what it should be, and gamma "
            "is 2.",
        ),
        "X11.5n": (
            _error(3.0, 0.0, 0.0),
            "Mean and s were treated as constants. They depend on all three numbers, so "
            "an error at one of them arrives at all.",
        ),
        "X11.5o": (
            _error(2.0, -1.0, -1.0),
            "s was treated as a constant: the part along z_hat still has to go.",
        ),
        "X11.5p": (
            _error(-0.1875, -3.75, -2.0625),
            "Sums were taken where the formula has means: divide both by N = 3.",
        ),
        "X11.5q": (
            _error(7.75, -5.0, -2.75),
            "The division by s is missing at the end.",
        ),
        "X11.5r": (
            _error(2.0625, -0.75, -1.3125),
            "The part along z_hat was added. It is taken away.",
        ),
        "X11.5s": (
            {"dgamma": 3.0},
            "gamma went into its own gradient. Multiply dy, as it arrives, by z_hat.",
        ),
        "X11.5t": (
            {"dgamma": 6.0},
            "This is the gradient of beta. For gamma multiply dy by z_hat before you add.",
        ),
        "X11.5u": (
            {"dgamma": 0.5},
            "The examples were averaged. Each of them uses gamma, and roads that meet add.",
        ),
    },
    lecture=BATCH,
)


# --- other right ways of writing it ---------------------------------------------------


RIGHT_WAYS = [
    {name: Fraction(number) for name, number in RIGHT.items()},
    {name: np.float64(number) for name, number in RIGHT.items()},
    {name: np.array([number]) for name, number in RIGHT.items()},
]


# --- what the reference has to agree with ---------------------------------------------


def witness_batch_norm_of_torch() -> None:
    import torch

    def forward(z, gamma):
        return torch.nn.functional.batch_norm(
            z[:, None], None, None, gamma, torch.ones(1).double(), training=True, eps=2.0
        )[:, 0]

    z, gamma, dy = np.array([6.0, 9, 0]), np.array([2.0]), torch.tensor([6.0, 0, 0])
    dz, dgamma = autograd(lambda z, gamma: (dy * forward(z, gamma)).sum(), z, gamma)
    np.testing.assert_allclose([RIGHT[f"dz_{k}"] for k in (1, 2, 3)], dz, **CLOSE)
    np.testing.assert_allclose(RIGHT["dgamma"], dgamma[0], **CLOSE)
    y = forward(torch.tensor(z), torch.tensor(gamma)).numpy()
    np.testing.assert_allclose([RIGHT["y_1"], RIGHT["y_3"]], y[[0, 2]], **CLOSE)
    tested = torch.nn.functional.batch_norm(
        torch.tensor([[6.0]]), torch.tensor([RIGHT["run_mu"]]),
        torch.tensor([RIGHT["run_var"]]), torch.tensor([2.0]), torch.ones(1), eps=2.0,
    )  # fmt: skip
    np.testing.assert_allclose(RIGHT["y_test"], tested.item(), rtol=1e-6)


def witness_running_values() -> None:
    z = np.array([6.0, 9, 0])
    for name, before, now in (("run_mu", 0, z.mean()), ("run_var", 24, z.var())):
        np.testing.assert_allclose(RIGHT[name], before + 0.1 * (now - before), **CLOSE)
    np.testing.assert_allclose(RIGHT["s"], (z.var() + 2) ** 0.5, **CLOSE)
