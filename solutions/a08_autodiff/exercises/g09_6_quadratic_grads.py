"""G09.6 `quadratic_grads`."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake

from ._shared import LECTURE, TINY, Array, Rng, away_from_zero, slopes_agree

TUPLE_DRIVER = """
def drive(f, *args):
    found = f(*args)
    return tuple(found) if isinstance(found, tuple) else found
"""


def quadratic_inputs(rng: Rng) -> list[Case]:
    """A is not symmetric, no entry is near 0 or 1, the residual is no 0."""

    def case(d: int, **more: Any) -> Case:
        A = away_from_zero(rng, d, d)
        b, x = away_from_zero(rng, d), 1.1 * away_from_zero(rng, d)
        c = float(away_from_zero(rng))
        y = float(x @ A @ x + b @ x + c)
        args = (A, b, c, x, y + float(rng.uniform(0.5, 2)))
        return Case(name=f"d = {d}", args=args, **more)

    return [case(3), case(4), case(2), case(1, role="edge", requirement="d = 1 works")]


def quadratic_grads(A: Array, b: Array, c: float, x: Array, y_star: float) -> Any:
    """T09.5 without a rule: one complex step for every entry of every argument."""

    def loss(A: Any, b: Any, c: Any, x: Any) -> Any:
        return (x @ A @ x + b @ x + c - y_star) ** 2

    point = [np.asarray(v, complex) for v in (A, b, c, x)]

    def slope(k: int, index: tuple[int, ...]) -> float:
        moved = [v.copy() for v in point]
        moved[k][index] += 1j * TINY
        return float(loss(*moved).imag) / TINY

    grads = [
        np.array([slope(k, i) for i in np.ndindex(v.shape)]).reshape(v.shape)
        for k, v in enumerate(point)
    ]
    return grads[0], grads[1], float(grads[2]), grads[3]


def _quadratic(
    *, factor: float = 2.0, of_y: bool = False, power: int = 1, **other: Callable[..., Any]
) -> Callable[..., tuple[Any, ...]]:
    """Return the closed form, with other rules for some of the outputs."""
    right: dict[str, Callable[..., Any]] = {
        "dA": lambda e, A, b, x: e * np.outer(x, x),
        "db": lambda e, A, b, x: e * x,
        "dc": lambda e, A, b, x: e,
        "dx": lambda e, A, b, x: e * ((A + A.T) @ x + b),
    }

    def grads(A: Array, b: Array, c: float, x: Array, y_star: float) -> tuple[Any, ...]:
        e = 1.0 if of_y else factor * (x @ A @ x + b @ x + c - y_star) ** power
        return tuple({**right, **other}[name](e, A, b, x) for name in right)

    return grads


TOO_MANY = (
    "There is a factor x too many. c, and each finished term of y, enters y with "
    "coefficient 1, so e arrives there as the number it is."
)


EXERCISE = Exercise(
    id="G09.6",
    function="quadratic_grads",
    points=3,
    reference=quadratic_grads,
    inputs=quadratic_inputs,
    outputs=("dA", "db", "dc", "dx"),
    pack="tuple",
    driver=TUPLE_DRIVER,
    vectorised=True,
    lecture=f"{LECTURE}#A-quadratic-form",
    mistakes=(
        *(
            Mistake(
                code="M09.6a",
                variant=_quadratic(dx=dx),
                message="This holds for a symmetric A only. x stands on both sides of A, "
                "and the two roads bring different things.",
            )
            for dx in (
                lambda e, A, b, x: e * (2 * A @ x + b),
                lambda e, A, b, x: e * (2 * A.T @ x + b),
            )
        ),
        *(
            Mistake(
                code="M09.6b",
                variant=_quadratic(dx=dx),
                message="A appears once in dx. x stands on both sides of A, so the product "
                "rule gives two terms.",
            )
            for dx in (
                lambda e, A, b, x: e * (A @ x + b),
                lambda e, A, b, x: e * (A.T @ x + b),
            )
        ),
        Mistake(
            code="M09.6c",
            variant=_quadratic(dx=lambda e, A, b, x: e * ((A + A.T) @ x)),
            message="The road from x through the linear term is missing in dx.",
        ),
        Mistake(
            code="M09.6d",
            variant=_quadratic(factor=1.0),
            message="Half as large as it should be: this loss has no 1/2 that would cancel "
            "the 2 of the square.",
        ),
        Mistake(
            code="M09.6e",
            variant=_quadratic(factor=-2.0),
            message="The sign is turned round. With the residual as prediction minus "
            "target, no gradient here needs a minus.",
        ),
        Mistake(
            code="M09.6f",
            variant=_quadratic(dA=lambda e, A, b, x: e * (x.T @ x)),
            message="dA is a number. For a 1-D array .T does nothing, so x.T @ x is the "
            "inner product; the outer one is needed.",
        ),
        Mistake(
            code="M09.6g",
            variant=_quadratic(dc=lambda e, A, b, x: e * x),
            message=TOO_MANY,
        ),
        Mistake(
            code="M09.6g",
            variant=_quadratic(db=lambda e, A, b, x: e * x * x),
            message=TOO_MANY,
        ),
        Mistake(
            code="M09.6h",
            variant=_quadratic(dA=lambda e, A, b, x: e * np.diag(x**2)),
            message="dA has numbers on its diagonal only. Every entry of A is used, each "
            "with its own pair of entries of x.",
        ),
        Mistake(
            code="M09.6i",
            variant=_quadratic(of_y=True),
            message="These are the gradients of y, not of L. Each still has to be multiplied "
            "by the slope of the square, dL/dy.",
        ),
        Mistake(
            code="M09.6l",
            variant=_quadratic(factor=1.0, power=2),
            message="The loss itself is handed on. What belongs there is its slope by y, that "
            "of a square.",
        ),
        Mistake(
            code="M09.6j",
            variant=_quadratic(dA=lambda e, A, b, x: e * np.outer(x, x) * A),
            message="dA contains A itself. The derivative of y by A_ij is x_i * x_j.",
        ),
        Mistake(
            code="M09.6k",
            variant=_quadratic(db=lambda e, A, b, x: e * b),
            message="db contains b itself. The derivative of y by b_i is x_i.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def quadratic_with_einsum(A, b, c, x, y_star):
    e = 2 * (np.einsum("i,ij,j", x, A, x) + b.dot(x) + c - y_star)
    both = np.einsum("ij,j->i", A + A.T, x)
    return [np.einsum(",i,j->ij", e, x, x), np.multiply(e, x), e, e * both + e * b]


def quadratic_with_columns(A, b, c, x, y_star):
    column = x.reshape(-1, 1)
    y = (column.T @ A @ column).item() + (b[None] @ column).item() + c
    e = np.array(2 * (y - y_star))  # 0-d
    dx = e * (A @ column + A.T @ column + b[:, None])
    return (e * column @ column.T).T, e * column[:, 0], e, dx[:, 0]


def quadratic_backwards(A, b, c, x, y_star):
    M = x @ A
    r = (M * x).sum() + (b * x).sum() + c - y_star
    dq = dl = dc = 2 * r
    dM, db, dx = dq * x, dl * x, dq * M + dl * b
    dA = x[:, None] * dM[None, :]
    dx = dx + A @ dM
    return dA, db, dc, dx


Four = namedtuple("Four", "dA db dc dx")


def quadratic_as_named_tuple(A, b, c, x, y_star):
    e = 2 * (x @ A @ x + b @ x + c - y_star)
    return Four(e * np.outer(x, x), e * x, e, e * (A @ x + x @ A + b))


RIGHT_WAYS = [
    quadratic_as_named_tuple,
    quadratic_with_einsum,
    quadratic_with_columns,
    quadratic_backwards,
]

EQUIVALENTS = {
    "e = 2 * (x @ A @ x + b @ x + c - y_star) → e = 2 * (x @ (x @ A) + b @ x + c - y_star)": "the inner product is symmetric",
    "e = 2 * (x @ A @ x + b @ x + c - y_star) → e = 2 * (x @ A @ x + x @ b + c - y_star)": "the inner product is symmetric",
    "e = 2 * (x @ A @ x + b @ x + c - y_star) → e = 2 * (A @ x @ x + b @ x + c - y_star)": "a quadratic form is that of the transpose",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    slopes_agree(EXERCISE, lambda A, b, c, x, target: (x @ A @ x + b @ x + c - target) ** 2)


def as_printed_on_the_slides(grads: Callable[..., tuple[Any, ...]]) -> None:
    """Raise AssertionError unless the numbers of the slides come out."""
    A = np.array(
        [
            [-0.2267, 0.6521, -0.8193, 0.7723, -0.6456],
            [1.2410, -2.4380, -0.5612, -0.1144, -0.2687],
            [0.4792, 0.4543, -1.3530, 1.2934, -0.9943],
            [0.7565, 0.9449, 0.2796, 0.4703, 0.2926],
            [0.4143, 0.5891, 0.4370, 0.6060, 0.0161],
        ]
    )
    b = np.array([0.3592, 0.3455, -0.2517, -0.5678, -0.6016])
    x = np.array([-0.05178648, -0.06387627, -1.41811327, 1.20207352, 1.55615628])
    printed = np.array([0.6044, 0.7455, 16.5508, -14.0294, -18.1619])
    wanted = [-25.931639, -25.763427, -54.081705, 4.688093, -15.295331]
    dA, db, dc, dx = grads(A, b, -1.5490, x, 1.0)
    np.testing.assert_allclose(db, printed, atol=5e-4)
    np.testing.assert_allclose(dA[0], printed * x[0], atol=5e-4)
    np.testing.assert_allclose(dc, -11.6710, atol=5e-4)
    np.testing.assert_allclose(dx, wanted, atol=2e-6)


def witness_print_of_the_slides() -> None:
    as_printed_on_the_slides(quadratic_grads)
