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


def _before(sentences: Sentences, w: str) -> int:
    """Return how often anything stands before a word."""
    return sum(n for (_, second), n in _pairs(sentences).items() if second == w)


def _smoothed(sentences: Sentences, c: str, w: str) -> float:
    pairs = _pairs(sentences)
    seen = sum(n for (first, _), n in pairs.items() if first == c)
    return (pairs[c, w] + 1) / (seen + len(set(_flat(sentences))))


def _where_seen(sentences: Sentences, c: str) -> list[str]:
    """Return what follows the context where `index` finds it: once in each sentence."""
    places = [(s, s.index(c) + 1) for s in map(list, sentences) if c in s]
    return [s[i] for s, i in places if i < len(s)]


def _after(sentences: Sentences, c: str) -> list[str]:
    return [b for a, b in _pairs(sentences).elements() if a == c]


BIGRAM_FLAWS: tuple[tuple[str, Callable[[Sentences, str, str], float]], ...] = (
    ("M01.2a", lambda s, c, w: _ratio(_pairs(s)[c, w], len(_flat(s)))),
    (
        "M01.2b",
        lambda s, c, w: _ratio(
            _pairs(s)[w, c], sum(n for (a, _), n in _pairs(s).items() if a == c)
        ),
    ),
    ("M01.2c", lambda s, c, w: _ratio(_pairs(s)[c, w], _flat(s).count(w))),
    ("M01.2d", lambda s, c, w: _ratio(_pairs(s)[c, w], _flat(s).count(c))),
    ("M01.2e", _smoothed),
    ("M01.2f", _across),
    ("M01.2c", lambda s, c, w: _ratio(_pairs(s)[c, w], _before(s, w))),
    ("X01.2g", lambda s, c, w: _ratio(_pairs(s)[c, w], _pairs(s).total())),
    (
        "X01.2h",
        lambda s, c, w: _ratio(_where_seen(s, c).count(w), len(_where_seen(s, c))),
    ),
    ("X01.2i", lambda s, c, w: _ratio(_pairs(s)[c, w], len(set(_after(s, c))))),
    ("X01.2l", lambda s, c, w: bigram_mle(s[:1], c, w)),
    ("X01.2j", lambda s, c, w: bigram_mle([sentence[:-1] for sentence in s], c, w)),
    (
        "X01.2k",
        lambda s, c, w: _ratio(sum({c, w} <= {*t} for t in s), sum(c in t for t in s)),
    ),
    ("X01.2i", lambda s, c, w: _ratio(min(_pairs(s)[c, w], 1), len(set(_after(s, c))))),
)


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
    "X01.2g": "You divide by the number of all pairs: so often do both words come, in this "
    "order, anywhere. Divide by the pairs that begin with the context.",
    "X01.2h": "Only the first place of the context in each sentence is looked at, as with "
    "index() or break. Go through all pairs of neighbours.",
    "X01.2i": "Below the line each different word is counted once. Divide by how often the "
    "context was followed by anything, repetitions included.",
    "X01.2j": "The last pair of each sentence is missing: n words have n - 1 pairs.",
    "X01.2k": "Sentences that hold the words are counted. Count pairs: the word has to stand "
    "directly after the context.",
    "X01.2l": "Only the first sentence is looked at: does return stand inside the loop over "
    "sentences?",
}


def _corpus_case(rng: Rng, sentences: int, name: str) -> Case:
    """Return a corpus on which no mistake comes out right, or as 0."""
    while True:
        c, w = (str(x) for x in rng.choice(VOCABULARY, 2, replace=False))
        corpus = [
            [str(word) for word in rng.choice(VOCABULARY, rng.integers(3, 8))]
            for _ in range(sentences)
        ]
        corpus[0] = [c, w, *corpus[0]]  # of a first sentence alone, something comes out
        right = bigram_mle(corpus, c, w)
        values = [flaw(corpus, c, w) for _, flaw in BIGRAM_FLAWS]
        if min(values) > 0 and all(compare(value, right) for value in values):
            return Case(name=name, args=(corpus, c, w))


def _corpora(rng: Rng) -> list[Case]:
    """Return corpora of three sizes on which no mistake looks like another one."""
    while True:
        cases = [_corpus_case(rng, n, f"{n} sentences") for n in (5, 8, 12)]
        values = [
            (code, [flaw(*case.args) for case in cases]) for code, flaw in BIGRAM_FLAWS
        ]
        if all(
            code == other or compare(mine, theirs)
            for i, (code, mine) in enumerate(values)
            for other, theirs in values[:i]
        ):
            return cases


def bigram_mle_inputs(rng: Rng) -> list[Case]:
    """Three random corpora; a pair never seen, and a context nothing follows."""
    last = [["天", "地"], ["人", "地"]]
    return [
        *_corpora(rng),
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
        for code, variant in BIGRAM_FLAWS
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
