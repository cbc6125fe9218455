"""Assignment a11: a network for Iris, in NumPy and in PyTorch (syllabus D-13, B11).

Reuses G06.3, G05.2 and G08.5 as they are. Conventions: W is outputs x inputs, the 1/N
stands in the loss, standard deviations divide by the number of rows (ddof 0). PyTorch is
spoken in the student's function only: arrays go in, the driver turns tensors back into
arrays, and the references are NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.check.compare import FOUR_DIGITS, compare, is_number
from grader.exercises._hand import COLLECT
from grader.exercises.a04_losses_softmax import G05_2
from grader.exercises.a05_forward_init import G06_3
from grader.exercises.a07_backpropagation import G08_5
from grader.model import Case, Evidence, Exercise, Mistake, Outcome, Raised, Returned

PROFILE = "torch"

Array = np.ndarray
Rng = np.random.Generator
Params = dict[str, Array]
LECTURE = "13_iris"
FRAMEWORKS = "15_frameworks_and_training_loop"


def generic(evidence: Evidence) -> list[tuple[Case, Outcome, Outcome]]:
    """Return the generic cases with what came back and what should have."""
    rows = zip(evidence.cases, evidence.outcomes, evidence.expected, strict=True)
    return [row for row in rows if row[0].role == "generic"]


def values(evidence: Evidence) -> list[Any] | None:
    """Return what the generic cases returned; None if one of them raised."""
    outcomes = [outcome for _, outcome, _ in generic(evidence)]
    found = [outcome.value for outcome in outcomes if isinstance(outcome, Returned)]
    return found if len(found) == len(outcomes) else None


def raised(kinds: str, text: str) -> Callable[[Evidence], bool]:
    """Return a test: every generic call that raised, one at least, raised this."""

    def test(evidence: Evidence) -> bool:
        errors = [o for _, o, _ in generic(evidence) if isinstance(o, Raised)]
        return bool(errors) and all(
            error.kind in kinds.split() and text in error.message for error in errors
        )

    return test


# --- X13.1 -------------------------------------------------------------------------

NUMBERS = ("parameters", "start_loss", "low", "high")


def by_hand(**flaw: float) -> dict[str, float]:
    """Return the four numbers of the 4-6-3 network (T13.4, T13.7, B11)."""
    root = math.sqrt(7)
    right = dict(parameters=51, start_loss=math.log(3), low=root + 1, high=root + 10)
    return {**right, **flaw}


RULE = {
    "M13.2a": "The root holds a product. The rule adds the numbers of inputs and outputs.",
    "M13.2b": "a stands under the root. It is added after the root has been taken.",
    "M13.2c": "Look at where a begins and ends: from 1 to 10, both included.",
    "M13.2d": "This is half the sum of inputs and outputs, another rule of thumb. Here the "
    "root of the sum is taken.",
}

X13_1 = Exercise(
    id="X13.1",
    function="network",
    points=2,
    reference=by_hand(),
    inputs=lambda rng: [Case(name="4-6-3", args=())],
    outputs=NUMBERS,
    pack="dict",
    driver=COLLECT,
    tolerance=FOUR_DIGITS,
    unchanged="",
    lecture=f"{LECTURE}#The-network:-4-6-3",
    mistakes=(
        Mistake(
            code="X13.1a",
            variant=by_hand(parameters=42),
            message="The biases are not counted: each hidden and each output unit has one.",
        ),
        *(
            Mistake(
                code="X13.1b",
                variant=by_hand(start_loss=value),
                message="The logarithm of this course is the natural one; yours has "
                "another base.",
                lecture=f"{LECTURE}#The-loss,-and-a-number-to-expect",
            )
            for value in (math.log2(3), math.log10(3))
        ),
        Mistake(
            code="X13.1c",
            variant=by_hand(start_loss=1 / 3),
            message="1/3 is the probability of the true class. The loss is minus its "
            "logarithm.",
            lecture=f"{LECTURE}#The-loss,-and-a-number-to-expect",
        ),
        *(
            Mistake(code=code, variant=by_hand(low=low, high=high), message=RULE[code])
            for code, low, high in (
                ("M13.2a", math.sqrt(12) + 1, math.sqrt(12) + 10),
                ("M13.2b", math.sqrt(8), math.sqrt(17)),
                ("M13.2c", math.sqrt(7), math.sqrt(7) + 10),
                ("M13.2d", 3.5, 3.5),
            )
        ),
    ),
)

# --- G13.2 -------------------------------------------------------------------------


def size_inputs(rng: Rng) -> list[Case]:
    """The slide's network and others; never n m = n + m."""
    pairs = [(int(rng.integers(5, 30)), int(rng.integers(3, 9))) for _ in range(3)]
    visible = Case(name="visible", args=(4, 3), role="visible")
    return [visible, *(Case(name=f"{i}: {p}", args=p) for i, p in enumerate(pairs))]


def hidden_size_range(n: int, m: int) -> tuple[float, float]:
    """T13.4: the root of n + m, plus a number from 1 to 10."""
    root = math.exp(0.5 * math.log(n + m))
    return 1 + root, 10 + root


def _sizes(
    rule: Callable[[int, int, int], float], first: int = 1, last: int = 10
) -> Callable[[int, int], tuple[float, float]]:
    return lambda n, m: (rule(n, m, first), rule(n, m, last))


def _is_half_sum(evidence: Evidence) -> bool:
    found = values(evidence)
    return bool(found) and all(
        is_number(value) and compare(value, sum(case.args) / 2) is None
        for value, (case, _, _) in zip(found or [], generic(evidence), strict=True)
    )


def _is_one_number(evidence: Evidence) -> bool:
    """Whether one number, or the same number twice, was returned everywhere."""
    found = values(evidence)

    def single(value: Any) -> bool:
        if isinstance(value, (tuple, list)) and len(value) == 2:
            return all(map(is_number, value)) and bool(value[0] == value[1])
        return is_number(value)

    return bool(found) and all(map(single, found or [])) and not _is_half_sum(evidence)


G13_2 = Exercise(
    id="G13.2",
    function="hidden_size_range",
    points=2,
    reference=hidden_size_range,
    inputs=size_inputs,
    outputs=("low", "high"),
    pack="tuple",
    lecture=f"{LECTURE}#The-network:-4-6-3",
    mistakes=(
        *(
            Mistake(code=code, variant=variant, message=RULE[code])
            for code, variant in (
                ("M13.2a", _sizes(lambda n, m, a: math.sqrt(n * m) + a)),
                ("M13.2b", _sizes(lambda n, m, a: math.sqrt(n + m + a))),
                ("M13.2c", _sizes(lambda n, m, a: math.sqrt(n + m) + a, 0)),
                ("M13.2c", _sizes(lambda n, m, a: math.sqrt(n + m) + a, 0, 9)),
                ("M13.2c", _sizes(lambda n, m, a: math.sqrt(n + m) + a, 1, 9)),
                ("M13.2d", _sizes(lambda n, m, a: (n + m) / 2 + a)),
                ("M13.2d", _sizes(lambda n, m, a: (n + m) / 2)),
            )
        ),
        Mistake(code="M13.2d", detect=_is_half_sum, message=RULE["M13.2d"]),
        Mistake(
            code="M13.2e",
            detect=_is_one_number,
            message="You return one number, as if the rule knew the size. It is a rule of "
            "thumb and gives a range, (low, high); any size inside is worth a try.",
        ),
    ),
)

# --- G13.1 -------------------------------------------------------------------------

SPLIT_DRIVER = """
def drive(f, y):
    import numpy as np

    sets = f(y)
    if not isinstance(sets, (tuple, list)) or len(sets) != 2:
        return sets
    return tuple(np.sort(np.asarray(rows)) for rows in sets)
"""


def split_inputs(rng: Rng) -> list[Case]:
    """150 labels in class order: 0 1 2, 1 2 3, and three numbers in no order."""
    odd = rng.choice(np.arange(4, 90), 3, replace=False)
    names = {"from 0": np.arange(3), "from 1": np.arange(1, 4), "any numbers": odd}
    return [Case(name=name, args=(np.repeat(c, 50),)) for name, c in names.items()]


def iris_split(y: Array) -> tuple[Array, Array]:
    """T13.3: class by class, in the order of the rows."""
    rows = np.arange(len(y)).reshape(3, 50)
    return rows[:, :40].ravel(), rows[:, 40:].ravel()


def _rows(train: Any, test: Any) -> Callable[[Array], tuple[Any, Any]]:
    return lambda y: (np.array(train), np.array(test))


def _is_other_partition(evidence: Evidence) -> bool:
    """Whether all rows were shared out, 120 and 30, but not as asked."""
    found = values(evidence) or []
    return bool(found) and all(
        isinstance(sets, tuple)
        and len(sets) == 2
        and all(isinstance(s, np.ndarray) and s.dtype.kind in "iu" for s in sets)
        and [s.shape for s in sets] == [(120,), (30,)]
        and np.array_equal(np.sort(np.concatenate(sets)), np.arange(150))
        for sets in found
    )


_PLACE = np.arange(150) % 50
G13_1 = Exercise(
    id="G13.1",
    function="iris_split",
    points=3,
    reference=iris_split,
    inputs=split_inputs,
    outputs=("train", "test"),
    pack="tuple",
    driver=SPLIT_DRIVER,
    lecture=f"{LECTURE}#A-split-that-can-fail,-and-one-that-cannot",
    mistakes=(
        Mistake(
            code="M13.1a",
            variant=_rows(range(120), range(120, 150)),
            message="You cut the table at row 120. It is ordered by species: your test set "
            "holds the third one only, and the other two are never tested.",
        ),
        Mistake(
            code="M13.1c",
            variant=_rows(np.flatnonzero(_PLACE >= 10), np.flatnonzero(_PLACE < 10)),
            message="You test on the first ten flowers of each class; the slides test on "
            "the last ten.",
        ),
        Mistake(
            code="X13.0",
            variant=_rows(
                1 + np.flatnonzero(_PLACE < 40), 1 + np.flatnonzero(_PLACE >= 40)
            ),
            message="Your rows are counted from 1. Python counts from 0, and there is no "
            "row 150.",
        ),
        Mistake(
            code="M13.1b",
            detect=_is_other_partition,
            message="120 and 30 rows, none in both, but they are other rows than the task "
            "names. It fixes the split, without chance, so that your results "
            "can be compared with the slides'.",
        ),
    ),
)

# --- X13.2 -------------------------------------------------------------------------


def scale_inputs(rng: Rng) -> list[Case]:
    """Columns of different means and spreads; the other rows lie elsewhere."""

    def case(n: int, d: int, k: int, name: str, **more: Any) -> Case:
        X = rng.normal(rng.uniform(1, 8, d), rng.uniform(0.2, 3, d), (n, d))
        train = np.sort(rng.permutation(n)[:k])
        X[np.setdiff1d(np.arange(n), train)] += 1.0
        return Case(name=name, args=(X, train), **more)

    requirement = "all rows may be training rows"
    return [
        case(9, 4, 6, "9 rows"),
        case(12, 3, 5, "12 rows"),
        case(5, 5, 3, "square"),
        case(6, 2, 6, "all", role="edge", requirement=requirement),
    ]


def standardise(X: Array, train: Array) -> Array:
    """Column by column: subtract the training mean, divide by the root mean square."""
    columns = []
    for column in X.T:
        seen = [float(column[row]) for row in train]
        mean = math.fsum(seen) / len(seen)
        square = math.fsum((v - mean) ** 2 for v in seen) / len(seen)
        columns.append((column - mean) / math.sqrt(square))
    return np.array(columns).T


X13_2 = Exercise(
    id="X13.2",
    function="standardise",
    points=2,
    reference=standardise,
    inputs=scale_inputs,
    outputs=("S",),
    vectorised=True,
    lecture=f"{LECTURE}#One-scale-for-all",
    mistakes=(
        Mistake(
            code="M13.1d",
            variant=lambda X, train: (X - X.mean(axis=0)) / X.std(axis=0),
            message="Mean and standard deviation come from all rows, so the test set had a "
            "say in them. Compute both from the training rows alone, use them for all.",
        ),
        Mistake(
            code="X13.2a",
            variant=lambda X, train: (X - X[train].mean(axis=0)) / X[train].var(axis=0),
            message="You divide by the variance. Divide by its root, the standard "
            "deviation.",
        ),
        Mistake(
            code="X13.2b",
            variant=lambda X, train: (X - X[train].mean()) / X[train].std(),
            message="There is one mean and one spread for the whole table. Each column has "
            "its own: take them along axis 0.",
        ),
        Mistake(
            code="X13.2c",
            variant=lambda X, train: (
                (X - X[train].mean(axis=0)) / X[train].std(axis=0, ddof=1)
            ),
            message="Your standard deviation divides by n - 1. Here it divides by n, the "
            "number of training rows, which is NumPy's default.",
        ),
        Mistake(
            code="X13.2d",
            variant=lambda X, train: (
                (X[train] - X[train].mean(axis=0)) / X[train].std(axis=0)
            ),
            message="Only the training rows came back. The test rows have to be scaled as "
            "well, with the training rows' numbers: return all N rows.",
        ),
        Mistake(
            code="X13.2e",
            variant=lambda X, train: X - X[train].mean(axis=0),
            message="The columns are centred, but not scaled: divide by their standard "
            "deviations.",
        ),
        Mistake(
            code="X13.2f",
            variant=lambda X, train: X / X[train].std(axis=0),
            message="The columns are scaled, but not centred: subtract their means first.",
        ),
    ),
)

# --- X13.3 -------------------------------------------------------------------------


def label_inputs(rng: Rng) -> list[Case]:
    """Every class occurs, in another order than sorted; one class without examples."""

    def labels(n: int, c: int) -> Array:
        return rng.permutation(np.concatenate([np.arange(1, c + 1), rng.integers(1, c, n)]))

    gap = np.array([1, 4, 4, 1, 2])
    requirement = "a class without examples keeps its column"
    return [
        Case(name="3 classes", args=(labels(5, 3), 3)),
        Case(name="5 classes", args=(labels(2, 5), 5)),
        Case(name="4 classes", args=(labels(6, 4), 4)),
        Case(name="gap", args=(gap, 4), role="edge", requirement=requirement),
        Case(name="gap at the end", args=(gap, 6), role="edge", requirement=requirement),
    ]


def one_hot(y: Array, classes: int) -> Array:
    """T13.9: one column after the other."""
    columns = [[float(label == c) for label in y] for c in range(1, classes + 1)]
    return np.array(columns).T


UNSHIFTED = (
    "The labels are used as column numbers as they are. They begin at 1, columns at 0: the "
    "first column stays empty, and the last class falls off the end."
)
X13_3 = Exercise(
    id="X13.3",
    function="one_hot",
    points=2,
    reference=one_hot,
    inputs=label_inputs,
    outputs=("Y",),
    vectorised=True,
    lecture=f"{LECTURE}#The-task",
    mistakes=(
        Mistake(
            code="M13.1e",
            variant=lambda y, classes: np.eye(classes + 1)[y],
            message=UNSHIFTED,
        ),
        Mistake(
            code="M13.1e",
            variant=lambda y, classes: np.eye(classes)[y % classes],
            message=UNSHIFTED,
        ),
        Mistake(code="M13.1e", detect=raised("IndexError", "bounds"), message=UNSHIFTED),
        Mistake(
            code="X13.3a",
            variant=lambda y, classes: one_hot(y, classes).T,
            message="Classes stand in the rows. One row per example, one column per class.",
        ),
        Mistake(
            code="X13.3b",
            variant=lambda y, classes: 1 - one_hot(y, classes),
            message="0 and 1 are exchanged: the 1 marks the class of the example.",
        ),
    ),
)

# --- X13.4 -------------------------------------------------------------------------

# J = sum_k (|p_k - k/2|^2 / 2) + 1 - cos(t) with t = the sum of all entries: every array
# feels every other, whatever their names and shapes.
FIT_DRIVER = """
def drive(f, params, eta, steps):
    import numpy as np

    def grad(p):
        pull = np.sin(sum(np.sum(value) for value in p.values()))
        return {name: p[name] - k / 2 + pull for k, name in enumerate(p)}

    return f(params, grad, eta, steps)
"""


def fit_inputs(rng: Rng) -> list[Case]:
    """A dict of two arrays and a number; no steps at the edge."""

    def case(h: int, d: int, eta: float, steps: int, name: str, **more: Any) -> Case:
        sizes: dict[str, Any] = {"W": (h, d), "b": h, "c": ()}
        params = {key: np.array(rng.normal(0, 1, size)) for key, size in sizes.items()}
        return Case(name=name, args=(params, eta, steps), **more)

    requirement = "with steps = 0 the values are those of the start"
    return [
        case(2, 3, 0.1, 4, "4 steps"),
        case(3, 1, 0.25, 7, "7 steps"),
        case(2, 2, 0.3, 3, "square"),
        case(1, 2, 0.2, 0, "none", role="edge", requirement=requirement),
    ]


Grad = Callable[[Params], Params]


def fit(params: Params, grad: Grad, eta: float, steps: int) -> Params:
    """Descend recursively: the rest of the way from where one step leads."""
    if steps == 0:
        return {name: value.copy() for name, value in params.items()}
    slopes = grad(dict(params))
    moved = {name: np.subtract(params[name], eta * slopes[name]) for name in params}
    return fit(moved, grad, eta, steps - 1)


def _one_by_one(params: Params, grad: Grad, eta: float, steps: int) -> Params:
    now = dict(params)
    for _ in range(steps):
        for name in now:
            now[name] = now[name] - eta * grad(now)[name]
    return now


def _stale(params: Params, grad: Grad, eta: float, steps: int) -> Params:
    slopes = grad(params)
    return {name: params[name] - steps * eta * slopes[name] for name in params}


def _from_the_start(params: Params, grad: Grad, eta: float, steps: int) -> Params:
    now = dict(params)
    for _ in range(steps):
        slopes = grad(now)
        now = {name: params[name] - eta * slopes[name] for name in params}
    return now


X13_4 = Exercise(
    id="X13.4",
    function="fit",
    points=4,
    reference=fit,
    inputs=fit_inputs,
    outputs=("W", "b", "c"),
    pack="dict",
    driver=FIT_DRIVER,
    lecture=f"{LECTURE}#Training,-twice",
    mistakes=(
        Mistake(
            code="X13.4a",
            variant=lambda params, grad, eta, steps: fit(params, grad, -eta, steps),
            message="You add the gradient, which climbs. Descent subtracts.",
        ),
        Mistake(
            code="X13.4b",
            variant=_one_by_one,
            message="One array had moved already when the gradient of the next was taken. "
            "Take all gradients at the same point, then update all arrays.",
        ),
        Mistake(
            code="X13.4c",
            variant=lambda params, grad, eta, steps: fit(params, grad, eta, steps + 1),
            message="You make one step too many: count the updates.",
        ),
        Mistake(
            code="X13.4d",
            variant=lambda params, grad, eta, steps: fit(
                params, grad, eta, max(steps - 1, 0)
            ),
            message="You make one step too few: count the updates.",
        ),
        Mistake(
            code="X13.4e",
            variant=_stale,
            message="Every step used the gradient at the start. Ask for a new one before "
            "each update: the slope changes on the way.",
        ),
        Mistake(
            code="X13.4f",
            variant=_from_the_start,
            message="Every update begins again at the start, so only the last one is left. "
            "Go on from where the step before ended.",
        ),
        Mistake(
            code="X13.4g",
            variant=lambda params, grad, eta, steps: fit(params, grad, 1.0, steps),
            message="The learning rate eta has no effect: multiply the gradient by it.",
        ),
        Mistake(
            code="X13.4h",
            variant=lambda params, grad, eta, steps: fit(params, grad, eta, min(steps, 1)),
            message="There is one step only. See whether the 'return' is inside the loop.",
        ),
    ),
)

# --- X13.5 -------------------------------------------------------------------------

TORCH_DRIVER = """
def drive(f, X, y, params, eta, steps):
    found = f(X, y, params, eta, steps)
    if not isinstance(found, dict):
        return found
    return {
        name: value.detach().numpy() if hasattr(value, "detach") else value
        for name, value in found.items()
    }
"""
LAYERS = ("W1", "b1", "W2", "b2")


def torch_inputs(rng: Rng) -> list[Case]:
    """Unequal sizes and equal ones, uneven classes, at least three steps."""

    def case(sizes: tuple[int, ...], eta: float, steps: int, **more: Any) -> Case:
        n, d, h, c = sizes
        shapes: dict[str, Any] = {"W1": (h, d), "b1": h, "W2": (c, h), "b2": c}
        params = {name: rng.normal(0, 1, shape) for name, shape in shapes.items()}
        y = rng.permutation(np.concatenate([np.arange(c), rng.integers(0, c, n)])[:n])
        args = rng.normal(0, 1, (n, d)), y, params, eta, steps
        name = f"N = {n}, {d}-{h}-{c}, {steps} steps"
        return Case(name=name, args=args, batch=n, **more)

    requirement = "with steps = 0 the values are those of the start"
    return [
        case((7, 4, 6, 3), 0.3, 4),
        case((5, 2, 3, 4), 0.5, 3),
        case((3, 3, 3, 3), 0.7, 5),
        case((4, 2, 2, 3), 0.1, 0, role="edge", requirement=requirement),
    ]


def _slopes(X: Array, y: Array, params: Mapping[str, Array], squashed: bool) -> Params:
    """Gradients of the mean cross-entropy, an example at a time."""
    total = {name: np.zeros_like(value) for name, value in params.items()}
    for x, label in zip(X, y, strict=True):
        a = 0.5 + 0.5 * np.tanh(0.5 * (params["W1"] @ x + params["b1"]))
        z = params["W2"] @ a + params["b2"]
        p = np.exp(z - z.max())
        p /= p.sum()
        target = np.eye(len(p))[label]
        if squashed:  # the loss takes the softmax of p
            q = np.exp(p) / np.exp(p).sum()
            error = p * ((q - target) - p @ (q - target))
        else:
            error = p - target
        below = error @ params["W2"] * a * (1 - a)
        parts = np.outer(below, x), below, np.outer(error, a), error
        for name, part in zip(LAYERS, parts, strict=True):
            total[name] += part / len(X)
    return total


def torch_fit(X: Array, y: Array, params: Params, eta: float, steps: int) -> Params:
    """Descend on the mean cross-entropy, without PyTorch."""
    return fit(params, lambda p: _slopes(X, y, p, squashed=False), eta, steps)


def _wrong_torch(
    *, sign: float = 1.0, squashed: bool = False, summed: bool = False, more: int = 0
) -> Callable[..., Params]:
    def run(X: Array, y: Array, params: Params, eta: float, steps: int) -> Params:
        rate = sign * eta * (len(X) if summed else 1)
        steps = max(steps + more, 0)
        return fit(params, lambda p: _slopes(X, y, p, squashed), rate, steps)

    return run


def _accumulated(X: Array, y: Array, params: Params, eta: float, steps: int) -> Params:
    now, heap = dict(params), {name: 0 * value for name, value in params.items()}
    for _ in range(steps):
        slopes = _slopes(X, y, now, squashed=False)
        heap = {name: heap[name] + slopes[name] for name in heap}
        now = {name: now[name] - eta * heap[name] for name in now}
    return now


STEP = f"{FRAMEWORKS}#The-step:-an-optimizer-in-a-few-lines"
X13_5 = Exercise(
    id="X13.5",
    function="torch_fit",
    points=5,
    reference=torch_fit,
    inputs=torch_inputs,
    outputs=LAYERS,
    pack="dict",
    driver=TORCH_DRIVER,
    lecture=f"{LECTURE}#In-PyTorch,-in-lockstep",
    mistakes=(
        Mistake(
            code="X13.5a",
            variant=_accumulated,
            message="The gradients of all steps add up. backward() adds to .grad: clear it "
            "before every step.",
            lecture=f"{FRAMEWORKS}#Which-orders-work?",
        ),
        Mistake(
            code="X13.5b",
            variant=_wrong_torch(sign=-1.0),
            message="You walk uphill: the update subtracts eta times the gradient.",
            lecture=STEP,
        ),
        Mistake(
            code="X13.5c",
            variant=_wrong_torch(squashed=True),
            message="A softmax has been applied twice: cross_entropy has one inside and "
            "wants the raw scores.",
            lecture=f"{FRAMEWORKS}#The-loss:-one-number",
        ),
        Mistake(
            code="X13.5d",
            variant=_wrong_torch(summed=True),
            message="Your loss is the sum over the examples. The task takes their mean, "
            "which is the default of cross_entropy.",
            lecture=f"{FRAMEWORKS}#The-loss:-one-number",
        ),
        *(
            Mistake(
                code="X13.5e",
                variant=_wrong_torch(more=more),
                message="The number of updates is off by one: make 'steps' of them.",
            )
            for more in (-1, 1)
        ),
        Mistake(
            code="X13.5f",
            detect=raised("RuntimeError", "leaf Variable"),
            message="PyTorch records everything that happens to a tensor that wants a "
            "gradient, and refuses to move one in place while it records. An update is no "
            "part of the model: put it under 'with torch.no_grad():'.",
            lecture=STEP,
        ),
        Mistake(
            code="X13.5g",
            detect=raised("TypeError AttributeError", "NoneType"),
            message="Something you use is None, most likely a .grad. backward() fills it, "
            "and only for tensors a graph begins with; a weight computed from others "
            "(w = w - ...) is none of them. Move the weights in place, without recording, "
            "or make them begin anew: .detach().requires_grad_().",
            lecture=STEP,
        ),
        Mistake(
            code="X13.5h",
            detect=raised("RuntimeError", "does not require grad"),
            message="The loss has nothing to go back to: no weight wants a gradient or the "
            "forward pass was not recorded. Set requires_grad on the weights and keep "
            "no_grad for the update.",
            lecture=f"{FRAMEWORKS}#Backward:-writes,-never-moves",
        ),
        Mistake(
            code="X13.5i",
            detect=raised("RuntimeError", "through the graph a second time"),
            message="The graph was used up by an earlier backward(). Every step needs a "
            "forward pass and a loss of its own: put them inside the loop.",
            lecture=f"{FRAMEWORKS}#When-is-the-graph-thrown-away?",
        ),
        Mistake(
            code="X13.5j",
            detect=raised("RuntimeError", "same dtype"),
            message="float32 and float64 met in one product. Make every tensor float64; "
            "torch.tensor(array) keeps the precision of a NumPy array.",
            lecture=f"{LECTURE}#In-PyTorch,-in-lockstep",
        ),
    ),
)

EXERCISES = (X13_1, G13_2, G13_1, X13_2, X13_3, G06_3, G05_2, G08_5, X13_4, X13_5)
