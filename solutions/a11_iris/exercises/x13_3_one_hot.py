"""X13.3 `one_hot`."""

from __future__ import annotations

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import raised
from ._shared import LECTURE, Array, Rng


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


EXERCISE = Exercise(
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
            message="The last class has come to the first column, and all others stand one "
            "too far to the right. Labels begin at 1, columns at 0: subtract 1.",
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
        Mistake(
            code="X13.3c",
            variant=lambda y, classes: one_hot(y, classes)[:, ::-1],
            message="The columns run backwards. Class 1 has the first, the last class the "
            "last.",
        ),
        Mistake(
            code="X13.3d",
            variant=lambda y, classes: np.tile(
                one_hot(y, classes).max(axis=0), (len(y), 1)
            ),
            message="Every row got the 1s of all examples. Y[:, y - 1] fills whole "
            "columns; each row has one place: Y[np.arange(len(y)), y - 1].",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def one_hot_by_comparing(y, classes):
    return (y[:, None] == np.arange(1, classes + 1)).astype(float)


def one_hot_by_writing(y, classes):
    Y = np.zeros((len(y), classes))
    Y[np.arange(len(y)), y - 1] = 1
    return Y


def one_hot_of_integers(y, classes):
    Y = np.zeros((len(y), classes + 1), dtype=int)
    np.put_along_axis(Y, y[:, None], 1, axis=1)
    return Y[:, 1:]  # a view


RIGHT_WAYS = [one_hot_by_comparing, one_hot_by_writing, one_hot_of_integers]


# --- examples of mistakes -------------------------------------------------------------


WRONG_WAYS = {"M13.1e": [lambda y, classes: np.eye(classes)[y]]}


# --- what the reference has to agree with ---------------------------------------------


def witness_torch() -> None:
    import torch

    for (y, classes), Y in expected(EXERCISE):
        wanted = torch.nn.functional.one_hot(torch.tensor(y) - 1, classes)
        np.testing.assert_array_equal(Y, wanted.numpy())
