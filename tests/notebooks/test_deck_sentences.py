"""Sentences about decks are found, and what they lack is noticed."""

from __future__ import annotations

import pytest
from deck_sentences import Deck, marks, said_in_code, sentences

DECKS = {
    "D0": Deck("# 神经元\n\nw i n d o w  length 2\n"),
    "D1": Deck("a score\n\n使用DropConnect\n$x = Le$"),
}


def complaints(text: str) -> list[list[str]]:
    return [marks(sentence, DECKS) for sentence in sentences("here", text)]


def test_sentences_that_speak_of_no_deck_are_left_out():
    text = "We count. Deck D0 counts, too (line 3). A slider moves."
    assert [s.text for s in sentences("", text)] == ["Deck D0 counts, too (line 3)."]


@pytest.mark.parametrize(
    "text",
    [
        'Deck D0 says "window length 2" (line 3 of its text copy).',
        'Deck D0 says "window length 2". Line 3 has it.',
        "Lines 1 to 3 are about units. Deck D0 calls them neurons.",
        'Deck D1 has 使用DropConnect, "use DropConnect" (line 3).',
        "## On the slides",
        "| here | in a deck |\n|:--|:--|",
    ],
)
def test_what_can_be_looked_up_is_not_marked(text):
    assert [*filter(None, complaints(text))] == []


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("The slides say it otherwise.", "no line"),
        ('Deck D0 says "a score" (line 1).', "not found: a score"),
        ('Deck D1 says "a score" (lines 2 and 3).', "in line 1: a score"),
        ("Deck D1 has more (line 99).", "no such line"),
    ],
)
def test_what_cannot_be_looked_up_is_marked(text, mark):
    assert complaints(text) == [[mark]]


def test_comments_and_texts_of_code_speak_as_well():
    code = 'slide = 1  # as in deck D0\nassert slide == 1, "as deck D1 has it"'
    found = [s.text for s in sentences("", said_in_code(code))]
    assert found == ["as in deck D0", "as deck D1 has it"]
