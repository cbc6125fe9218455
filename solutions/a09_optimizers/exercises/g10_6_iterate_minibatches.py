"""G10.6 `iterate_minibatches`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.judge.compare import compare
from grader.model import Case, Evidence, Exercise, Mistake, Returned

from ..._optimizers import LECTURE, Array, Rng

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

    def is_block(x):  # whether its examples are neighbours in X
        at = [i for row in x for i in np.flatnonzero((X == row).all(axis=1))]
        return len(at) == len(x) and np.ptp(at) == len(x) - 1 if len(x) else True

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
            not all(is_block(x) for x, _ in [*first, *second]),
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


def _shuffles_batches(evidence: Evidence) -> bool:
    """Whether all is there, but each batch holds neighbours of X, in whatever order."""
    facts = _facts(evidence)
    blocks = [
        compare(mine["examples"], right["examples"]) is None
        and compare(mine["labels"], right["labels"]) is None
        and sorted(mine["sizes"]) == sorted(right["sizes"])
        and not mine["order"][3]
        for mine, right, _ in facts
    ]
    moved = any(mine["order"][0] or mine["order"][1] for mine, _, _ in facts)
    return bool(blocks) and all(blocks) and moved


EXERCISE = Exercise(
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
            detect=_always(_order_is(True, False, True, True)),
            message="Every epoch has the same order. Draw a new permutation in each call, "
            "from the generator you are given.",
        ),
        Mistake(
            code="unshuffled",
            detect=_always(_order_is(False, False, True, False)),
            message="The examples come in the order of X. Shuffle them first, with rng.",
        ),
        Mistake(
            code="M10.6g",
            detect=_shuffles_batches,
            message="Each batch holds neighbours of X: only the batches change places, or only "
            "the examples inside a batch. Shuffle all the examples first, then cut.",
        ),
        Mistake(
            code="MX.11",
            detect=_always(_order_is(True, True, False, True)),
            message="The same seed gives different orders: draw from the generator you are "
            "given, and only from it.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def batches_in_a_list(X, Y, B, rng):
    order = list(range(len(X)))
    rng.shuffle(order)
    pieces = [order[i : i + B] for i in range(0, len(X), B)]
    return [(X[p], Y[p]) for p in pieces]


def batches_until_empty(X, Y, B, rng):
    order = rng.choice(len(X), len(X), replace=False)
    while len(order):
        now, order = order[:B], order[B:]
        yield X[now], Y[now]


def batches_of_views(X, Y, B, rng):
    order = np.argsort(rng.normal(size=len(X)))
    X, Y = X[order], Y[order]
    for b in range(-(-len(X) // B)):
        yield [X[b * B : (b + 1) * B], Y[b * B : (b + 1) * B]]


def batches_glued_together(X, Y, B, rng):
    both = rng.permutation(np.column_stack([X, Y]))
    for start in range(0, len(X), B):
        part = both[start : start + B]
        yield part[:, : X.shape[1]], part[:, X.shape[1] :].reshape(-1, *Y.shape[1:])


def batches_of_rows(X, Y, B, rng):
    xs, ys = [], []
    for i in rng.permutation(len(X)):
        xs.append(X[i])
        ys.append(Y[i])
        if len(xs) == B:
            yield np.array(xs), np.array(ys)
            xs, ys = [], []
    if xs:
        yield np.array(xs), np.array(ys)


RIGHT_WAYS = [
    batches_in_a_list,
    batches_until_empty,
    batches_of_views,
    batches_glued_together,
    batches_of_rows,
]


# --- examples of mistakes -------------------------------------------------------------


Batches = list[tuple[Array, Array]]


def cut(X: Array, Y: Array, B: int, rows: Array, labels: Array | None = None) -> Batches:
    labels = rows if labels is None else labels
    starts = range(0, len(rows), B)
    return [(X[rows[i : i + B]], Y[labels[i : i + B]]) for i in starts]


def without_the_rest(X: Array, Y: Array, B: int, rng: Rng) -> Batches:
    rows = rng.permutation(len(X))
    return cut(X, Y, B, rows[: len(X) // B * B])


def torn_apart(X: Array, Y: Array, B: int, rng: Rng) -> Batches:
    return cut(X, Y, B, rng.permutation(len(X)), rng.permutation(len(X)))


def only_inputs_shuffled(X: Array, Y: Array, B: int, rng: Rng) -> Batches:
    return cut(X, Y, B, rng.permutation(len(X)), np.arange(len(X)))


def with_replacement(X: Array, Y: Array, B: int, rng: Rng) -> Batches:
    return cut(X, Y, B, rng.integers(0, len(X), len(X)))


def drawn_for_each_batch(X: Array, Y: Array, B: int, rng: Rng) -> Batches:
    count = len(X) // B
    draws = [rng.choice(len(X), min(B, len(X)), replace=False) for _ in range(count)]
    return [(X[rows], Y[rows]) for rows in draws]


def by_a_seed_of_its_own(X: Array, Y: Array, B: int, rng: Rng) -> Batches:
    return cut(X, Y, B, np.random.default_rng(0).permutation(len(X)))


def as_they_come(X: Array, Y: Array, B: int, rng: Rng) -> Batches:
    return cut(X, Y, B, np.arange(len(X)))


def cut_first(X: Array, Y: Array, B: int, rng: Rng) -> Batches:
    batches = as_they_come(X, Y, B, rng)
    return [batches[i] for i in rng.permutation(len(batches))]


def shuffled_inside(X: Array, Y: Array, B: int, rng: Rng) -> Batches:
    batches = as_they_come(X, Y, B, rng)
    orders = [rng.permutation(len(x)) for x, _ in batches]
    return [(x[rows], y[rows]) for (x, y), rows in zip(batches, orders, strict=True)]


def by_another_generator(X: Array, Y: Array, B: int, rng: Rng) -> Batches:
    return cut(X, Y, B, np.random.default_rng().permutation(len(X)))


WRONG_WAYS = {
    "M10.6a": [without_the_rest],
    "M10.6b": [torn_apart, only_inputs_shuffled],
    "M10.6c": [with_replacement, drawn_for_each_batch],
    "M10.6d": [by_a_seed_of_its_own],
    "unshuffled": [as_they_come],
    "M10.6g": [cut_first, shuffled_inside],
    "MX.11": [by_another_generator],
}


def witness_sampler_of_torch() -> None:
    """PyTorch's sampler cuts into batches of the same sizes; every row comes once."""
    from torch.utils.data import BatchSampler, RandomSampler

    for n, B in ((10, 4), (11, 3), (12, 4), (9, 20)):
        sampler = BatchSampler(RandomSampler(range(n)), B, drop_last=False)
        X = np.arange(n)
        batches = iterate_minibatches(X, -X, B, np.random.default_rng(n))
        assert [len(x) for x, _ in batches] == [len(rows) for rows in sampler]
        assert sorted(np.concatenate([x for x, _ in batches])) == list(range(n))
        assert all((x == -y).all() for x, y in batches)
