"""G03.3 `collapse_linear`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import NEURONS, Array, Rng


def collapse_inputs(rng: Rng) -> list[Case]:
    """Two shapes where all sizes differ, and a square one where wrong orders run."""

    def case(d: int, h: int, m: int, name: str) -> Case:
        shapes = (h, d), (h,), (m, h), (m,)
        return Case(name=name, args=tuple(rng.normal(size=shape) for shape in shapes))

    return [case(3, 3, 3, "square"), case(4, 2, 3, "4-2-3"), case(2, 5, 4, "2-5-4")]


def collapse(W1: Array, b1: Array, W2: Array, b2: Array) -> tuple[Array, Array]:
    """T03.6: read off the composed map at the origin and the unit vectors."""

    def both(x: Array) -> Array:
        return np.asarray(W2 @ (W1 @ x + b1) + b2)

    d = W1.shape[1]
    b = both(np.zeros(d))
    W = np.einsum("mh,hd->md", W2, W1)
    return W, b


def _collapsed(
    W: Callable[..., Array] = lambda W1, b1, W2, b2: W2 @ W1,
    b: Callable[..., Array] = lambda W1, b1, W2, b2: W2 @ b1 + b2,
) -> Callable[..., tuple[Array, Array]]:
    return lambda *args: (W(*args), b(*args))


EXERCISE = Exercise(
    id="G03.3",
    function="collapse_linear",
    points=3,
    reference=collapse,
    inputs=collapse_inputs,
    outputs=("W", "b"),
    pack="tuple",
    lecture=f"{NEURONS}#Why-the-activation-function-is-not-optional",
    mistakes=(
        Mistake(
            code="M03.3a",
            variant=_collapsed(W=lambda W1, b1, W2, b2: W1 @ W2),
            message="The order is turned round: the layer applied last stands on the "
            "left, because it acts on what the first one gives.",
        ),
        Mistake(
            code="M03.3b",
            variant=_collapsed(b=lambda W1, b1, W2, b2: b1 + b2),
            message="The first bias goes through the second layer, too, before the "
            "second bias is added.",
        ),
        Mistake(
            code="M03.3c",
            variant=_collapsed(b=lambda W1, b1, W2, b2: b2.copy()),
            message="The first bias is lost. It reaches the output through the second "
            "layer.",
        ),
        Mistake(
            code="M03.3d",
            variant=_collapsed(b=lambda W1, b1, W2, b2: W1 @ b2 + b1),
            message="The wrong bias is transformed: the later matrix acts on the earlier "
            "bias.",
        ),
        Mistake(
            code="M03.3e",
            variant=_collapsed(W=lambda W1, b1, W2, b2: W2 + W1),
            message="The matrices are added. One map after the other is a matrix product.",
        ),
        Mistake(
            code="X03.3f",
            variant=_collapsed(b=lambda W1, b1, W2, b2: W2 @ (b1 + b2)),
            message="Both biases go through the second layer here. Its own bias is added "
            "after it.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def collapse_by_probing(W1, b1, W2, b2):
    def both(x):
        return W2 @ (W1 @ x + b1) + b2

    b = both(np.zeros(W1.shape[1]))
    W = np.array([both(e) - b for e in np.eye(W1.shape[1])]).T
    return W, b


def collapse_augmented(W1, b1, W2, b2):
    both = np.column_stack([W2, b2]) @ np.block(
        [[W1, b1[:, None]], [np.zeros((1, W1.shape[1])), np.ones((1, 1))]]
    )
    return both[:, :-1], both[:, -1]


def collapse_by_einsum(W1, b1, W2, b2):
    return [np.einsum("mh,hd->md", W2, W1), np.einsum("mh,h->m", W2, b1) + b2]


RIGHT_WAYS = [collapse_by_probing, collapse_augmented, collapse_by_einsum]


# --- what the reference has to agree with ---------------------------------------------


def witness_both_layers_in_turn() -> None:
    rng = np.random.default_rng(0)
    for (W1, b1, W2, b2), (W, b) in expected(EXERCISE):
        for x in rng.normal(size=(5, W1.shape[1])):
            both = W2 @ (W1 @ x + b1) + b2
            np.testing.assert_allclose(W @ x + b, both, rtol=1e-10, atol=1e-12)
