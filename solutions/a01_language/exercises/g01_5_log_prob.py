"""G01.5 `log_prob`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from grader.judge.compare import compare
from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ._shared import END, LECTURE, START, Rng

Sentences = Sequence[Sequence[str]]

EMPTY = "a text without words has one step, from <s> to </s>"
STRANGE = "a word that the corpus lacks has the count 0"
"""Requirements of the task."""
VOCABULARY = ("天", "地", "天地", "山", "水", "山水")
"""Some words stand in others: looking for texts in texts is no way to count words."""


def log_prob(sentences: Sentences, text: Sequence[str]) -> float:
    """Return the sum of the logarithms of exact fractions."""
    V = len({word for sentence in sentences for word in sentence}) + 1
    total = 0.0
    for c, w in pairwise([START, *text, END]):
        row = Counter(
            second
            for sentence in sentences
            for first, second in pairwise([START, *sentence, END])
            if first == c
        )
        total += math.log(Fraction(row[w] + 1, row.total() + V))
    return total


def _types(sentences: Sentences) -> int:
    return len({word for sentence in sentences for word in sentence})


def _and_end(sentences: Sentences) -> int:
    return _types(sentences) + 1


def _estimate(
    *,
    added: float = 1.0,
    below: Callable[[int], float] = lambda V: V,
    size: Callable[[Sentences], int] = _and_end,
    marked: Callable[[Sequence[str]], list[str]] = lambda text: [START, *text, END],
    counted: Callable[[Sequence[str]], list[str]] = lambda text: [START, *text, END],
    turned: bool = False,
    below_counts: str = "after the context",
    once_in: str = "",
    once_below: bool = False,
    strangers: str = "",
    log: Callable[[float], float] = math.log,
    end: Callable[[float, int], float] = lambda total, steps: total,
    skip: bool = False,
) -> Callable[..., float]:
    """Return log_prob, right but for what is given.

    Args:
        added: to each count above the line.
        below: what is added below it, from the size of the vocabulary.
        size: of the vocabulary.
        marked: the text with its marks.
        counted: the same for the corpus.
        turned: whether the second word of a pair is the context.
        below_counts: what is counted below the line.
        once_in: where a pair counts once, "corpus" or "sentence".
        once_below: whether it does so below the line, too.
        strangers: what becomes of a word that the corpus lacks: "counted" in V, "left out".
        log: of one probability; infinite where it is 0.
        end: from the sum and the number of steps to the result.
        skip: whether pairs that were never seen are left out.
    """

    def run(sentences: Sentences, text: Sequence[str]) -> float:
        of_each = [list(pairwise(counted(s))) for s in sentences]
        pairs = Counter(p for some in of_each for p in some)
        above = pairs
        if once_in == "corpus":
            above = Counter(set(pairs))
        if once_in == "sentence":
            above = Counter(p for some in of_each for p in set(some))
        if once_below:
            pairs = above
        known = {word for sentence in sentences for word in sentence} | {START, END}
        V = size(sentences)
        if strangers == "counted":
            V += len(set(text) - known)
        total, steps = 0.0, 0
        for c, w in pairwise(marked(text)):
            pair = (w, c) if turned else (c, w)
            row = {
                "after the context": sum(n for (a, _), n in pairs.items() if a == c),
                "pairs": pairs.total(),
                "kinds": sum(a == c for a, _ in pairs),
                "before the context": sum(n for (_, b), n in pairs.items() if b == c),
                "the context anywhere": sum(s.count(c) for s in map(list, sentences)),
            }[below_counts]
            p = (above[pair] + added) / max(row + below(V), 1e-300)
            if (skip and not pairs[pair]) or (strangers == "left out" and w not in known):
                continue
            total += log(p) if p > 0 else -math.inf
            steps += 1
        return end(total, steps)

    return run


def _tokens(sentences: Sentences) -> int:
    return sum(len(sentence) for sentence in sentences)


def _across(sentences: Sentences, text: Sequence[str]) -> float:
    """Count in one long sentence, with the vocabulary of all."""
    return log_prob([[word for sentence in sentences for word in sentence]], text)


def _as_one_string(sentences: Sentences, text: Sequence[str]) -> float:
    """Count in texts instead of lists, where one word can stand in another."""
    lines = ["".join([START, *sentence, END]) for sentence in sentences]
    V = _and_end(sentences)
    return sum(
        math.log(
            (sum(line.count(c + w) for line in lines) + 1)
            / (sum(line.count(c) for line in lines) + V)
        )
        for c, w in pairwise([START, *text, END])
    )


def _single_words(sentences: Sentences, text: Sequence[str]) -> float:
    """Leave the context out of account."""
    words = Counter(word for sentence in sentences for word in [*sentence, END])
    below = words.total() + _and_end(sentences)
    return sum(math.log((words[word] + 1) / below) for word in [*text, END])


FLAWS: tuple[tuple[str, str, Callable[..., float]], ...] = (
    (
        "a",
        "Nothing is added to the counts, so a pair that was never seen gives minus "
        "infinity. Add one to every count.",
        _estimate(added=0, below=lambda V: 0),
    ),
    (
        "b",
        "One is added above the line, but nothing below it. Every word of the row gets one "
        "more, so the row has V more.",
        _estimate(below=lambda V: 0),
    ),
    (
        "c",
        "One is added below the line instead of V: every one of the V words of the row "
        "got one more.",
        _estimate(below=lambda V: 1),
    ),
    (
        "d",
        "V lacks </s>, which can follow, too: count it beside the words of the corpus.",
        _estimate(size=_types),
    ),
    (
        "e",
        "V is one too large. </s> counts, <s> does not: no word is ever followed by it.",
        _estimate(size=lambda s: _types(s) + 2),
    ),
    (
        "f",
        "V is the number of all tokens. It is the number of different words, and </s>.",
        _estimate(size=_tokens),
    ),
    (
        "f",
        "V is the number of all tokens and marks. It is the number of different words, and "
        "</s>.",
        _estimate(size=lambda s: _tokens(s) + len(s)),
    ),
    (
        "g",
        "0.1 is added to each count, as in the lecture. The task adds 1.",
        _estimate(added=0.1, below=lambda V: 0.1 * V),
    ),
    (
        "h",
        "The last step of the text is missing: from its last word to </s>.",
        _estimate(marked=lambda text: [START, *text]),
    ),
    (
        "i",
        "The first step of the text is missing: from <s> to its first word.",
        _estimate(marked=lambda text: [*text, END]),
    ),
    (
        "i",
        "Both marks are missing in the text: it begins after <s> and ends with </s>.",
        _estimate(marked=list),
    ),
    (
        "j",
        "The sentences of the corpus are counted without </s>, so no sentence ever ends.",
        _estimate(counted=lambda text: [START, *text]),
    ),
    (
        "j",
        "The sentences of the corpus are counted without <s>, so no sentence ever begins.",
        _estimate(counted=lambda text: [*text, END]),
    ),
    (
        "j",
        "The sentences of the corpus are counted without their marks: put <s> before and "
        "</s> behind each of them.",
        _estimate(counted=list),
    ),
    (
        "k",
        "The pairs are turned round: the context is the first word of a pair.",
        _estimate(turned=True),
    ),
    (
        "l",
        "You divide by the number of all pairs. Divide by how often the context was "
        "followed by anything.",
        _estimate(below_counts="pairs"),
    ),
    (
        "l",
        "Below the line each different word is counted once. Count how often the context "
        "was followed by anything, repetitions included.",
        _estimate(below_counts="kinds"),
    ),
    (
        "l",
        "You divide by how often the context occurs in the sentences. <s> never does: count "
        "pairs of sentences with their marks.",
        _estimate(below_counts="the context anywhere"),
    ),
    (
        "k",
        "The pairs are turned round, above and below the line: you count what stands before "
        "the context.",
        _estimate(turned=True, below_counts="before the context"),
    ),
    (
        "r",
        "Pairs are counted across the ends of sentences. Put the marks around each sentence "
        "and count inside.",
        _across,
    ),
    (
        "u",
        "A pair counts once here, however often it occurs. Count every time.",
        _estimate(once_in="corpus"),
    ),
    (
        "u",
        "A pair counts once in each sentence here. Count every time that it occurs.",
        _estimate(once_in="sentence"),
    ),
    (
        "u",
        "A pair counts once in each sentence here, above and below the line. Count every "
        "time that it occurs.",
        _estimate(once_in="sentence", once_below=True),
    ),
    (
        "v",
        "The words are joined to one string and looked for in it, so that 天 is found in "
        "天地, too. Compare whole words, in lists.",
        _as_one_string,
    ),
    (
        "w",
        "The context has no effect: each word has its share of all words. Count pairs.",
        _single_words,
    ),
    (
        "m",
        "These are logarithms to the base 2. The task asks for natural ones.",
        _estimate(log=math.log2),
    ),
    (
        "m",
        "These are logarithms to the base 10. The task asks for natural ones.",
        _estimate(log=math.log10),
    ),
    (
        "n",
        "This is the probability. Its logarithm is asked for: the sum of the logarithms.",
        _estimate(end=lambda total, steps: math.exp(total)),
    ),
    (
        "o",
        "The sign is turned round: the logarithm of a probability is never positive.",
        _estimate(end=lambda total, steps: -total),
    ),
    (
        "p",
        "This is the mean over the steps. The task asks for their sum.",
        _estimate(end=lambda total, steps: total / max(steps, 1)),
    ),
    (
        "q",
        "Steps that were never seen are left out. They are what the added one is for.",
        _estimate(skip=True),
    ),
)


AT_STRANGERS = (
    (
        "s",
        "A word of the text that the corpus lacks makes V larger. V belongs to the corpus "
        "alone.",
        _estimate(strangers="counted"),
    ),
    (
        "t",
        "The step to a word that the corpus lacks is left out. Its count is 0, and one is "
        "added to it like to any other.",
        _estimate(strangers="left out"),
    ),
)
"""What shows in texts with a new word only."""


def log_prob_inputs(rng: Rng) -> list[Case]:
    """Texts with pairs seen and unseen; the edges that the task names."""
    while True:
        cases = [_case(rng, n, m) for n, m in ((4, 3), (6, 4), (9, 6))]
        values = [
            (message, [flaw(*case.args) for case in cases]) for _, message, flaw in FLAWS
        ]
        right = [log_prob(*case.args) for case in cases]
        if all(
            compare(mine, right) and all(compare(mine, theirs) for _, theirs in values[:i])
            for i, (_, mine) in enumerate(values)
        ):
            break
    corpus = cases[0].args[0]
    return [
        *cases,
        Case(name="no words", args=(corpus, []), role="edge", requirement=EMPTY),
        Case(
            name="a new word",
            args=(corpus, [corpus[0][0], "风", corpus[0][0]]),
            role="edge",
            requirement=STRANGE,
        ),
    ]


def _case(rng: Rng, sentences: int, length: int) -> Case:
    corpus = [
        [str(w) for w in rng.choice(VOCABULARY, rng.integers(2, 6))]
        for _ in range(sentences)
    ]
    known = sorted({word for sentence in corpus for word in sentence})
    text = [str(w) for w in rng.choice(known, length)]
    text[0] = corpus[0][0]  # a beginning and an end that were seen
    text[-1] = corpus[0][-1]
    corpus[1] = [*text[:2], *corpus[1], *text[:2]]  # a pair twice in one sentence
    return Case(name=f"{sentences} sentences, {length} words", args=(corpus, text))


EXERCISE = Exercise(
    id="G01.5",
    function="log_prob",
    points=4,
    reference=log_prob,
    inputs=log_prob_inputs,
    outputs=("log probability",),
    parts=(
        Part(name="the result", weight=3.2, output="log probability"),
        Part(name=EMPTY, weight=0.3, edge=EMPTY),
        Part(name=STRANGE, weight=0.3, edge=STRANGE),
        Part(name=UNCHANGED, weight=0.2, edge=UNCHANGED),
    ),
    lecture=f"{LECTURE}#10.-A-whole-sentence-from-its-sounds-(15-minutes,-core)",
    mistakes=tuple(
        Mistake(code=f"X01.5{letter}", variant=variant, message=message)
        for letter, message, variant in (*FLAWS, *AT_STRANGERS)
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def log_prob_of_two_counters(sentences, text):
    pairs, firsts = Counter(), Counter()
    for sentence in sentences:
        marked = ["<s>", *sentence, "</s>"]
        pairs.update(pairwise(marked))
        firsts.update(marked[:-1])
    V = len({w for _, w in pairs})
    steps = zip(["<s>", *text], [*text, "</s>"])
    return sum(math.log((pairs[c, w] + 1) / (firsts[c] + V)) for c, w in steps)


def log_prob_of_a_product(sentences, text):
    words = set().union(*sentences) | {"</s>"}
    p = Fraction(1)
    last = "<s>"
    for word in [*text, "</s>"]:
        after = [
            b for s in sentences for a, b in zip(["<s>", *s], [*s, "</s>"]) if a == last
        ]
        p *= Fraction(after.count(word) + 1, len(after) + len(words))
        last = word
    return math.log(p.numerator) - math.log(p.denominator)


def log_prob_of_an_array(sentences, text):
    words = ["<s>", "</s>", *sorted({w for s in sentences for w in s})]
    place = {w: i for i, w in enumerate(words)}
    n = np.zeros((len(words) + 1, len(words) + 1))  # the last row: unknown
    for s in sentences:
        ids = [0, *(place[w] for w in s), 1]
        np.add.at(n, (ids[:-1], ids[1:]), 1)
    table = np.log((n + 1) / (n.sum(axis=1, keepdims=True) + len(words) - 1))
    ids = [0, *(place.get(w, len(words)) for w in text), 1]
    return table[ids[:-1], ids[1:]].sum()


RIGHT_WAYS = [log_prob_of_two_counters, log_prob_of_a_product, log_prob_of_an_array]


# --- what the reference has to agree with ---------------------------------------------


def witness_all_texts_have_probability_one() -> None:
    """Of one word there is one text of each length; together they are certain."""
    for corpus in ([["天"]], [["天", "天"], ["天"]]):
        texts = (["天"] * n for n in range(80))
        np.testing.assert_allclose(sum(math.exp(log_prob(corpus, t)) for t in texts), 1.0)
    for (sentences, text), value in expected(EXERCISE):
        np.testing.assert_allclose(log_prob_of_an_array(sentences, text), value)
