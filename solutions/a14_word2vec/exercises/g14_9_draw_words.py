"""G14.9 `draw_words`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import WORD2VEC, Array, Rng

BORDER = "a number on a border belongs to the word above it"


def draw_inputs(rng: Rng) -> list[Case]:
    """Words of probability 0 first, between and last; one number and many; borders."""

    def case(p: Sequence[float], *r: float, **more: Any) -> Case:
        name = f"p = {', '.join(f'{x:g}' for x in p)}; {len(r)} numbers"
        return Case(name=name, args=(np.array(p), np.array(r)), **more)

    def inside(*sixteenths: int, n: int) -> Case:
        """Numbers in the order drawn, none near a border."""
        r = (rng.integers(0, 16, n) + rng.uniform(0.1, 0.9, n)) / 16
        r[:2] = [0.98, 0.03]  # the last word and the first one are among them
        return case([x / 16 for x in sixteenths], *r)

    edge: dict[str, Any] = {"role": "edge", "requirement": BORDER}
    return [
        case((0.5, 0, 0.25, 0.25), 0.9, 0.1, 0.6, role="visible"),
        inside(4, 0, 3, 9, n=9),
        inside(0, 5, 1, 8, 2, n=11),
        inside(7, 6, 3, 0, n=8),
        inside(1, 2, 3, 4, 6, n=12),
        inside(0, 9, 7, n=7),
        inside(2, 8, 6, n=3),
        case((0.25, 0.5, 0.25), 0.75, 0.0, 0.25, **edge),
        case((0, 0.5, 0, 0.5), 0.5, 0.0, **edge),
        case((0.125, 0, 0, 0.375, 0.5), 0.0, 0.5, 0.125, **edge),
    ]


def draw_words(p: Any, r: Any) -> Array:
    """Return for each number the word whose interval holds it."""
    words = []
    for x in r:
        below = Fraction(0)
        for word, chance in enumerate(p):
            above = below + Fraction(float(chance))
            if below <= Fraction(float(x)) < above:
                words.append(word)
                break
            below = above
    return np.array(words)


def _by(rule: Callable[[Array, Array, float], Any]) -> Callable[[Array, Array], Array]:
    """Return draws by a rule of p, of its sums, and of one number."""

    def run(p: Array, r: Array) -> Array:
        sums = np.cumsum(p)
        return np.array([rule(p, sums, x) for x in r])

    return run


EXERCISE = Exercise(
    id="G14.9",
    function="draw_words",
    points=2,
    reference=draw_words,
    inputs=draw_inputs,
    outputs=("words",),
    lecture=WORD2VEC,
    mistakes=(
        Mistake(
            code="X14.9a",
            variant=_by(lambda p, sums, x: np.searchsorted(sums, x, side="right") + 1),
            message="All words are one too large. Word j has the numbers from the sum before "
            "it up to its own sum.",
        ),
        Mistake(
            code="X14.9b",
            variant=_by(lambda p, sums, x: np.searchsorted(sums, x, side="right") - 1),
            message="All words are one too small. Word j has the numbers from the sum before "
            "it up to its own sum.",
        ),
        Mistake(
            code="X14.9c",
            variant=_by(lambda p, sums, x: int(x * len(p))),
            message="Each word has the same chance here: p has no effect. Compare with sums "
            "of p.",
        ),
        Mistake(
            code="X14.9d",
            variant=_by(lambda p, sums, x: np.argmax(p)),
            message="The most probable word comes every time. Each number decides by the "
            "interval it falls into.",
        ),
        Mistake(
            code="X14.9e",
            variant=_by(lambda p, sums, x: np.argmin(np.abs(sums - x))),
            message="You take the nearest sum. Take the first sum that is larger than the "
            "number.",
        ),
        Mistake(
            code="X14.9f",
            variant=_by(lambda p, sums, x: np.argmin(np.abs(p - x))),
            message="You take the word whose p is nearest to the number. The numbers are "
            "compared with sums of p.",
        ),
        Mistake(
            code="X14.9q",
            variant=_by(lambda p, sums, x: np.searchsorted(p, x, side="right")),
            message="The numbers are compared with p itself. Compare them with sums of p.",
        ),
        Mistake(
            code="X14.9g",
            variant=lambda p, r: np.sort(draw_words(p, r)),
            message="The words are sorted. Entry i belongs to number i.",
        ),
        Mistake(
            code="X14.9h",
            variant=_by(
                lambda p, sums, x: np.searchsorted(np.sort(p).cumsum(), x, "right")
            ),
            message="p was sorted first. Word j keeps its place j.",
        ),
        Mistake(
            code="X14.9i",
            variant=_by(lambda p, sums, x: int(np.sum(sums > x))),
            message="You count the sums above the number. The word is the number of sums "
            "that are not above it.",
        ),
        Mistake(
            code="X14.9j",
            variant=lambda p, r: draw_words(p, r[:1]),
            message="Only the first number has got its word. Draw one for each.",
        ),
        Mistake(
            code="X14.9j",
            variant=lambda p, r: draw_words(p, r[:1])[0],
            message="Only the first number has got its word. Draw one for each.",
        ),
        Mistake(
            code="X14.9k",
            variant=_by(lambda p, sums, x: p[np.searchsorted(sums, x, side="right")]),
            message="These are the words' probabilities. Return the numbers of the words.",
        ),
        Mistake(
            code="X14.9l",
            variant=lambda p, r: np.unique(draw_words(p, r)),
            message="Each word comes once, in order. A word may be drawn several times; "
            "entry i belongs to number i.",
        ),
        Mistake(
            code="X14.9m",
            variant=lambda p, r: draw_words(p, [1 - x for x in r]),
            message="The numbers are counted from the other end: word 0 has the small ones.",
        ),
        Mistake(
            code="X14.9o",
            variant=lambda p, r: np.searchsorted(np.cumsum(p), r),
            message="A number on a border goes to the word below it here. Word j has the "
            "numbers from its lower border on, and below its upper one.",
        ),
        Mistake(
            code="X14.9p",
            variant=lambda p, r: draw_words(p[p > 0], r),
            message="Words of probability 0 are left out, and the numbers of the words after "
            "them are too small.",
        ),
        Mistake(
            code="X14.9n",
            variant=lambda p, r: draw_words(p, r[::-1]),
            message="The words come in reverse order. Entry i belongs to number i.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def drawn_by_searching(p, r):
    return np.searchsorted(np.cumsum(p), r, side="right")


def drawn_by_counting(p, r):
    return (np.cumsum(p)[None, :] <= r[:, None]).sum(axis=1)


def drawn_by_digitizing(p, r):
    return np.digitize(r, np.cumsum(p))


def drawn_one_by_one(p, r):
    words = []
    for x in r:
        total = 0.0
        for j in range(len(p)):
            total += p[j]
            if x < total:
                words.append(j)
                break
    return words


def drawn_by_argmax(p, r):
    return np.argmax(r[:, None] < np.cumsum(p), axis=1).tolist()


def drawn_by_bisection(p, r):
    from bisect import bisect_right
    from itertools import accumulate

    sums = list(accumulate(p))
    return [bisect_right(sums, x) for x in r]


RIGHT_WAYS = [
    drawn_by_searching,
    drawn_by_counting,
    drawn_by_digitizing,
    drawn_one_by_one,
    drawn_by_argmax,
    drawn_by_bisection,
]


# --- what the reference has to agree with ---------------------------------------------


def witness_intervals() -> None:
    """Every word drawn has a chance, and the number lies between its two sums."""
    for (p, r), words in expected(EXERCISE):
        assert len(words) == len(r)
        for x, word in zip(r, words, strict=True):
            assert p[word] > 0
            assert p[:word].sum() <= x < p[: word + 1].sum()


def witness_frequencies() -> None:
    p = np.array([0.1, 0.0, 0.6, 0.3])
    words = draw_words(p, np.random.default_rng(0).uniform(size=4000))
    np.testing.assert_allclose(np.bincount(words, minlength=4) / 4000, p, atol=0.03)
