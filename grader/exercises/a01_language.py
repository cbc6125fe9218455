"""Assignment a01: language and ambiguity (syllabus D-01, G01.1-G01.2, B14).

A grammar is a list of binary rules (A, B, C) for A -> B C, a lexicon maps words to sets
of tags. References go top-down with a memory where the solution cells fill tables, and
use exact fractions where those divide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from grader.check.compare import compare
from grader.exercises._hand import by_hand
from grader.model import Case, Exercise, Mistake

Rng = np.random.Generator
Rule = tuple[str, str, str]
Lexicon = Mapping[str, set[str]]
Sentences = Sequence[Sequence[str]]
LECTURE = "01_language_and_ambiguity"

# --- X01.1 -------------------------------------------------------------------------

X01_1 = by_hand(
    "X01.1",
    "trees",
    {"plain": 1, "one_pp": 2, "two_pps": 5, "three_pps": 14, "subject_pp": 1},
    {
        "X01.1a": (
            {"two_pps": 3, "three_pps": 4},
            "From the second phrase on, each adds more than one tree: it can hang on the "
            "verb, or on any noun that is still open.",
        ),
        "X01.1b": (
            {"two_pps": 4, "three_pps": 8},
            "The number does not simply double: with two phrases the second may hang on "
            "'saw', on 'the girl', or on 'a telescope'. Draw them all.",
        ),
        "X01.1c": (
            {"two_pps": 6, "three_pps": 24},
            "Not every combination of attachments is a tree: once a phrase hangs on the "
            "verb, a later one cannot reach back into the noun before it.",
        ),
        "X01.1d": (
            {"subject_pp": 2},
            "'with a telescope' stands inside the subject there: before the verb there is "
            "nothing else it could hang on.",
        ),
    },
    lecture=f"{LECTURE}#The-explosion",
)

# --- G01.1 -------------------------------------------------------------------------

RULES: tuple[Rule, ...] = (
    ("S", "NP", "VP"),
    ("NP", "DET", "N"),
    ("NP", "NP", "PP"),
    ("VP", "V", "NP"),
    ("VP", "VP", "PP"),
    ("PP", "P", "NP"),
)
NOUNS = ("boy", "girl", "park", "hill", "telescope", "dog", "bridge", "letter")
LINKS = ("with", "in", "on", "near")


def count_parses(
    tokens: Sequence[str], rules: Sequence[Rule], lexicon: Lexicon, root: str = "S"
) -> int:
    """T01.9: number of derivations, by recursion over symbols and spans."""

    @cache
    def trees(symbol: str, i: int, j: int) -> int:
        if j - i == 1:
            return int(symbol in lexicon.get(tokens[i], ()))
        return sum(
            trees(left, i, k) * trees(right, k, j)
            for parent, left, right in rules
            if parent == symbol
            for k in range(i + 1, j)
        )

    return trees(root, 0, len(tokens))


def _chart(flaw: str) -> Callable[..., int]:
    """Return a bottom-up counter with one mistake built in."""

    def tags(lexicon: Lexicon, word: str) -> list[str]:
        found = sorted(lexicon.get(word, ()))
        if flaw == "first tag":
            return found[:1]
        return found[-1:] if flaw == "last tag" else found

    def count(
        tokens: Sequence[str], rules: Sequence[Rule], lexicon: Lexicon, root: str = "S"
    ) -> int:
        length = len(tokens)
        table: dict[tuple[int, int], Counter[str]] = {}
        for i, word in enumerate(tokens):
            table[i, i + 1] = Counter(tags(lexicon, word))
        for j in range(2, length + 1):
            for i in range(j - 2, -1, -1):
                here: Counter[str] = Counter()
                stop = j - 1 if flaw == "last split" else j
                for k in range(i + 1, stop):
                    for parent, left, right in rules:
                        n, m = table[i, k][left], table[k, j][right]
                        number = n + m if flaw == "sum" and n and m else n * m
                        if flaw == "overwrites":
                            here[parent] = number or here[parent]
                        else:
                            here[parent] += number
                table[i, j] = here
        whole = table[0, length]
        return sum(whole.values()) if flaw == "any label" else whole[root]

    return count


def _grammar_case(rng: Rng, phrases: int, name: str, **more: Any) -> Case:
    """Return the telescope sentence in other words, with a number of phrases."""
    nouns = [str(w) for w in rng.permutation(NOUNS)]
    links = [str(w) for w in rng.permutation(LINKS)]
    tokens = ["the", nouns[0], "saw", "a", nouns[1]]
    for number in range(phrases):
        tokens += [links[number], "the", nouns[2 + number]]
    lexicon = {"the": {"DET"}, "a": {"DET"}, "saw": {"V", "N"}}
    lexicon |= {word: {"N"} for word in nouns} | {word: {"P"} for word in links}
    return Case(name=name, args=(tokens, list(RULES), lexicon, "S"), **more)


def count_parses_inputs(rng: Rng) -> list[Case]:
    """One to three phrases, a noun phrase that is no sentence, another grammar."""
    letters = [str(c) for c in rng.permutation(list("abcdef"))]
    other = [("X", "X", "X"), ("X", "X", "Y"), ("Z", "X", "Y")]
    tags = {letters[0]: {"X"}, letters[1]: {"X", "Y"}}
    word = [letters[0], letters[1], letters[0], letters[1], letters[1]]
    two = _grammar_case(rng, 2, "two phrases")
    tokens, rules, lexicon, _ = two.args
    strange = [*tokens[:-1], "xylophone"]
    return [
        _grammar_case(rng, 1, "one phrase"),
        two,
        _grammar_case(rng, 3, "three phrases"),
        Case(name="a noun phrase", args=(["the", "saw"], rules, lexicon, "S")),
        Case(name="another root", args=(tokens[3:], rules, lexicon, "NP")),
        Case(name="one word", args=(["saw"], rules, lexicon, "V")),
        Case(name="one word, another root", args=(["saw"], rules, lexicon, "P")),
        Case(name="another grammar", args=(word, other, tags, "X")),
        Case(
            name="unknown word",
            args=(strange, rules, lexicon, "S"),
            role="edge",
            requirement="an unknown word gives 0",
        ),
    ]


G01_1 = Exercise(
    id="G01.1",
    function="count_parses",
    points=6,
    reference=count_parses,
    inputs=count_parses_inputs,
    outputs=("number",),
    lecture=f"{LECTURE}#The-CKY-table",
    mistakes=(
        Mistake(
            code="M01.1a",
            variant=_chart("sum"),
            message="You add the numbers of left and right subtrees. Each left one goes "
            "with each right one, so the numbers multiply.",
        ),
        Mistake(
            code="M01.1b",
            variant=_chart("overwrites"),
            message="Only one way is kept for each label and span. Other split points "
            "and rules give other trees: add them all up.",
        ),
        Mistake(
            code="M01.1b",
            variant=lambda *args: min(count_parses(*args), 1),
            message="This says whether there is a tree at all. Ambiguity shows only when "
            "all of them are counted: add up the products of all split points and rules.",
        ),
        Mistake(
            code="M01.1d",
            variant=_chart("last split"),
            message="The last split point is missing: k runs up to j - 1, that one "
            "included, and range leaves its end out.",
        ),
        Mistake(
            code="M01.1e",
            variant=_chart("any label"),
            message="You count every label over the whole sentence. Only the root counts: "
            "a noun phrase alone is no sentence.",
        ),
        *(
            Mistake(
                code="M01.1f",
                variant=_chart(flaw),
                message="Each word seems to get one tag. A word such as 'saw' has "
                "several, and every one of them can lead to trees.",
            )
            for flaw in ("first tag", "last tag")
        ),
    ),
)

# --- G01.2 -------------------------------------------------------------------------

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


G01_2 = Exercise(
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

EXERCISES = (X01_1, G01_1, G01_2)
