"""G14.4 `embedding_backward`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial

import numpy as np

from grader.judge.compare import compare
from grader.model import Case, Evidence, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import autograd, generic, values
from ._shared import TABLE, Array, Rng


def table_inputs(rng: Rng) -> list[Case]:
    """Words two and three times, words not at all, the last one among them."""

    def case(words: Sequence[int], d: int, V: int, name: str) -> Case:
        ids = rng.permutation(np.array(words))
        return Case(name=name, args=(rng.normal(0, 1, (len(ids), d)), ids, V))

    return [
        case([1, 1, 4, 0, 2, 2, 2], 3, 6, "7 words"),
        case([3, 3, 1, 5, 0], 4, 9, "5 words"),
        case([2, 0, 2, 4], 4, 7, "square"),
        case([5, 5, 5, 5, 2, 0, 0, 1], 2, 8, "as many words as rows"),
    ]


def embedding_backward(dX: Array, ids: Array, V: int) -> Array:
    """T14.11: L is a weight matrix, its input a one-hot."""
    one_hot = np.array([[float(word == v) for v in range(V)] for word in ids])
    return np.asarray(one_hot.T @ dX)


def _last_wins(dX: Array, ids: Array, V: int) -> Array:
    dE = np.zeros((V, dX.shape[1]))
    for row, word in zip(dX, ids, strict=True):
        dE[word] = row
    return dE


def _first_wins(dX: Array, ids: Array, V: int) -> Array:
    return _last_wins(dX[::-1], ids[::-1], V)


def _mean_per_word(dX: Array, ids: Array, V: int) -> Array:
    count = np.maximum(1, np.bincount(ids, minlength=V))
    return np.asarray(embedding_backward(dX, ids, V) / count[:, None])


def _everywhere(dX: Array, ids: Array, V: int) -> Array:
    return np.tile(dX.sum(axis=0), (V, 1))


def _adds_by_index(source: str) -> bool:
    """Whether the code contains ``name[...] += ...``."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(
        isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript)
        for node in ast.walk(tree)
    )


def _one_of_each(evidence: Evidence, *, added: bool) -> bool:
    """Whether repeated words kept their last share only, by ``+=`` or not."""
    found = values(evidence)
    rows = generic(evidence)
    return (
        found is not None
        and _adds_by_index(evidence.source) is added
        and all(
            compare(value, _last_wins(*case.args)) is None
            for value, (case, _, _) in zip(found, rows, strict=True)
        )
    )


EXERCISE = Exercise(
    id="G14.4",
    function="embedding_backward",
    points=3,
    reference=embedding_backward,
    inputs=table_inputs,
    outputs=("dE",),
    lecture=TABLE,
    mistakes=(
        Mistake(
            code="M14.4a",
            detect=partial(_one_of_each, added=False),
            message="A word that occurs several times keeps only the gradient of its last "
            "occurrence. It has to collect them all.",
        ),
        Mistake(
            code="M14.4b",
            detect=partial(_one_of_each, added=True),
            message="A word that occurs several times keeps only the gradient of its last "
            "occurrence. With an array of indices += reads all rows first and writes them "
            "afterwards; np.add.at adds one by one.",
        ),
        *(
            Mistake(
                code="M14.4c",
                variant=variant,
                message="You take a mean over words. Add their gradients up; whatever is "
                "averaged is averaged in the loss, and dX knows of it already.",
            )
            for variant in (
                _mean_per_word,
                lambda dX, ids, V: embedding_backward(dX, ids, V) / len(ids),
            )
        ),
        Mistake(
            code="M14.4d",
            variant=_first_wins,
            message="A word that occurs several times keeps only the gradient of its first "
            "occurrence. All of them count.",
        ),
        Mistake(
            code="M14.4e",
            variant=_everywhere,
            message="Every row holds the same total. A word has the gradients of its own "
            "occurrences, and a word that does not occur has none.",
        ),
        Mistake(
            code="M14.4f",
            variant=lambda dX, ids, V: dX,
            message="You return dX as it is, a row per occurrence. The gradient of a table "
            "has the shape of the table, a row per word.",
        ),
        Mistake(
            code="X14.0c",
            variant=lambda dX, ids, V: embedding_backward(dX, ids, int(ids.max()) + 1),
            message="Your table ends with the largest number that occurs. It has V rows, "
            "also for words that do not occur.",
        ),
        Mistake(
            code="X14.0p",
            variant=lambda dX, ids, V: (
                np.eye(V)[ids].sum(axis=0)[:, None] * np.ones(dX.shape[1])
            ),
            message="You count how often each word occurs. Add up the rows of dX instead "
            "of ones.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def table_in_a_loop(dX, ids, V):
    dE = np.zeros((V, dX.shape[1]))
    for row, word in zip(dX, ids, strict=True):
        dE[word] += row
    return dE


def table_by_one_hots(dX, ids, V):
    return np.einsum("nv,nd->vd", np.eye(V)[ids], dX)


def table_by_masks(dX, ids, V):
    return np.stack([dX[ids == v].sum(axis=0) for v in range(V)])


def table_by_counting(dX, ids, V):
    columns = [np.bincount(ids, weights=column, minlength=V) for column in dX.T]
    return np.array(columns).T  # Fortran order


def table_in_torch(dX, ids, V):
    import torch

    dE = torch.zeros(V, dX.shape[1], dtype=torch.float64)
    return dE.index_add_(0, torch.tensor(ids), torch.tensor(dX)).numpy()


RIGHT_WAYS = [
    table_in_a_loop,
    table_by_one_hots,
    table_by_masks,
    table_by_counting,
    table_in_torch,
]

EQUIVALENTS = {
    "dE = np.zeros((V, dX.shape[1])) → dE = np.zeros((V, dX.shape[-1]))": "the last axis of a matrix is axis 1",
}


# --- examples of mistakes -------------------------------------------------------------


def table_written(dX: Array, ids: Array, V: int) -> Array:
    dE = np.zeros((V, dX.shape[1]))
    dE[ids] = dX
    return dE


def table_added(dX: Array, ids: Array, V: int) -> Array:
    dE = np.zeros((V, dX.shape[1]))
    dE[ids] += dX
    return dE


WRONG_WAYS = {"M14.4a": [table_written], "M14.4b": [table_added]}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (dX, ids, V), dE in expected(EXERCISE):
        rows, shares = torch.tensor(ids), torch.tensor(dX)
        (wanted,) = autograd(
            lambda E, rows=rows, shares=shares: (E[rows] * shares).sum(),
            np.zeros((V, dX.shape[1])),
        )
        np.testing.assert_allclose(dE, wanted, rtol=1e-13, atol=1e-14)
