"""Odd batches of a09, answers with two faults, and the walk of its solution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from course_exercises import file_of
from marking import said, verdict
from solution_cells import solution_names

Array = np.ndarray


def shuffled(X: Array, Y: Array, B: int, rng: Any) -> Any:
    return file_of("G10.6").module.cut(X, Y, B, rng.permutation(len(X)))


def test_shuffling_the_caller_s_arrays_costs_points() -> None:
    def in_place(X: Array, Y: Array, B: int, rng: Any) -> Any:
        rows = rng.permutation(len(X))
        X[:], Y[:] = X[rows], Y[rows]
        return file_of("G10.6").module.cut(X, Y, B, np.arange(len(X)))

    score = verdict("G10.6", in_place)
    assert "MX.7" in said(score)
    assert score.score < 4


@pytest.mark.parametrize(
    "change",
    [
        lambda x, y: (x.astype(object), y.astype(object)),
        lambda x, y: (x, [object()] * len(x)),
        lambda x, y: (x, np.full(y.shape, "a")),
        lambda x, y: (x[:, :, None], y),
        lambda x, y: (x[0], y[0]),
        lambda x, y: (x, None),
        lambda x, y: (y, x),
        lambda x, y: (x + np.nan, y),
        lambda x, y: "ab",
        lambda x, y: None,
    ],
)
def test_odd_batches_are_judged(change: Any) -> None:
    def odd(X: Array, Y: Array, B: int, rng: Any) -> Any:
        return [change(*pair) for pair in shuffled(X, Y, B, rng)]

    score = verdict("G10.6", odd)
    assert score.findings
    assert score.score < 4


def test_endless_batches_come_to_an_end() -> None:
    def endless(X: Array, Y: Array, B: int, rng: Any) -> Any:
        while True:
            yield X[:B], Y[:B]

    score = verdict("G10.6", endless)
    assert score.findings
    assert score.score < 4


def test_moving_the_caller_s_theta_is_named() -> None:
    """Twice: nothing came back, and an argument is another one."""

    def moved(theta: Array, grad: Array, eta: float) -> None:
        theta -= eta * grad

    score = verdict("G10.1", moved)
    assert (said(score), score.score) == (["M10.1f", "MX.7"], 0.0)


def test_solution_walks_as_the_syllabus_says() -> None:
    adam_step = solution_names("a09_optimizers")["adam_step"]
    theta, m, v = np.ones(1), np.zeros(1), np.zeros(1)
    path = []
    for t, g in enumerate((1.0, -2.0, 0.5, 3.0), start=1):
        theta, m, v = adam_step(theta, m, v, np.array([g]), t, 0.1, 0.9, 0.999, 1e-8)
        path.append(theta.item())
    assert path == pytest.approx([0.9, 0.9366104, 0.9502795, 0.9108694], abs=1e-7)
