"""G01.1 `count_parses`."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np

from grader.model import UNCHANGED, Case, Exercise, Mistake, Part
from grader.vetting.witness import expected

from ._shared import LECTURE, Rng

Rule = tuple[str, str, str]
Lexicon = Mapping[str, set[str]]


RULES: tuple[Rule, ...] = (
    ("S", "NP", "VP"),
    ("NP", "DET", "N"),
    ("NP", "NP", "PP"),
    ("VP", "V", "NP"),
    ("VP", "VP", "PP"),
    ("PP", "P", "NP"),
)


STRANGERS = ("dog", "bridge", "letter")
"""Not in the notebook's own lexicon."""
OWN, ROOT, OTHER = "the notebook's grammar", "another root", "another grammar"
"""What cases are about, and parts of the points."""
UNKNOWN = "an unknown word gives 0"
"""A requirement of the task."""
NOUNS = ("boy", "girl", "park", "hill", "telescope")
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
        table: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
        for i, word in enumerate(tokens):
            table[i, i + 1] = Counter(tags(lexicon, word))
        spans = [(i, j) for j in range(2, length + 1) for i in range(j - 2, -1, -1)]
        for i, j in sorted(spans) if flaw == "by the start" else spans:
            here: Counter[str] = Counter()
            stop = j - 1 if flaw == "last split" else j
            for k in range(i + 1, stop):
                for parent, left, right in rules:
                    n, m = table[i, k][left], table[k, j][right]
                    number = n + m if flaw == "sum" and n and m else n * m
                    if flaw == "one each":
                        number = min(number, 1)
                    if flaw == "overwrites":
                        here[parent] = number or here[parent]
                    else:
                        here[parent] += number
            table[i, j] = here
        whole = table[0, length]
        return sum(whole.values()) if flaw == "any label" else whole[root]

    return count


def _one_result(
    tokens: Sequence[str], rules: Sequence[Rule], lexicon: Lexicon, root: str = "S"
) -> int:
    """Count with one rule for each pair of symbols, as in a dict from pairs."""
    kept = {(left, right): parent for parent, left, right in rules}
    return count_parses(tokens, [(a, *pair) for pair, a in kept.items()], lexicon, root)


def _first_rule(
    tokens: Sequence[str], rules: Sequence[Rule], lexicon: Lexicon, root: str = "S"
) -> int:
    """Count with the first rule of each symbol alone."""
    first: dict[str, Rule] = {}
    for rule in rules:
        first.setdefault(rule[0], rule)
    return count_parses(tokens, [*first.values()], lexicon, root)


def _grammar_case(rng: Rng, phrases: int, name: str, **more: Any) -> Case:
    """Return the telescope sentence in other words, with a number of phrases."""
    nouns = [str(w) for w in rng.permutation(STRANGERS)[:2]]
    nouns += [str(w) for w in rng.permutation(NOUNS)]
    links = [str(w) for w in rng.permutation(LINKS)]
    tokens = ["the", nouns[0], "saw", "a", nouns[1]]
    for number in range(phrases):
        tokens += [links[number], "the", nouns[2 + number]]
    lexicon = {"the": {"DET"}, "a": {"DET"}, "saw": {"V", "N"}}
    lexicon |= {word: {"N"} for word in nouns} | {word: {"P"} for word in links}
    return Case(name=name, args=(tokens, list(RULES), lexicon, "S"), group=OWN, **more)


def count_parses_inputs(rng: Rng) -> list[Case]:
    """One to three phrases, 'saw' as verb and noun, no sentence, roots, another grammar."""
    letters = [str(c) for c in rng.permutation(list("abcdef"))]
    other = [("X", "X", "X"), ("X", "X", "Y"), ("Z", "X", "Y")]
    tags = {letters[0]: {"X"}, letters[1]: {"X", "Y"}}
    word = [letters[0], letters[1], letters[0], letters[1], letters[1]]
    two = _grammar_case(rng, 2, "two phrases")
    tokens, rules, lexicon, _ = two.args
    strange = [*tokens[:-1], "xylophone"]

    def case(name: str, tokens: list[str], root: str, group: str) -> Case:
        return Case(name=name, args=(tokens, rules, lexicon, root), group=group)

    return [
        _grammar_case(rng, 1, "one phrase"),
        two,
        _grammar_case(rng, 3, "three phrases"),
        case("a verb and a noun", [*tokens[:3], "the", "saw"], "S", OWN),
        case("a noun phrase", ["the", "saw"], "S", OWN),
        case("another root", tokens[3:], "NP", ROOT),
        case("one word", ["saw"], "V", ROOT),
        case("one word, another root", ["saw"], "P", ROOT),
        Case(name="another grammar", args=(word, other, tags, "X"), group=OTHER),
        Case(
            name="unknown word",
            args=(strange, rules, lexicon, "S"),
            role="edge",
            requirement=UNKNOWN,
        ),
    ]


EXERCISE = Exercise(
    id="G01.1",
    function="count_parses",
    points=6,
    reference=count_parses,
    inputs=count_parses_inputs,
    outputs=("number",),
    parts=(
        Part(name=f"sentences of {OWN}", weight=3.2, group=OWN),
        Part(name=ROOT, weight=0.8, group=ROOT),
        Part(name=OTHER, weight=0.8, group=OTHER),
        Part(name=UNKNOWN, weight=0.6, edge=UNKNOWN),
        Part(name=UNCHANGED, weight=0.6, edge=UNCHANGED),
    ),
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
            lists_causes=True,
            message="No sentence of more than one word gets a tree. Perhaps the last split "
            "point is missing (range leaves its end out); perhaps rules are lost, or other "
            "rules and words are read than those of the arguments.",
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
        Mistake(
            code="X01.1p",
            variant=_chart("one each"),
            message="Each rule at each split point adds 1 here. It has to add the product: "
            "3 trees on the left and 2 on the right make 6.",
        ),
        Mistake(
            code="X01.1t",
            variant=_chart("by the start"),
            message="Long spans are counted before the short ones they are made of, which "
            "still are 0. Go by length: all spans of 2 words, then of 3, and so on.",
        ),
        Mistake(
            code="X01.1q",
            variant=_one_result,
            message="Where two rules have the same right side, one of them is lost, as in "
            "a dict from (B, C) to A. Go through the whole list of rules.",
        ),
        Mistake(
            code="X01.1u",
            variant=_first_rule,
            message="Only the first rule of each symbol is used. Does return or break stand "
            "inside the loop over the rules?",
        ),
        Mistake(
            code="X01.1r",
            variant=lambda tokens, rules, lexicon, root: count_parses(
                tokens, RULES, lexicon, root
            ),
            lists_causes=True,
            message="Right with the grammar of the notebook; with another one you find no "
            "tree. Does your function read RULES, or names such as 'NP', in place of its "
            "argument rules?",
        ),
        Mistake(
            code="X01.1s",
            variant=lambda tokens, rules, lexicon, root: count_parses(
                tokens, rules, lexicon, "S"
            ),
            lists_causes=True,
            message="Right for the root 'S'; with another root you find no tree. Look up "
            "the argument root at the end.",
        ),
    ),
)


# --- other right ways of writing it ---------------------------------------------------


def count_by_recursion(tokens, rules, lexicon, root="S"):
    @lru_cache(None)
    def n(a, i, j):
        if j == i + 1:
            return 1 if a in lexicon.get(tokens[i], set()) else 0
        return sum(
            n(b, i, k) * n(c, k, j) for x, b, c in rules if x == a for k in range(i + 1, j)
        )

    return n(root, 0, len(tokens))


def count_in_a_matrix(tokens, rules, lexicon, root="S"):
    symbols = sorted({s for rule in rules for s in rule} | {root})
    place = {s: number for number, s in enumerate(symbols)}
    T = len(tokens)
    n = np.zeros((T + 1, T + 1, len(symbols)), dtype=np.int64)
    for i, word in enumerate(tokens):
        for tag in lexicon.get(word, []):
            if tag in place:
                n[i, i + 1, place[tag]] = 1
    for width in range(2, T + 1):
        for i in range(T - width + 1):
            for a, b, c in rules:
                left = n[i, i + 1 : i + width, place[b]]
                right = n[i + 1 : i + width, i + width, place[c]]
                n[i, i + width, place[a]] += left @ right
    return n[0, T, place[root]]


def count_by_listing_trees(tokens, rules, lexicon, root="S"):
    trees = defaultdict(list)
    for i, word in enumerate(tokens):
        for tag in lexicon.get(word, ()):
            trees[i, i + 1].append((tag, word))
    for j in range(2, len(tokens) + 1):
        for i in range(j - 2, -1, -1):
            for k in range(i + 1, j):
                for left in trees[i, k]:
                    for right in trees[k, j]:
                        trees[i, j] += [
                            (a, left, right)
                            for a, b, c in rules
                            if (b, c) == (left[0], right[0])
                        ]
    return len([tree for tree in trees[0, len(tokens)] if tree[0] == root])


RIGHT_WAYS = [count_by_recursion, count_in_a_matrix, count_by_listing_trees]

EQUIVALENTS = {
    "for length in range(2, T + 1): → for length in range(-2, T + 1):": "spans of negative length have no split points",
    "for length in range(2, T + 1): → for length in range(2, T + 2):": "no span is longer than the sentence",
    "for i in range(T - length + 1): → for i in range(T + length + 1):": "spans beyond the end hold no words",
    "for i in range(T - length + 1): → for i in range(T - length + 2):": "spans beyond the end hold no words",
    "for k in range(i + 1, j): → for k in range(i - 1, j):": "an empty left part has no trees",
    "for k in range(i + 1, j): → for k in range(i + -1, j):": "an empty left part has no trees",
}


# --- what the reference has to agree with ---------------------------------------------


def _drawn(
    tokens: Sequence[str],
    rules: Sequence[Rule],
    lexicon: Lexicon,
    root: str,
    i: int,
    j: int,
) -> Iterator[Any]:
    """Yield every tree over the words from i to j itself."""
    if j - i == 1 and root in lexicon.get(tokens[i], ()):
        yield root, tokens[i]
    for parent, left, right in rules:
        for k in range(i + 1, j) if parent == root else ():
            for a in _drawn(tokens, rules, lexicon, left, i, k):
                for b in _drawn(tokens, rules, lexicon, right, k, j):
                    yield root, a, b


def witness_trees_drawn_one_by_one() -> None:
    for (tokens, rules, lexicon, root), number in expected(EXERCISE):
        found = set(_drawn(tokens, rules, lexicon, root, 0, len(tokens)))
        assert len(found) == number, (tokens, root, number)


def witness_catalan_numbers() -> None:
    lexicon = {"the": {"DET"}, "saw": {"V"}, "in": {"P"}, "n": {"N"}}
    for phrases in range(6):
        tokens = ["the", "n", "saw", "the", "n"] + ["in", "the", "n"] * phrases
        catalan = math.comb(2 * phrases + 2, phrases + 1) // (phrases + 2)
        assert count_parses(tokens, RULES, lexicon) == catalan, phrases
