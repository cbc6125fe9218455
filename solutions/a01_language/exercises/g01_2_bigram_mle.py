"""G01.2 `bigram_mle`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from grader.judge.compare import compare
from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ._shared import LECTURE, Rng

Sentences = Sequence[Sequence[str]]


VOCABULARY = ("天", "地", "人", "山", "水")


def bigram_mle(sentences: Sentences, context: str, word: str) -> float:
    """T01.14: share of the context's successors that are the word, as a fraction."""
    after = [b for sentence in sentences for a, b in pairwise(sentence) if a == context]
    return float(Fraction(after.count(word), len(after))) if after else 0.0


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom else 0.0


def _pairs(sentences: Sentences) -> Counter[tuple[str, str]]:
    return Counter(pair for sentence in sentences for pair in pairwise(sentence))


def _flat(sentences: Sentences) -> list[str]:
    return [word for sentence in sentences for word in sentence]


def _across(sentences: Sentences, c: str, w: str) -> float:
    return bigram_mle([_flat(sentences)], c, w)


def _smoothed(sentences: Sentences, c: str, w: str) -> float:
    pairs = _pairs(sentences)
    seen = sum(n for (first, _), n in pairs.items() if first == c)
    return (pairs[c, w] + 1) / (seen + len(set(_flat(sentences))))


BIGRAM_FLAWS: dict[str, Callable[[Sentences, str, str], float]] = {
    "M01.2a": lambda s, c, w: _ratio(_pairs(s)[c, w], len(_flat(s))),
    "M01.2b": lambda s, c, w: _ratio(
        _pairs(s)[w, c], sum(n for (a, _), n in _pairs(s).items() if a == c)
    ),
    "M01.2c": lambda s, c, w: _ratio(_pairs(s)[c, w], _flat(s).count(w)),
    "M01.2d": lambda s, c, w: _ratio(_pairs(s)[c, w], _flat(s).count(c)),
    "M01.2e": _smoothed,
    "M01.2f": _across,
}


BIGRAM_MESSAGES = {
    "M01.2a": "You divide by the number of all tokens. A conditional probability divides "
    "by how often the context was followed by anything.",
    "M01.2b": "The pair is turned round: you count the word followed by the context.",
    "M01.2c": "You divide by the count of the word. Divide by how often the context was "
    "followed by anything: the context is what is given.",
    "M01.2d": "You divide by all occurrences of the context, also at the end of a "
    "sentence, where nothing follows. Count it only where a next word exists.",
    "M01.2e": "This is smoothed by adding one. The maximum-likelihood estimate takes the "
    "counts as they are.",
    "M01.2f": "Pairs are counted across the end of a sentence. The last word of one "
    "sentence and the first of the next are no pair.",
}


def _corpus_case(rng: Rng, sentences: int, name: str) -> Case:
    """Return a corpus on which no mistake comes out right or like another one."""
    while True:
        corpus = [
            [str(w) for w in rng.choice(VOCABULARY, rng.integers(3, 8))]
            for _ in range(sentences)
        ]
        c, w = (str(x) for x in rng.choice(VOCABULARY, 2, replace=False))
        values = [f(corpus, c, w) for f in BIGRAM_FLAWS.values()]
        values.append(bigram_mle(corpus, c, w))
        apart = all(
            compare(a, b) is not None for i, a in enumerate(values) for b in values[:i]
        )
        if apart and min(values) > 0:
            return Case(name=name, args=(corpus, c, w))


def bigram_mle_inputs(rng: Rng) -> list[Case]:
    """Three random corpora; a pair never seen, and a context nothing follows."""
    corpora = [_corpus_case(rng, n, f"{n} sentences") for n in (5, 8, 12)]
    last = [["天", "地"], ["人", "地"]]
    return [
        *corpora,
        Case(name="pair never seen", args=([["天", "地"], ["地", "人"]], "天", "人")),
        Case(
            name="context only at the end",
            args=(last, "地", "天"),
            role="edge",
            requirement="a context that nothing follows gives 0.0",
        ),
    ]


EXERCISE = Exercise(
    id="G01.2",
    function="bigram_mle",
    points=4,
    reference=bigram_mle,
    inputs=bigram_mle_inputs,
    outputs=("probability",),
    lecture=f"{LECTURE}#A-language-model-is-a-table-of-probabilities",
    mistakes=tuple(
        Mistake(code=code, variant=variant, message=BIGRAM_MESSAGES[code])
        for code, variant in BIGRAM_FLAWS.items()
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def bigram_with_counters(sentences, context, word):
    pairs, firsts = Counter(), Counter()
    for sentence in sentences:
        pairs.update(pairwise(sentence))
        firsts.update(sentence[:-1])
    return pairs[context, word] / max(firsts[context], 1)


def bigram_as_fraction(sentences, context, word):
    after = [b for s in sentences for a, b in pairwise(s) if a == context]
    return float(Fraction(after.count(word), len(after))) if after else 0.0


def bigram_as_mean(sentences, context, word):
    hits = [
        s[i + 1] == word for s in sentences for i in range(len(s) - 1) if s[i] == context
    ]
    return np.mean(hits) if hits else np.float64(0)


RIGHT_WAYS = [bigram_with_counters, bigram_as_fraction, bigram_as_mean]


# --- what the reference has to agree with ---------------------------------------------


def witness_rows_of_a_table_of_counts() -> None:
    for (sentences, context, word), value in expected(EXERCISE):
        words = sorted({w for s in sentences for w in s})
        table = np.zeros((len(words), len(words)))
        for sentence in sentences:
            for first, second in pairwise(sentence):
                table[words.index(first), words.index(second)] += 1
        row = table[words.index(context)]
        share = row[words.index(word)] / row.sum() if row.any() else 0.0
        np.testing.assert_allclose(value, share, rtol=1e-12)
