"""Patience, padding and deep networks of a10: solutions, odd and half-right answers."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from course_exercises import file_of
from marking import key_of, said, verdict
from solution_cells import solution_names


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the solution notebook defines."""
    return solution_names("a10_training_tricks")


def test_early_stopping_follows_the_example_of_the_syllabus(names: dict[str, Any]) -> None:
    assert names["early_stop_epoch"](file_of("G11.6").module.EXAMPLE, 3) == 6


def test_twenty_layers_vanish_as_the_syllabus_says(names: dict[str, Any]) -> None:
    r = np.random.default_rng(0)
    x = r.normal(size=50)
    Ws = [np.sqrt(1 / 50) * r.normal(size=(50, 50)) for _ in range(20)]
    g, a, zs = r.normal(size=50), x, []
    for W in Ws:
        zs.append(W @ a)
        a = 0.5 + 0.5 * np.tanh(0.5 * zs[-1])
    ratio = names["delta_norms"](Ws, zs, g)[-1] / np.linalg.norm(g)
    assert ratio == pytest.approx(3.59e-13, rel=2e-3)


@pytest.mark.parametrize("seed", range(4))
def test_comparing_neighbours_is_not_called_one_failure_too_many(seed: int) -> None:
    def neighbours_from_one(dev: Any, patience: int) -> int:
        failures = 0
        for t in range(1, len(dev)):
            failures = 0 if dev[t] < dev[t - 1] else failures + 1
            if failures == patience:
                return t + 1
        return len(dev)

    assert "M11.6d" not in said(verdict("G11.6", neighbours_from_one, seed))


@pytest.mark.parametrize(
    "odd",
    [
        lambda sentences, pad="": sentences,
        lambda sentences, pad="": (sentences, sentences),
        lambda sentences, pad="": (1, 2),
        lambda sentences, pad="": ([[None]], [[object()]]),
        lambda sentences, pad="": ("ab", np.zeros(3)),
        lambda sentences, pad="": None,
        lambda sentences, pad="": ([], []),
    ],
)
def test_odd_paddings_are_judged(odd: Any) -> None:
    score = verdict("G11.7", odd)
    assert score.findings
    assert score.score == 0


@pytest.mark.parametrize("seed", range(4))
def test_some_word_is_longer_than_the_pad(seed: int) -> None:
    """So that a narrow array cuts it off."""
    for case in key_of("G11.7", seed).cases:
        if case.role == "generic" and isinstance(case.args[1], str):
            sentences, pad = case.args
            words = [w for w in itertools.chain(*sentences) if isinstance(w, str)]
            assert max(map(len, words)) > len(pad)


def test_weights_that_were_not_copied_earn_something() -> None:
    (fit,) = file_of("X11.4").wrong_ways["M11.6g"]
    assert 0 < verdict("X11.4", fit).score < 3


def test_the_last_epoch_is_evaluated_too() -> None:
    def without_the_last_look(
        theta: Any, epoch: Any, train: Any, dev: Any, patience: int, most: int
    ) -> Any:
        best, kept, waited = dev(theta), theta.copy(), 0
        for done in range(most):
            epoch(theta)
            if done + 1 == most:
                break
            waited += 1
            if dev(theta) < best:
                best, kept, waited = dev(theta), theta.copy(), 0
            if waited == patience:
                break
        return kept

    score = verdict("X11.4", without_the_last_look)
    assert [finding.message for finding in score.findings] == [
        "Right in general, but not where the task says: "
        "it ends after most epochs, the last of them evaluated too."
    ]
    assert score.score < 3


def endless(theta: Any, epoch: Any, *_: Any) -> Any:
    while True:
        epoch(theta)


def rebound(theta: Any, epoch: Any, train: Any, dev: Any, patience: int, most: int) -> None:
    theta = epoch(theta)
    dev(theta)


@pytest.mark.parametrize("wrong", [endless, rebound, lambda *args: None])
def test_odd_trainings_come_to_an_end(wrong: Any) -> None:
    score = verdict("X11.4", wrong)
    assert score.findings
    assert score.score == 0
