"""The solution of a01 counts what Catalan counted."""

from __future__ import annotations

from math import comb

import pytest
from course_exercises import file_of
from solution_cells import solution_names

LEXICON = {"the": {"DET"}, "saw": {"V"}, "in": {"P"}, "n": {"N"}}


@pytest.mark.parametrize("phrases", range(6))
def test_phrases_give_catalan_numbers(phrases: int) -> None:
    tokens = ["the", "n", "saw", "the", "n"] + ["in", "the", "n"] * phrases
    catalan = comb(2 * phrases + 2, phrases + 1) // (phrases + 2)
    count = solution_names("a01_language")["count_parses"]
    assert count(tokens, file_of("G01.1").module.RULES, LEXICON) == catalan
