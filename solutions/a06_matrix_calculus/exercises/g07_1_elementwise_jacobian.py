"""G07.1 `elementwise_jacobian`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import LECTURE, Array, Rng

SLOPE_DRIVER = """
def drive(f, name, z):
    import numpy as np

    sigmoid = lambda v: 1 / (1 + np.exp(-v))
    slope = {
        "sigmoid": lambda v: sigmoid(v) * (1 - sigmoid(v)),
        "tanh": lambda v: 1 - np.tanh(v) ** 2,
        "square": lambda v: 2 * v,
    }[name]
    return f(slope, z)
"""


VALUES: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
    "tanh": np.tanh,
    "square": lambda v: v**2,
}


def elementwise_inputs(rng: Rng) -> list[Case]:
    """Three slopes, three sizes, one component."""
    one = "a single component, n = 1"
    return [
        Case(name="sigmoid", args=("sigmoid", rng.normal(0, 1.5, 3))),
        Case(name="tanh", args=("tanh", rng.normal(0, 1.2, 4))),
        Case(name="square", args=("square", rng.normal(0, 1.5, 5))),
        Case(name="one", args=("tanh", rng.normal(size=1)), role="edge", requirement=one),
    ]


def elementwise_jacobian(fprime: Callable[[Array], Array], z: Array) -> Array:
    """T07.7: entry (i, j) is f'(z_i) if i = j, otherwise 0."""
    n = len(z)
    slopes = np.broadcast_to(fprime(z)[:, None], (n, n))
    return np.where(np.arange(n)[:, None] == np.arange(n), slopes, 0.0)


def _value_of(fprime: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Return the function that has this slope, one of the driver's."""
    probe = np.array([0.3, -1.1])
    for name, function in VALUES.items():
        step = 1e-6
        numeric = (function(probe + step) - function(probe - step)) / (2 * step)
        if np.allclose(numeric, fprime(probe), atol=1e-6):
            return VALUES[name]
    raise ValueError("no function of the driver has this slope")


EXERCISE = Exercise(
    id="G07.1",
    function="elementwise_jacobian",
    points=3,
    reference=elementwise_jacobian,
    inputs=elementwise_inputs,
    outputs=("J",),
    driver=SLOPE_DRIVER,
    lecture=f"{LECTURE}#Diagonal",
    mistakes=(
        Mistake(
            code="M07.1a",
            variant=lambda fprime, z: fprime(z),
            message="This is the diagonal alone. A Jacobian of n outputs by n inputs is "
            "an n x n matrix.",
        ),
        Mistake(
            code="M07.1b",
            variant=lambda fprime, z: np.diag(_value_of(fprime)(z)),
            message="The values of f stand on the diagonal; its slopes belong there.",
        ),
        Mistake(
            code="M07.1c",
            variant=lambda fprime, z: np.tile(fprime(z), (len(z), 1)),
            message="Every row holds all slopes. Output i depends on z_i only, so all "
            "entries off the diagonal are 0.",
        ),
        Mistake(
            code="M07.1d",
            variant=lambda fprime, z: np.outer(fprime(z), fprime(z)),
            message="Slopes are multiplied with each other. Each output has one input, "
            "so one slope stands on the diagonal and 0 elsewhere.",
        ),
        Mistake(
            code="M07.1e",
            variant=lambda fprime, z: np.diag(fprime(_value_of(fprime)(z))),
            message="The slope is taken at f(z). It belongs at z, the input of f.",
        ),
        Mistake(
            code="M07.1f",
            variant=lambda fprime, z: np.tile(fprime(z), (len(z), 1)).T,
            message="Row i is filled with the slope at z_i. Output i depends on z_i alone, so "
            "this slope stands on the diagonal and the rest of the row is 0.",
        ),
        Mistake(
            code="M07.1g",
            variant=lambda fprime, z: np.diag(fprime(z) * (1 - fprime(z))),
            message="fprime gives the slopes already. s * (1 - s) is for the values of the "
            "logistic function; here fprime(z) itself goes on the diagonal.",
        ),
        Mistake(
            code="M07.1i",
            variant=lambda fprime, z: np.eye(len(z)),
            message="This is the identity: the slopes are missing on its diagonal.",
        ),
        Mistake(
            code="M07.1h",
            variant=lambda fprime, z: np.fliplr(np.diag(fprime(z))),
            message="The slopes stand on the other diagonal. Slope i belongs in row i and "
            "column i.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def jacobian_by_entries(fprime, z):
    slopes = fprime(z)
    J = np.zeros((z.size, z.size))
    for i in range(z.size):
        J[i, i] = slopes[i]
    return J


def jacobian_by_scaling_the_identity(fprime, z):
    return np.eye(len(z)) * fprime(z)


def jacobian_with_fill(fprime, z):
    J = np.zeros((len(z), len(z)), order="F")
    np.fill_diagonal(J, fprime(z))
    return J


RIGHT_WAYS = [jacobian_by_entries, jacobian_by_scaling_the_identity, jacobian_with_fill]


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    functions = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "square": torch.square}
    for (name, z), J in expected(EXERCISE):
        wanted = torch.autograd.functional.jacobian(functions[name], torch.tensor(z))
        np.testing.assert_allclose(J, wanted.numpy(), rtol=1e-10, atol=1e-14)
