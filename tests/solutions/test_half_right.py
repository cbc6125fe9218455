"""What is right for a branch, a dimension or a group earns its points, and no others."""

from __future__ import annotations

import pytest
from course_exercises import find

from grader.judge.key import AnswerKey
from grader.judge.score import judge


@pytest.mark.parametrize(
    ("exercise", "code", "lost"),
    [
        ("G01.1", "X01.1r", ["another grammar"]),
        ("G01.1", "X01.1s", ["another root", "another grammar"]),
        ("G09.5", "M09.5g", ["whole numbers in x, a float64 array back"]),
        ("G09.5", "M09.5k", ["x with more axes"]),
        ("G09.5", "fixed h", ["a coarse h"]),
        ("X09.2", "tie", ["at a tie of max each side gets one half"]),
    ],
)
def test_only_the_wrong_parts_are_lost(exercise: str, code: str, lost: list[str]) -> None:
    found = find(exercise)
    key = AnswerKey(found, 7)
    variants = [m.variant for m in found.mistakes if m.code == code]
    assert variants, f"{exercise} has no mistake {code}"
    for variant in variants:
        score = judge(key, key.answer_of(variant))
        assert [name for name, right in score.parts if not right] == lost


def points(exercise: str, code: str) -> set[float]:
    found = find(exercise)
    key = AnswerKey(found, 7)
    variants = [m.variant for m in found.mistakes if m.code == code]
    return {judge(key, key.answer_of(variant)).score for variant in variants}


@pytest.mark.parametrize("code", ["M08.4g", "M08.4k", "M08.4l"])
def test_a_step_that_is_right_with_relu_earns_that_half(code: str) -> None:
    assert list(points("G08.4", code)) == pytest.approx([2.2])


def test_order_and_accumulation_weigh_most_in_an_engine() -> None:
    order = max(points("X09.2", "M09.4d"))
    replaced = max(points("X09.2", "M09.4g"))
    single = min(points("X09.2", "X09.2d"))
    assert replaced < order < single
    assert order <= 7
    assert replaced <= 5
    assert single >= 8
