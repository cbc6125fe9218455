"""X14.2 `window_backward`."""

from __future__ import annotations

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import autograd, raised
from ._shared import TABLE, Array, Rng


def split_inputs(rng: Rng) -> list[Case]:
    """Windows of different words, in no order, of three sizes."""

    def case(k: int, d: int, V: int) -> Case:
        ids = rng.permutation(V - 1)[: 2 * k + 1]
        while np.all(np.diff(ids) > 0):
            ids = rng.permutation(ids)
        name = f"k = {k}, d = {d}"
        return Case(name=name, args=(rng.normal(0, 1, ids.size * d), ids, V))

    return [case(2, 3, 9), case(1, 4, 8), case(2, 5, 7), case(3, 2, 12)]


def window_backward(dx: Array, ids: Array, V: int) -> Array:
    """T14.12: number by number, to the word it belongs to."""
    d = len(dx) // len(ids)
    dE = np.zeros((V, d))
    for place, number in enumerate(dx.tolist()):
        dE[ids[place // d], place % d] += number
    return dE


def _blocks(dx: Array, ids: Array) -> Array:
    return dx.reshape(len(ids), -1)


def _crossed(dx: Array, ids: Array, V: int) -> Array:
    dE = np.zeros((V, len(dx) // len(ids)))
    dE[ids] = dx.reshape(-1, len(ids)).T
    return dE


def _centre(dx: Array, ids: Array, V: int) -> Array:
    middle = len(ids) // 2
    dE = np.zeros((V, len(dx) // len(ids)))
    dE[ids[middle]] = _blocks(dx, ids)[middle]
    return dE


def _all_to_centre(dx: Array, ids: Array, V: int) -> Array:
    dE = np.zeros((V, len(dx) // len(ids)))
    dE[ids[len(ids) // 2]] = _blocks(dx, ids).sum(axis=0)
    return dE


def _sum_to_each(dx: Array, ids: Array, V: int) -> Array:
    dE = np.zeros((V, len(dx) // len(ids)))
    dE[ids] = _blocks(dx, ids).sum(axis=0)
    return dE


def _sorted(dx: Array, ids: Array, V: int) -> Array:
    return window_backward(dx, np.sort(ids), V)


UNSPLIT = (
    "dx is still in one piece, or its blocks have not reached the table. Each word of the "
    "window gets its own d numbers, in the row with its number."
)


EXERCISE = Exercise(
    id="X14.2",
    function="window_backward",
    points=2,
    reference=window_backward,
    inputs=split_inputs,
    outputs=("dE",),
    lecture=TABLE,
    mistakes=(
        Mistake(code="M14.5h", variant=lambda dx, ids, V: dx, message=UNSPLIT),
        Mistake(
            code="M14.5h", variant=lambda dx, ids, V: _blocks(dx, ids), message=UNSPLIT
        ),
        *(
            Mistake(code="M14.5h", detect=raised("ValueError", text), message=UNSPLIT)
            for text in ("shape mismatch", "not be broadcast", "not broadcastable")
        ),
        Mistake(
            code="X14.2a",
            variant=_crossed,
            message="The numbers are dealt out like cards, one to each word in turn. The "
            "first d belong to the first word, the next d to the second.",
        ),
        Mistake(
            code="X14.2b",
            variant=_centre,
            message="Only the centre word has got its block. Its neighbours were in x too.",
        ),
        *(
            Mistake(
                code="X14.2c",
                variant=variant,
                message="The blocks are added together. Each of them belongs to one word.",
            )
            for variant in (_sum_to_each, _all_to_centre)
        ),
        Mistake(
            code="X14.2d",
            variant=_sorted,
            message="The blocks go to the words in the order of their numbers. They stand "
            "in the order of the window.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def window_back_in_a_loop(dx, ids, V):
    d = dx.size // len(ids)
    dE = np.zeros((V, d))
    for place, word in enumerate(ids):
        dE[word] += dx[place * d : (place + 1) * d]
    return dE


def window_back_by_one_hots(dx, ids, V):
    return np.eye(V)[ids].T @ np.array(np.split(dx, len(ids)))


def window_back_with_add_at(dx, ids, V):
    dE = np.zeros((V, len(dx) // len(ids)))
    np.add.at(dE, ids, np.reshape(dx, (len(ids), -1)))
    return np.asfortranarray(dE)


RIGHT_WAYS = [window_back_in_a_loop, window_back_by_one_hots, window_back_with_add_at]

EQUIVALENTS = {
    "blocks = dx.reshape(len(ids), -1) → blocks = dx.reshape(len(ids), -2)": "NumPy takes any negative length for the open one",
    "dE = np.zeros((V, blocks.shape[1])) → dE = np.zeros((V, blocks.shape[-1]))": "the last axis of a matrix is axis 1",
}


# --- examples of mistakes -------------------------------------------------------------


def window_back_in_one_piece(dx: Array, ids: Array, V: int) -> Array:
    dE = np.zeros((V, len(dx) // len(ids)))
    dE[ids] += dx
    return dE


def window_back_in_one_piece_with_add_at(dx: Array, ids: Array, V: int) -> Array:
    dE = np.zeros((V, len(dx) // len(ids)))
    np.add.at(dE, ids, dx)
    return dE


WRONG_WAYS = {"M14.5h": [window_back_in_one_piece, window_back_in_one_piece_with_add_at]}


# --- what the reference has to agree with ---------------------------------------------


def witness_autograd() -> None:
    import torch

    for (dx, ids, V), dE in expected(EXERCISE):
        rows, above = torch.tensor(ids), torch.tensor(dx)
        (wanted,) = autograd(
            lambda E, rows=rows, above=above: E[rows].flatten() @ above,
            np.zeros((V, len(dx) // len(ids))),
        )
        np.testing.assert_array_equal(dE, wanted)
