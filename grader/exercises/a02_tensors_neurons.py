"""Assignment a02: tensors and neurons (syllabus D-02, D-03, G02.1-G03.3, B7).

W is outputs x inputs, examples stand in rows. References contract with einsum or add up
exactly where the solution cells loop or multiply.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.exercises._functions import sigmoid
from grader.exercises._hand import by_hand
from grader.model import Case, Exercise, Mistake

Array = np.ndarray
Rng = np.random.Generator
TENSORS, NEURONS = "02_tensors", "03_neurons"


# --- X02.1 -------------------------------------------------------------------------

SLIDE_W = np.array(
    [
        [-1.1272, -1.1810, 0.0867, 0.0676],
        [-0.1070, 3.2586, 0.7446, -1.2094],
        [-1.7670, 0.2900, -1.0881, -1.5555],
    ]
)
SLIDE_X = np.array(
    [[-1.5372, 0.0845], [0.5752, 0.7634], [0.4265, -0.1287], [-1.8629, -0.8520]]
)
_C = np.einsum("ik,kj->ij", SLIDE_W, SLIDE_X)
X02_1 = by_hand(
    "X02.1",
    "numbers",
    {
        "rows": 3,
        "columns": 2,
        "c00": float(_C[0, 0]),
        "c21": float(_C[2, 1]),
        "h11": float(SLIDE_X[1, 1] ** 2),
    },
    {
        "X02.1a": (
            {"rows": 2, "columns": 3},
            "Rows and columns are exchanged: w has three rows and x two columns, so the "
            "product has three rows and two columns.",
        ),
        "X02.1b": (
            {"h11": float(2 * SLIDE_X[1, 1])},
            "The star multiplies entry by entry; it does not add.",
        ),
        "X02.1c": (
            {
                "c00": float(SLIDE_W[0, 3] * SLIDE_X[3, 0]),
                "c21": float(SLIDE_W[2, 3] * SLIDE_X[3, 1]),
            },
            "An entry of the product is a sum over all four k; only the last product is "
            "left here.",
        ),
    },
    lecture=f"{TENSORS}#Two-products",
)

# --- G02.1 -------------------------------------------------------------------------


def matmul_inputs(rng: Rng) -> list[Case]:
    """Two shapes where all sizes differ, a square one, one row, one term."""

    def case(n: int, k: int, m: int, name: str, **more: Any) -> Case:
        return Case(
            name=name, args=(rng.normal(size=(n, k)), rng.normal(size=(k, m))), **more
        )

    return [
        case(2, 3, 4, "2 x 3 times 3 x 4"),
        case(4, 2, 5, "4 x 2 times 2 x 5"),
        case(3, 3, 3, "square"),
        case(1, 3, 2, "one row", role="edge", requirement="a single row, n = 1"),
        case(2, 1, 3, "one term", role="edge", requirement="a single term, k = 1"),
    ]


def matmul(A: Array, B: Array) -> Array:
    """T02.5: C_ij = sum over k of A_ik B_kj."""
    return np.asarray(np.einsum("ik,kj->ij", A, B))


def _matmul_reading_b_turned(A: Array, B: Array) -> Array:
    n, inner, m = A.shape[0], A.shape[1], B.shape[1]
    C = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            C[i, j] = sum(A[i, k] * B[j, k] for k in range(inner))
    return C


G02_1 = Exercise(
    id="G02.1",
    function="matmul_loops",
    points=3,
    reference=matmul,
    inputs=matmul_inputs,
    outputs=("C",),
    lecture=f"{TENSORS}#Two-products",
    mistakes=(
        Mistake(
            code="M02.1a",
            variant=lambda A, B: np.outer(A[:, -1], B[-1]),
            message="Only the last term of each sum is left: add the products up with +=.",
        ),
        Mistake(
            code="M02.1b",
            variant=lambda A, B: A * B,
            message="This is the element-wise product. An entry of AB combines a whole "
            "row of A with a whole column of B.",
        ),
        Mistake(
            code="M02.1c",
            variant=lambda A, B: (A @ B).T,
            message="The result is transposed: entry (i, j) takes row i of A and column "
            "j of B, so the rows of the result are those of A.",
        ),
        Mistake(
            code="M02.1d",
            variant=_matmul_reading_b_turned,
            message="B is read with its indices exchanged. The index summed over counts "
            "the rows of B: B[k, j].",
        ),
        Mistake(
            code="M02.1e",
            variant=lambda A, B: np.sum(A[:, :, None] + B[None], axis=1),
            message="The pairs are added before they are summed. Multiply each pair, then "
            "add up the products.",
        ),
    ),
)

# --- G02.2 -------------------------------------------------------------------------


def affine_inputs(rng: Rng) -> list[Case]:
    """Distinct sizes, as many examples as units, all sizes equal, one example."""

    def case(n: int, d: int, m: int, name: str, **more: Any) -> Case:
        arrays = [rng.normal(size=shape) for shape in ((n, d), (m, d), (m,))]
        return Case(name=name, args=tuple(arrays), batch=n, **more)

    return [
        case(5, 4, 3, "5 examples, 4 inputs, 3 units"),
        case(3, 4, 3, "as many examples as units"),
        case(2, 3, 5, "2 examples, 3 inputs, 5 units"),
        case(4, 4, 4, "all sizes equal"),
        case(1, 4, 3, "one example", role="edge", requirement="one example, N = 1"),
    ]


def affine(X: Array, W: Array, b: Array) -> Array:
    """T02.8: z_nm = sum over d of x_nd w_md, plus b_m."""
    return np.asarray(np.einsum("nd,md->nm", X, W) + b)


G02_2 = Exercise(
    id="G02.2",
    function="affine_batch",
    points=3,
    reference=affine,
    inputs=affine_inputs,
    outputs=("Z",),
    vectorised=True,
    lecture=f"{TENSORS}#A-layer-in-one-line",
    mistakes=(
        Mistake(
            code="M02.2a",
            variant=lambda X, W, b: X @ W + b,
            message="W is stored as outputs x inputs. With examples in rows its transpose "
            "stands on the right.",
        ),
        Mistake(
            code="M02.2b",
            variant=lambda X, W, b: X @ W.T,
            message="The bias is missing: without it every unit is 0 at the origin.",
        ),
        Mistake(
            code="M02.2c",
            variant=lambda X, W, b: W @ X.T + b[:, None],
            message="The numbers are right, but units stand in rows. Example n belongs "
            "in row n: transpose.",
        ),
        Mistake(
            code="M02.2d",
            variant=lambda X, W, b: X @ W.T + b[:, None],
            message="The bias is added as a column, one number per example. It belongs "
            "to the units, one number per column; with as many examples as units no "
            "error message tells you.",
        ),
        Mistake(
            code="M02.2e",
            variant=lambda X, W, b: X @ W.T + b.sum(),
            message="All units get the sum of the biases. Each unit has its own.",
        ),
    ),
)

# --- G03.1 -------------------------------------------------------------------------


def logistic_inputs(rng: Rng) -> list[Case]:
    """Two sizes and scores of +-1000."""

    def case(d: int, name: str) -> Case:
        sizes = rng.normal(0, 0.6, d), rng.normal(0, 0.9, d), float(rng.uniform(0.4, 0.9))
        return Case(name=name, args=sizes)

    def huge(sign: float) -> Case:
        args = (np.array([sign, 0.0]), np.array([1000.0, 1.0]), 0.5)
        requirement = "scores of ±1000 give 1 and 0"
        return Case(name=f"{sign:+g}000", args=args, role="edge", requirement=requirement)

    return [case(4, "4 inputs"), case(3, "3 inputs"), huge(1.0), huge(-1.0)]


def logistic_unit(x: Array, w: Array, b: float) -> float:
    """T03.4: sigma(w . x + b), the dot product added up exactly."""
    z = math.fsum([*(float(p) for p in np.asarray(x) * np.asarray(w)), b])
    return 0.5 * (1 + math.tanh(0.5 * z))


G03_1 = Exercise(
    id="G03.1",
    function="logistic_unit",
    points=3,
    reference=logistic_unit,
    inputs=logistic_inputs,
    outputs=("h",),
    lecture=f"{NEURONS}#The-logistic-unit",
    mistakes=(
        Mistake(
            code="M03.1a",
            variant=lambda x, w, b: sigmoid(w @ x) + b,
            message="The bias is added after the sigmoid. It shifts the threshold, so it "
            "belongs inside.",
        ),
        Mistake(
            code="M03.1b",
            variant=lambda x, w, b: w @ x + b,
            message="This is the pre-activation z; the unit gives out sigma(z).",
        ),
        Mistake(
            code="M03.1c",
            variant=lambda x, w, b: sigmoid(w * x + b),
            message="The weighted inputs are not added up: a unit has one z, the dot "
            "product plus the bias.",
        ),
        Mistake(
            code="M03.1d",
            variant=lambda x, w, b: sigmoid(-(w @ x + b)),
            message="The exponent has the wrong sign: sigma(z) = 1 / (1 + exp(-z)) grows "
            "with z.",
        ),
        Mistake(
            code="M03.1e",
            variant=lambda x, w, b: sigmoid(w @ x - b),
            message="The bias is subtracted. A threshold would be; the course adds b.",
        ),
    ),
)

# --- G03.2 -------------------------------------------------------------------------


def perceptron_inputs(rng: Rng) -> list[Case]:
    """Wrong and right examples of both classes; a margin of exactly 0."""

    def case(y: float, margin: float, name: str) -> Case:
        w, x = rng.normal(size=3), rng.normal(size=3)
        if y * margin * (w @ x) > 0:
            w = -w  # the bias decides: with the other sign it would decide otherwise
        b = float(y * margin - w @ x)
        return Case(name=name, args=(w, b, x, y, float(rng.uniform(0.2, 0.8))))

    start = (np.zeros(3), 0.0, rng.normal(size=3), 1.0, 0.5)
    return [
        case(1.0, -0.7, "positive, wrong"),
        case(-1.0, -0.4, "negative, wrong"),
        case(1.0, 0.9, "positive, right"),
        case(-1.0, 0.6, "negative, right"),
        Case(
            name="start",
            args=start,
            role="edge",
            requirement="a margin of exactly 0 counts as wrong",
        ),
    ]


def _perceptron(
    *,
    wrong: Callable[[float], bool] = lambda margin: margin <= 0,
    sign: float = 1.0,
    label: bool = True,
    bias: bool = True,
) -> Callable[..., tuple[Array, float]]:
    def step(w: Array, b: float, x: Array, y: float, eta: float) -> tuple[Array, float]:
        margin = y * (float(np.dot(w, x)) + b)
        move = sign * eta * (y if label else 1.0) * float(wrong(margin))
        return w + move * x, b + move * bias

    return step


G03_2 = Exercise(
    id="G03.2",
    function="perceptron_step",
    points=4,
    reference=_perceptron(),
    inputs=perceptron_inputs,
    outputs=("w", "b"),
    pack="tuple",
    lecture=f"{NEURONS}#The-perceptron",
    mistakes=(
        Mistake(
            code="M03.2a",
            variant=_perceptron(wrong=lambda margin: True),
            message="Examples that are already right move the weights, too. The "
            "perceptron learns from its mistakes only.",
        ),
        Mistake(
            code="M03.2b",
            variant=_perceptron(wrong=lambda margin: margin < 0),
            message="A margin of exactly 0 is treated as right. From zero weights every "
            "margin is 0, and learning would never begin: use <= 0.",
        ),
        Mistake(
            code="M03.2c",
            variant=_perceptron(sign=-1.0),
            message="The step goes the wrong way: subtracting eta * y * x lowers the "
            "margin of the very example that was wrong.",
        ),
        Mistake(
            code="M03.2d",
            variant=_perceptron(bias=False),
            message="The bias never moves. It is the weight of a constant input 1 and "
            "learns like the others.",
        ),
        Mistake(
            code="M03.2e",
            variant=_perceptron(label=False),
            message="The label is missing from the step: an example of the class -1 has "
            "to push the other way.",
        ),
    ),
)

# --- G03.3 -------------------------------------------------------------------------


def collapse_inputs(rng: Rng) -> list[Case]:
    """Two shapes where all sizes differ, and a square one where wrong orders run."""

    def case(d: int, h: int, m: int, name: str) -> Case:
        shapes = (h, d), (h,), (m, h), (m,)
        return Case(name=name, args=tuple(rng.normal(size=shape) for shape in shapes))

    return [case(3, 3, 3, "square"), case(4, 2, 3, "4-2-3"), case(2, 5, 4, "2-5-4")]


def collapse(W1: Array, b1: Array, W2: Array, b2: Array) -> tuple[Array, Array]:
    """T03.6, E17: read off the composed map at the origin and the unit vectors."""

    def both(x: Array) -> Array:
        return np.asarray(W2 @ (W1 @ x + b1) + b2)

    d = W1.shape[1]
    b = both(np.zeros(d))
    W = np.einsum("mh,hd->md", W2, W1)
    return W, b


def _collapsed(
    W: Callable[..., Array] = lambda W1, b1, W2, b2: W2 @ W1,
    b: Callable[..., Array] = lambda W1, b1, W2, b2: W2 @ b1 + b2,
) -> Callable[..., tuple[Array, Array]]:
    return lambda *args: (W(*args), b(*args))


G03_3 = Exercise(
    id="G03.3",
    function="collapse_linear",
    points=3,
    reference=collapse,
    inputs=collapse_inputs,
    outputs=("W", "b"),
    pack="tuple",
    lecture=f"{NEURONS}#Why-the-activation-function-is-not-optional",
    mistakes=(
        Mistake(
            code="M03.3a",
            variant=_collapsed(W=lambda W1, b1, W2, b2: W1 @ W2),
            message="The order is turned round: the layer applied last stands on the "
            "left, because it acts on what the first one gives.",
        ),
        Mistake(
            code="M03.3b",
            variant=_collapsed(b=lambda W1, b1, W2, b2: b1 + b2),
            message="The first bias goes through the second layer, too, before the "
            "second bias is added.",
        ),
        Mistake(
            code="M03.3c",
            variant=_collapsed(b=lambda W1, b1, W2, b2: b2.copy()),
            message="The first bias is lost. It reaches the output through the second "
            "layer.",
        ),
        Mistake(
            code="M03.3d",
            variant=_collapsed(b=lambda W1, b1, W2, b2: W1 @ b2 + b1),
            message="The wrong bias is transformed: the later matrix acts on the earlier "
            "bias.",
        ),
        Mistake(
            code="M03.3e",
            variant=_collapsed(W=lambda W1, b1, W2, b2: W2 + W1),
            message="The matrices are added. One map after the other is a matrix product.",
        ),
    ),
)

EXERCISES = (X02_1, G02_1, G02_2, G03_1, G03_2, G03_3)
