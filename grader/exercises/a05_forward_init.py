"""Assignment a05: forward pass and initialisation (syllabus D-06, G06.1-G06.4, B10).

W is outputs x inputs, examples stand in rows. References go through standard deviations
and through one example at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from grader.exercises._hand import by_hand
from grader.model import Case, Evidence, Exercise, Mistake, Returned

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "06_feedforward_networks"

# --- X06.1 -------------------------------------------------------------------------

BY_HAND = {
    "glorot_4_6": math.sqrt(6 / 10),
    "glorot_6_3": math.sqrt(6 / 9),
    "he_4": math.sqrt(6 / 4),
    "he_std_4": math.sqrt(2 / 4),
    "std_z": 0.01 * math.sqrt(1000 / 3),
}
"""B10: limits, a standard deviation, and the spread of z."""


X06_1 = by_hand(
    "X06.1",
    "limits",
    BY_HAND,
    {
        "X06.1a": (
            dict(std_z=0.01 * math.sqrt(1000)),
            "0.01 is the limit of the uniform distribution, not its standard "
            "deviation: that one is smaller by the root of 3.",
        ),
        "X06.1b": (
            dict(std_z=0.01 / math.sqrt(3) * 1000),
            "Standard deviations do not add up: of a sum of independent terms "
            "the variances do, so 1000 terms give a factor of the root of 1000.",
        ),
        "X06.1c": (
            dict(he_std_4=math.sqrt(6 / 4), he_4=math.sqrt(2 / 4)),
            "The limit and the standard deviation are exchanged: the limit of a "
            "uniform distribution is the root of 3 times its standard deviation.",
        ),
    },
    lecture=f"{LECTURE}#How-to-start:-how-large?",
)

# --- G06.1 -------------------------------------------------------------------------


def fan_inputs(rng: Rng) -> list[Case]:
    """The network of the slides and four pairs of unequal sizes."""
    pairs = [(4, 6), *(tuple(map(int, rng.integers(2, 400, 2))) for _ in range(3))]
    cases = [Case(name=f"{a} to {b}", args=(a, b + (a == b))) for a, b in pairs]
    return [*cases, Case(name="visible", args=(1, 5), role="visible")]


def glorot_limit(d_in: int, d_out: int) -> float:
    """T06.11: the standard deviation of the mean fan, times the root of 3."""
    variance = 1 / ((d_in + d_out) / 2)
    return math.sqrt(3) * math.sqrt(variance)


def _samples(evidence: Evidence) -> list[tuple[Array, float]]:
    """Return arrays of weights with the right limit; empty if a case gave none."""
    found = []
    for case, outcome, right in zip(
        evidence.cases, evidence.outcomes, evidence.expected, strict=True
    ):
        if case.role != "generic":
            continue
        value = outcome.value if isinstance(outcome, Returned) else None
        if not isinstance(value, np.ndarray) or value.size != math.prod(case.args):
            return []
        if value.dtype.kind != "f" or not np.isfinite(value).all():
            return []
        assert isinstance(right, Returned)
        found.append((value, float(right.value)))
    return found


def _drawn_from_zero(evidence: Evidence) -> bool:
    samples = _samples(evidence)
    return bool(samples) and all((w >= 0).all() and (w <= v).all() for w, v in samples)


def _drawn_beyond_the_limit(evidence: Evidence) -> bool:
    samples = _samples(evidence)
    return bool(samples) and all((w < 0).any() and (abs(w) > v).any() for w, v in samples)


G06_1 = Exercise(
    id="G06.1",
    function="glorot_limit",
    points=2,
    reference=glorot_limit,
    inputs=fan_inputs,
    outputs=("v",),
    unchanged="",
    lecture=f"{LECTURE}#Glorot",
    mistakes=(
        Mistake(
            code="M06.1a",
            variant=lambda d_in, d_out: math.sqrt(6 / (d_in * d_out)),
            message="The numbers of inputs and outputs are multiplied; they have to be "
            "added.",
        ),
        Mistake(
            code="M06.1b",
            variant=lambda d_in, d_out: 6 / (d_in + d_out),
            message="The root is missing: this is the square of v.",
        ),
        Mistake(
            code="X06.1w",
            variant=lambda d_in, d_out: 2 * glorot_limit(d_in, d_out),
            message="This is the whole width. v is half of it: weights come from [-v, v].",
        ),
        Mistake(
            code="M06.1c",
            variant=lambda d_in, d_out: math.sqrt(2 / (d_in + d_out)),
            message="This is Glorot's standard deviation. A uniform distribution with it "
            "reaches the root of 3 times as far.",
        ),
        Mistake(
            code="M06.1d",
            variant=lambda d_in, d_out: math.sqrt(6) / (d_in + d_out),
            message="The root covers the numerator only. It covers the whole fraction.",
        ),
        Mistake(
            code="M06.1e",
            variant=lambda d_in, d_out: math.sqrt(6 / d_in),
            message="This limit looks at the inputs only, as He's does. Glorot's balances "
            "inputs and outputs.",
        ),
        Mistake(
            code="M06.1f",
            detect=_drawn_from_zero,
            message="You return weights, all of them positive. Return the limit v, one "
            "number; weights come from [-v, v], so that units do not all start with a "
            "positive bias.",
        ),
        Mistake(
            code="M06.1g",
            detect=_drawn_beyond_the_limit,
            message="You return weights, some of them beyond the limit. Return v, one "
            "number: the half-width of a uniform distribution, not a standard deviation.",
        ),
    ),
)

# --- G06.2 -------------------------------------------------------------------------


def he_limit(d_in: int, d_out: int) -> float:
    """T06.12 (He et al. 2015, eq. 10): variance 2 / d_in, made uniform."""
    return math.sqrt(3) * math.sqrt(2 / d_in)


def _no_spread(evidence: Evidence) -> bool:
    """Whether every case gave 0, or weights that are all the same."""
    values = [
        np.asarray(outcome.value)
        for case, outcome in zip(evidence.cases, evidence.outcomes, strict=True)
        if case.role == "generic" and isinstance(outcome, Returned)
    ]
    numbers = [v for v in values if v.dtype.kind in "iuf" and v.size]
    if not numbers or len(numbers) < len(values):
        return False
    return all((not v.ndim and v == 0) or (v.ndim > 1 and np.ptp(v) == 0) for v in numbers)


G06_2 = Exercise(
    id="G06.2",
    function="he_limit",
    points=2,
    reference=he_limit,
    inputs=fan_inputs,
    outputs=("v",),
    unchanged="",
    lecture=f"{LECTURE}#He",
    mistakes=(
        Mistake(
            code="M06.2a",
            variant=lambda d_in, d_out: math.sqrt(2 / d_in),
            message="This is He's standard deviation; the limit of the uniform "
            "distribution lies the root of 3 times as far.",
        ),
        Mistake(
            code="X06.2r",
            variant=lambda d_in, d_out: 6 / d_in,
            message="The root is missing: this is the square of v.",
        ),
        Mistake(
            code="X06.2w",
            variant=lambda d_in, d_out: 2 * he_limit(d_in, d_out),
            message="This is the whole width. v is half of it: weights come from [-v, v].",
        ),
        Mistake(
            code="M06.2b",
            variant=lambda d_in, d_out: math.sqrt(6 / d_out),
            message="It is the number of inputs that counts here: so many terms are "
            "added up in each unit.",
        ),
        Mistake(
            code="M06.2c",
            variant=lambda d_in, d_out: math.sqrt(6 / (d_in + d_out)),
            message="This is Glorot's limit. He's makes up for the ReLU, which removes "
            "half of the signal.",
        ),
        Mistake(
            code="M06.2d",
            variant=lambda d_in, d_out: math.sqrt(3 / d_in),
            message="This gives the variance 1 / d_in. A ReLU needs twice as much.",
        ),
        Mistake(
            code="M06.2e",
            detect=_no_spread,
            message="There is no spread: equal weights make equal units, which get equal "
            "gradients for ever. Return the limit of a random start.",
        ),
    ),
)

# --- G06.3 -------------------------------------------------------------------------

ACTIVATION_DRIVER = """
def drive(f, X, Ws, bs, name):
    import numpy as np

    activation = {
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
    }[name]
    return f(X, Ws, bs, activation)
"""


def forward_inputs(rng: Rng) -> list[Case]:
    """Networks of unequal and of equal widths, one without hidden layer, one example."""

    def case(n: int, sizes: Sequence[int], name: str, label: str, **more: Any) -> Case:
        pairs = list(pairwise(sizes))
        Ws = [rng.normal(size=(to, source)) for source, to in pairs]
        bs = [rng.normal(size=to) for _, to in pairs]
        return Case(name=label, args=(rng.normal(size=(n, sizes[0])), Ws, bs, name), **more)

    return [
        case(5, (4, 3, 6, 2), "sigmoid", "4-3-6-2"),
        case(3, (2, 5, 4, 3), "tanh", "2-5-4-3"),
        case(4, (3, 3, 3, 3), "sigmoid", "3-3-3-3"),
        case(4, (2, 6, 5, 3), "relu", "2-6-5-3, ReLU"),
        case(1, (3, 4, 2), "tanh", "one", role="edge", requirement="one example, N = 1"),
        case(
            3,
            (4, 2),
            "sigmoid",
            "one layer",
            role="edge",
            requirement="a network of one layer is linear",
        ),
    ]


def forward(
    X: Array, Ws: Sequence[Array], bs: Sequence[Array], f: Callable[[Array], Array]
) -> Array:
    """T06.6: z = W a + b and a = f(z), one example at a time, the last layer linear."""

    def scores(a: Array) -> Array:
        *hidden, (W, b) = zip(Ws, bs, strict=True)
        for V, c in hidden:
            a = f(V @ a + c)
        return W @ a + b

    return np.stack([scores(x) for x in X])


def _forward(
    *,
    bends: Callable[[int, int], bool] = lambda layer, last: layer < last,
    bias: float = 1.0,
    turned: bool = True,
    order: int = 1,
) -> Callable[..., Array]:
    def run(X: Array, Ws: Any, bs: Any, f: Callable[[Array], Array]) -> Array:
        A, last = X, len(Ws) - 1
        for layer, (W, b) in enumerate(list(zip(Ws, bs, strict=True))[::order]):
            Z = A @ (W.T if turned else W) + bias * b
            A = f(Z) if bends(layer, last) else Z
        return A

    return run


_ONE_LAYER_STRAIGHT: tuple[Callable[[int, int], bool], ...] = (
    lambda layer, last: 0 < layer < last,
    lambda layer, last: layer < last - 1,
)

G06_3 = Exercise(
    id="G06.3",
    function="forward",
    points=5,
    reference=forward,
    inputs=forward_inputs,
    outputs=("scores",),
    driver=ACTIVATION_DRIVER,
    vectorised=False,
    lecture=f"{LECTURE}#Layers-on-layers",
    mistakes=(
        Mistake(
            code="M06.3a",
            variant=_forward(bends=lambda layer, last: True),
            message="The activation is applied to the last layer, too. Its raw scores go "
            "to the loss, which does the rest.",
        ),
        *(
            Mistake(
                code="M06.3b",
                variant=_forward(bends=bends),
                message="One hidden layer has no activation: it and the layer after it "
                "collapse into one.",
            )
            for bends in _ONE_LAYER_STRAIGHT
        ),
        Mistake(
            code="M06.3c",
            variant=_forward(bias=0.0),
            message="The biases are missing: z = W a + b.",
        ),
        Mistake(
            code="M06.3d",
            variant=_forward(turned=False),
            message="The weights stand the wrong way round. They are outputs x inputs, so "
            "rows of examples are multiplied by their transpose; only equal widths hide "
            "it.",
        ),
        Mistake(
            code="M06.3e",
            variant=_forward(bends=lambda layer, last: False),
            message="Pre-activations travel from layer to layer, the activation never "
            "does: feed f(z) forward, not z.",
        ),
        Mistake(
            code="M06.3f",
            variant=_forward(order=-1),
            message="The layers are applied from the last to the first. Layer 1 gets the "
            "input.",
        ),
    ),
)

# --- G06.4 -------------------------------------------------------------------------


def count_inputs(rng: Rng) -> list[Case]:
    """The network of the slides and others; a list of one width."""
    random = [(rng.permutation(20)[:n] + 2).tolist() for n in (3, 4, 5)]
    lists: list[list[int]] = [[4, 6, 3], *random]
    requirement = "a single width has no parameters"
    return [
        *(Case(name="-".join(map(str, network)), args=(network,)) for network in lists),
        Case(name="one width", args=([7],), role="edge", requirement=requirement),
    ]


def count_params(sizes: Sequence[int]) -> int:
    """T06.9: entries of all arrays of a network that is really built."""
    layers = pairwise(sizes)
    return sum(np.zeros((to, source)).size + np.zeros(to).size for source, to in layers)


def _layers(count: Callable[[int, int], int]) -> Callable[[Sequence[int]], int]:
    return lambda sizes: sum(count(a, b) for a, b in pairwise(sizes))


G06_4 = Exercise(
    id="G06.4",
    function="count_params",
    points=3,
    reference=count_params,
    inputs=count_inputs,
    outputs=("number",),
    lecture=f"{LECTURE}#What-is-in-a-network",
    mistakes=(
        Mistake(
            code="M06.4a",
            variant=_layers(lambda a, b: a * b),
            message="The biases are not counted: one for every unit that is no input.",
        ),
        Mistake(
            code="M06.4b",
            variant=_layers(lambda a, b: (a + 1) * (b + 1)),
            message="A bias is like one more input; it does not make one more output.",
        ),
        Mistake(
            code="M06.4c",
            variant=_layers(lambda a, b: a * (b + 1)),
            message="There is one bias per unit of the receiving layer, not of the "
            "sending one.",
        ),
        Mistake(
            code="M06.4d",
            variant=sum,
            message="This is the number of units. Parameters are weights and biases.",
        ),
        Mistake(
            code="M06.4e",
            variant=math.prod,
            message="All widths are multiplied. Connections multiply within a layer; the "
            "layers add up.",
        ),
    ),
)

EXERCISES = (X06_1, G06_1, G06_2, G06_3, G06_4)
