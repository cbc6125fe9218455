"""Assignment a03: activation functions and their slopes (syllabus D-04, G04.1-G04.15, B9).

Kinks as in the course and in PyTorch: ReLU'(0) = 0, LeakyReLU'(0) = ELU'(0) = gamma.
References branch, or go through other functions than the solution cells: hyperbolic
ones, the complementary error function, entry by entry.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.exercises._functions import sigmoid as logistic
from grader.exercises._functions import sigmoid_slope as slope
from grader.exercises._hand import by_hand
from grader.model import Case, Exercise, Mistake

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "04_activations"
HUGE = np.array([-1000.0, -745.0, 0.0, 745.0, 1000.0])


erf = np.vectorize(math.erf, otypes=[float])
erfc = np.vectorize(math.erfc, otypes=[float])


def cumulative(z: Array) -> Array:
    """Distribution function of the standard normal distribution."""
    return np.asarray(0.5 * erfc(-z / math.sqrt(2)))


def density(z: Array) -> Array:
    """Density of the standard normal distribution."""
    return np.asarray(np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi))


Entries = dict[str, tuple[Callable[..., Any], str]]


def _exercise(
    number: int,
    function: str,
    reference: Callable[..., Any],
    inputs: Callable[[Rng], Sequence[Case]],
    heading: str,
    mistakes: Entries,
    *,
    driver: str = "",
) -> Exercise:
    return Exercise(
        id=f"G04.{number}",
        function=function,
        points=2,
        reference=reference,
        inputs=inputs,
        outputs=("value",),
        driver=driver,
        lecture=f"{LECTURE}#{heading}",
        mistakes=tuple(
            Mistake(code=f"M04.{number}{letter[0]}", variant=variant, message=message)
            for letter, (variant, message) in mistakes.items()
        ),
    )


def _elementwise(
    *edges: tuple[str, Array], parameter: tuple[float, float] | None = None
) -> Callable[[Rng], list[Case]]:
    """Return inputs: arrays of one and two axes, and the named edges.

    Args:
        edges: requirement and array.
        parameter: range of a second argument, if the function has one.
    """

    def inputs(rng: Rng) -> list[Case]:
        def case(z: Array, name: str, **more: Any) -> Case:
            extra = () if parameter is None else (float(rng.uniform(*parameter)),)
            return Case(name=name, args=(z, *extra), **more)

        def both_signs(shape: tuple[int, ...]) -> Array:
            signs = np.resize([-1.0, 1.0], shape)
            return np.asarray(rng.permuted(signs) * rng.uniform(0.15, 2.8, shape))

        return [
            case(both_signs((7,)), "seven numbers"),
            case(both_signs((3, 4)), "3 x 4"),
            *(
                case(z, requirement, role="edge", requirement=requirement)
                for requirement, z in edges
            ),
        ]

    return inputs


# --- X04.1 -------------------------------------------------------------------------

_S = float(logistic(0.5))
BY_HAND = {
    "sigmoid": _S,
    "sigmoid_slope": _S * (1 - _S),
    "tanh_slope": 1 - math.tanh(0.5) ** 2,
    "softplus": math.log1p(math.exp(0.5)),
    "silu_slope": _S + 0.5 * _S * (1 - _S),
}
"""B9, the row x = 0.5."""


X04_1 = by_hand(
    "X04.1",
    "table",
    BY_HAND,
    {
        "X04.1a": (
            dict(
                sigmoid_slope=0.25, tanh_slope=0.75, silu_slope=float(logistic(0.5)) + 0.125
            ),
            "This is what a(1 - a) and 1 - a² give with x in place of the activation a "
            "(or the slope at 0).",
        ),
        "X04.1b": (
            dict(sigmoid=1 - float(logistic(0.5))),
            "The exponent has the wrong sign: for a positive x the sigmoid lies "
            "above one half.",
        ),
        "X04.1c": (
            dict(silu_slope=float(logistic(0.5))),
            "x times sigmoid(x) is a product, and both factors depend on x: one "
            "term of the product rule is missing.",
        ),
    },
    lecture=f"{LECTURE}#The-table",
)

# --- G04.1 to G04.3 ----------------------------------------------------------------

STRICT = """
def drive(f, z):
    import numpy as np

    with np.errstate(over="raise", invalid="raise"):
        return f(z)
"""

G04_1 = _exercise(
    1,
    "sigmoid",
    logistic,
    _elementwise(("no overflow for scores of ±1000", HUGE)),
    "Sigmoid",
    {
        "a": (
            lambda z: 1 / (1 + np.exp(z)),
            "The exponent has the wrong sign: your curve falls.",
        ),
        "b": (
            lambda z: np.exp(z) / (1 - np.exp(z)),
            "The denominator is 1 + exp(z): the two classes' probabilities add up to 1.",
        ),
        "c": (
            np.tanh,
            "This is tanh, with values from -1 to 1. The logistic function has "
            "values from 0 to 1.",
        ),
        "d": (
            lambda z: 1 / (1 + np.exp(-z)),
            "The formula is right, but exp overflows for large negative z (np.where "
            "computes both sides everywhere). Use exp(-abs(z)), a mask, or tanh.",
        ),
        "e": (
            lambda z: 1 / 1 + np.exp(-z),
            "A pair of parentheses is missing: the whole denominator is 1 + exp(-z).",
        ),
    },
    driver=STRICT,
)
G04_2 = _exercise(
    2,
    "sigmoid_grad",
    lambda z: 1 / (2 * np.cosh(np.asarray(z) / 2)) ** 2,
    _elementwise(),
    "Sigmoid",
    {
        "a": (
            lambda z: z * (1 - z),
            "The rule a(1 - a) is for the activation a. You are given z: apply the "
            "sigmoid first.",
        ),
        "b": (
            lambda z: slope(logistic(z)),
            "There is one sigmoid too many: the slope is taken at a instead of at z.",
        ),
        "c": (logistic, "This is the function itself, not its slope."),
        "d": (
            lambda z: logistic(z) * (1 + logistic(z)),
            "The second factor is 1 - s: the slope vanishes on both sides.",
        ),
        "e": (
            lambda z: -slope(z),
            "The sign is wrong: the function rises, so its slope is positive.",
        ),
        "f": (
            lambda z: 1 - logistic(z) ** 2,
            "This is the rule of tanh. The logistic function has s(1 - s).",
        ),
    },
)
G04_3 = _exercise(
    3,
    "tanh_grad",
    lambda z: 1 / np.cosh(z) ** 2,
    _elementwise(),
    "Tanh",
    {
        "a": (
            lambda z: 1 - z**2,
            "The square is taken of z. It belongs to the activation, tanh(z).",
        ),
        "b": (lambda z: 1 - np.tanh(z), "The square is missing."),
        "c": (
            lambda z: 1 - np.tanh(np.tanh(z)) ** 2,
            "There is one tanh too many: the slope is taken at a instead of at z.",
        ),
        "d": (
            lambda z: np.tanh(z) * (1 - np.tanh(z)),
            "This is the rule of the logistic function. tanh has 1 - t².",
        ),
        "e": (
            lambda z: 1 + np.tanh(z) ** 2,
            "The sign is wrong: the slope becomes smaller where tanh saturates.",
        ),
        "f": (
            lambda z: 2 * slope(2 * z),
            "Half as large as it should be: in tanh(z) = 2 sigmoid(2z) - 1 both the 2 in "
            "front and the 2 inside are factors of the slope.",
        ),
    },
)

# --- G04.4 to G04.7: kinks ---------------------------------------------------------

KINK = np.array([-1.0, 0.0, 2.0])


def _divided(z: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.maximum(z, 0) / z)


G04_4 = _exercise(
    4,
    "relu_grad",
    lambda z: np.heaviside(z, 0.0),
    _elementwise(("slope 0 at the kink", KINK)),
    "ReLU",
    {
        "a": (
            lambda z: 1.0 * (z >= 0),
            "At the kink your slope is 1. The course takes 0 there, as PyTorch does.",
        ),
        "b": (
            lambda z: np.maximum(z, 0),
            "This is the function itself. Its slope is 0 or 1.",
        ),
        "c": (
            np.sign,
            "For negative z the output does not change: the slope is 0 there, not -1.",
        ),
        "d": (
            lambda z: 1.0 * (np.maximum(z, 0) >= 0),
            "The comparison is always true: the activation is never negative. Ask "
            "whether z is positive.",
        ),
        "e": (
            lambda z: 1.0 * (z < 0),
            "The comparison is turned round: the gradient flows where the unit is on.",
        ),
        "f": (
            _divided,
            "Dividing by z gives nan at 0. Compare instead of dividing.",
        ),
    },
)


def _leaky(z: Array, gamma: float) -> Array:
    return np.asarray(np.piecewise(np.asarray(z, float), [z > 0], [1.0, gamma]))


G04_5 = _exercise(
    5,
    "leaky_relu_grad",
    _leaky,
    _elementwise(("slope gamma at the kink", KINK), parameter=(0.05, 0.4)),
    "A-leak",
    {
        "a": (
            lambda z, gamma: np.where(z > 0, 1.0, 0.0),
            "This is the plain ReLU: on the negative side the leak has the slope gamma.",
        ),
        "b": (
            lambda z, gamma: np.where(z > 0, 1.0, -gamma),
            "The sign of the leak is wrong: gamma * z has the slope +gamma.",
        ),
        "c": (
            lambda z, gamma: np.where(z > 0, 1.0, gamma * z),
            "On the negative side this is the function itself, not its slope.",
        ),
        "d": (
            lambda z, gamma: np.where(z > 0, gamma, 1.0),
            "The two sides are exchanged: gamma belongs to the negative one.",
        ),
        "e": (
            lambda z, gamma: np.where(z >= 0, 1.0, gamma),
            "At the kink your slope is 1. The course counts 0 to the leaky side.",
        ),
        "f": (
            lambda z, gamma: np.minimum(z, 0),
            "This is the derivative by gamma, which a unit needs that learns its leak "
            "(PReLU). Asked is the slope by z.",
        ),
    },
)


def _elu(z: Array, gamma: float) -> Array:
    return np.asarray(gamma * np.expm1(np.minimum(z, 0)) + np.maximum(z, 0))


def _elu_grad(z: Array, gamma: float) -> Array:
    z = np.asarray(z, float)
    return np.piecewise(z, [z > 0], [1.0, lambda v: gamma * np.exp(v)])


G04_6 = _exercise(
    6,
    "elu_grad",
    _elu_grad,
    _elementwise(
        ("slope gamma at 0", KINK),
        ("large positive z give 1", np.array([800.0, 1000.0])),
        parameter=(0.15, 0.6),
    ),
    "ELU",
    {
        "a": (
            lambda z, gamma: np.where(z > 0, 1.0, _elu(z, gamma)),
            "On the negative side this is the function itself; when you differentiate, "
            "the -1 disappears.",
        ),
        "b": (
            lambda z, gamma: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0))),
            "The factor gamma is missing on the negative side.",
        ),
        "c": (
            lambda z, gamma: np.where(z > 0, 1.0, _elu(z, gamma) + 1),
            "The short cut is f(z) + gamma. With +1 it holds for gamma = 1 only.",
        ),
        "d": (
            lambda z, gamma: gamma * np.exp(np.minimum(z, 700)),
            "On the positive side the function is the identity: its slope is 1.",
        ),
        "e": (
            lambda z, gamma: np.where(z > 0, 1.0, gamma * z * np.exp(np.minimum(z, 0))),
            "There is a factor z too many: the derivative of exp(z) is exp(z).",
        ),
        "f": (
            lambda z, gamma: np.where(z >= 0, 1.0, gamma * np.exp(np.minimum(z, 0))),
            "At 0 your slope is 1. The course takes the left one there, gamma.",
        ),
    },
)


def _quotient(z: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.exp(z) / (1 + np.exp(z)))


G04_7 = _exercise(
    7,
    "softplus_grad",
    logistic,
    _elementwise(("scores of ±1000", HUGE)),
    "Softplus",
    {
        "a": (
            lambda z: logistic(-z),
            "This is the slope of log(1 + exp(-z)), without its sign. The function is "
            "log(1 + exp(z)).",
        ),
        "b": (slope, "This is the second derivative of softplus."),
        "c": (lambda z: np.logaddexp(0, z), "This is the function itself, not its slope."),
        "d": (
            _quotient,
            "The formula is right, but infinity divided by infinity gives nan for large "
            "z: use your stable sigmoid.",
        ),
        "e": (
            lambda z: np.exp(np.minimum(z, 700)),
            "The logarithm has been forgotten: its derivative divides by 1 + exp(z).",
        ),
        "f": (
            lambda z: 1.0 * (z > 0),
            "This is the slope of the ReLU. Softplus is its smooth relative.",
        ),
    },
)

# --- G04.8 to G04.10 ---------------------------------------------------------------


def _slide_gelu_grad(z: Array) -> Array:
    s = logistic(1.702 * z)
    return np.asarray(s + 1.702 * z * s * (1 - s))


G04_8 = _exercise(
    8,
    "gelu",
    lambda z: z * cumulative(z),
    _elementwise(),
    "GELU",
    {
        "a": (
            lambda z: z * logistic(1.702 * z),
            "This is the approximation with 1.702, up to 0.02 off. The exact form has "
            "the normal distribution function.",
        ),
        "b": (
            lambda z: z * logistic(z),
            "This is SiLU. GELU's gate is the normal distribution function.",
        ),
        "c": (cumulative, "This is the gate alone; it multiplies z."),
        "d": (
            lambda z: z * density(z),
            "This has the bell curve. P(X <= z) is the distribution function.",
        ),
        "e": (
            lambda z: 0.5 * z * (1 + erf(z)),
            "erf gets z divided by the root of 2.",
        ),
        "f": (
            lambda z: 0.5 * z * erf(z / math.sqrt(2)),
            "The '1 +' is missing: without it the gate is no probability.",
        ),
        "g": (
            lambda z: 1.702 * z * logistic(z),
            "1.702 belongs inside the sigmoid of the approximation, and the exact form "
            "is asked for.",
        ),
    },
)
G04_9 = _exercise(
    9,
    "gelu_grad",
    lambda z: cumulative(z) + z * density(z),
    _elementwise(),
    "GELU",
    {
        "a": (
            cumulative,
            "One term of the product rule is missing: the gate depends on z, too.",
        ),
        "b": (
            lambda z: cumulative(z) + density(z),
            "The second term of the product rule keeps its factor z.",
        ),
        "c": (
            lambda z: cumulative(z) - z * density(z),
            "The second term has the wrong sign: the derivative of Phi is +phi.",
        ),
        "d": (
            lambda z: z * density(z),
            "The first term of the product rule is missing: the gate itself.",
        ),
        "e": (
            _slide_gelu_grad,
            "This is the slope of the approximation with 1.702. An exact function needs "
            "its exact slope.",
        ),
        "f": (
            density,
            "This is the slope of the gate alone. The derivative of a product is not the "
            "product of the derivatives.",
        ),
    },
)


def _swish_grad(z: Array, beta: float) -> Array:
    """By the derivative of z / (1 + exp(-beta z)) as one quotient."""
    e = np.exp(-beta * z)
    return np.asarray((1 + e + beta * z * e) / (1 + e) ** 2)


G04_10 = _exercise(
    10,
    "swish_grad",
    _swish_grad,
    _elementwise(parameter=(1.3, 2.2)),
    "SiLU-and-Swish",
    {
        "a": (
            lambda z, beta: logistic(beta * z),
            "One term of the product rule is missing: the gate depends on z, too.",
        ),
        "b": (
            lambda z, beta: logistic(beta * z) + z * slope(beta * z),
            "The inner derivative beta is missing from the second term.",
        ),
        "c": (
            lambda z, beta: beta * slope(beta * z),
            "This is the slope of the gate alone. The derivative of a product has two "
            "terms.",
        ),
        "d": (
            lambda z, beta: beta * z * slope(beta * z),
            "The first term of the product rule is missing: the gate itself.",
        ),
        "e": (
            lambda z, beta: _swish_grad(z, 1.0),
            "beta is not used. SiLU is the special case beta = 1.",
        ),
        "f": (
            lambda z, beta: logistic(beta * z) - beta * z * slope(beta * z),
            "The second term has the wrong sign.",
        ),
    },
)

# --- G04.11, G04.12: gates ---------------------------------------------------------


def _gate_inputs(*, beta: bool) -> Callable[[Rng], list[Case]]:
    def inputs(rng: Rng) -> list[Case]:
        def case(n: int, d: int, m: int, name: str, **more: Any) -> Case:
            shapes = (n, d), (d, m), (m,), (d, m), (m,)
            arrays = [rng.normal(size=shape) for shape in shapes]
            extra = [float(rng.uniform(1.3, 2.2))] if beta else []
            return Case(name=name, args=(*arrays, *extra), **more)

        return [
            case(2, 4, 3, "2 examples, 4 inputs, 3 units"),
            case(5, 2, 4, "5 examples, 2 inputs, 4 units"),
            case(3, 3, 3, "all sizes equal"),
            case(1, 4, 3, "one", role="edge", requirement="one example, N = 1"),
        ]

    return inputs


def _by_entries(
    entry: Callable[[float, float], float],
) -> Callable[[Array, Array, Array, Array, Array], Array]:
    """Return a gated layer from one entry's value path and gate path."""

    def layer(x: Array, W: Array, b: Array, V: Array, v: Array) -> Array:
        rows = [
            [
                entry(math.fsum(row * V[:, m]) + v[m], math.fsum(row * W[:, m]) + b[m])
                for m in range(len(b))
            ]
            for row in x
        ]
        return np.array(rows)

    return layer


def _glu(combine: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    """Return a (wrong) gated layer from its value path and its gate path."""
    return lambda x, W, b, V, v: combine(x @ V + v, x @ W + b)


def _swiglu(combine: Callable[[Array, Array, float], Array]) -> Callable[..., Array]:
    return lambda x, W, b, V, c, beta: combine(x @ V + c, x @ W + b, beta)


def _swish(q: Array, beta: float) -> Array:
    return np.asarray(q * logistic(beta * q))


CIRCLED = (
    "This has more axes or entries than it should: the circled times of the slide "
    "is the element-wise product here, and (N, M) stays (N, M)."
)
G04_11 = _exercise(
    11,
    "glu",
    _by_entries(lambda value, gate: value / (1 + math.exp(-gate))),
    _gate_inputs(beta=False),
    "Gates:-GLU-and-SwiGLU",
    {
        "a": (
            _glu(lambda value, gate: gate * logistic(value)),
            "Value and gate are exchanged: W and b belong to the sigmoid.",
        ),
        "b": (
            _glu(lambda value, gate: logistic(value * gate)),
            "The product is squashed. Only the gate is; the value path stays linear.",
        ),
        "c": (
            _glu(lambda value, gate: logistic(value) * logistic(gate)),
            "Both paths are squashed. The value path stays linear, so that gradients pass.",
        ),
        "d": (
            _glu(lambda value, gate: value + logistic(gate)),
            "The gate is added. It has to multiply: only so can it switch the value off.",
        ),
        "e": (
            _glu(lambda value, gate: value[:, :, None] * logistic(gate)[:, None, :]),
            CIRCLED,
        ),
        "e, Kronecker": (
            _glu(lambda value, gate: np.kron(value, logistic(gate))),
            CIRCLED,
        ),
    },
)


def _swiglu_reference(
    x: Array, W: Array, b: Array, V: Array, c: Array, beta: float
) -> Array:
    layer = _by_entries(lambda value, gate: value * gate / (1 + math.exp(-beta * gate)))
    return layer(x, W, b, V, c)


G04_12 = _exercise(
    12,
    "swiglu",
    _swiglu_reference,
    _gate_inputs(beta=True),
    "Gates:-GLU-and-SwiGLU",
    {
        "a": (
            _swiglu(lambda value, gate, beta: value * logistic(beta * gate)),
            "This is a GLU with a sharper gate. Swish also multiplies by its own input.",
        ),
        "b": (
            _swiglu(lambda value, gate, beta: value * _swish(gate, 1.0)),
            "beta is not used: it scales what the inner sigmoid receives.",
        ),
        "c": (
            _swiglu(lambda value, gate, beta: gate * _swish(value, beta)),
            "Value and gate are exchanged: Swish is applied to the path of W.",
        ),
        "d": (
            _swiglu(lambda value, gate, beta: _swish(value, beta) * _swish(gate, beta)),
            "Both paths go through Swish. One of them stays linear.",
        ),
        "e": (
            _swiglu(lambda value, gate, beta: value * beta * _swish(gate, 1.0)),
            "beta stands in front. It belongs inside the sigmoid.",
        ),
    },
)

# --- G04.13 to G04.15: softmax -----------------------------------------------------


def softmax_inputs(rng: Rng) -> list[Case]:
    """Unequal sizes, a square, scores around 1000."""
    large = np.array([[1000.0, 1001.0, 1002.0], [-1000.0, 0.0, 1.0]])  # rows far apart
    return [
        Case(name="5 x 3", args=(rng.normal(0, 1.5, (5, 3)),)),
        Case(name="2 x 4", args=(rng.normal(0, 1.5, (2, 4)),)),
        Case(name="square", args=(rng.normal(0, 1.5, (3, 3)),)),
        Case(name="large", args=(large,), role="edge", requirement="scores of ±1000"),
    ]


def softmax(z: Array, axis: int = -1) -> Array:
    """T04.15: p_c = 1 / (sum over k of exp(z_k - z_c))."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / np.exp(z[:, None, :] - z[:, :, None]).sum(axis=2))


def _ratio(top: Array, bottom: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(top / bottom)


def _exp(z: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(np.exp(z))


G04_13 = _exercise(
    13,
    "softmax",
    softmax,
    softmax_inputs,
    "Softmax",
    {
        "a": (
            lambda z: _ratio(_exp(z), _exp(z).sum(-1, keepdims=True)),
            "The formula is right, but exp overflows for large scores. Subtract each "
            "row's maximum first: it cancels.",
        ),
        "a, one maximum": (
            lambda z: _ratio(_exp(z - z.max()), _exp(z - z.max()).sum(-1, keepdims=True)),
            "One maximum for the whole matrix is not enough: in a row of low scores every "
            "exp becomes 0. Subtract each row's own maximum.",
        ),
        "b": (
            lambda z: _ratio(_exp(z), _exp(z).sum(0)),
            "The columns add up to 1. Each example, a row, has to.",
        ),
        "c": (
            lambda z: _ratio(_exp(z), _exp(z).sum()),
            "The whole matrix adds up to 1. Every row needs a sum of its own, with "
            "keepdims=True.",
        ),
        "d": (
            lambda z: _ratio(z, z.sum(-1, keepdims=True)),
            "The exponential is missing: scores may be negative.",
        ),
        "e": (
            lambda z: _ratio(logistic(z), logistic(z).sum(-1, keepdims=True)),
            "Sigmoids are normalised here. A softmax normalises exponentials.",
        ),
        "f": (
            lambda z: _exp(z - z.max(-1, keepdims=True)),
            "You divide by the largest term. Divide by the sum of all.",
        ),
        "g": (
            lambda z: z - np.logaddexp.reduce(z, axis=-1, keepdims=True),
            "These are the logarithms of the probabilities (log-softmax).",
        ),
    },
)


def _probabilities(rng: Rng, classes: int) -> Array:
    z = rng.normal(size=classes)
    return np.asarray(np.exp(z) / np.exp(z).sum())


def jacobian_inputs(rng: Rng) -> list[Case]:
    """Three, four and six classes; a certain prediction."""
    sure = np.array([0.0, 1.0, 0.0])
    return [
        *(Case(name=f"{c} classes", args=(_probabilities(rng, c),)) for c in (3, 4, 6)),
        Case(name="sure", args=(sure,), role="edge", requirement="a certain prediction"),
    ]


def softmax_jacobian(p: Array) -> Array:
    """T04.16: entry (i, j) is p_i (1 - p_i) if i = j, otherwise -p_i p_j."""
    n = range(len(p))
    return np.array([[p[i] * ((i == j) - p[j]) for j in n] for i in n])


G04_14 = _exercise(
    14,
    "softmax_jacobian",
    softmax_jacobian,
    jacobian_inputs,
    "Softmax",
    {
        "a": (
            lambda p: np.diag(p * (1 - p)),
            "Only the diagonal is filled. A softmax ties all classes together: raising "
            "one score lowers every other probability.",
        ),
        "b": (
            lambda p: np.outer(p, p) - np.diag(p),
            "The sign is wrong: p(1 - p) on the diagonal is positive.",
        ),
        "c": (
            np.diag,
            "The part that comes from the common denominator is missing: -p_i p_j.",
        ),
        "d": (
            lambda p: -np.outer(p, p),
            "The part that comes from the numerator is missing: p on the diagonal.",
        ),
        "e": (
            lambda p: np.diag(p) + np.outer(p, p),
            "The two parts are added. Probabilities always add up to 1, so every row of "
            "the Jacobian has to add up to 0.",
        ),
    },
)


def vjp_inputs(rng: Rng) -> list[Case]:
    """Probabilities and upstream gradients of three sizes; a certain prediction."""
    sure = np.array([0.0, 1.0, 0.0]), rng.normal(size=3)
    return [
        *(
            Case(name=f"{c} classes", args=(_probabilities(rng, c), rng.normal(size=c)))
            for c in (3, 4, 6)
        ),
        Case(name="sure", args=sure, role="edge", requirement="a certain prediction"),
    ]


def softmax_vjp(p: Array, g: Array) -> Array:
    """T04.16: J^T g with the Jacobian written out."""
    return np.asarray(np.einsum("ij,i->j", softmax_jacobian(p), g))


G04_15 = _exercise(
    15,
    "softmax_vjp",
    softmax_vjp,
    vjp_inputs,
    "Softmax",
    {
        "a": (
            lambda p, g: p * (1 - p) * g,
            "The softmax is treated as an element-wise function. Its Jacobian is not "
            "diagonal.",
        ),
        "b": (lambda p, g: p * g, "The mean of g, weighted by p, has to be subtracted."),
        "c": (
            lambda p, g: p * (g - g.sum()),
            "The plain sum of g is subtracted. Weigh it by p.",
        ),
        "d": (
            lambda p, g: p * (g - g.mean()),
            "The plain mean of g is subtracted. Weigh it by p.",
        ),
        "e": (
            lambda p, g: g - p,
            "This looks like the short cut for softmax and cross-entropy together, p - y. "
            "Here g can be any upstream gradient.",
        ),
        "e, p - g": (
            lambda p, g: p - g,
            "This is the short cut for softmax and cross-entropy together, p - y. Here g "
            "can be any upstream gradient.",
        ),
    },
)

EXERCISES = (
    X04_1,
    *(G04_1, G04_2, G04_3, G04_4, G04_5, G04_6, G04_7, G04_8),
    *(G04_9, G04_10, G04_11, G04_12, G04_13, G04_14, G04_15),
)
