"""G12.3 `clip_by_norm`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.model import (
    UNCHANGED,
    Accepted,
    Case,
    Evidence,
    Exercise,
    Mistake,
    Part,
    Returned,
)
from grader.vetting.witness import expected

from ..._shared import generic
from ._shared import CLOSE, Array, Rng

LONG, SHORT = "longer than c", "not longer than c"
ZEROS = "gradients that are all 0"
CLIPPING = "12_vanishing_gradients#6.-Exploding,-and-clipping-(12-minutes,-core)"
NORM = "12_vanishing_gradients#Norm-or-value"
Clip = Callable[[list[Array], float], Any]


# A generator of arrays is as good as a list of them.
AS_A_LIST = """
def drive(f, grads, c):
    found = f(grads, c)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return found
    clipped, norm = found
    return list(clipped) if hasattr(clipped, "__next__") else clipped, norm
"""


def clip_inputs(rng: Rng) -> list[Case]:
    """Lists that are too long, and some that are not; arrays of all kinds of shapes."""

    def case(share: float, *shapes: Any, **more: Any) -> Case:
        grads = [np.asarray(rng.normal(0, 2 + k, s)) for k, s in enumerate(shapes)]
        norm = math.sqrt(sum(float((g**2).sum()) for g in grads))
        group = LONG if share < 1 else SHORT
        name = f"{len(shapes)} arrays, {group}, {share:g}"
        return Case(name=name, args=(grads, share * norm), group=group, **more)

    shown = [np.array([3.0, -4.0]), np.array([[12.0]])]
    zeros: list[Array] = [np.zeros((2, 3)), np.zeros(3)]
    return [
        Case(name="visible", args=(shown, 6.5), role="visible", group=LONG),
        Case(name="visible, short", args=(shown, 26.0), role="visible", group=SHORT),
        case(0.3, (3, 2), 3, (2, 3), 2),
        case(0.8, (4, 4), 4),
        case(0.05, (5,)),
        case(0.45, (2, 2, 3), (1,), (3, 1)),
        case(1.5, (3, 2), 3, (2, 3), 2),
        case(4.0, (4,), (2, 2)),
        case(1.02, (3, 3), 1, 2),
        Case(name="zeros", args=(zeros, 1.5), role="edge", requirement=ZEROS),
        Case(name="one 0", args=([np.zeros(1)], 0.5), role="edge", requirement=ZEROS),
    ]


def clip_by_norm(grads: list[Array], c: float) -> tuple[list[Array], float]:
    """Scale all gradients by one factor if together they are longer than c.

    Args:
        grads: float arrays of any shapes.
        c: positive, the largest length.
    """
    norm = math.hypot(*(float(v) for g in grads for v in np.ravel(g)))
    if norm <= c:
        return [g.copy() for g in grads], norm
    return [g / (norm / c) for g in grads], norm


def _length(grads: list[Array]) -> float:
    return math.sqrt(sum(float((g * g).sum()) for g in grads))


def _clip(
    *,
    length: Callable[[list[Array]], float] = _length,
    factor: Callable[[float, float], float] = lambda norm, c: (
        min(1.0, c / norm) if norm else 1.0
    ),
    report: Callable[[float, float, float], float] = lambda norm, c, true: norm,
) -> Clip:
    """Return clipping with something else in one place.

    Args:
        length: in the place of the norm of all.
        factor: of all gradients.
        report: which norm comes back.
    """

    def clip(grads: list[Array], c: float) -> Any:
        norm = length(grads)
        by = factor(norm, c)
        return [by * g for g in grads], report(norm, c, by)

    return clip


def _one_by_one(grads: list[Array], c: float) -> Any:
    each = _clip()
    return [each([g], c)[0][0] for g in grads], _length(grads)


def _largest(grads: list[Array]) -> float:
    return max(float(np.abs(g).max()) for g in grads)


def _first_only(grads: list[Array], c: float) -> Any:
    by = min(1.0, c / max(_length(grads), 1e-300))
    return [by * grads[0], *grads[1:]], _length(grads)


def _nothing_for_short_ones(evidence: Evidence) -> bool:
    """Whether None comes back for all that is not longer than c, and for nothing else."""
    found = [
        (case.group == SHORT, isinstance(outcome, Returned) and outcome.value is None)
        for case, outcome, _ in generic(evidence)
    ]
    return all(short == nothing for short, nothing in found)


def _stretch(evidence: Evidence) -> bool:
    """Whether the norm takes the spectral norm of arrays with two axes.

    NumPy has none for an array with three.
    """
    found, wanted, right = [], [], []
    for case, outcome, _ in generic(evidence):
        grads, _ = case.args
        if all(g.ndim < 3 for g in grads):
            assert isinstance(outcome, Returned)
            found.append(float(outcome.value[1]))
            each = [float(np.linalg.norm(g, 2 if g.ndim == 2 else None)) for g in grads]
            wanted.append(float(np.linalg.norm(each)))
            right.append(_length(grads))
    return np.allclose(found, wanted) and not np.allclose(found, right)


EXERCISE = Exercise(
    id="G12.3",
    function="clip_by_norm",
    points=3,
    reference=clip_by_norm,
    inputs=clip_inputs,
    outputs=("clipped", "norm"),
    pack="tuple",
    driver=AS_A_LIST,
    parts=(
        Part(name=f"clipped, {LONG}", weight=1.3, output="clipped", group=LONG),
        Part(name=f"clipped, {SHORT}", weight=0.5, output="clipped", group=SHORT),
        Part(name="norm", weight=0.6, output="norm"),
        Part(name=ZEROS, weight=0.3, edge=ZEROS),
        Part(name=UNCHANGED, weight=0.3, edge=UNCHANGED),
    ),
    lecture=CLIPPING,
    accepted=(
        Accepted(
            code="X12.3z",
            function=_clip(factor=lambda norm, c: min(1.0, c / (norm + 1e-6))),
            message="Accepted: you add 1e-6 to the norm before you divide, as PyTorch's "
            "clip_grad_norm_ does. The clipped gradients are shorter than c by a millionth.",
        ),
    ),
    mistakes=(
        Mistake(
            code="X12.3a",
            variant=_one_by_one,
            message="Each array is clipped by its own norm, so the whole gradient turns. "
            "Take one norm over all arrays, and one factor for all.",
            lecture=NORM,
        ),
        Mistake(
            code="X12.3b",
            variant=lambda grads, c: ([np.clip(g, -c, c) for g in grads], _length(grads)),
            message="Each number is cut at c: that is clipping by value, and it turns the "
            "gradient. Scale all numbers by one factor.",
            lecture=NORM,
        ),
        Mistake(
            code="X12.3c",
            variant=_clip(factor=lambda norm, c: c / norm if norm else 1.0),
            message="Short gradients are made longer: they all come out with the length c. "
            "If the norm is not larger than c, nothing changes.",
        ),
        Mistake(
            code="X12.3d",
            variant=_clip(length=lambda grads: _length(grads) ** 2),
            message="The root is missing: the norm is the root of the sum of all squares.",
        ),
        Mistake(
            code="X12.3e",
            variant=_clip(length=lambda grads: sum(_length([g]) for g in grads)),
            message="The norms of the arrays are added. Add the squares of all numbers, and "
            "take one root at the end.",
        ),
        Mistake(
            code="X12.3f",
            variant=_clip(report=lambda norm, c, by: by * norm),
            message="The norm after clipping comes back. The one before is asked for: it "
            "tells how wild the gradient was.",
        ),
        Mistake(
            code="X12.3g",
            variant=_clip(factor=lambda norm, c: 1 / norm if norm > c else 1.0),
            message="Clipped gradients have the length 1. Their length is c: multiply by "
            "c / norm.",
        ),
        Mistake(
            code="X12.3h",
            variant=_clip(factor=lambda norm, c: norm / c if norm > c else 1.0),
            message="The factor is upside down: long gradients become longer. It is "
            "c / norm.",
        ),
        Mistake(
            code="X12.3i",
            variant=_clip(factor=lambda norm, c: c if norm > c else 1.0),
            message="Long gradients are multiplied by c alone. Divide by their norm, too.",
        ),
        Mistake(
            code="X12.3j",
            variant=_clip(length=lambda grads: sum(float(np.abs(g).sum()) for g in grads)),
            message="Absolute values are added. The norm is the root of the sum of the "
            "squares.",
        ),
        Mistake(
            code="X12.3k",
            variant=_clip(length=_largest),
            message="The largest number is taken for the norm. The norm is the root of the "
            "sum of all squares.",
        ),
        Mistake(
            code="X12.3k",
            variant=_clip(length=lambda grads: max(_length([g]) for g in grads)),
            message="The largest norm of one array is taken for the norm. It is one norm over "
            "all arrays: the root of the sum of all squares.",
        ),
        Mistake(
            code="X12.3t",
            detect=_stretch,
            message="For an array with two axes another norm is taken: the 2 in "
            "np.linalg.norm(g, 2) asks for the largest stretch of a matrix. Leave the 2 out, "
            "or add the squares of all numbers.",
        ),
        Mistake(
            code="X12.3l",
            variant=_clip(
                length=lambda grads: _length(grads) / sum(g.size for g in grads) ** 0.5
            ),
            message="This is the root of the mean square. The norm is the root of the sum.",
        ),
        Mistake(
            code="X12.3m",
            variant=_clip(length=lambda grads: _length(grads[-1:])),
            message="Only the last array counts for the norm. Add up the squares of all "
            "arrays before you take the root.",
        ),
        Mistake(
            code="X12.3m",
            variant=_clip(length=lambda grads: _length(grads[:1])),
            message="Only the first array counts for the norm. Add up the squares of all "
            "arrays before you take the root.",
        ),
        Mistake(
            code="X12.3n",
            variant=_clip(factor=lambda norm, c: 1.0),
            message="Nothing is clipped: gradients longer than c come back as they are.",
        ),
        Mistake(
            code="X12.3o",
            variant=_clip(factor=lambda norm, c: max(1.0, c / norm) if norm else 1.0),
            message="The wrong ones are changed: you take the larger of 1 and c / norm. "
            "Take the smaller.",
        ),
        Mistake(
            code="X12.3s",
            detect=_nothing_for_short_ones,
            message="Where the gradient is not longer than c, nothing comes back. Return "
            "the gradients as they are, and their norm.",
        ),
        Mistake(
            code="X12.3q",
            variant=lambda grads, c: clip_by_norm(grads, c)[::-1],
            message="The norm comes first. Return the tuple (clipped, norm), in this order.",
        ),
        Mistake(
            code="X12.3r",
            variant=_clip(
                length=lambda grads: math.sqrt(sum(float(g.sum()) ** 2 for g in grads))
            ),
            message="The numbers of an array are added before they are squared. Square "
            "each number first.",
        ),
        Mistake(
            code="X12.3p",
            variant=_first_only,
            message="Only the first array is scaled. One factor for all arrays.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def clip_as_in_the_lecture(grads, c):
    norm = np.sqrt(sum((g**2).sum() for g in grads))
    factor = min(1.0, c / max(norm, 1e-12))
    return [g * factor for g in grads], norm


def clip_one_long_vector(grads, c):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads]))
    if norm > c:
        grads = [g * c / norm for g in grads]
    return grads, norm


def clip_norm_of_norms(grads, c):
    norm = np.linalg.norm([np.linalg.norm(g) for g in grads])
    return tuple(np.where(norm > c, c / norm if norm else 1, 1) * g for g in grads), norm


def clip_with_a_loop(grads, c):
    total = 0.0
    for g in grads:
        for value in np.asarray(g).flat:
            total += value**2
    norm, clipped = total**0.5, []
    for g in grads:
        clipped.append(g.copy())
        if norm > c:
            clipped[-1] *= c / norm
    return [clipped, norm]


def _no_else(grads, c):
    norm = np.sqrt(sum(np.sum(g * g) for g in grads))
    return ([c / norm * g for g in grads], norm) if norm > c else None


def _spectral(grads, c):
    norm = np.sqrt(sum(np.linalg.norm(g, 2) ** 2 for g in grads))
    return [g * (c / norm if norm > c else 1) for g in grads], norm


def _spectral_of_matrices(grads, c):
    each = [np.linalg.norm(g, 2 if g.ndim == 2 else None) for g in grads]
    norm = np.linalg.norm(each)
    return [g * (c / norm if norm > c else 1) for g in grads], norm


WRONG_WAYS = {"X12.3s": [_no_else], "X12.3t": [_spectral, _spectral_of_matrices]}
RIGHT_WAYS = [
    clip_as_in_the_lecture,
    clip_one_long_vector,
    clip_norm_of_norms,
    clip_with_a_loop,
]


EQUIVALENTS = {
    "factor = c / norm if norm > c else 1.0 → factor = c / norm if norm >= c else 1.0": "where the norm is c, c / norm is 1",
}


# --- what the reference has to agree with ---------------------------------------------


def witness_clip_grad_norm_of_torch() -> None:
    import torch

    for (grads, c), (clipped, norm) in expected(EXERCISE):
        leaves = [torch.zeros(g.shape, dtype=torch.float64) for g in grads]
        for leaf, g in zip(leaves, grads, strict=True):
            leaf.grad = torch.tensor(g)
        theirs = torch.nn.utils.clip_grad_norm_(leaves, c)
        np.testing.assert_allclose(norm, theirs.item(), **CLOSE)
        for leaf, mine in zip(leaves, clipped, strict=True):
            np.testing.assert_allclose(mine, np.asarray(leaf.grad), rtol=1e-5, atol=1e-12)


def witness_lengths() -> None:
    for (grads, c), (clipped, norm) in expected(EXERCISE):
        np.testing.assert_allclose(_length(clipped), min(norm, c), **CLOSE)
        np.testing.assert_allclose(_length(grads), norm, **CLOSE)
