"""G13.1 `iris_split`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import Case, Evidence, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import values
from ._shared import LECTURE, Array, Rng

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


EXERCISE = Exercise(
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
            message="You test on the first ten flowers of each class; the task and deck D3 test on "
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
            "can be compared with deck D3's.",
        ),
        Mistake(
            code="X13.0b",
            variant=lambda y: (np.repeat(y[::50], 40), np.repeat(y[::50], 10)),
            message="These are labels. Return the numbers of the rows, so that X and y can "
            "both be cut with them.",
        ),
        Mistake(
            code="X13.0c",
            variant=lambda y: (np.sort(_PLACE < 40), np.sort(_PLACE >= 40)),
            message="These are masks, a True or False per row. Return the numbers of the "
            "rows; np.flatnonzero finds them.",
        ),
        Mistake(
            code="X13.0d",
            variant=_rows(range(40), range(40, 50)),
            message="Only the first species is there. Split each of the three, 40 rows and "
            "10.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def split_in_lists(y):
    train, test = [], []
    for first in (0, 50, 100):
        train += range(first, first + 40)
        test += range(first + 40, first + 50)
    return train, test


def split_by_label(y):
    classes = [np.flatnonzero(y == c) for c in np.unique(y)]  # in the labels' order
    return (
        np.concatenate([rows[:-10] for rows in classes]),
        np.concatenate([rows[-10:] for rows in classes]),
    )


def split_through_a_table(y):
    table = np.arange(150).reshape(3, 50)
    return [table[:, :40].T.ravel(), table[:, 40:].T.flatten()]  # views, another order


def split_counting(y):
    seen: dict = {}
    sets: tuple = ([], [])
    for row, label in enumerate(y.tolist()):
        seen[label] = seen.get(label, 0) + 1
        sets[seen[label] > 40].append(row)
    return sets


RIGHT_WAYS = [split_in_lists, split_by_label, split_through_a_table, split_counting]


# --- examples of mistakes -------------------------------------------------------------


def random_split(y: Array) -> tuple[Array, Array]:
    rows = np.random.default_rng(3).permutation(150)
    return rows[:120], rows[120:]


def random_split_within_classes(y: Array) -> tuple[Array, Array]:
    rows = np.random.default_rng(4).permuted(np.arange(150).reshape(3, 50), axis=1)
    return rows[:, :40].ravel(), rows[:, 40:].ravel()


WRONG_WAYS = {"M13.1b": [random_split, random_split_within_classes]}


# --- what the reference has to agree with ---------------------------------------------


def witness_rows_of_the_slides() -> None:
    for (y,), (train, test) in expected(EXERCISE):
        assert (len(train), len(test)) == (120, 30)
        assert sorted([*train, *test]) == list(range(150))
        for label in set(y.tolist()):
            assert np.sum(y[train] == label) == 40
            last = np.flatnonzero(y == label)[-10:]
            assert last.tolist() == [row for row in test if y[row] == label]
        assert {40, 41, 90, 91, 140, 141} <= set(test), "rows 41, 42, ... from 1"
