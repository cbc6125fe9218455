"""Weights in place of a limit: what they cost, and when they are only a matter of form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from course_exercises import file_of, find

from grader.judge.key import AnswerKey
from grader.judge.score import judge

WEIGHTS = [
    pytest.param(exercise_id, code, function, id=f"{exercise_id}-{code}-{number}")
    for exercise_id in ("G06.1", "G06.2")
    for code, functions in file_of(exercise_id).wrong_ways.items()
    for number, function in enumerate(functions)
]


def test_there_are_examples() -> None:
    assert len(WEIGHTS) >= 5


@pytest.mark.parametrize(("exercise_id", "code", "function"), WEIGHTS)
def test_weights_in_place_of_a_limit_earn_nothing(
    exercise_id: str, code: str, function: Callable[..., Any]
) -> None:
    key = AnswerKey(find(exercise_id), 3)
    score = judge(key, key.answer_of(function))
    assert score.findings[0].code == code
    assert score.score == 0


def test_proper_weights_in_place_of_a_limit_are_a_matter_of_form() -> None:
    key = AnswerKey(find("G06.1"), 3)
    rng = np.random.default_rng(0)

    def weights(d_in: int, d_out: int) -> np.ndarray:
        v = key.exercise.reference(d_in, d_out)
        return rng.uniform(-v, v, (d_out, d_in))

    codes = [f.code for f in judge(key, key.answer_of(weights)).findings]
    assert codes[0] == "X06.1s"  # no word about their spread
