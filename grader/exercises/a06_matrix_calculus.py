"""Assignment a06: matrix calculus (syllabus D-07, G07.1-G07.7, B4).

f is the logistic function, W is outputs x inputs, a gradient has the shape of its
parameter. References contract with einsum, from the Jacobians; the witnesses
differentiate by machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.exercises._functions import sigmoid as f
from grader.exercises._functions import sigmoid_slope as df
from grader.exercises._hand import by_hand
from grader.model import Case, Exercise, Mistake

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "07_matrix_calculus"


# --- X07.1 -------------------------------------------------------------------------

BY_HAND = {
    "cube_at_1": 3.0,
    "cube_at_4": 48.0,
    "dz_dx": 12.0,
    "sin_square": math.cos(0.49) * 1.4,
    "two_roads": 5.0,
}
"""B4 and the step of lecture 07: derivatives of small compositions."""


X07_1 = by_hand(
    "X07.1",
    "slopes",
    BY_HAND,
    {
        "X07.1a": (
            dict(sin_square=math.cos(0.49), dz_dx=3.0),
            "The inner derivative is missing: the outer slope has to be "
            "multiplied by the slope of what is inside.",
        ),
        "X07.1b": (
            dict(sin_square=math.cos(0.7) * 1.4),
            "The outer derivative is taken at x. It belongs at g(x), which is "
            "what the outer function receives.",
        ),
        "X07.1c": (
            dict(two_roads=4.0),
            "Two roads lead from s to z: multiply along each of them, then add "
            "the two products.",
        ),
    },
    lecture=f"{LECTURE}#A-derivative-is-a-factor",
)

# --- G07.1 -------------------------------------------------------------------------

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


G07_1 = Exercise(
    id="G07.1",
    function="elementwise_jacobian",
    points=2,
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
    ),
)

# --- G07.2 to G07.5: s = u . f(W x + b) -----------------------------------------------


def score_inputs(rng: Rng) -> list[Case]:
    """Unequal sizes both ways, equal sizes, one unit."""

    def case(n: int, m: int, name: str, **more: Any) -> Case:
        arrays = [rng.normal(size=shape) for shape in ((n,), (n, m), (m,), (n,))]
        return Case(name=name, args=tuple(arrays), **more)

    return [
        case(3, 4, "3 units, 4 inputs"),
        case(5, 2, "5 units, 2 inputs"),
        case(3, 3, "as many units as inputs"),
        case(1, 3, "one unit", role="edge", requirement="a single unit, n = 1"),
    ]


Score = Callable[[Array, Array, Array, Array], Array]


def _score(formula: Callable[..., Any]) -> Score:
    """Return a gradient of the score from a formula in u, W, x, z and delta."""

    def gradient(u: Array, W: Array, x: Array, b: Array) -> Array:
        z = W @ x + b
        return np.asarray(formula(u=u, W=W, x=x, z=z, delta=u * df(z)))

    return gradient


def ds_db(u: Array, W: Array, x: Array, b: Array) -> Array:
    """T07.10: the row u^T times the diagonal Jacobian of f."""
    return np.asarray(np.einsum("i,ij->j", u, np.diag(df(np.einsum("ij,j->i", W, x) + b))))


def ds_dW(u: Array, W: Array, x: Array, b: Array) -> Array:
    """T07.13: entry (i, j) is delta_i x_j."""
    return np.asarray(np.einsum("i,j->ij", ds_db(u, W, x, b), x))


def ds_dx(u: Array, W: Array, x: Array, b: Array) -> Array:
    """T07.12: entry j collects all units that x_j feeds."""
    return np.asarray(np.einsum("i,ij->j", ds_db(u, W, x, b), W))


def ds_du(u: Array, W: Array, x: Array, b: Array) -> Array:
    """T07.8: s is linear in u."""
    return np.asarray(f(np.einsum("ij,j->i", W, x) + b))


def _exercise(
    number: int,
    function: str,
    reference: Score,
    heading: str,
    points: float,
    mistakes: dict[str, tuple[Callable[..., Any], str]],
) -> Exercise:
    return Exercise(
        id=f"G07.{number}",
        function=function,
        points=points,
        reference=reference,
        inputs=score_inputs,
        outputs=("gradient",),
        lecture=f"{LECTURE}#{heading}",
        mistakes=tuple(
            Mistake(code=f"M07.{number}{letter}", variant=_score(formula), message=text)
            for letter, (formula, text) in mistakes.items()
        ),
    )


G07_2 = _exercise(
    2,
    "ds_db",
    ds_db,
    "Upstream-factor",
    3,
    {
        "a": (
            lambda z, **_: f(z) * df(z),
            "h stands where u belongs (a slide has it so): the derivative of u . h by h "
            "is u.",
        ),
        "b": (lambda z, **_: df(z), "The upstream factor u is missing."),
        "c": (lambda u, **_: u, "The slope f'(z) is missing: b reaches s through f."),
        "d": (
            lambda u, z, **_: u * df(f(z)),
            "The slope is taken at h = f(z). It belongs at z.",
        ),
        "e": (
            lambda u, z, **_: u @ df(z),
            "The components are added up to one number. A row times a diagonal matrix "
            "keeps all n of them: multiply element by element.",
        ),
        "f": (
            lambda u, z, **_: u[None, :] * df(z)[:, None],
            "A row times a column has become an n x n matrix. Give both the same "
            "orientation before you multiply them element by element.",
        ),
        "g": (lambda u, z, **_: u * f(z), "This uses f(z) where its slope f'(z) belongs."),
        "h": (
            lambda W, delta, **_: W.T @ delta,
            "This is the gradient by x. The bias enters z directly, with the identity "
            "as its Jacobian.",
        ),
    },
)
G07_3 = _exercise(
    3,
    "ds_dW",
    ds_dW,
    "Outer-product",
    3,
    {
        "a": (
            lambda delta, x, **_: np.outer(x, delta),
            "The matrix is transposed: rows belong to units, columns to inputs, as in W.",
        ),
        "b": (
            lambda u, x, **_: np.outer(u, x),
            "The slope f'(z) is missing from the error signal.",
        ),
        "c": (
            lambda z, x, **_: np.outer(df(z), x),
            "The upstream factor u is missing from the error signal.",
        ),
        "d": (
            lambda delta, z, **_: np.outer(delta, f(z)),
            "The error signal is paired with the layer's output. A weight is multiplied "
            "by the layer's input, x.",
        ),
        "e": (
            lambda delta, W, **_: delta[:, None] * W,
            "The weights themselves appear. The derivative of z_i by W_ij is x_j.",
        ),
        "f": (
            lambda delta, x, **_: delta.sum() * x,
            "The units are added up. Each unit has a row of its own.",
        ),
        "g": (
            lambda u, z, x, **_: np.outer(u * f(z), x),
            "The error signal uses f(z) where its slope f'(z) belongs.",
        ),
    },
)
G07_4 = _exercise(
    4,
    "ds_dx",
    ds_dx,
    "Transpose-on-the-way-back",
    3,
    {
        "a": (
            lambda delta, **_: delta,
            "This is the gradient by z. From z back to x it goes through W, transposed.",
        ),
        "b": (lambda W, u, **_: W.T @ u, "The slope f'(z) is missing."),
        "c": (
            lambda W, delta, **_: W @ delta,
            "Backwards it is the transpose of W: column j collects all units that x_j "
            "feeds. Only a square W lets the other order pass.",
        ),
        "d": (
            lambda W, delta, x, **_: (W.T @ delta) * x,
            "The gradient by x is multiplied by x itself; it does not appear in it.",
        ),
        "e": (
            lambda W, u, z, **_: W.T @ (u * f(z)),
            "The error signal uses f(z) where its slope f'(z) belongs.",
        ),
        "f": (
            lambda W, **_: W.sum(0),
            "The rows of W are added without their weights, the error signals of the "
            "units.",
        ),
    },
)
G07_5 = _exercise(
    5,
    "ds_du",
    ds_du,
    "One-layer,-one-score",
    2,
    {
        "a": (lambda u, **_: u, "This is the gradient by h. By u, the factor left is h."),
        "b": (
            lambda z, **_: z,
            "u multiplies the activation h = f(z), not the pre-activation z.",
        ),
        "c": (lambda z, **_: df(z), "No slope is needed: s is linear in u."),
        "d": (lambda delta, **_: delta, "This is the gradient by z. s is linear in u."),
        "e": (
            lambda z, **_: f(z)[None, :],
            "This is the Jacobian, a row. A gradient has the shape of its parameter: (n,).",
        ),
    },
)

# --- G07.6 -------------------------------------------------------------------------


def linear_inputs(rng: Rng) -> list[Case]:
    """Unequal sizes, equal sizes, one example."""

    def case(n: int, d: int, m: int, name: str, **more: Any) -> Case:
        arrays = [rng.normal(size=shape) for shape in ((n, m), (n, d), (m, d))]
        return Case(name=name, args=tuple(arrays), batch=n, **more)

    return [
        case(5, 4, 3, "5 examples, 4 inputs, 3 units"),
        case(2, 3, 5, "2 examples, 3 inputs, 5 units"),
        case(3, 3, 3, "all sizes equal"),
        case(1, 4, 3, "one example", role="edge", requirement="one example, N = 1"),
    ]


def linear_backward(dZ: Array, X: Array, W: Array) -> tuple[Array, Array, Array]:
    """T07.14: sums over examples of outer products; rows of dZ through W."""
    dX = np.einsum("nm,md->nd", dZ, W)
    dW = np.einsum("nm,nd->md", dZ, X)
    return dX, dW, np.einsum("nm->m", dZ)


def _linear(**changed: Callable[[Array, Array, Array], Array]) -> Callable[..., Any]:
    def backward(dZ: Array, X: Array, W: Array) -> tuple[Array, ...]:
        right = dict(zip(("dX", "dW", "db"), linear_backward(dZ, X, W), strict=True))
        return tuple(
            changed[name](dZ, X, W) if name in changed else value
            for name, value in right.items()
        )

    return backward


LINEAR_MISTAKES: dict[str, tuple[Callable[..., Any], str]] = {
    "a": (
        _linear(dW=lambda dZ, X, W: X.T @ dZ),
        "dW is transposed: it has the shape (M, D) of W.",
    ),
    "b": (
        _linear(dX=lambda dZ, X, W: dZ @ W.T),
        "dX uses the transpose of W. Forward used it, so backward uses W itself; only "
        "equal sizes let the other one pass.",
    ),
    "c": (
        _linear(db=lambda dZ, X, W: dZ.copy()),
        "db still has one row per example. The bias was added to every row, so its "
        "gradient adds up all rows.",
    ),
    "d": (
        _linear(db=lambda dZ, X, W: dZ.sum(1)),
        "db adds up over the units. Add up over the examples, axis 0.",
    ),
    "e": (
        _linear(db=lambda dZ, X, W: dZ.mean(0)),
        "db is an average. The 1/N stands in the loss and is in dZ already: add up.",
    ),
    "f": (
        _linear(dW=lambda dZ, X, W: dZ.T @ X / len(X)),
        "dW is divided by N once more. dZ contains the 1/N already.",
    ),
    "g": (
        _linear(db=lambda dZ, X, W: dZ.sum(0, keepdims=True)),
        "db has an axis too many, (1, M). It has the shape (M,) of b.",
    ),
    "h": (
        _linear(dW=lambda dZ, X, W: dZ.T @ (dZ @ W)),
        "dW is built from dX. It pairs dZ with what the layer received, X.",
    ),
}
G07_6 = Exercise(
    id="G07.6",
    function="linear_backward",
    points=5,
    reference=linear_backward,
    inputs=linear_inputs,
    outputs=("dX", "dW", "db"),
    pack="tuple",
    lecture=f"{LECTURE}#Sum-over-the-batch",
    mistakes=tuple(
        Mistake(code=f"M07.6{letter}", variant=variant, message=message)
        for letter, (variant, message) in LINEAR_MISTAKES.items()
    ),
)

# --- G07.7 -------------------------------------------------------------------------

CHAIN_DRIVER = """
def drive(f, outer, inner, x):
    import numpy as np

    dh = {"sin": np.cos, "exp": np.exp, "square": lambda y: 2 * y}[outer]
    g, dg = {
        "square": (lambda x: x**2, lambda x: 2 * x),
        "cube": (lambda x: x**3, lambda x: 3 * x**2),
        "sin": (np.sin, np.cos),
    }[inner]
    return f(dh, g, dg, x)
"""


def chain_inputs(rng: Rng) -> list[Case]:
    """Three compositions at positive and negative points."""
    pairs = [("sin", "square"), ("exp", "sin"), ("square", "cube")]
    signs = rng.permutation([-1.0, 1.0, -1.0])
    return [
        Case(name=f"{h} of {g}", args=(h, g, float(sign * rng.uniform(0.4, 1.3))))
        for (h, g), sign in zip(pairs, signs, strict=True)
    ]


Slope = Callable[[float], float]


def chain_scalar(dh: Slope, g: Slope, dg: Slope, x: float) -> float:
    """T07.3, E47: h'(g(x)) g'(x)."""
    y, inner = float(g(x)), float(dg(x))
    return inner * float(dh(y))


G07_7 = Exercise(
    id="G07.7",
    function="chain_scalar",
    points=2,
    reference=chain_scalar,
    inputs=chain_inputs,
    outputs=("slope",),
    driver=CHAIN_DRIVER,
    unchanged="",
    lecture=f"{LECTURE}#Inner-derivative",
    mistakes=(
        Mistake(
            code="M07.7a",
            variant=lambda dh, g, dg, x: dh(g(x)),
            message="The inner derivative g'(x) is missing (a slide leaves it out, too).",
        ),
        Mistake(
            code="M07.7b",
            variant=lambda dh, g, dg, x: dh(x) * dg(x),
            message="The outer derivative is taken at x. It belongs at g(x).",
        ),
        Mistake(
            code="M07.7c",
            variant=lambda dh, g, dg, x: dh(dg(x)),
            message="The derivatives are put into each other; they have to be multiplied.",
        ),
        Mistake(
            code="M07.7d",
            variant=lambda dh, g, dg, x: dh(g(x)) + dg(x),
            message="The derivatives are added. Along one road they multiply; adding is "
            "for roads that meet.",
        ),
        Mistake(
            code="M07.7e",
            variant=lambda dh, g, dg, x: dg(x),
            message="The outer derivative is missing.",
        ),
    ),
)

EXERCISES = (X07_1, G07_1, G07_2, G07_3, G07_4, G07_5, G07_6, G07_7)
