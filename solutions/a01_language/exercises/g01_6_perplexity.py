"""G01.6 `perplexity`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import LECTURE, Rng

Texts = Sequence[Sequence[str]]
VOCABULARY = ("一只", "公鸡", "在", "屋顶", "上", "叫")


def perplexity(log_probs: Sequence[float], texts: Texts) -> float:
    """Return the geometric mean of 1 / P over all steps, as a product of roots."""
    steps = sum(len(text) + 1 for text in texts)
    return float(np.prod([np.exp(-value / steps) for value in log_probs]))


def _with(
    *,
    per_text: int = 1,
    sign: float = -1.0,
    base: float = np.e,
    root: bool = True,
    exponent: bool = True,
) -> Callable[..., float]:
    """Return perplexity, right but for what is given.

    Args:
        per_text: steps of a text beyond its words.
        sign: of the exponent.
        base: of the power.
        root: whether the sum is divided by the number of steps.
        exponent: whether the power is taken.
    """

    def run(log_probs: Sequence[float], texts: Texts) -> float:
        steps = sum(len(text) + per_text for text in texts) if root else 1
        mean = sign * sum(log_probs) / max(steps, 1)
        return float(base**mean) if exponent else float(mean)

    return run


def _mean_of_each(log_probs: Sequence[float], texts: Texts) -> float:
    each = [perplexity([v], [t]) for v, t in zip(log_probs, texts, strict=True)]
    return float(np.mean(each))


def _root_of_each(log_probs: Sequence[float], texts: Texts) -> float:
    each = [perplexity([v], [t]) for v, t in zip(log_probs, texts, strict=True)]
    return float(np.exp(np.mean(np.log(each))))


def _by_characters(log_probs: Sequence[float], texts: Texts) -> float:
    return perplexity(log_probs, ["".join(text) for text in texts])


def _one_end(log_probs: Sequence[float], texts: Texts) -> float:
    return float(np.exp(-sum(log_probs) / (sum(map(len, texts)) + 1)))


def _first_text(log_probs: Sequence[float], texts: Texts) -> float:
    return perplexity(log_probs[:1], texts[:1])


def _different_words(log_probs: Sequence[float], texts: Texts) -> float:
    return perplexity(log_probs, [sorted(set(text)) for text in texts])


def _by_texts(log_probs: Sequence[float], texts: Texts) -> float:
    return float(np.exp(-np.mean(log_probs)))


def perplexity_inputs(rng: Rng) -> list[Case]:
    """Texts of lengths that differ; one alone; one without words."""

    def case(*lengths: int) -> Case:
        texts = [["公鸡", *map(str, rng.choice(VOCABULARY, n))][:n] for n in lengths]
        steps = np.array([n + 1 for n in lengths])
        values = [float(v) for v in -rng.uniform(1.0, 2.5, len(lengths)) * steps]
        return Case(name=f"texts of {lengths} words", args=(values, texts))

    shown = ([math.log(1 / 8), math.log(1 / 16)], [["叫", "叫"], ["公鸡"]])
    return [
        Case(name="visible", args=shown, role="visible"),
        *(case(3, 7), case(5, 2, 9), case(4, 1, 6, 3), case(6), case(0, 4)),
    ]


EXERCISE = Exercise(
    id="G01.6",
    function="perplexity",
    points=2,
    reference=perplexity,
    inputs=perplexity_inputs,
    outputs=("perplexity",),
    lecture=f"{LECTURE}#12.-Is-it-good?-(14-minutes,-core)",
    mistakes=tuple(
        Mistake(code=f"X01.6{letter}", variant=variant, message=message)
        for letter, message, variant in (
            (
                "a",
                "The ends are not counted. Each text has one step more than it has words.",
                _with(per_text=0),
            ),
            (
                "a",
                "Two marks are counted for each text. Nothing is predicted at <s>: a text "
                "has one step more than it has words.",
                _with(per_text=2),
            ),
            (
                "a",
                "One end is counted for all texts together. Each text has its own.",
                _one_end,
            ),
            (
                "i",
                "This is the perplexity of the first text alone. Does the return stand in the "
                "loop?",
                _first_text,
            ),
            (
                "h",
                "Each different word of a text is counted once. Every word is a step.",
                _different_words,
            ),
            (
                "b",
                "The minus is missing: this is the mean probability of a step. Perplexity is "
                "one over it.",
                _with(sign=1.0),
            ),
            (
                "c",
                "The power is taken of 2, the logarithms are natural ones: use exp.",
                _with(base=2.0),
            ),
            (
                "d",
                "The sum is not divided by the number of steps.",
                _with(root=False),
            ),
            (
                "e",
                "This is the mean of minus the logarithms. Perplexity is exp of it.",
                _with(exponent=False),
            ),
            (
                "f",
                "This is the mean of the perplexities of the single texts. Add up the "
                "logarithms and the steps of all texts first.",
                _mean_of_each,
            ),
            (
                "f",
                "Every text has the same weight here. Add up the logarithms and the steps of "
                "all texts first: long texts have more steps.",
                _root_of_each,
            ),
            (
                "g",
                "You divide by the number of texts. Divide by the number of steps.",
                _by_texts,
            ),
            (
                "h",
                "You count characters. A step is a word: a text is a list of words.",
                _by_characters,
            ),
        )
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def perplexity_in_one_line(log_probs, texts):
    return np.exp(-np.sum(log_probs) / sum(len(t) + 1 for t in texts))


def perplexity_as_a_root(log_probs, texts):
    total, steps = 0.0, 0
    for value, text in zip(log_probs, texts):
        total += value
        steps += len(text) + 1
    return (1 / np.exp(total)) ** (1 / steps)


def perplexity_by_base_two(log_probs, texts):
    bits = [-value / np.log(2) for value in log_probs]
    return 2 ** (sum(bits) / (sum(map(len, texts)) + len(texts)))


RIGHT_WAYS = [perplexity_in_one_line, perplexity_as_a_root, perplexity_by_base_two]


# --- what the reference has to agree with ---------------------------------------------


def witness_even_choice_among_k() -> None:
    """Whoever has k words to choose from, all alike, has perplexity k."""
    for k in (2, 5):
        texts = [["天"] * 3, ["地"]]
        values = [(len(t) + 1) * -np.log(k) for t in texts]
        np.testing.assert_allclose(perplexity(values, texts), k)
    for (log_probs, texts), value in expected(EXERCISE):
        np.testing.assert_allclose(
            np.log(value) * sum(len(t) + 1 for t in texts), -sum(log_probs)
        )
