"""Assignment a09: optimizers (syllabus D-10, G10.1-G10.6, B12, E31-E34).

Conventions: momentum keeps the rate inside v (the slides); epsilon stands outside the
root (PyTorch), inside is accepted with a remark. Every case has entries of the size of
epsilon's reach, where the two forms differ by far more than rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.check.compare import compare
from grader.exercises._hand import by_hand
from grader.model import Accepted, Case, Evidence, Exercise, Mistake, Returned

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "10_optimizers"
Root = Callable[[Array, float], Array]


def outside(s: Array, eps: float) -> Array:
    """The course's denominator, as in PyTorch."""
    return np.asarray(np.sqrt(s) + eps)


def inside(s: Array, eps: float) -> Array:
    """The slides' denominator."""
    return np.asarray(np.sqrt(s + eps))


def no_root(s: Array, eps: float) -> Array:
    """A mistake: the square itself."""
    return s + eps


def sizes(rng: Rng, shape: tuple[int, ...]) -> Array:
    """Sizes of gradients: from 1e-6 to 1, the smallest and the largest among them."""
    found = 10.0 ** rng.uniform(-6, 0, shape)
    found.flat[0], found.flat[-1] = 3e-5, 0.7
    return found


def signs(rng: Rng, shape: tuple[int, ...]) -> Array:
    """Numbers between 0.5 and 2 in size, of both signs."""
    return np.asarray(rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape))


def both_forms(
    code: str, message: str, flaw: Callable[[Root], Callable[..., Any]]
) -> tuple[Mistake, Mistake]:
    """Return a mistake as it looks with epsilon outside and inside the root."""
    return (
        Mistake(code=code, variant=flaw(outside), message=message),
        Mistake(code=code, variant=flaw(inside), message=message),
    )


INSIDE = (
    "Accepted: your epsilon stands inside the root, the form of the slides; the course and "
    "PyTorch add it to the root. The two part where a gradient is small: inside, epsilon "
    "already brakes at |g| near sqrt(eps), outside only near eps."
)
SMALL_PRINT = f"{LECTURE}#Small-print"

# --- X10.1 -------------------------------------------------------------------------

GRADIENTS = (1.0, -2.0, 0.5, 3.0)


def _steps() -> dict[str, float]:
    """B12: theta after some steps, from 1 with eta = 0.1."""
    g1, g2, g3, _ = GRADIENTS
    momentum_2 = 1 - 0.1 * (g1 + 0.8 * g1 + g2)
    mean = (0.9 * g1 + g2) / 1.9
    square = (0.999 * g1**2 + g2**2) / 1.999
    right = {
        "gd_4": 1 - 0.1 * sum(GRADIENTS),
        "momentum_2": momentum_2,
        "momentum_3": momentum_2 - 0.1 * (0.64 * g1 + 0.8 * g2 + g3),
        "adagrad_1": 0.9,
        "adagrad_2": 0.9 + 0.1 * 2 / np.sqrt(5),
        "rmsprop_1": 1 - 0.1 / np.sqrt(0.1),
        "adam_1": 0.9,
        "adam_2": 0.9 - 0.1 * mean / np.sqrt(square),
    }
    return {name: float(value) for name, value in right.items()}


X10_1 = by_hand(
    "X10.1",
    "steps",
    _steps(),
    {
        "M10.2a": (
            {"momentum_2": 1.004, "momentum_3": 1.0132},
            "You averaged the velocity, with a factor 1 - gamma. Momentum sums.",
        ),
        "M10.2d": (
            {"momentum_2": 1.1, "momentum_3": 1.05},
            "These are plain gradient steps: the old velocity has been forgotten.",
        ),
        "M10.3c": (
            {"adagrad_2": 1.0},
            "G began anew. Its second value is 1 + 4, the sum over both steps.",
        ),
        "M10.5a": (
            {"adam_1": 0.6837722, "adam_2": 0.8393513},
            "The bias correction is missing: m and nu start at 0, too small.",
        ),
    },
    lecture=f"{LECTURE}#The-printed-step",
)

# --- G10.1 -------------------------------------------------------------------------


def gd_inputs(rng: Rng) -> list[Case]:
    """Arrays with one, two and three axes."""
    return [
        Case(
            name=f"shape {shape}",
            args=(rng.normal(1, 1, shape), 3 * rng.normal(0, 1, shape), eta),
        )
        for shape, eta in (((4,), 0.1), ((2, 3), 0.03), ((3, 3), 0.7), ((2, 1, 4), 0.25))
    ]


def gd_step(theta: Array, grad: Array, eta: float) -> Array:
    """T10.1, entry by entry."""
    moved = [float(p) - eta * float(g) for p, g in zip(theta.flat, grad.flat, strict=True)]
    return np.array(moved).reshape(theta.shape)


def _only_in_place(evidence: Evidence) -> bool:
    """Whether the caller's array became the result, and nothing came back."""
    return all(
        isinstance(outcome, Returned)
        and isinstance(right, Returned)
        and outcome.value is None
        and compare(outcome.args[0], right.value) is None
        for outcome, right in zip(evidence.outcomes, evidence.expected, strict=True)
    )


G10_1 = Exercise(
    id="G10.1",
    function="gd_step",
    points=2,
    reference=gd_step,
    inputs=gd_inputs,
    outputs=("theta",),
    lecture=f"{LECTURE}#One-step,-from-Taylor",
    mistakes=(
        Mistake(
            code="M10.1a",
            variant=lambda theta, grad, eta: theta + eta * grad,
            message="This climbs. The gradient points uphill, so descent subtracts it.",
        ),
        Mistake(
            code="M10.1b",
            variant=lambda theta, grad, eta: -eta * grad,
            message="That is the step alone; add it to theta and return where it leads.",
        ),
        Mistake(
            code="M10.1c",
            variant=lambda theta, grad, eta: theta - grad,
            message="eta has no effect: the gradient is scaled by the learning rate.",
        ),
        Mistake(
            code="M10.1d",
            variant=lambda theta, grad, eta: theta * (1 - eta * grad),
            message="Your step grows with theta itself. It depends on the gradient and "
            "the rate only: check your brackets.",
        ),
        Mistake(
            code="M10.1e",
            variant=lambda theta, grad, eta: theta - eta * np.sign(grad),
            message="Only the sign of the gradient is used. Here its size counts as well.",
        ),
        Mistake(
            code="M10.1f",
            detect=_only_in_place,
            message="You moved the caller's array and returned nothing. Leave theta as it "
            "is and return a new array.",
        ),
    ),
)

# --- G10.2 -------------------------------------------------------------------------


def momentum_inputs(rng: Rng) -> list[Case]:
    """Gamma is never 1 - eta, v is in motion; at rest at the edge."""

    def case(shape: tuple[int, ...], eta: float, gamma: float, **kind: str) -> Case:
        theta, v, g = (rng.normal(0, s, shape) for s in (1, 0.5, 2))
        args = (theta, 0 * v if kind else v, g, eta, gamma)
        return Case(name=f"{shape}, gamma = {gamma}", args=args, **kind)  # type: ignore

    return [
        case((4,), 0.1, 0.8),
        case((2, 3), 0.03, 0.9),
        case((3, 3), 0.25, 0.6),
        case((3,), 0.1, 0.7, role="edge", requirement="the first step, v = 0"),
    ]


def momentum_step(
    theta: Array, v: Array, g: Array, eta: float, gamma: float
) -> tuple[Array, Array]:
    """T10.9 as one linear map of (theta, v, g)."""
    now = np.stack([theta, v, g])
    M = np.array([[1.0, -gamma, -eta], [0.0, gamma, eta]])
    moved = np.tensordot(M, now, axes=1)
    return moved[0], moved[1]


def _momentum(
    code: str, velocity: Callable[..., Array], message: str, move: Any = None
) -> Mistake:
    """Return a mistake made of its velocity and its move (default: theta - new v)."""

    def variant(
        theta: Array, v: Array, g: Array, eta: float, gamma: float
    ) -> tuple[Array, Array]:
        new = velocity(v, g, eta, gamma)
        return (move(theta, v, new, eta) if move else theta - new), new

    return Mistake(code=code, variant=variant, message=message)


def _velocity(v: Array, g: Array, eta: float, gamma: float) -> Array:
    return gamma * v + eta * g


G10_2 = Exercise(
    id="G10.2",
    function="momentum_step",
    points=3,
    reference=momentum_step,
    inputs=momentum_inputs,
    outputs=("theta", "v"),
    pack="tuple",
    lecture=f"{LECTURE}#Momentum",
    mistakes=(
        _momentum(
            "M10.2a",
            lambda v, g, eta, gamma: gamma * v + (1 - gamma) * eta * g,
            "Your v is a weighted mean. Momentum sums: eta * g enters with its full "
            "weight, without 1 - gamma.",
        ),
        _momentum(
            "M10.2b",
            _velocity,
            "v is right, but you added it. It points along the gradients, uphill: "
            "subtract it.",
            lambda theta, v, new, eta: theta + new,
        ),
        _momentum(
            "M10.2c",
            _velocity,
            "v is right, but the step multiplies it by eta once more.",
            lambda theta, v, new, eta: theta - eta * new,
        ),
        _momentum(
            "M10.2d",
            lambda v, g, eta, gamma: eta * g,
            "The old velocity is lost, so this is plain gradient descent. The new v "
            "contains gamma times the old one.",
        ),
        _momentum(
            "M10.2e",
            lambda v, g, eta, gamma: v + gamma * eta * g,
            "gamma stands at the wrong term: it slows down the old velocity.",
        ),
        _momentum(
            "M10.2f",
            lambda v, g, eta, gamma: gamma * v - eta * g,
            "Two conventions are mixed. With -eta * g inside, v points downhill and has "
            "to be added; in this course v holds +eta * g and is subtracted.",
        ),
        _momentum(
            "M10.2g",
            _velocity,
            "theta moved by the velocity of the step before. First renew v, then move.",
            lambda theta, v, new, eta: theta - v,
        ),
        _momentum(
            "E34",
            lambda v, g, eta, gamma: gamma * v + g,
            "This v leaves the rate outside, as PyTorch does. Here eta is part of v; the "
            "two agree only while the rate stays the same.",
            lambda theta, v, new, eta: theta - eta * new,
        ),
    ),
)

# --- G10.3 -------------------------------------------------------------------------

STILL = "an entry whose gradients have all been 0 stays where it is"


def _still(args: Sequence[Any], arrays: int) -> Case:
    """Return the edge: entry 0 of the state and of the gradient is zero."""
    copies = [a.copy() for a in args[:arrays]]
    for array in copies[1:]:
        array.flat[0] = 0.0
    return Case(
        name="still", args=(*copies, *args[arrays:]), role="edge", requirement=STILL
    )


def adagrad_inputs(rng: Rng) -> list[Case]:
    """Sums of squares with and without a past; entries as small as sqrt(eps)."""

    def args(shape: tuple[int, ...], eta: float, eps: float) -> tuple[Any, ...]:
        size = sizes(rng, shape)
        G = (size * signs(rng, shape)) ** 2 + (size * signs(rng, shape)) ** 2
        return rng.normal(0, 1, shape), G, size * signs(rng, shape), eta, eps

    return [
        Case(name="1e-10", args=args((4,), 0.1, 1e-10)),
        Case(name="1e-8", args=args((2, 3), 0.03, 1e-8)),
        Case(name="square", args=args((3, 3), 0.2, 1e-2)),
        _still(args((4,), 0.1, 1e-8), 3),
    ]


def adagrad(root: Root = outside, **flaw: Any) -> Callable[..., tuple[Any, Any]]:
    """Return Adagrad (T10.10), or a flawed one: another `total`, `top` or `bottom`."""

    def step(theta: Array, G: Array, g: Array, eta: float, eps: float) -> tuple[Any, Any]:
        total = flaw["total"](G, g) if "total" in flaw else G + g * g
        top = flaw["top"](g) if "top" in flaw else g
        scale = flaw["scale"](root, G, total, eps) if "scale" in flaw else root(total, eps)
        return theta - eta * top / scale, total

    return step


def adagrad_step(
    theta: Array, G: Array, g: Array, eta: float, eps: float
) -> tuple[Array, Array]:
    """T10.10, entry by entry, as a distance in the plane."""
    norm = np.hypot(np.sqrt(G), g)
    return theta - eta * np.divide(g, norm + eps), np.square(norm)


G10_3 = Exercise(
    id="G10.3",
    function="adagrad_step",
    points=3,
    reference=adagrad_step,
    inputs=adagrad_inputs,
    outputs=("theta", "G"),
    pack="tuple",
    lecture=f"{LECTURE}#Adagrad",
    accepted=(
        Accepted(code="E31", function=adagrad(inside), message=INSIDE, lecture=SMALL_PRINT),
    ),
    mistakes=(
        Mistake(
            code="M10.3a",
            variant=adagrad(no_root),
            message="The root is missing: g is divided by the sum of squares itself, "
            "which has another unit than g.",
        ),
        *(
            mistake
            for past in (0.9, 0.99, 0.999)
            for mistake in both_forms(
                "M10.3b",
                "Your G forgets its past, which is RMSProp. Adagrad adds every square "
                "with full weight.",
                lambda root, past=past: adagrad(  # type: ignore[misc]
                    root, total=lambda G, g: past * G + (1 - past) * g * g
                ),
            )
        ),
        *both_forms(
            "M10.3c",
            "G begins anew at each call. It has to add to what it was given, or no step "
            "would ever become smaller.",
            lambda root: adagrad(root, total=lambda G, g: g * g),
        ),
        *both_forms(
            "M10.3d",
            "You collect absolute values. G is the sum of the squares.",
            lambda root: adagrad(root, total=lambda G, g: G + np.abs(g)),
        ),
        *both_forms(
            "M10.3e",
            "G is right, but the step moves along g * g and has lost the gradient's sign "
            "and size: its numerator is g.",
            lambda root: adagrad(root, top=lambda g: g * g),
        ),
        *both_forms(
            "M10.3f",
            "You multiply by the root of G. The longer the history, the smaller the "
            "step: divide.",
            lambda root: adagrad(root, scale=lambda r, G, total, eps: 1 / r(total, eps)),
        ),
        *both_forms(
            "M10.3g",
            "The step uses the old G. Add the new square first: with G = 0 the first step "
            "would divide by epsilon alone.",
            lambda root: adagrad(root, scale=lambda r, G, total, eps: r(G, eps)),
        ),
        *both_forms(
            "M10.3h",
            "All entries share one scale, the norm of the whole array. Adagrad gives each "
            "entry its own.",
            lambda root: adagrad(root, scale=lambda r, G, total, eps: r(total.sum(), eps)),
        ),
        *both_forms(
            "M10.3h",
            "All entries share one scale, the norm of the whole array. Adagrad gives each "
            "entry its own.",
            lambda root: adagrad(root, total=lambda G, g: G + (g * g).sum()),
        ),
    ),
)

# --- G10.4 -------------------------------------------------------------------------


def rmsprop_inputs(rng: Rng) -> list[Case]:
    """Rho is never one half; entries as small as sqrt(eps)."""

    def args(shape: tuple[int, ...], eta: float, rho: float, eps: float) -> tuple[Any, ...]:
        size = sizes(rng, shape)
        v = (size * signs(rng, shape)) ** 2
        return rng.normal(0, 1, shape), v, size * signs(rng, shape), eta, rho, eps

    return [
        Case(name="0.9", args=args((4,), 0.1, 0.9, 1e-8)),
        Case(name="0.7", args=args((2, 3), 0.03, 0.7, 1e-8)),
        Case(name="square", args=args((3, 3), 0.2, 0.95, 1e-2)),
        _still(args((4,), 0.1, 0.9, 1e-8), 3),
    ]


def rmsprop(
    root: Root = outside, average: Callable[..., Array] | None = None
) -> Callable[..., tuple[Array, Array]]:
    """Return RMSProp (T10.11), or a flawed one with another average."""

    def step(
        theta: Array, v: Array, g: Array, eta: float, rho: float, eps: float
    ) -> tuple[Array, Array]:
        new = average(v, g, rho) if average else rho * v + (1 - rho) * g * g
        return theta - eta * g / root(new, eps), new

    return step


def rmsprop_step(
    theta: Array, v: Array, g: Array, eta: float, rho: float, eps: float
) -> tuple[Array, Array]:
    """T10.11: v moves a part of the way towards the new square."""
    new = v + (1 - rho) * (np.square(g) - v)
    return theta - np.divide(eta, new**0.5 + eps) * g, new


G10_4 = Exercise(
    id="G10.4",
    function="rmsprop_step",
    points=2,
    reference=rmsprop_step,
    inputs=rmsprop_inputs,
    outputs=("theta", "v"),
    pack="tuple",
    lecture=f"{LECTURE}#RMSProp-and-AdaDelta",
    accepted=(
        Accepted(code="E31", function=rmsprop(inside), message=INSIDE, lecture=SMALL_PRINT),
    ),
    mistakes=(
        *both_forms(
            "M10.4a",
            "You add the squares and forget nothing, so the steps shrink for ever: that "
            "is Adagrad.",
            lambda root: rmsprop(root, lambda v, g, rho: v + g * g),
        ),
        *both_forms(
            "M10.4b",
            "rho and 1 - rho have changed places. rho is the weight of the past.",
            lambda root: rmsprop(root, lambda v, g, rho: (1 - rho) * v + rho * g * g),
        ),
        Mistake(
            code="M10.4c",
            variant=rmsprop(no_root),
            message="The root is missing: RMS stands for the root of the mean square.",
        ),
        *both_forms(
            "M10.4d",
            "The new square enters with weight 1 instead of 1 - rho, and v becomes a sum "
            "that is 1/(1 - rho) times too large in the long run.",
            lambda root: rmsprop(root, lambda v, g, rho: rho * v + g * g),
        ),
        *both_forms(
            "M10.4e",
            "You average g itself, in which signs cancel. Average its square.",
            lambda root: rmsprop(root, lambda v, g, rho: rho * v + (1 - rho) * g),
        ),
    ),
)

# --- G10.5 -------------------------------------------------------------------------


def adam_inputs(rng: Rng) -> list[Case]:
    """Later steps with a past; the first step, and an entry at rest, at the edge."""

    def args(
        shape: tuple[int, ...], t: int, eta: float, b1: float, b2: float, eps: float
    ) -> tuple[Any, ...]:
        size = sizes(rng, shape)
        past = 0.0 if t == 1 else 1.0
        m = past * size * signs(rng, shape) * (1 - b1 ** (t - 1))
        v = past * (size * signs(rng, shape)) ** 2 * (1 - b2 ** (t - 1))
        g = size * signs(rng, shape)
        return rng.normal(0, 1, shape), m, v, g, t, eta, b1, b2, eps

    return [
        Case(name="t = 3", args=args((4,), 3, 0.1, 0.9, 0.999, 1e-8)),
        Case(name="t = 2", args=args((2, 3), 2, 0.03, 0.8, 0.99, 1e-8)),
        Case(name="t = 7, square", args=args((3, 3), 7, 0.2, 0.85, 0.97, 1e-2)),
        Case(
            name="t = 1",
            args=args((4,), 1, 0.1, 0.9, 0.999, 1e-8),
            role="edge",
            requirement="the first step, t = 1 with m = v = 0",
        ),
        _still(args((4,), 4, 0.1, 0.9, 0.999, 1e-8), 4),
    ]


AdamStep = Callable[..., tuple[Array, Array, Array]]


def adam(root: Root = outside, flaw: str = "") -> AdamStep:
    """Return Adam (T10.12), or one with a flaw."""

    def step(
        theta: Array,
        m: Array,
        v: Array,
        g: Array,
        t: int,
        eta: float,
        b1: float,
        b2: float,
        eps: float,
    ) -> tuple[Array, Array, Array]:
        if flaw == "swapped":
            b1, b2 = b2, b1
        m = b1 * m + (1.0 if flaw in ("sum m", "sums") else 1 - b1) * g
        square = {"abs": np.abs(g), "m * m": m * m}.get(flaw, g * g)
        v = b2 * v + (1.0 if flaw in ("sum v", "sums") else 1 - b2) * square
        power = {"t + 1": t + 1, "t - 1": t - 1, "no power": 1}.get(flaw, t)
        fix1, fix2 = np.float64(1 - b1**power), np.float64(1 - b2**power)
        if flaw == "multiplied":
            fix1, fix2 = 1 / fix1, 1 / fix2
        m_hat = m if flaw == "raw" else m / fix1
        v_hat = v if flaw in ("raw", "m only") else v / fix2
        top = g if flaw == "g on top" else m_hat
        moved = theta - eta * top / root(v_hat, eps)
        return (moved, m_hat, v_hat) if flaw == "stored" else (moved, m, v)

    return step


def adam_step(
    theta: Array,
    m: Array,
    v: Array,
    g: Array,
    t: int,
    eta: float,
    b1: float,
    b2: float,
    eps: float,
) -> tuple[Array, Array, Array]:
    """T10.12: averages as moves towards the new value, corrections by geometric sums."""
    m, v = m + (1 - b1) * (g - m), v + (1 - b2) * (np.square(g) - v)
    weight1 = (1 - b1) * sum(b1**i for i in range(t))
    weight2 = (1 - b2) * sum(b2**i for i in range(t))
    return theta - eta * (m / weight1) / ((v / weight2) ** 0.5 + eps), m, v


def adam_on_the_raw_root(
    theta: Array,
    m: Array,
    v: Array,
    g: Array,
    t: int,
    eta: float,
    b1: float,
    b2: float,
    eps: float,
) -> tuple[Array, Array, Array]:
    """The paper's shorter form: both corrections in the rate."""
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
    rate = eta * np.sqrt(1 - b2**t) / (1 - b1**t)
    return theta - rate * m / (np.sqrt(v) + eps), m, v


ADAM_FLAWS = (
    (
        "M10.5a",
        "raw",
        "The bias correction is missing. m and v start at 0 and are too small at first: "
        "divide them by 1 - b1**t and 1 - b2**t.",
    ),
    ("M10.5b", "t + 1", "The power is off by one: the first step is t = 1."),
    ("M10.5b", "t - 1", "The power is off by one: the first step is t = 1."),
    (
        "M10.5c",
        "no power",
        "You divide by 1 - b instead of 1 - b**t. The correction has to fade as t grows.",
    ),
    (
        "M10.5e",
        "swapped",
        "b1 and b2 have changed places: b1 averages the gradients, b2 their squares.",
    ),
    *(
        (
            "M10.5f",
            flaw,
            "The new value enters an average with weight 1; its weight is 1 - b1 in m "
            "and 1 - b2 in v.",
        )
        for flaw in ("sum m", "sum v", "sums")
    ),
    ("M10.5g", "abs", "v averages absolute values. It wants the squares of g."),
    (
        "M10.5h",
        "m * m",
        "v averages the squares of m. It wants those of the gradient of this step.",
    ),
    (
        "M10.5j",
        "g on top",
        "The step goes along g. In Adam the corrected mean stands on top of the fraction.",
    ),
    (
        "M10.5k",
        "m only",
        "m is corrected, v is not, although it needs it more: at t = 1 it is too small by "
        "1 - b2.",
    ),
    (
        "M10.5l",
        "multiplied",
        "You multiply by 1 - b**t. The raw averages are too small already: divide.",
    ),
)

G10_5 = Exercise(
    id="G10.5",
    function="adam_step",
    points=5,
    reference=adam_step,
    inputs=adam_inputs,
    outputs=("theta", "m", "v"),
    pack="tuple",
    lecture=f"{LECTURE}#Adam",
    accepted=(
        Accepted(code="M10.5m", function=adam(inside), message=INSIDE, lecture=SMALL_PRINT),
        Accepted(
            code="E32",
            function=adam_on_the_raw_root,
            message="Accepted: you put both corrections into the rate, a shorter form from "
            "the Adam paper; epsilon then meets the uncorrected root and weighs more in "
            "the first steps than in the course's form.",
            lecture=SMALL_PRINT,
        ),
    ),
    mistakes=(
        *(
            mistake
            for code, flaw, message in ADAM_FLAWS
            for mistake in both_forms(
                code,
                message,
                lambda root, flaw=flaw: adam(root, flaw),  # type: ignore[misc]
            )
        ),
        Mistake(  # theta is right, in either form: the state alone tells
            code="M10.5d",
            variant=adam(flaw="stored"),
            message="The corrected averages came back as the state, and would be corrected "
            "again at the next step. Return the raw m and v.",
        ),
        Mistake(
            code="M10.5i",
            variant=adam(no_root),
            message="The root is missing: divide by the root of the corrected v.",
        ),
    ),
)

# --- G10.6 -------------------------------------------------------------------------

EPOCHS = """
def drive(f, X, Y, B, seed):
    from itertools import islice

    import numpy as np

    def epoch(rng):
        batches = islice(f(X, Y, B, rng), 2 * len(X) + 1)
        batches = [(np.array(x), np.array(y)) for x, y in batches]
        if not batches:
            raise ValueError("it yields no batches")
        if any(x.ndim != X.ndim or y.ndim != Y.ndim for x, y in batches):
            raise ValueError("a batch is no pair of arrays with the axes of X and Y")
        return batches

    rng = np.random.default_rng(seed)
    first, second = epoch(rng), epoch(rng)
    again = epoch(np.random.default_rng(seed))
    rows, later, same = (
        np.concatenate([x for x, _ in batches]) for batches in (first, second, again)
    )
    labels = np.concatenate([y for _, y in first])
    order = np.argsort(rows[:, 0], kind="stable")
    return {
        "sizes": [len(x) for x, _ in first],
        "examples": rows[order],
        "labels": labels[order] if len(labels) == len(rows) else labels,
        "order": [
            not np.array_equal(rows, X),
            not np.array_equal(rows, later),
            np.array_equal(rows, same),
        ],
    }
"""


def minibatch_inputs(rng: Rng) -> list[Case]:
    """Labels in one and two axes; a batch size that fits, one that is too large."""

    def case(n: int, b: int, width: tuple[int, ...], **kind: str) -> Case:
        X, Y = rng.normal(0, 1, (n, 3)), rng.normal(0, 1, (n, *width))
        args = (X, Y, b, int(rng.integers(1, 10**6)))
        return Case(name=f"N = {n}, B = {b}", args=args, **kind)  # type: ignore

    return [
        case(10, 4, ()),
        case(11, 3, (2,)),
        case(17, 5, (1,)),
        case(12, 4, (), role="edge", requirement="no empty batch where B divides N"),
        case(9, 20, (), role="edge", requirement="one batch of all N where B > N"),
    ]


def iterate_minibatches(X: Array, Y: Array, B: int, rng: Rng) -> list[tuple[Array, Array]]:
    """T10.7, T10.8: the positions in a random order, cut after every B of them."""
    order = np.argsort(rng.random(len(X)))
    cuts = np.arange(B, len(X), B)
    return [(X[part], Y[part]) for part in np.split(order, cuts)]


def _facts(evidence: Evidence) -> list[tuple[dict[str, Any], dict[str, Any], int]]:
    """Return what the generic cases gave, what they should have, and B.

    Nothing, if they did not give arrays of numbers.
    """
    found = []
    for case, outcome, right in zip(
        evidence.cases, evidence.outcomes, evidence.expected, strict=True
    ):
        if case.role != "generic":
            continue
        if not isinstance(outcome, Returned) or not isinstance(right, Returned):
            return []
        for name in ("examples", "labels"):
            array = outcome.value[name]
            if not isinstance(array, np.ndarray) or array.dtype.kind not in "iuf":
                return []
        found.append((outcome.value, right.value, int(case.args[2])))
    return found


def _always(
    holds: Callable[[dict[str, Any], dict[str, Any], int], bool],
) -> Callable[[Evidence], bool]:
    """Return a test that holds if its condition does in every generic case."""

    def detect(evidence: Evidence) -> bool:
        facts = _facts(evidence)
        return bool(facts) and all(holds(*fact) for fact in facts)

    return detect


def _repeats_rows(mine: dict[str, Any], right: dict[str, Any], B: int) -> bool:
    rows, given = mine["examples"], right["examples"]
    known = {tuple(row) for row in given.tolist()}
    kinds = {tuple(row) for row in rows.tolist()}
    return kinds <= known and len(kinds) < len(rows)


def _somewhere_twice(evidence: Evidence) -> bool:
    return any(_repeats_rows(*fact) for fact in _facts(evidence))


def _drops_rest(mine: dict[str, Any], right: dict[str, Any], B: int) -> bool:
    whole = len(right["examples"]) // B
    return bool(mine["sizes"] == [B] * whole) and not _repeats_rows(mine, right, B)


def _tears_pairs(mine: dict[str, Any], right: dict[str, Any], B: int) -> bool:
    examples = compare(mine["examples"], right["examples"]) is None
    labels = compare(
        np.sort(mine["labels"], axis=0), np.sort(right["labels"], axis=0)
    )  # the same ones, in another order
    return (
        examples and labels is None and compare(mine["labels"], right["labels"]) is not None
    )


def _complete(mine: dict[str, Any], right: dict[str, Any]) -> bool:
    return all(compare(mine[k], right[k]) is None for k in ("sizes", "examples", "labels"))


def _order_is(*wanted: bool) -> Callable[[dict[str, Any], dict[str, Any], int], bool]:
    def holds(mine: dict[str, Any], right: dict[str, Any], B: int) -> bool:
        return _complete(mine, right) and mine["order"] == list(wanted)

    return holds


G10_6 = Exercise(
    id="G10.6",
    function="iterate_minibatches",
    points=4,
    reference=iterate_minibatches,
    inputs=minibatch_inputs,
    outputs=("sizes", "examples", "labels", "order"),
    pack="dict",
    driver=EPOCHS,
    seeded=True,
    lecture=f"{LECTURE}#The-recipe",
    mistakes=(
        Mistake(
            code="M10.6a",
            detect=_always(_drops_rest),
            message="The examples that do not fill a whole batch are lost: the last batch "
            "is smaller, but it is one.",
        ),
        Mistake(
            code="M10.6b",
            detect=_always(_tears_pairs),
            message="X and Y are shuffled apart, so the examples have lost their labels. "
            "Draw one permutation and use it for both.",
        ),
        Mistake(
            code="M10.6c",
            detect=_somewhere_twice,
            message="Some examples come twice in an epoch and others never: do not draw "
            "with replacement, but cut a permutation into pieces.",
        ),
        Mistake(
            code="M10.6d",
            detect=_always(_order_is(True, False, True)),
            message="Every epoch has the same order. Draw a new permutation in each call, "
            "from the generator you are given.",
        ),
        Mistake(
            code="unshuffled",
            detect=_always(_order_is(False, False, True)),
            message="The examples come in the order of X. Shuffle them first, with rng.",
        ),
        Mistake(
            code="MX.11",
            detect=_always(_order_is(True, True, False)),
            message="The same seed gives different orders: draw from the generator you are "
            "given, and only from it.",
        ),
    ),
)

# --- X10.2 -------------------------------------------------------------------------


def epoch_inputs(rng: Rng) -> list[Case]:
    """Batches of B rows and a smaller last one; a single full batch at the edge."""

    def case(parts: tuple[int, ...], d: int, eta: float, **kind: str) -> Case:
        batches = [(rng.normal(0, 1, (n, d)), rng.normal(0, 1, n)) for n in parts]
        args = (rng.normal(0, 1, d), batches, eta)
        return Case(name=f"{parts}", args=args, **kind)  # type: ignore

    return [
        case((4, 4, 2), 3, 0.1),
        case((3, 3, 3, 2), 2, 0.2),
        case((3, 2), 3, 0.3),
        case((1,), 2, 0.2, role="edge", requirement="one batch of one example"),
    ]


def batch_epoch(w: Array, batches: list[tuple[Array, Array]], eta: float) -> Array:
    """T10.7: after each batch one step with the mean of its examples' gradients."""
    for X, t in batches:
        gradients = [(x @ w - target) * x for x, target in zip(X, t, strict=True)]
        w = w - eta * np.mean(gradients, axis=0)
    return w


def _epoch(gradient: Callable[[Array, Array, Array, int], Array]) -> Callable[..., Array]:
    """Return an epoch with another gradient of (w, X, t, size of the first batch)."""

    def epoch(w: Array, batches: list[tuple[Array, Array]], eta: float) -> Array:
        B = len(batches[0][0])
        for X, t in batches:
            w = w - eta * gradient(w, X, t, B)
        return w

    return epoch


def _at_start(w: Array, batches: list[tuple[Array, Array]], eta: float) -> Array:
    return w - eta * sum(X.T @ (X @ w - t) / len(X) for X, t in batches)


def _example_by_example(w: Array, batches: list[tuple[Array, Array]], eta: float) -> Array:
    for X, t in batches:
        for x, target in zip(X, t, strict=True):
            w = w - eta * (x @ w - target) * x
    return w


ONE_EXAMPLE = (
    "A single example decides about a step. Average the gradients of all examples in "
    "the batch, then make one step."
)
DIVIDED = (
    "The sum of a batch's gradients is divided by the wrong number, or by none: divide it "
    "by the batch's own size, which is smaller in the last one."
)
X10_2 = Exercise(
    id="X10.2",
    function="batch_epoch",
    points=3,
    reference=batch_epoch,
    inputs=epoch_inputs,
    outputs=("w",),
    lecture=f"{LECTURE}#How-much-data-per-step?",
    mistakes=(
        Mistake(
            code="M10.6e",
            variant=_epoch(lambda w, X, t, B: X.T @ (X @ w - t)),
            message=DIVIDED,
        ),
        Mistake(
            code="M10.6e",
            variant=_epoch(lambda w, X, t, B: X.T @ (X @ w - t) / B),
            message=DIVIDED,
        ),
        Mistake(
            code="M10.6f",
            variant=_epoch(lambda w, X, t, B: (X[0] @ w - t[0]) * X[0]),
            message=ONE_EXAMPLE,
        ),
        Mistake(
            code="M10.6f",
            variant=_epoch(lambda w, X, t, B: (X[-1] @ w - t[-1]) * X[-1]),
            message=ONE_EXAMPLE,
        ),
        Mistake(code="M10.6f", variant=_example_by_example, message=ONE_EXAMPLE),
        Mistake(
            code="old weights",
            variant=_at_start,
            message="All gradients were taken at the weights of the start. Each batch "
            "starts from where the batch before has led.",
        ),
        Mistake(
            code="M10.1a",
            variant=_epoch(lambda w, X, t, B: -X.T @ (X @ w - t) / len(X)),
            message="The steps go uphill: subtract the gradient.",
        ),
    ),
)

EXERCISES = (X10_1, G10_1, G10_2, G10_3, G10_4, G10_5, G10_6, X10_2)
