"""The third witness of a01: trees drawn one by one, and the numbers of the slides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import comb
from typing import Any

import numpy as np
import pytest
from witness import SOLUTIONS, expected

from grader import exercises

LEXICON = {"the": {"DET"}, "saw": {"V"}, "in": {"P"}, "n": {"N"}}
RULES = [
    *(("S", "NP", "VP"), ("NP", "DET", "N"), ("NP", "NP", "PP")),
    *(("VP", "V", "NP"), ("VP", "VP", "PP"), ("PP", "P", "NP")),
]


def trees(
    tokens: Sequence[str], rules: Any, lexicon: Any, root: str, i: int, j: int
) -> Iterator[Any]:
    """Yield every tree itself."""
    if j - i == 1 and root in lexicon.get(tokens[i], ()):
        yield root, tokens[i]
    for parent, left, right in rules:
        for k in range(i + 1, j) if parent == root else ():
            for a in trees(tokens, rules, lexicon, left, i, k):
                for b in trees(tokens, rules, lexicon, right, k, j):
                    yield root, a, b


def test_parses_are_as_many_as_there_are_trees() -> None:
    for (tokens, rules, lexicon, root), number in expected("G01.1"):
        found = set(trees(tokens, rules, lexicon, root, 0, len(tokens)))
        assert len(found) == number


@pytest.mark.parametrize("phrases", range(6))
def test_phrases_give_catalan_numbers(phrases: int) -> None:
    tokens = ["the", "n", "saw", "the", "n"] + ["in", "the", "n"] * phrases
    catalan = comb(2 * phrases + 2, phrases + 1) // (phrases + 2)
    for function in (
        exercises.find("G01.1").reference,
        SOLUTIONS["a01_language"]["count_parses"],
    ):
        assert function(tokens, RULES, LEXICON) == catalan


def test_numbers_by_hand_are_those_of_the_syllabus() -> None:
    assert list(exercises.find("X01.1").reference.values()) == [1, 2, 5, 14, 1]


def test_bigrams_are_rows_of_a_table_of_counts() -> None:
    for (sentences, context, word), value in expected("G01.2"):
        words = sorted({w for s in sentences for w in s})
        table = np.zeros((len(words), len(words)))
        for sentence in sentences:
            for first, second in pairwise(sentence):
                table[words.index(first), words.index(second)] += 1
        row = table[words.index(context)]
        share = row[words.index(word)] / row.sum() if row.any() else 0.0
        assert value == pytest.approx(share, rel=1e-12)
