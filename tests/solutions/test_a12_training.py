"""The training loop of a12: answers that touch what they were given, or give nothing."""

from __future__ import annotations

import pytest
from course_exercises import file_of
from marking import said, verdict

pytest.importorskip("torch")


def test_tensors_that_share_memory_change_the_arguments() -> None:
    score = verdict("X15.2", file_of("X15.2").module.wrong_ways.loop(shared=True))
    assert said(score) == ["MX.7"]
    assert score.score < score.max_score


def test_a_training_that_returns_nothing_is_blank() -> None:
    assert said(verdict("X15.2", lambda *args: None)) == ["blank"]
