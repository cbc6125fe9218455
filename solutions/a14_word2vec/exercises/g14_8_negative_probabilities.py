"""G14.8 `negative_probabilities`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import CLOSE, WORD2VEC, Array, Rng


def counts_inputs(rng: Rng) -> list[Case]:
    """First, last, rarest and most frequent word; counts of 0; two words."""

    def case(c: int, *counts: int, **more: Any) -> Case:
        name = f"counts {', '.join(map(str, counts))}, c = {c}"
        return Case(name=name, args=(np.array(counts), c), **more)

    def drawn(V: int, c: int) -> Case:
        return case(c, *(int(n) for n in 1 + rng.integers(0, 60, V)))

    zero = "a word that never occurs has probability 0"
    return [
        case(0, 16, 81, 1, role="visible"),
        drawn(5, 0),
        drawn(6, 5),
        drawn(8, 3),
        case(1, 7, 300, 12, 45),
        case(2, 90, 4, 1, 33, 4),
        case(0, 3, 5),
        case(1, 8, 0, 21, 3, 0, role="edge", requirement=zero),
        case(3, 0, 11, 2, 9, role="edge", requirement=zero),
    ]


def negative_probabilities(counts: Sequence[int], c: int) -> Array:
    """Return the chances of all words to be drawn: c never, the others by count^(3/4)."""
    powers = [
        0.0 if j == c else math.sqrt(n) * math.sqrt(math.sqrt(n))
        for j, n in enumerate(counts)
    ]
    return np.array([x / math.fsum(powers) for x in powers])


def _power(
    change: Callable[[Array], Array], *, out: bool = True, again: bool = True
) -> Callable[[Array, int], Array]:
    """Return probabilities in proportion to changed counts.

    Args:
        change: of the counts.
        out: whether c is taken out.
        again: whether the others sum to 1 after that.
    """

    def run(counts: Array, c: int) -> Array:
        with np.errstate(divide="ignore"):
            x = np.asarray(change(counts.astype(float)), float)
        p = x / x.sum()
        if out:
            p[c] = 0
        return p / p.sum() if again else p

    return run


def _three_quarters(n: Array) -> Array:
    return np.asarray(n**0.75)


def _shared_out(counts: Array, c: int) -> Array:
    x = _three_quarters(1.0 * counts)
    p = x / x.sum()
    p += p[c] / (len(p) - 1)
    p[c] = 0
    return np.asarray(p)


EXERCISE = Exercise(
    id="G14.8",
    function="negative_probabilities",
    points=2,
    reference=negative_probabilities,
    inputs=counts_inputs,
    outputs=("p",),
    lecture=WORD2VEC,
    mistakes=(
        Mistake(
            code="X14.8a",
            variant=_power(lambda n: n),
            message="These are the plain frequencies. The power 3/4 is missing.",
        ),
        Mistake(
            code="X14.8b",
            variant=_power(_three_quarters, out=False),
            message="The word c can be drawn as well. Its probability is 0, and the others "
            "sum to 1.",
        ),
        Mistake(
            code="X14.8c",
            variant=_power(_three_quarters, again=False),
            message="c is out, but what is left does not sum to 1. Divide by the sum after "
            "c has been taken out.",
        ),
        Mistake(
            code="X14.8d",
            variant=_power(lambda n: n ** (4 / 3)),
            message="The power is 4/3. It is 3/4: frequent words get less than their share.",
        ),
        Mistake(
            code="X14.8d",
            variant=_power(np.sqrt),
            message="The power is 1/2. It is 3/4.",
        ),
        Mistake(
            code="X14.8d",
            variant=_power(lambda n: n**0.25),
            message="The power is 1/4. It is 3/4.",
        ),
        Mistake(
            code="X14.8e",
            variant=lambda counts, c: np.delete(negative_probabilities(counts, c), c),
            message="The entry of c is missing altogether. It stays, as a 0: entry j "
            "belongs to word j.",
        ),
        Mistake(
            code="X14.8f",
            variant=lambda counts, c: negative_probabilities(counts, c - 1),
            message="The word before c was taken out. c counts from 0.",
        ),
        Mistake(
            code="X14.8g",
            variant=_power(lambda n: np.exp(n - n.max()) ** 0.75),
            message="This is a softmax. Divide the powers of the counts by their sum; there "
            "is no exp.",
        ),
        Mistake(
            code="X14.8h",
            variant=lambda counts, c: (
                np.where(
                    np.arange(len(counts)) == c, 0, counts / (counts.sum() - counts[c])
                )
                ** 0.75
            ),
            message="The power came after the division, so the sum is not 1. Divide by the "
            "sum of the powers.",
        ),
        Mistake(
            code="X14.8h",
            variant=lambda counts, c: (
                np.where(np.arange(len(counts)) == c, 0, counts / counts.sum()) ** 0.75
            ),
            message="The power came after the division, so the sum is not 1. Divide by the "
            "sum of the powers.",
        ),
        Mistake(
            code="X14.8i",
            variant=lambda counts, c: np.where(
                np.arange(len(counts)) == c, 0, _three_quarters(1.0 * counts)
            ),
            message="These are the powers as they are. Divide by their sum.",
        ),
        Mistake(
            code="X14.8j",
            variant=_power(lambda n: n**0),
            message="Each word has the same chance. It grows with the count, to the power "
            "3/4.",
        ),
        Mistake(
            code="X14.8k",
            variant=lambda counts, c: (
                np.where(np.arange(len(counts)) == c, 0, _three_quarters(1.0 * counts))
                / (counts.sum() - counts[c])
            ),
            message="The powers are divided by the sum of the counts. Divide by the sum of "
            "the powers.",
        ),
        Mistake(
            code="X14.8k",
            variant=lambda counts, c: (
                np.where(np.arange(len(counts)) == c, 0, _three_quarters(1.0 * counts))
                / counts.sum()
            ),
            message="The powers are divided by the sum of the counts. Divide by the sum of "
            "the powers.",
        ),
        Mistake(
            code="X14.8m",
            variant=_power(lambda n: np.floor(n**0.75)),
            message="The powers were cut off to whole numbers: they were written into an "
            "array of integers.",
        ),
        Mistake(
            code="X14.8n",
            variant=_shared_out,
            message="What c would have is given to the others in equal parts. Divide by the "
            "sum of the others' powers instead.",
        ),
        Mistake(
            code="X14.8l",
            variant=_power(lambda n: (n + 1) ** 0.75),
            message="1 was added to each count. Take the counts as they are.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def chances_of_a_copy(counts, c):
    n = np.array(counts, dtype=float)
    n[c] = 0
    return n**0.75 / (n**0.75).sum()


def chances_of_frequencies(counts, c):
    p = (counts / counts.sum()) ** (3 / 4)
    p[c] = 0
    return (p / np.sum(p)).tolist()


def chances_in_a_loop(counts, c):
    total = sum(n**0.75 for j, n in enumerate(counts) if j != c)
    return [0.0 if j == c else n**0.75 / total for j, n in enumerate(counts)]


def chances_by_masks(counts, c):
    x = np.sqrt(np.sqrt(counts.astype(float) ** 3)) * (np.arange(len(counts)) != c)
    return x / x.sum()


RIGHT_WAYS = [
    chances_of_a_copy,
    chances_of_frequencies,
    chances_in_a_loop,
    chances_by_masks,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_conditional_probability() -> None:
    """Taking c out is asking for the draw given that it is not c."""
    for (counts, c), p in expected(EXERCISE):
        x = np.exp(0.75 * np.log(np.maximum(counts, 1))) * (counts > 0)
        all_words = x / x.sum()
        wanted = all_words / (1 - all_words[c])
        wanted[c] = 0
        np.testing.assert_allclose(p, wanted, **CLOSE)


def witness_by_hand() -> None:
    np.testing.assert_allclose(
        negative_probabilities([16, 81, 1], 0), [0, 27 / 28, 1 / 28], **CLOSE
    )
