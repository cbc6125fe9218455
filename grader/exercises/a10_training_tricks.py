"""Assignment a10: training tricks and deep networks (syllabus D-11, D-12, B13, B15).

Conventions: p is the probability of being dropped, 1 in a mask means kept or real;
patience counts failures, and the n-th one stops (PyTorch's plateau waits for one more);
weights are outputs x inputs, and lists of layers go from bottom to top.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.check.compare import compare
from grader.exercises._functions import sigmoid, sigmoid_slope
from grader.exercises._hand import by_hand
from grader.model import Case, Evidence, Exercise, Mistake, Returned

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "11_training_tricks"
DEEP = "12_vanishing_gradients"
DROPOUT = f"{LECTURE}#Dropout:-do-not-rely-on-anybody"
STOPPING = f"{LECTURE}#Early-stopping,-with-patience"
PRICE = f"{LECTURE}#A-price-on-large-weights"
AVERAGE = f"{LECTURE}#The-average-of-real-words"
SHARES = f"{LECTURE}#And-backward"

# --- X11.1 -------------------------------------------------------------------------

LENGTHS = (5, 2, 4)
DEV = (1.0, 0.9, 0.95, 0.8, 0.85, 0.84, 0.83, 0.9)

X11_1 = by_hand(
    "X11.1",
    "numbers",
    {
        "pads": 5 * len(LENGTHS) - sum(LENGTHS),
        "faint_2": LENGTHS[1] / 5,
        "faint_3": LENGTHS[2] / 5,
        "mean": 1 - 0.3,
        "scale": 1 / (1 - 0.3),
        "best": 3,
        "stop": 6,
        "bound": 2.0**-20,
    },
    {
        "X11.1a": (
            {"pads": 11},
            "You counted the words. A pad fills a field that holds no word.",
        ),
        "M11.1b": (
            {"mean": 0.3},
            "p is the probability of being dropped, and dropped units count as 0.",
        ),
        "M11.1a": (
            {"scale": 1 / 0.3},
            "You divided by the probability of being dropped.",
        ),
        "M11.6a": (
            {"stop": 2},
            "You stopped at the first bad evaluation. With patience 3 one is not enough.",
        ),
        "M11.6b": (
            {"stop": 5},
            "You counted all failures since the start. A new best sets the count to 0.",
        ),
        "M11.6c": (
            {"stop": 8},
            "8 would mean that training never stops. An evaluation succeeds only if it "
            "beats the best of all before it.",
        ),
        "M11.6d": (
            {"stop": 7},
            "The third failure in a row stops, and evaluations are numbered from 0.",
        ),
        "X11.1b": (
            {"best": 4},
            "You counted the evaluations from 1. The first one has the number 0.",
        ),
        "X11.1c": (
            {"best": 0.8},
            "That is the loss itself. Asked for is the number of the evaluation.",
        ),
        "X11.1d": (
            {"bound": 2.5},
            "You added the slopes of the layers. On their way down they multiply.",
        ),
    },
    lecture=LECTURE,
)

# --- G11.1 -------------------------------------------------------------------------


def drop_rate(rng: Rng) -> float:
    """A probability far enough from 0, from 1/2 and from 1."""
    low, high = ((0.15, 0.35), (0.6, 0.8))[int(rng.integers(2))]
    return float(rng.uniform(low, high))


def some_mask(rng: Rng, shape: tuple[int, ...]) -> Array:
    """Zeros and ones, of both at least one."""
    mask = np.ones(int(np.prod(shape)))
    mask[: rng.integers(1, mask.size)] = 0
    return rng.permutation(mask).reshape(shape)


def forward_inputs(rng: Rng) -> list[Case]:
    """One, two and three axes in training; testing at the edge."""

    def case(shape: tuple[int, ...], train: bool, **kind: Any) -> Case:
        x, p = rng.normal(0.5, 1, shape), drop_rate(rng)
        args = (x, p, some_mask(rng, shape), train)
        return Case(name=f"{shape}, train = {train}", args=args, **kind)

    testing: dict[str, Any] = {"role": "edge", "requirement": "in testing y = x"}
    return [
        case((3, 5), True),
        case((7,), True),
        case((4, 4), True),
        case((2, 3, 2), True),
        case((3, 4), False, **testing),
        case((5,), False, **testing),
    ]


def dropout_forward(x: Array, p: float, mask: Array, train: bool) -> Array:
    """T11.6, unit by unit."""
    kept = [
        value / (1 - p) if keep else 0.0
        for value, keep in zip(x.ravel().tolist(), mask.ravel().tolist(), strict=True)
    ]
    return np.array(kept).reshape(x.shape) if train else x.copy()


def _forward(
    train: Callable[[Array, float, Array], Array],
    test: Callable[[Array, float, Array], Array] = lambda x, p, m: x,
) -> Callable[[Array, float, Array, bool], Array]:
    """Return a forward pass made of its two modes."""
    return lambda x, p, mask, mode: train(x, p, mask) if mode else test(x, p, mask)


def _inverted(x: Array, p: float, m: Array) -> Array:
    return x * m / (1 - p)


MESSAGES = {
    "M11.1a": "You divide by p, the probability of being dropped. The survivors make up "
    "for the dropped ones if they are divided by the probability of staying.",
    "M11.1c": "The survivors keep their size, so on average too little comes out in "
    "training. Inverted dropout repairs this there, by a division.",
    "M11.1d": "The survivors become smaller. The factor 1 - p belongs to standard dropout, "
    "in testing; here they have to grow.",
    "M11.1e": "Units are dropped in testing as well. There all of them work, and x "
    "comes out as it is.",
    "M11.1f": "In testing you multiply by 1 - p, the repair of standard dropout. Inverted "
    "dropout repairs in training, by its division; in testing x comes out as it is.",
}

G11_1 = Exercise(
    id="G11.1",
    function="dropout_forward",
    points=2,
    reference=dropout_forward,
    inputs=forward_inputs,
    outputs=("y",),
    vectorised=True,
    lecture=DROPOUT,
    mistakes=(
        Mistake(
            code="M11.1a",
            variant=_forward(lambda x, p, m: x * m / p),
            message=MESSAGES["M11.1a"],
        ),
        Mistake(
            code="M11.1c",
            variant=_forward(lambda x, p, m: x * m),
            message=MESSAGES["M11.1c"],
        ),
        Mistake(
            code="M11.1c",
            variant=_forward(lambda x, p, m: x * m, lambda x, p, m: x * (1 - p)),
            message=MESSAGES["M11.1c"],
        ),
        Mistake(
            code="M11.1d",
            variant=_forward(lambda x, p, m: x * m * (1 - p)),
            message=MESSAGES["M11.1d"],
        ),
        Mistake(
            code="M11.1e",
            variant=_forward(_inverted, _inverted),
            message=MESSAGES["M11.1e"],
        ),
        Mistake(
            code="M11.1f",
            variant=_forward(_inverted, lambda x, p, m: x * (1 - p)),
            message=MESSAGES["M11.1f"],
        ),
        Mistake(
            code="M11.1g",
            variant=_forward(lambda x, p, m: x * (1 - m) / (1 - p)),
            message="The mask is read the other way round: 1 means that a unit stays.",
        ),
    ),
)

# --- G11.2 -------------------------------------------------------------------------


def backward_inputs(rng: Rng) -> list[Case]:
    """One, two and three axes."""
    shapes = ((3, 5), (6,), (4, 4), (2, 3, 2))
    return [
        Case(
            name=f"{shape}",
            args=(rng.normal(0.5, 1, shape), some_mask(rng, shape), drop_rate(rng)),
        )
        for shape in shapes
    ]


def dropout_backward(dout: Array, mask: Array, p: float) -> Array:
    """T11.6: the product with the Jacobian of the forward pass, a diagonal matrix."""
    jacobian = np.diag(mask.ravel()) / (1 - p)
    return (dout.ravel() @ jacobian).reshape(dout.shape)


G11_2 = Exercise(
    id="G11.2",
    function="dropout_backward",
    points=1,
    reference=dropout_backward,
    inputs=backward_inputs,
    outputs=("dx",),
    vectorised=True,
    lecture=f"{LECTURE}#Backward",
    mistakes=(
        Mistake(
            code="M11.2a",
            variant=lambda dout, mask, p: dout.copy(),
            message="The gradient passes everywhere. A unit that was off had no influence "
            "on the loss.",
        ),
        Mistake(
            code="M11.2b",
            variant=lambda dout, mask, p: dout * mask,
            message="The mask is right, the scale is missing: what forward multiplies by a "
            "constant, backward multiplies by the same one.",
        ),
        Mistake(
            code="M11.2c",
            variant=lambda dout, mask, p: dout * mask * (1 - p),
            message="The scale is upside down: use the factor of the forward pass, not its "
            "inverse.",
        ),
        Mistake(
            code="M11.2d",
            variant=lambda dout, mask, p: dout * mask / p,
            message="You divide by p, the probability of being dropped.",
        ),
        Mistake(
            code="M11.2f",
            variant=lambda dout, mask, p: dout * (1 - mask) / (1 - p),
            message="The gradient goes to the units that were off: 1 in the mask means "
            "that a unit was kept.",
        ),
    ),
)

# --- X11.2 -------------------------------------------------------------------------
# How a layer draws is free, so what it draws is reduced to facts that every right layer
# shares. The driver knows bounds, and no right value: which of the given bands the share
# of survivors lies in is for the trusted side to judge.
#
# False alarms. DRAWS * SIZE units are dropped independently, so by Hoeffding the share of
# survivors leaves its band with probability at most 2 exp(-2 n WIDTH^2), n = 20 000; and
# likewise the shares of the 40 rows and 25 columns (n = 500 and 800, LINE) and of equal
# neighbours (n >= 9 600 disjoint pairs, PAIRS). Two masks of one p are equal with
# probability (p^2 + (1 - p)^2)^SIZE; all DRAWS counts of survivors are equal with
# probability below 10^-25; a draw is exactly 0, which > and >= tell apart, with 2^-53.
# Over all cases a right layer fails with probability below FALSE_ALARM;
# tests/check/test_witness_a10.py adds it up.

DRAWS = 20
ROWS, COLUMNS = 40, 25
SIZE = ROWS * COLUMNS
WIDTH, LINE, PAIRS = 0.09, 0.2, 0.05
FALSE_ALARM = 1e-10

LAYER_DRIVER = (
    f"""
DRAWS, ROWS, COLUMNS = {DRAWS}, {ROWS}, {COLUMNS}
"""
    + '''

def drive(Layer, x, dout, p, seed, bands):
    """Reduce what a layer draws to facts.

    bands: intervals for the share of survivors, then one for the shares of all rows and
    columns, and one for the share of equal neighbours.
    """
    import random

    import numpy as np

    given, above = x.copy(), dout.copy()

    def times(y, of):
        try:
            found = np.asarray(y, dtype=float)
        except (TypeError, ValueError):
            return None
        return found / of if found.shape == of.shape else None

    def forward(layer, train):
        work = given.copy()
        found = times(layer.forward(work, train), given)
        if not np.array_equal(work, given):
            x[...] = work  # show that the argument was changed
        return found

    def trained(layer):
        found = forward(layer, True)
        if found is None:
            raise ValueError("forward returns no array of numbers of x's shape")
        return found

    def ends(values):
        return [float(values.min()), float(values.max())] if values.size else []

    def world():
        state = np.random.get_state(legacy=False)["state"]
        return state["key"].tolist(), state["pos"], random.getstate()

    def within(shares, band):
        return bool(np.all((band[0] <= shares) & (shares <= band[1])))

    def mask_facts(layer, on):
        mask = getattr(layer, "mask", None)
        try:
            mask = np.asarray(mask, dtype=float)
        except (TypeError, ValueError):
            return ["none"]
        if mask.shape != on.shape:
            return ["none" if np.isnan(mask).all() else "shape"]
        if not ((mask == 0) | (mask == 1)).all():
            return ["other values"]
        return [bool((mask == on).all()), bool((mask == ~on).all())]

    np.random.random(), random.random()  # where a seeding would not lead
    before = world()
    rng = np.random.default_rng(seed)
    layer = Layer(p, rng)
    runs, masks = [], []
    for _ in range(DRAWS):
        runs.append(trained(layer))
        masks.append(mask_facts(layer, runs[-1] != 0))
    on = np.array(runs) != 0

    state = rng.bit_generator.state
    backward = kept = None  # kept: what testing has to leave as it is
    try:
        slopes = times(layer.backward(dout), above)
    except NotImplementedError:
        pass
    except Exception:
        backward = "raised"
    else:
        still = rng.bit_generator.state == state
        if slopes is not None:
            here = slopes != 0
            same, opposite = (bool((here == m).all()) for m in (on[-1], ~on[-1]))
            backward = [*ends(slopes[here]), same, opposite, still]
            kept = slopes if same and still else None

    state = rng.bit_generator.state
    tested = forward(layer, False)
    evaluation = None
    if tested is not None:
        evaluation = [*ends(tested), rng.bit_generator.state == state]
        try:
            later = times(layer.backward(above.copy()), above)
        except Exception:
            later = None
        evaluation.append(
            kept is None
            or (later is not None and np.array_equal(later, kept, equal_nan=True))
        )

    again = trained(Layer(p, np.random.default_rng(seed)))
    other = trained(Layer(p, np.random.default_rng(seed + 1)))
    grid = on.reshape(DRAWS, ROWS, COLUMNS)
    share, (*candidates, line, pair) = on.mean(), bands
    pairs = grid[:, ::2] == grid[:, 1::2], grid[:, :, :-1:2] == grid[:, :, 1::2]
    # Few units that share their fate may draw the same mask twice by chance.
    fresh = len({run.tobytes() for run in on}) > DRAWS // 2  # or there is little to count
    hits = [k for k, band in enumerate(candidates) if within(share, band)]
    return {
        "survivors": ends(np.array(runs)[on]),
        "chance": [
            hits[0] if hits else -1,
            not fresh
            or all(within(grid.mean(axis=(0, axis)), line) for axis in (1, 2))
            and all(within(equal.mean(), pair) for equal in pairs),
            not fresh or len(set(grid.sum(axis=(1, 2)).tolist())) > 1,
        ],
        "mask": masks[0] if all(facts == masks[0] for facts in masks) else ["changing"],
        "fresh": fresh,
        "generator": [
            bool(((again != 0) == on[0]).all()),
            bool(0 < on[0].mean() < 1 and ((other != 0) == on[0]).all()),
            world() == before,
        ],
        "evaluation": evaluation,
        "backward": backward,
    }
'''
)


def layer_bands(p: float) -> list[tuple[float, float]]:
    """Return where shares may lie: of survivors, mixed up, of lines, of equal pairs."""
    equal = p**2 + (1 - p) ** 2
    shares = ((1 - p, WIDTH), (p, WIDTH), (1 - p, LINE), (equal, PAIRS))
    return [(share - width, share + width) for share, width in shares]


def layer_inputs(rng: Rng) -> list[Case]:
    """No x is 0; two, one and three axes; p = 0 at the edge."""

    def case(shape: tuple[int, ...], p: float, **kind: Any) -> Case:
        x, dout = (
            rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape) for _ in range(2)
        )
        args = (x, dout, p, int(rng.integers(1, 10**6)), layer_bands(p))
        return Case(name=f"{shape}, p = {p:.2f}", args=args, **kind)

    return [
        case((SIZE,), float(rng.uniform(0.65, 0.8))),
        case((10, 4, COLUMNS), float(rng.uniform(0.2, 0.35))),
        case((ROWS, COLUMNS), 0.0, role="edge", requirement="p = 0 drops nothing"),
    ]


class Dropout:
    """T11.6 with a mask of its own, drawn as coins."""

    def __init__(self, p: float, rng: Rng) -> None:
        self.rng, self.stays = rng, 1 - p
        self.mask: Any = None

    def forward(self, x: Array, train: bool) -> Array:
        """Thin x out in training, with a new mask."""
        if not train:
            return x.copy()
        self.mask = self.rng.binomial(1, self.stays, x.shape)
        return np.where(self.mask == 1, x / self.stays, 0.0)

    def backward(self, dout: Array) -> Array:
        """Send a gradient through the latest mask."""
        return np.where(self.mask == 1, dout / self.stays, 0.0)


class _Flawed(Dropout):
    """A layer of replaceable parts, for the mistakes."""

    def __init__(self, p: float, rng: Rng) -> None:
        super().__init__(p, rng)
        self.p = p

    def draw(self, shape: tuple[int, ...]) -> Array:
        return np.asarray(self.rng.random(shape) >= self.p)

    def shown(self, on: Array) -> Any:
        return on

    def scale(self) -> float:
        return 1 / (1 - self.p)

    def back(self) -> Array:
        return np.asarray(self.on * self.scale())

    def test(self, x: Array) -> Array:
        return x

    def forward(self, x: Array, train: bool) -> Array:
        if not train:
            return self.test(x)
        self.on = self.draw(x.shape)
        self.mask = self.shown(self.on)
        return np.asarray(x * self.on * self.scale())

    def backward(self, dout: Array) -> Array:
        return dout * self.back()


def _layer(**parts: Callable[..., Any]) -> type[_Flawed]:
    """Return a layer with some methods replaced."""
    return type("Layer", (_Flawed,), parts)


def _drawn_once(self: Any, shape: tuple[int, ...]) -> Array:
    if not hasattr(self, "first"):
        self.first = self.rng.random(shape) >= self.p
    return np.asarray(self.first)


def _seeded_once(self: Any, shape: tuple[int, ...]) -> Array:
    if not hasattr(self, "mine"):
        self.mine = np.random.default_rng(0)
    return np.asarray(self.mine.random(shape) >= self.p)


def _reseeded(self: Any, shape: tuple[int, ...]) -> Array:
    np.random.seed(0)
    return np.asarray(np.random.random(shape) >= self.p)


def _drawn_again(self: Any, x: Array) -> Array:
    return np.asarray(x * self.draw(x.shape) * self.scale())


def _drawn_over(self: Any, x: Array) -> Array:
    self.on = self.draw(x.shape)
    return np.asarray(x * self.on * self.scale())


def _forgets(self: Any, x: Array) -> Array:
    self.on = None
    return x


def _keeps_ones(self: Any, x: Array) -> Array:
    self.on = np.ones(x.shape)
    return x


def _by_columns(self: Any, shape: tuple[int, ...]) -> Array:
    on = self.rng.random(shape[-1:]) >= self.p
    return np.asarray(np.broadcast_to(on, shape))


def _by_number(self: Any, shape: tuple[int, ...]) -> Array:
    on = np.arange(int(np.prod(shape))) >= round(self.p * np.prod(shape))
    return np.asarray(self.rng.permutation(on).reshape(shape))


def _facts(evidence: Evidence) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return what the driver found in the generic cases, and what is right."""
    return [
        (outcome.value, right.value)
        for case, outcome, right in zip(
            evidence.cases, evidence.outcomes, evidence.expected, strict=True
        )
        if case.role == "generic"
        and isinstance(outcome, Returned)
        and isinstance(right, Returned)
        and isinstance(outcome.value, dict)
    ]


def _mask_of_other_shape(evidence: Evidence) -> bool:
    facts = _facts(evidence)
    return bool(facts) and all(mine.get("mask") == ["shape"] for mine, _ in facts)


def _drawn_otherwise(evidence: Evidence) -> bool:
    """Whether what is dropped is odd, and nothing is wrong that odd draws do not spoil."""
    facts = _facts(evidence)
    return any(mine.get("chance") != right["chance"] for mine, right in facts) and all(
        compare(mine.get(name), right[name]) is None
        for mine, right in facts
        for name in ("survivors", "mask", "evaluation", "backward")
    )


NOT_GIVEN = (
    "The masks do not come from the generator you are given: the same seed has to give the "
    "same masks and another seed others. Draw from self.rng, and only from it."
)
ODD_DRAWS = (
    "What the layer drops does not look like independent draws with probability p, one per "
    "entry of x."
)
LOST = (
    "After a call in testing, backward no longer gives the gradient of the latest forward "
    "pass in training. Leave what forward has kept alone in testing."
)
AT_ONCE = (
    "Units are not dropped one by one: rows or columns share one draw. Draw a number for "
    "every entry of x."
)
X11_2 = Exercise(
    id="X11.2",
    function="Dropout",
    points=4,
    reference=Dropout,
    inputs=layer_inputs,
    outputs=(
        *("survivors", "chance", "mask", "fresh", "generator", "evaluation", "backward"),
    ),
    pack="dict",
    driver=LAYER_DRIVER,
    seeded=True,
    lecture=DROPOUT,
    mistakes=(
        Mistake(
            code="M11.1a",
            variant=_layer(scale=lambda self: 1 / self.p if self.p else 1.0),
            message=MESSAGES["M11.1a"],
        ),
        Mistake(
            code="M11.1c",
            variant=_layer(scale=lambda self: 1.0),
            message=MESSAGES["M11.1c"],
        ),
        Mistake(
            code="M11.1d",
            variant=_layer(scale=lambda self: 1 - self.p),
            message=MESSAGES["M11.1d"],
        ),
        Mistake(
            code="M11.1b",
            variant=_layer(draw=lambda self, shape: self.rng.random(shape) < self.p),
            message="Units stay with probability p. It is the probability of being "
            "dropped: compare the random numbers with it the other way round.",
        ),
        *(
            Mistake(code="M11.1e", variant=_layer(test=test), message=MESSAGES["M11.1e"])
            for test in (_drawn_again, _drawn_over)
        ),
        Mistake(
            code="M11.1f",
            variant=_layer(test=lambda self, x: x * (1 - self.p)),
            message=MESSAGES["M11.1f"],
        ),
        Mistake(
            code="X11.2k",
            variant=_layer(scale=lambda self: 1.0, test=lambda self, x: x * (1 - self.p)),
            message="This is standard dropout: nothing is scaled in training, and testing "
            "multiplies by 1 - p. Asked for is inverted dropout.",
        ),
        *(
            Mistake(code="X11.2j", variant=_layer(test=test), message=LOST)
            for test in (_forgets, _keeps_ones)
        ),
        Mistake(
            code="M11.1g",
            variant=_layer(shown=lambda self, on: ~on),
            message="self.mask marks the dropped units. 1 means that a unit stays.",
        ),
        Mistake(
            code="X11.2a",
            variant=_layer(shown=lambda self, on: on / (1 - self.p)),
            message="self.mask holds other numbers than 0 and 1. Keep the factor of the "
            "survivors out of it.",
        ),
        Mistake(
            code="X11.2g",
            variant=_layer(shown=lambda self, on: None),
            message="self.mask is not set. forward keeps it there for backward.",
        ),
        Mistake(
            code="X11.2b",
            variant=_layer(draw=_drawn_once),
            message="Every call uses one and the same mask. Draw a new one each time "
            "forward is called in training.",
        ),
        Mistake(
            code="X11.2c",
            variant=_layer(draw=_by_columns),
            message=AT_ONCE,
        ),
        Mistake(
            code="X11.2c",
            variant=_layer(draw=lambda self, shape: self.rng.random(shape[-1:]) >= self.p),
            message=AT_ONCE,
        ),
        Mistake(code="X11.2c", detect=_mask_of_other_shape, message=AT_ONCE),
        Mistake(
            code="X11.2d",
            variant=_layer(draw=_by_number),
            message="Exactly the same number of units is dropped each time. Each unit is "
            "dropped for itself, so their number varies.",
        ),
        *(
            Mistake(code="MX.11", variant=_layer(draw=draw), message=NOT_GIVEN)
            for draw in (
                lambda self, shape: np.random.random(shape) >= self.p,
                lambda self, shape: np.random.default_rng().random(shape) >= self.p,
                lambda self, shape: np.random.default_rng(0).random(shape) >= self.p,
                _seeded_once,
                _reseeded,
            )
        ),
        Mistake(
            code="X11.2e",
            variant=_layer(test=lambda self, x: (self.draw(x.shape), x)[1]),
            message="Testing gives x, but draws random numbers on the way. In testing "
            "nothing is drawn, or later masks would depend on it.",
        ),
        Mistake(
            code="M11.2a",
            variant=_layer(back=lambda self: np.ones(self.on.shape)),
            message="backward lets the gradient pass everywhere. A unit that was off had "
            "no influence on the loss.",
        ),
        Mistake(
            code="M11.2b",
            variant=_layer(back=lambda self: self.on),
            message="backward has the mask, but lacks the scale of the forward pass.",
        ),
        Mistake(
            code="M11.2c",
            variant=_layer(back=lambda self: self.on * (1 - self.p)),
            message="The scale of backward is upside down: use the factor of the forward "
            "pass.",
        ),
        Mistake(
            code="M11.2e",
            variant=_layer(back=lambda self: self.draw(self.on.shape) * self.scale()),
            message="backward draws a mask of its own, which belongs to another network. "
            "Use the one that the latest forward pass in training has kept.",
        ),
        Mistake(
            code="M11.2e",
            variant=_layer(
                back=lambda self: (
                    (np.random.default_rng().random(self.on.shape) >= self.p) * self.scale()
                )
            ),
            message="backward draws a mask of its own, which belongs to another network. "
            "Use the one that the latest forward pass in training has kept.",
        ),
        Mistake(
            code="M11.2f",
            variant=_layer(back=lambda self: ~self.on * self.scale()),
            message="backward sends the gradient to the units that were off: 1 in the "
            "mask means that a unit was kept.",
        ),
        Mistake(
            code="X11.2h",
            variant=_layer(backward=lambda self, dout: None),
            message="backward gives nothing that has dout's shape: return the gradient.",
        ),
        Mistake(
            code="X11.2i",
            variant=_layer(test=lambda self, x: None),
            message="In testing forward gives nothing that has x's shape: return x.",
        ),
        Mistake(
            code="X11.2l",
            variant=_layer(draw=lambda self, shape: self.rng.random(shape) >= 0.5),
            message=ODD_DRAWS,
        ),
        Mistake(code="X11.2l", detect=_drawn_otherwise, message=ODD_DRAWS),
        Mistake(
            code="X11.2f",
            variant=_layer(backward=lambda self, dout: 1 / 0),
            message="backward stops with an error. It is called after a forward pass in "
            "training, with an array of x's shape.",
        ),
    ),
)

# --- G11.7 -------------------------------------------------------------------------

LISTS = """
def drive(f, *args):
    import numpy as np

    def plain(value):
        if hasattr(value, "tolist"):
            value = value.tolist()
        if isinstance(value, (list, tuple)):
            return [plain(part) for part in value]
        return str(value) if isinstance(value, str) else value

    def number(value):
        if isinstance(value, list):
            return [number(part) for part in value]
        return int(value) if isinstance(value, bool) else value

    found = f(*args)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return found
    return plain(found[0]), number(plain(found[1]))
"""
LONG = ("interesting", "wonderful", "disappointing")  # longer than any pad
WORDS = ("this", "movie", "is", "great", "bad", "i", "love", *LONG)


def pad_inputs(rng: Rng) -> list[Case]:
    """Words, a long one each time, and numbers; different widths, none of them 5."""

    def case(lengths: Sequence[int], pad: Any, name: str, **kind: Any) -> Case:
        words: list[Any] = list(WORDS if isinstance(pad, str) else range(10))
        order = [[words[int(k)] for k in rng.integers(10, size=n)] for n in lengths]
        # A number like any other, a word longer than pad.
        order[0][0] = LONG[int(rng.integers(3))] if isinstance(pad, str) else 0
        return Case(name=name, args=(order, pad), **kind)

    texts = ["I love this interesting movie", "great movie", "This movie is bad"]
    slide = [text.split() for text in texts]
    same: dict[str, Any] = {
        "role": "edge",
        "requirement": "a real token may equal pad and keeps its 1",
    }
    empty: dict[str, Any] = {
        "role": "edge",
        "requirement": "an empty sentence gives a row of pads",
    }
    lengths = [[int(n) for n in rng.permutation([2, *rng.integers(1, 6, 3), 7])]]
    return [
        Case(name="slide", args=(slide, "[pad]"), role="visible"),
        case(lengths[0], "[pad]", "five sentences"),
        case([int(n) for n in rng.permutation([1, 2, 3])], "[pad]", "three, short"),
        case([4, 3, 6, 2], -1, "numbers"),
        case([3, 8], "<none>", "another pad"),
        case([4, 2, 3], 0, "pad 0", **same),
        Case(name="word", args=([["a", "[pad]", "b"], ["c"]], "[pad]"), **same),
        case([3, 0, 2], "[pad]", "empty", **empty),
    ]


Padded = tuple[list[list[Any]], list[list[int]]]


def pad_batch(sentences: list[list[Any]], pad: Any = "[pad]") -> Padded:
    """T11.11, column by column."""
    longest = max(map(len, sentences))
    columns = [[s[t] if t < len(s) else pad for s in sentences] for t in range(longest)]
    real = [[int(t < len(s)) for s in sentences] for t in range(longest)]
    return [list(row) for row in zip(*columns, strict=True)], [
        list(row) for row in zip(*real, strict=True)
    ]


def _padded(
    width: Callable[[list[list[Any]]], int] = lambda ss: max(map(len, ss)),
    tokens: Callable[[list[Any], list[Any]], list[Any]] = lambda s, pads: s + pads,
    mask: Callable[[list[Any], int, list[Any], Any], list[int]] | None = None,
) -> Callable[..., Padded]:
    """Return a padding with another width, order or mask(row, words, pads, pad)."""

    def variant(sentences: list[list[Any]], pad: Any = "[pad]") -> Padded:
        T = width(sentences)
        cut = [list(s[:T]) for s in sentences]
        rows = [tokens(s, [pad] * (T - len(s))) for s in cut]
        masks = [
            mask(row, len(s), [pad] * (T - len(s)), pad)
            if mask
            else [1] * len(s) + [0] * (T - len(s))
            for row, s in zip(rows, cut, strict=True)
        ]
        return rows, masks

    return variant


def _as_wide_as_pad(sentences: list[list[Any]], pad: Any = "[pad]") -> Padded:
    tokens, mask = pad_batch(sentences, pad)
    return np.array(tokens, dtype=np.array(pad).dtype).tolist(), mask


def _fixed_width(evidence: Evidence) -> bool:
    """Whether all results have one width, which is not that of their sentences."""
    widths, right = set(), set()
    for case, outcome, wanted in zip(
        evidence.cases, evidence.outcomes, evidence.expected, strict=True
    ):
        if case.role != "generic":
            continue
        if not isinstance(outcome, Returned) or not isinstance(wanted, Returned):
            return False
        value = outcome.value
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            return False
        for part in value:
            if not isinstance(part, list) or not all(isinstance(r, list) for r in part):
                return False
            widths |= {len(row) for row in part}
        right.add(len(wanted.value[0][0]))
    return len(widths) == 1 and len(right) > 1


CONSTANT = (
    "The width is a constant. T is the length of the longest sentence of this batch: with "
    "a smaller width words get lost, with a larger one there are columns without words."
)
G11_7 = Exercise(
    id="G11.7",
    function="pad_batch",
    points=3,
    reference=pad_batch,
    inputs=pad_inputs,
    outputs=("tokens", "mask"),
    pack="tuple",
    driver=LISTS,
    lecture=f"{LECTURE}#Padding:-three-lengths,-one-rectangle",
    mistakes=(
        Mistake(
            code="M11.7a",
            variant=_padded(width=lambda ss: min(map(len, ss))),
            message="All sentences are cut to the shortest one, and words are lost. Fill "
            "the short ones up to the longest.",
        ),
        Mistake(
            code="M11.7b",
            variant=_padded(
                tokens=lambda s, pads: pads + s,
                mask=lambda row, n, pads, pad: [0] * len(pads) + [1] * n,
            ),
            message="The pads stand in front. In this course they follow the words.",
        ),
        Mistake(
            code="M11.7c",
            variant=_padded(mask=lambda row, n, pads, pad: [0] * n + [1] * len(pads)),
            message="The mask marks the pads. Its 1 stands for a real token.",
        ),
        *(
            Mistake(
                code="M11.7d",
                variant=_padded(mask=mask),
                message="Your mask looks at what a token is, and a real one may look like "
                "a pad. Build the mask from the lengths of the sentences (or reserve a "
                "pad that no token can be).",
            )
            for mask in (
                lambda row, n, pads, pad: [int(token != pad) for token in row],
                lambda row, n, pads, pad: [int(token != 0) for token in row],
            )
        ),
        Mistake(code="M11.7e", variant=_padded(width=lambda ss: 5), message=CONSTANT),
        Mistake(code="M11.7e", detect=_fixed_width, message=CONSTANT),
        Mistake(
            code="X11.7a",
            variant=_padded(mask=lambda row, n, pads, pad: [1] * len(row)),
            message="The mask is 1 everywhere. A pad has a 0.",
        ),
        Mistake(
            code="X11.7b",
            variant=lambda sentences, pad="[pad]": pad_batch(sentences),
            message="You always fill with [pad]. Use the argument pad, which may be "
            "another word or a number.",
        ),
        Mistake(
            code="X11.7c",
            variant=_as_wide_as_pad,
            message="Your tokens are cut off: an array filled with pad has room for words "
            "of pad's length only. Use lists, or dtype=object.",
        ),
    ),
)

# --- G11.3, G11.4 ------------------------------------------------------------------

EMPTY = "an empty sentence, mask 0 everywhere"


def real_words(rng: Rng, n: int, T: int, *, empty: bool = False) -> Array:
    """A mask (n, T): the longest sentence has T words, others fewer, pads at the end."""
    lengths = rng.integers(1, T, n)
    lengths[0], lengths[-1] = T, max(1, T // 2)
    if empty:
        lengths[1] = 0
    lengths[: n - empty] = rng.permutation(lengths[: n - empty])
    return (np.arange(T) < lengths[:, None]).astype(float)


def _sentences(rng: Rng, gradient: bool) -> list[Case]:
    def case(n: int, T: int, d: int, **kind: Any) -> Case:
        mask = real_words(rng, n, T, empty=bool(kind))
        first = rng.normal(1, 1, (n, d) if gradient else (n, T, d))
        return Case(name=f"N = {n}, T = {T}, d = {d}", args=(first, mask), batch=n, **kind)

    slide = (np.arange(5) < np.array(LENGTHS)[:, None]).astype(float)
    first = rng.normal(1, 1, (3, 4) if gradient else (3, 5, 4))
    return [
        Case(name="slide", args=(first, slide), batch=3),
        case(4, 6, 3),
        case(4, 4, 4),
        case(6, 4, 2),
        case(3, 4, 2, role="edge", requirement=EMPTY),
        case(5, 3, 3, role="edge", requirement=EMPTY),
    ]


def masked_mean(E: Array, mask: Array) -> Array:
    """T11.12: one sentence after the other, cut to its words."""
    rows = [
        vectors[: int(m.sum())].mean(axis=0) if m.any() else np.zeros(E.shape[2])
        for vectors, m in zip(E, mask, strict=True)
    ]
    return np.array(rows)


def _mean(
    share: Callable[[Array], Array], weight: Callable[[Array], Array] = lambda m: m
) -> Callable[[Array, Array], Array]:
    """Return a wrong mean: weighted sums over time, divided by `share`."""
    return lambda E, mask: (E * weight(mask)[:, :, None]).sum(axis=1) / share(mask)


def _lengths(mask: Array) -> Array:
    return np.maximum(mask.sum(axis=1, keepdims=True), 1)


G11_3 = Exercise(
    id="G11.3",
    function="masked_mean",
    points=2,
    reference=masked_mean,
    inputs=lambda rng: _sentences(rng, gradient=False),
    outputs=("mean",),
    vectorised=True,
    lecture=AVERAGE,
    mistakes=(
        Mistake(
            code="M11.3a",
            variant=lambda E, mask: E.mean(axis=1),
            message="The mask has no effect: pads are summed and counted like words.",
        ),
        Mistake(
            code="M11.3b",
            variant=_mean(lambda m: np.asarray(m.shape[1])),
            message="The sum is right, but every sentence is divided by T. Divide it by "
            "the number of its own words.",
        ),
        Mistake(
            code="M11.3c",
            variant=_mean(_lengths, np.ones_like),
            message="The lengths are right, but the vectors of the pads are in the sum. "
            "Multiply by the mask first.",
        ),
        Mistake(
            code="M11.3d",
            variant=_mean(lambda m: np.asarray(m.sum())),
            message="Every sentence is divided by the number of words in the whole batch. "
            "Each has a length of its own.",
        ),
        Mistake(
            code="M11.3e",
            variant=_mean(lambda m: np.asarray(1.0)),
            message="That is the sum of the words. Divide it by their number.",
        ),
        *(
            Mistake(
                code="M11.3f",
                variant=variant,
                message="You averaged over the sentences, axis 0. Words follow each other "
                "along axis 1.",
            )
            for variant in (
                lambda E, mask: (
                    (E * mask[:, :, None]).sum(axis=0) / mask.sum(axis=0)[:, None]
                ),
                lambda E, mask: (E * mask[:, :, None]).mean(axis=0),
                lambda E, mask: E.mean(axis=0),
            )
        ),
        Mistake(
            code="M11.3g",
            variant=lambda E, mask: (
                (E * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
            ),
            message="An empty sentence gives 0/0, and the nan would spread through the "
            "whole loss. Keep the divisor from becoming 0.",
        ),
    ),
)


def masked_mean_backward(dout: Array, mask: Array) -> Array:
    """T11.12: every real word gets its share, word by word."""
    dE = np.zeros((*mask.shape, dout.shape[1]))
    for n, t in np.argwhere(mask == 1):
        dE[n, t] = dout[n] / np.count_nonzero(mask[n])
    return dE


def _spread(share: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
    """Return a wrong gradient: dout times `share`, (N, T)."""
    return lambda dout, mask: share(mask)[:, :, None] * dout[:, None, :]


AVERAGED = (
    "One gradient per sentence came back. Each word has one, so the result has an axis "
    "for the words: the error is handed out to them, not averaged."
)
G11_4 = Exercise(
    id="G11.4",
    function="masked_mean_backward",
    points=2,
    reference=masked_mean_backward,
    inputs=lambda rng: _sentences(rng, gradient=True),
    outputs=("dE",),
    vectorised=True,
    lecture=SHARES,
    mistakes=(
        Mistake(
            code="M11.4a",
            variant=_spread(lambda m: m / m.shape[1]),
            message="The shares are 1/T. Forward divides by the length of the sentence, "
            "so backward does.",
        ),
        Mistake(
            code="M11.4b",
            variant=_spread(lambda m: np.ones_like(m) / _lengths(m)),
            message="The pads get a gradient, too. They had no influence on the mean.",
        ),
        Mistake(
            code="M11.4c",
            variant=_spread(lambda m: m),
            message="Every word gets the whole error of its sentence. It counts in the "
            "mean with its share only.",
        ),
        Mistake(
            code="M11.4d",
            variant=_spread(lambda m: m / m.sum()),
            message="The shares are divided by the words of the whole batch. Each sentence "
            "has a length of its own.",
        ),
        *(
            Mistake(code="M11.4e", variant=variant, message=AVERAGED)
            for variant in (
                lambda dout, mask: dout.copy(),
                lambda dout, mask: dout * mask.mean(axis=1, keepdims=True),
                lambda dout, mask: dout / _lengths(mask),
                lambda dout, mask: dout / mask.shape[1],
            )
        ),
        Mistake(
            code="M11.3g",
            variant=_spread(lambda m: m / m.sum(axis=1, keepdims=True)),
            message="An empty sentence gives 0/0. Keep the divisor from becoming 0; its "
            "gradient is then 0.",
        ),
    ),
)

# --- G11.5 -------------------------------------------------------------------------


def l2_inputs(rng: Rng) -> list[Case]:
    """Matrices, a vector, three axes; lambda is neither 1/2 nor 1."""
    shapes = ((2, 3), (3, 3), (4,), (2, 2, 3))
    return [
        Case(name=f"{s}", args=(rng.normal(0.3, 1, s), float(rng.uniform(0.05, 0.3))))
        for s in shapes
    ]


def l2_grad(W: Array, lam: float) -> Array:
    """T11.8: central differences, exact for a parabola."""
    return np.asarray(((W + 1) ** 2 - (W - 1) ** 2) / 2 * (lam / 2))


G11_5 = Exercise(
    id="G11.5",
    function="l2_grad",
    points=1,
    reference=l2_grad,
    inputs=l2_inputs,
    outputs=("dW",),
    vectorised=True,
    lecture=PRICE,
    mistakes=(
        Mistake(
            code="M11.5a",
            variant=lambda W, lam: 2 * lam * W,
            message="Twice too much: the penalty of this course carries a factor 1/2.",
        ),
        Mistake(
            code="M11.5b",
            variant=lambda W, lam: -lam * W,
            message="The sign is the opposite. The gradient of the penalty points away "
            "from 0; it is the step against it that makes weights smaller.",
        ),
        Mistake(
            code="M11.5c",
            variant=lambda W, lam: W.copy(),
            message="lam has no effect on your result.",
        ),
        Mistake(
            code="M11.5d",
            variant=lambda W, lam: lam * W**2,
            message="The squares are still there: they belong to the penalty. Take "
            "its derivative.",
        ),
        Mistake(
            code="M11.5e",
            variant=lambda W, lam: lam * np.sign(W),
            message="Only the signs of the weights matter to your result; that is the "
            "gradient of an L1 penalty.",
        ),
    ),
)

# --- X11.3 -------------------------------------------------------------------------

LAYERS = ("W1", "b1", "W2", "b2")
Params = dict[str, Array]


def decay_inputs(rng: Rng) -> list[Case]:
    """Two-layer networks; the biases are not 0."""

    def case(d: int, h: int, c: int) -> Case:
        shapes: dict[str, Any] = {"W1": (h, d), "b1": h, "W2": (c, h), "b2": c}
        grads, params = (
            {name: rng.normal(0.5, 1, shape) for name, shape in shapes.items()}
            for _ in range(2)
        )
        args = (grads, params, float(rng.uniform(0.05, 0.3)))
        return Case(name=f"{d}-{h}-{c}", args=args)

    return [case(4, 3, 2), case(3, 3, 3), case(2, 4, 1)]


def add_l2(grads: Params, params: Params, lam: float) -> Params:
    """T11.8: each array with its own price; the price of a bias is 0."""
    price = {"W1": lam, "b1": 0.0, "W2": lam, "b2": 0.0}
    return {name: grads[name] + price[name] * params[name] for name in price}


def _decay(
    of_weights: Callable[[Array, Array, float], Array],
    of_biases: Callable[[Array, Array, float], Array] = lambda g, b, lam: g,
) -> Callable[[Params, Params, float], Params]:
    """Return new gradients of weights and biases from (old, parameter, lam)."""

    def variant(grads: Params, params: Params, lam: float) -> Params:
        rules = {name: of_weights if name[0] == "W" else of_biases for name in LAYERS}
        return {n: rule(grads[n], params[n], lam) for n, rule in rules.items()}

    return variant


X11_3 = Exercise(
    id="X11.3",
    function="add_l2",
    points=1,
    reference=add_l2,
    inputs=decay_inputs,
    outputs=LAYERS,
    pack="dict",
    lecture=PRICE,
    mistakes=(
        Mistake(
            code="M11.5f",
            variant=_decay(lambda g, W, lam: g + lam * W, lambda g, b, lam: g + lam * b),
            message="The biases pay, too. They only shift and bend nothing: return their "
            "gradients as they are.",
        ),
        Mistake(
            code="X11.3a",
            variant=_decay(lambda g, W, lam: lam * W, lambda g, b, lam: 0 * b),
            message="That is the penalty's gradient alone. Add it to the gradient of the "
            "loss.",
        ),
        Mistake(
            code="M11.5b",
            variant=_decay(lambda g, W, lam: g - lam * W),
            message="The gradient of the penalty is subtracted, so weights would grow: "
            "add it. The minus comes later, in the step.",
        ),
        Mistake(
            code="M11.5a",
            variant=_decay(lambda g, W, lam: g + 2 * lam * W),
            message="What you add is twice too much: the penalty carries a factor 1/2.",
        ),
        Mistake(
            code="M11.5c",
            variant=_decay(lambda g, W, lam: g + W),
            message="lam has no effect on your result.",
        ),
    ),
)

# --- G11.6 -------------------------------------------------------------------------

Stop = Callable[[list[float], int], int]
TIE = "a loss equal to the best is no new best"


def early_stop_epoch(dev_losses: list[float], patience: int) -> int:
    """T11.3, T11.4: the first t that lies `patience` behind the first minimum so far."""
    for t in range(len(dev_losses)):
        if t - int(np.argmin(dev_losses[: t + 1])) >= patience:
            return t
    return len(dev_losses)


def _stop(
    fails: Callable[[list[float], int], bool],
    *,
    more: int = 0,
    reset: bool = True,
    start: int = 1,
) -> Stop:
    """Return a way to stop: which evaluations fail, and how failures are counted."""

    def variant(dev_losses: list[float], patience: int) -> int:
        failures = 0
        for t in range(start, len(dev_losses)):
            if fails(dev_losses, t):
                failures += 1
            elif reset:
                failures = 0
            if failures >= patience + more:
                return t
        return len(dev_losses)

    return variant


def _no_best(dev: list[float], t: int) -> bool:
    return bool(dev[t] >= min(dev[:t]))


def _first_rise(dev: list[float], patience: int) -> int:
    rises = (t for t in range(1, len(dev)) if dev[t] > dev[t - 1])
    return next(rises, len(dev))


STOPS: dict[str, tuple[Stop, str]] = {
    "M11.6a": (
        _first_rise,
        "patience has no effect: training stops as soon as the loss rises. Wait for that "
        "many failures in a row.",
    ),
    "M11.6b": (
        _stop(_no_best, reset=False),
        "You count all failures since the beginning. A new best starts the count again.",
    ),
    "M11.6c": (
        _stop(lambda dev, t: bool(dev[t] >= dev[t - 1])),
        "You compare with the evaluation before. A loss below the previous one is still a "
        "failure, unless it is below all before it.",
    ),
    "M11.6d": (
        _stop(_no_best, more=1),
        "You wait for one failure too many: with a patience of n, failure number n in a "
        "row is the one that stops.",
    ),
    "M11.6e": (
        _stop(lambda dev, t: bool(dev[t] <= max(dev[:t]))),
        "You take the largest loss for the best. Of losses the smallest is (it is the "
        "other way round with accuracies).",
    ),
}


def _best(dev: list[float], patience: int) -> int:
    return int(np.argmin(dev[: early_stop_epoch(dev, patience) + 1]))


def some_losses(rng: Rng, patience: int) -> list[float]:
    """Losses on which every other way to stop gives another number.

    Single failures, as many as would be too many if they added up; then `patience`
    failures, falling after the first; a new best; three failures that fall, and
    `patience` that rise. Comparing neighbours never gives the index before that of
    another way, either: with + 1 it would pass for that one.
    """
    neighbours = STOPS["M11.6c"][0]
    others = [_best, *(stop for stop, _ in STOPS.values())]
    while True:
        dev = [float(rng.uniform(0.9, 1))]

        def better(times: int, dev: list[float] = dev) -> None:
            for _ in range(times):
                dev.append(min(dev) * rng.uniform(0.93, 0.98))

        def worse(times: int, way: int, dev: list[float] = dev) -> None:
            dev += np.sort(min(dev) * rng.uniform(1.02, 1.2, times))[::way].tolist()

        better(int(rng.integers(1, 4)))
        for _ in range(patience):
            worse(1, 1)
            better(int(rng.integers(1, 3)))
        worse(patience, -1)
        better(1)
        worse(3, -1)
        worse(patience, 1)
        better(int(rng.integers(1, 4)))
        worse(1, 1)
        dev = [round(loss, 4) for loss in dev]
        right = early_stop_epoch(dev, patience)
        stops = [right, right + 1, len(dev) - 1, len(dev)]
        stops += [other(dev, patience) for other in others]
        stops.append(neighbours(dev, patience) + 1)
        if len({*stops}) == len(stops) and len({*dev}) == len(dev):
            return dev


def stop_inputs(rng: Rng) -> list[Case]:
    """Lists that tell all mistakes apart; ties, and no stop at all, at the edge."""
    cases = [Case(name=f"patience {n}", args=(some_losses(rng, n), n)) for n in (3, 2, 4)]
    falling = sorted(rng.uniform(0.2, 1, 6).round(4).tolist(), reverse=True)
    low, high = falling[-1], falling[0]
    ties = [high, low, high, low, high, low / 2, high, high, high]
    tie: dict[str, Any] = {"role": "edge", "requirement": TIE}
    never: dict[str, Any] = {
        "role": "edge",
        "requirement": "len(dev_losses) if training never stops",
    }
    return [
        *cases,
        Case(name="tie", args=(ties, 3), **tie),
        Case(name="flat", args=([high] * 4, 3), **tie),
        Case(name="falling", args=(falling, 1), **never),
        Case(name="last", args=([high, low, high], 2), **never),
    ]


G11_6 = Exercise(
    id="G11.6",
    function="early_stop_epoch",
    points=2,
    reference=early_stop_epoch,
    inputs=stop_inputs,
    outputs=("t",),
    lecture=STOPPING,
    mistakes=(
        *(
            Mistake(code=code, variant=stop, message=message)
            for code, (stop, message) in STOPS.items()
        ),
        Mistake(
            code="X11.6a",
            variant=_best,
            message="That is where the best model was found. Asked for is the evaluation "
            "at which training stops.",
        ),
        Mistake(
            code="X11.6b",
            variant=lambda dev, n: early_stop_epoch(dev, n) + 1,
            message="Your count begins at 1. The first evaluation has index 0.",
        ),
        Mistake(
            code="X11.6c",
            variant=_stop(lambda dev, t: bool(dev[t] > min(dev[:t]))),
            message="A loss that equals the best has to count as a failure. Only a lower "
            "one is a new best.",
        ),
        Mistake(
            code="X11.6d",
            variant=_stop(lambda dev, t: t == 0 or _no_best(dev, t), start=0),
            message="The first evaluation counts as a failure in your function. It is a "
            "best.",
        ),
    ),
)

# --- X11.4 -------------------------------------------------------------------------

TRAINING = '''
def drive(f, path, train, dev, patience, most):
    """Training that goes along the rows of path, with the losses given."""
    import numpy as np

    theta, calls = path[0].copy(), 0

    def where(theta):
        if theta is None:
            raise TypeError("theta is None: epoch changes it in place, returns nothing")
        rows = np.flatnonzero((path == np.asarray(theta)).all(axis=1))
        if len(rows) != 1:
            raise ValueError("a loss or epoch is asked about weights never reached")
        return int(rows[0])

    def epoch(theta):
        nonlocal calls
        calls += 1
        if calls > most:
            raise RuntimeError("epoch is called more than most times")
        theta[...] = path[where(theta) + 1]

    def train_loss(theta):
        return float(train[where(theta)])

    def dev_loss(theta):
        return float(dev[where(theta)])

    kept = f(theta, epoch, train_loss, dev_loss, patience, most)
    if isinstance(kept, np.ndarray):
        kept = kept.copy()
    return {"weights": kept, "epochs": calls}
'''


def training_inputs(rng: Rng) -> list[Case]:
    """The training loss always falls; ties, the start best, and no stop at the edge."""

    def case(name: str, d: int, dev: Sequence[float], patience: int, **kind: Any) -> Case:
        path = rng.normal(0, 1, (len(dev), d))
        train = np.sort(rng.uniform(0.1, 0.9, len(dev)))[::-1].copy()
        args = (path, train, np.array(dev), patience, len(dev) - 1)
        return Case(name=name, args=args, **kind)

    falling = np.sort(rng.uniform(0.2, 1, 5))[::-1].tolist()
    rising = np.sort(rng.uniform(0.2, 1, 7)).tolist()
    low, high = rising[0], rising[-1]
    tie: dict[str, Any] = {"role": "edge", "requirement": TIE}
    start: dict[str, Any] = {"role": "edge", "requirement": "the start may stay the best"}
    never: dict[str, Any] = {
        "role": "edge",
        "requirement": "it ends after most epochs, the last of them evaluated too",
    }
    return [
        case("patience 3", 3, some_losses(rng, 3), 3),
        case("patience 2", 2, some_losses(rng, 2), 2),
        case("patience 4", 4, some_losses(rng, 4), 4),
        case("tie", 3, [high, low, low, low, high, low / 2], 3, **tie),
        case("rising", 2, rising, 2, **start),
        case("falling", 3, falling, 2, **never),
    ]


Training = Callable[..., Array]


def _patient(
    stop: Stop = early_stop_epoch,
    watch: Callable[[Any, Any], Any] = lambda train, dev: dev,
    keep: Callable[[list[float], int], int] = lambda seen, t: int(np.argmin(seen)),
    first: int = 0,
) -> Training:
    """Return a training that looks at its whole history again after each epoch."""

    def fit(
        theta: Array, epoch: Any, train: Any, dev: Any, patience: int, most: int
    ) -> Array:
        loss = watch(train, dev)
        seen, saved = [loss(theta)], [theta.copy()]
        while len(seen) <= most and stop(seen[first:], patience) >= len(seen[first:]):
            epoch(theta)
            seen.append(loss(theta))
            saved.append(theta.copy())
        return saved[first + keep(seen[first:], len(seen))]

    return fit


def _back_to_the_best(
    theta: Array, epoch: Any, train: Any, dev: Any, patience: int, most: int
) -> Array:
    best, kept, failures = dev(theta), theta.copy(), 0
    for _ in range(most):
        epoch(theta)
        failures += 1
        if dev(theta) < best:
            best, kept, failures = dev(theta), theta.copy(), 0
        if failures == patience:
            break
        theta[...] = kept
    return kept


LAST = (
    "What comes back are the weights of the last epoch, after training had become worse. "
    "epoch changes theta in place: keep a copy of the best, and return that one."
)
X11_4 = Exercise(
    id="X11.4",
    function="fit_with_patience",
    points=3,
    reference=_patient(),
    inputs=training_inputs,
    outputs=("weights", "epochs"),
    pack="dict",
    driver=TRAINING,
    unchanged="",
    lecture=STOPPING,
    mistakes=(
        Mistake(
            code="M11.6f",
            variant=_patient(watch=lambda train, dev: train),
            message="You watch the training loss, which goes on falling while the network "
            "learns by heart. Watch the development loss.",
        ),
        Mistake(
            code="M11.6g",
            variant=_patient(keep=lambda seen, t: len(seen) - 1),
            message=LAST,
        ),
        *(
            Mistake(code=code, variant=_patient(stop), message=message)
            for code, (stop, message) in STOPS.items()
            if code != "M11.6e"
        ),
        Mistake(
            code="X11.4a",
            variant=_patient(lambda dev, n: len(dev)),
            message="You train to the very end and choose afterwards. The point of early "
            "stopping is to stop.",
        ),
        Mistake(
            code="X11.4b",
            variant=_patient(first=1),
            message="The start is not evaluated: it may be better than all that follows.",
        ),
        Mistake(
            code="X11.4c",
            variant=_back_to_the_best,
            message="After a failure you go back to the best weights, so the same epoch is "
            "trained again. Keep a copy of the best, and let training go on.",
        ),
    ),
)

# --- G12.1 -------------------------------------------------------------------------


def residual_inputs(rng: Rng) -> list[Case]:
    """Non-symmetric matrices; saturated units at the edge."""

    def case(n: int, **kind: Any) -> Case:
        z = rng.normal(0, 0.8, n)
        if kind:
            z[:2] = 1000.0, -1000.0
        args = (rng.normal(0.5, 1, n), rng.normal(0, 1, (n, n)), z)
        return Case(name=f"n = {n}", args=args, **kind)

    saturated: dict[str, Any] = {
        "role": "edge",
        "requirement": "saturated units, z = 1000 or -1000",
    }
    return [case(4), case(3), case(6), case(4, **saturated)]


def residual_backward(dout: Array, W: Array, z: Array) -> Array:
    """T12.5: the transposed Jacobian I + F', written out as a matrix."""
    slope = 4 * sigmoid(2 * z) * sigmoid(-2 * z)
    return np.asarray((np.eye(len(z)) + np.diag(slope) @ W).T @ dout)


def _tanh_slope(z: Array) -> Array:
    return np.asarray(1 - np.tanh(z) ** 2)


G12_1 = Exercise(
    id="G12.1",
    function="residual_backward",
    points=2,
    reference=residual_backward,
    inputs=residual_inputs,
    outputs=("dx",),
    lecture=f"{DEEP}#Residual-connections",
    mistakes=(
        Mistake(
            code="M12.1a",
            variant=lambda dout, W, z: W.T @ (_tanh_slope(z) * dout),
            message="The way around the layer is missing: x is also added to y directly.",
        ),
        Mistake(
            code="M12.1b",
            variant=lambda dout, W, z: dout.copy(),
            message="Only the way around the layer is there. y depends on x through f(Wx), "
            "too.",
        ),
        Mistake(
            code="M12.1c",
            variant=lambda dout, W, z: dout * (W.T @ (_tanh_slope(z) * dout)),
            message="You multiply the two ways from x to y. What flows back on several "
            "ways is added.",
        ),
        Mistake(
            code="M12.1d",
            variant=lambda dout, W, z: dout + W @ (_tanh_slope(z) * dout),
            message="The branch goes through W as in the forward pass. Backward goes "
            "through its transpose.",
        ),
        Mistake(
            code="M12.1e",
            variant=lambda dout, W, z: dout + W.T @ dout,
            message="The branch passes W, but not the slope of tanh.",
        ),
        Mistake(
            code="M12.1f",
            variant=lambda dout, W, z: 2 * dout + W.T @ (_tanh_slope(z) * dout),
            message="The way around the layer counts twice. Its slope is 1.",
        ),
        Mistake(
            code="X12.1a",
            variant=lambda dout, W, z: dout + _tanh_slope(z) * (W.T @ dout),
            message="Slope and weights are in the order of the forward pass. Backward "
            "meets the slope first.",
        ),
        Mistake(
            code="MX.13",
            variant=lambda dout, W, z: dout + W.T @ ((1 - z**2) * dout),
            message="The form 1 - a**2 of the slope takes a = tanh(z); you are given z.",
        ),
    ),
)

# --- G12.2 -------------------------------------------------------------------------


def norm_inputs(rng: Rng) -> list[Case]:
    """Square layers of different number and size; saturated units at the edge."""

    def case(L: int, n: int, **kind: Any) -> Case:
        Ws = [rng.normal(0, 1, (n, n)) for _ in range(L)]
        zs = [rng.normal(0.3, 1, n) for _ in range(L)]
        if kind:
            zs[0][0], zs[-1][:2] = -1000.0, (1000.0, -1000.0)
        args = (Ws, zs, rng.normal(0.5, 1, n))
        return Case(name=f"L = {L}, n = {n}", args=args, **kind)

    saturated: dict[str, Any] = {
        "role": "edge",
        "requirement": "saturated units, z = 1000 or -1000",
    }
    return [case(3, 4), case(4, 3), case(2, 5), case(3, 4, **saturated)]


def delta_norms(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
    """T12.1: the Jacobian of all layers above, one factor more at each step."""
    J, found = np.eye(len(dL)), []
    for W, z in zip(reversed(Ws), reversed(zs), strict=True):
        J = J @ np.diag(sigmoid_slope(z)) @ W
        found.append(float(np.sqrt(np.sum((dL @ J) ** 2))))
    return found


def _norms(
    step: Callable[[Array, Array, Array], Array], shift: int = 0
) -> Callable[[list[Array], list[Array], Array], list[float]]:
    """Return norms of a wrong recursion (W, slope, error) -> error.

    `shift` takes the slope of a layer further down, of the lowest one at the end.
    """

    def variant(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
        error, found = dL, []
        for k in reversed(range(len(Ws))):
            error = step(Ws[k], sigmoid_slope(zs[max(k - shift, 0)]), error)
            found.append(float(np.linalg.norm(error)))
        return found

    return variant


def _wrapped(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
    moved = [zs[k - 1] for k in range(len(zs))]
    return delta_norms(Ws, moved, dL)


def _before_the_weights(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
    error, found = dL, []
    for W, z in zip(reversed(Ws), reversed(zs), strict=True):
        delta = sigmoid_slope(z) * error
        found.append(float(np.linalg.norm(delta)))
        error = W.T @ delta
    return found


def _at_activations(Ws: list[Array], zs: list[Array], dL: Array) -> list[float]:
    error, found = dL, []
    for W, z in zip(reversed(Ws), reversed(zs), strict=True):
        error = W.T @ (z * (1 - z) * error)
        found.append(float(np.linalg.norm(error)))
    return found


NEIGHBOURS = (
    "Slopes and weights of different layers meet in one step. Ws[k] and zs[k] belong "
    "together: z = W a."
)
G12_2 = Exercise(
    id="G12.2",
    function="delta_norms",
    points=2,
    reference=delta_norms,
    inputs=norm_inputs,
    outputs=("norms",),
    lecture=f"{DEEP}#Every-step-back-multiplies",
    mistakes=(
        Mistake(
            code="M12.2a",
            variant=_norms(lambda W, slope, e: W.T @ e),
            message="The slopes are missing: each layer also multiplies by its sigmoid's.",
        ),
        Mistake(
            code="M12.2b",
            variant=_norms(lambda W, slope, e: slope * e),
            message="The weights are missing. They may shrink the error further, or make "
            "up for the slope.",
        ),
        Mistake(
            code="M12.2c",
            variant=_norms(lambda W, slope, e: W.T @ (0.25 * e)),
            message="You took the largest slope there is. A unit has it at z = 0 only: "
            "take the slope at z.",
        ),
        Mistake(
            code="M12.2d",
            variant=_norms(lambda W, slope, e: W @ (slope * e)),
            message="The error passes W as in the forward pass. On the way back it passes "
            "the transpose.",
        ),
        Mistake(
            code="M12.2e",
            variant=_norms(lambda W, slope, e: W.T @ (slope * e), shift=1),
            message=NEIGHBOURS,
        ),
        Mistake(code="M12.2e", variant=_wrapped, message=NEIGHBOURS),
        Mistake(
            code="M12.2e",
            variant=_norms(lambda W, slope, e: slope * (W.T @ e), shift=1),
            message=NEIGHBOURS,
        ),
        Mistake(
            code="M12.2f",
            variant=lambda Ws, zs, dL: delta_norms(Ws, zs, dL)[::-1],
            message="The order is upside down: begin with the layer next to the output.",
        ),
        Mistake(
            code="X12.2a",
            variant=_norms(lambda W, slope, e: slope * (W.T @ e)),
            message="Slope and weights are in the order of the forward pass. The error "
            "meets the slope of a layer first, then its weights.",
        ),
        Mistake(
            code="X12.2b",
            variant=_before_the_weights,
            message="You measure in the middle of a layer, before its weights.",
        ),
        Mistake(
            code="X12.2c",
            variant=lambda Ws, zs, dL: [
                float(np.linalg.norm(dL)),
                *delta_norms(Ws, zs, dL),
            ],
            message="There is one norm too many: that of dL itself is not asked for.",
        ),
        Mistake(
            code="X12.2d",
            variant=lambda Ws, zs, dL: delta_norms(Ws[::-1], zs[::-1], dL),
            message="You begin with the lowest layer. dL arrives at the top, and the lists "
            "go from bottom to top.",
        ),
        Mistake(
            code="MX.13",
            variant=_at_activations,
            message="The form a (1 - a) of the slope takes a = sigmoid(z); you are given "
            "z.",
        ),
    ),
)

EXERCISES = (
    *(X11_1, G11_1, G11_2, X11_2, G11_7, G11_3, G11_4),
    *(G11_5, X11_3, G11_6, X11_4, G12_1, G12_2),
)
