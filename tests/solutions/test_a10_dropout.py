"""What a layer that draws is judged by.

How rarely a right one fails, how surely a wrong one is noticed, and what it still earns.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from course_exercises import file_of, find
from marking import said, verdict
from solution_cells import solution_names

from grader.judge.key import AnswerKey

Array = np.ndarray
DROPOUT = file_of("X11.2")
cases, wrong_ways = DROPOUT.module.cases, DROPOUT.module.wrong_ways
spoilt = wrong_ways.spoilt


def hoeffding(n: int, width: float) -> float:
    """Bound the chance that a mean of n independent coins is off by width."""
    return 2 * math.exp(-2 * n * width**2)


def count_is_always_the_same(p: float) -> float:
    """Bound the chance that all masks keep equally many units, by the likeliest count."""
    n = cases.SIZE
    log = max(
        math.lgamma(n + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n - k + 1)
        + k * math.log(1 - p)
        + (n - k) * math.log(p)
        for k in range(1, n)
    )
    return math.exp(log * (cases.DRAWS - 1))


def false_alarms(p: float) -> float:
    """Bound the chance that a right layer fails one generic case."""
    rows, columns, draws = cases.ROWS, cases.COLUMNS, cases.DRAWS
    equal = (p**2 + (1 - p) ** 2) ** cases.SIZE
    same_sides = rows // 2 * columns, rows * (columns // 2)
    return sum(
        (
            hoeffding(draws * cases.SIZE, cases.WIDTH),
            rows * hoeffding(draws * columns, cases.LINE),
            columns * hoeffding(draws * rows, cases.LINE),
            *(hoeffding(draws * pairs, cases.PAIRS) for pairs in same_sides),
            math.comb(draws, 2) * equal,  # two masks of one layer
            equal,  # masks of two seeds
            equal,  # a kept mask and its opposite
            count_is_always_the_same(p),
        )
    )


def test_a_right_layer_fails_more_seldom_than_the_task_says() -> None:
    exactly_zero = 4 * (cases.DRAWS + 3) * cases.SIZE * 2.0**-53
    for p in np.linspace(0.2, 0.8, 61):
        assert 3 * false_alarms(p) + exactly_zero < cases.FALSE_ALARM
    assert cases.FALSE_ALARM <= 1e-10, "as the task says"
    tried = [case for seed in range(50) for case in AnswerKey(find("X11.2"), seed).cases]
    rates = [case.args[2] for case in tried if case.role == "generic"]
    assert 0.2 <= min(rates) <= max(rates) <= 0.8
    assert len(tried) == 50 * 4
    for case in tried:
        right, mixed, *_ = case.args[4]
        assert case.args[0].size == cases.SIZE
        assert case.role == "edge" or right[1] < mixed[0] or mixed[1] < right[0]


def test_right_layers_pass_whatever_they_draw() -> None:
    layer = solution_names("a10_training_tricks")["Dropout"]
    for seed in range(60):
        score = verdict("X11.2", layer, seed)
        assert score.score == 4, score.findings


LEAST = {
    "M11.1b": (2.8, 2.8),
    "X11.2c": (2, 0, 2.8),
    "X11.2d": (3,),
    "MX.11": (2.5, 3),
    "M11.2e": (3,),
    "X11.2f": (3,),
    "X11.2h": (3.01,),
    "X11.2j": (3, 3),
    "X11.2k": (1,),
    "X11.2l": (3, 3),
    "X11.2m": (2.25, 1.45),
}
"""What the examples of each mistake earn at least."""


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("code", LEAST)
def test_the_right_half_of_a_wrong_layer_earns_its_points(code: str, seed: int) -> None:
    for layer, least in zip(DROPOUT.wrong_ways[code], LEAST[code], strict=True):
        assert least <= verdict("X11.2", layer, seed).score < 4


@pytest.mark.parametrize("seed", range(4))
def test_changing_the_argument_is_named(seed: int) -> None:
    def scaled_in_place(self: Any, x: Array, train: bool) -> Array:
        if train:
            self.mask = self.draw(x)
            x *= self.mask / (1 - self.p)
        return x

    score = verdict("X11.2", spoilt(forward=scaled_in_place), seed)
    assert said(score)[0] == "MX.7", score.findings
    assert 3.5 <= score.score < 4


def test_units_that_share_their_fate_lose_points() -> None:
    def by_rows(self: Any, x: Array) -> Array:
        """One draw for each position along the first axis, in another way."""
        on = self.rng.binomial(1, 1 - self.p, (len(x),) + (1,) * (x.ndim - 1))
        return on * np.ones(x.shape, int)

    named = []
    for seed in range(12):
        score = verdict("X11.2", spoilt(draw=by_rows), seed)
        assert score.score < 4
        named += said(score)
        assert not any("item" in finding.message for finding in score.findings)
    assert set(named) <= {"X11.2c", "X11.2l"}
    assert named.count("X11.2c") >= 8


def test_a_mask_that_is_not_kept_is_said_in_words() -> None:
    def without_self(self: Any, x: Array, train: bool) -> Array:
        mask = self.draw(x)
        return x * mask / (1 - self.p) if train else x

    score = verdict("X11.2", spoilt(forward=without_self))
    assert {"X11.2g", "X11.2f"} <= set(said(score))
    assert not any("a text" in finding.message for finding in score.findings)


def test_testing_is_not_blamed_for_what_backward_does() -> None:
    def draws(self: Any, dout: Array) -> Any:
        return dout * self.draw(dout) / (1 - self.p)

    def in_place(self: Any, dout: Array) -> Any:
        dout *= self.mask / (1 - self.p)
        return dout

    for backward in (wrong_ways.fails, draws, in_place, lambda s, dout: dout):
        score = verdict("X11.2", spoilt(backward=backward))
        tested = [right for name, right in score.parts if name.startswith("evaluation")]
        assert all(tested), score.findings


def test_what_is_right_for_one_number_of_axes_earns_its_points() -> None:
    wrong = file_of("G11.1").wrong_ways["M11.1k"]
    assert [verdict("G11.1", way).score for way in wrong] == pytest.approx([1.4, 0.8])
    layers = DROPOUT.wrong_ways["X11.2m"]
    assert [verdict("X11.2", way).score for way in layers] == pytest.approx([2.25, 1.45])


@pytest.mark.parametrize(
    "methods",
    [
        {"forward": lambda s, x, train: None},
        {"forward": lambda s, x, train: "ab"},
        {"forward": lambda s, x, train: x[0]},
        {"forward": lambda s, x, train: x * np.nan},
        {"forward": lambda s, x, train: 0 * x},
        {"forward": lambda s, x, train: x if train else None},
        {"backward": lambda s, dout: None},
        {"backward": lambda s, dout: "ab"},
        {"backward": lambda s, dout: dout[0]},
        {"backward": lambda s, dout: object()},
    ],
)
def test_odd_layers_are_judged(methods: Any) -> None:
    score = verdict("X11.2", spoilt(**methods))
    assert score.findings
    assert score.score < 4
