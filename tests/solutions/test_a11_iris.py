"""The network of a11: its solution, the numbers in its text, and odd answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from course_exercises import file_of, find
from solution_cells import solution_names

from grader.judge.key import AnswerKey
from grader.judge.score import judge
from grader.vetting.witness import expected
from utils import data


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the solution notebook defines."""
    return solution_names("a11_iris")


def softmax(Z: np.ndarray) -> np.ndarray:
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return np.asarray(E / E.sum(axis=1, keepdims=True))


def test_network_of_the_notebook_has_51_parameters(names: dict[str, Any]) -> None:
    assert sum(w.size for w in names["start"]().values()) == 51


def test_fit_in_numpy_ends_where_torch_fit_ends(names: dict[str, Any]) -> None:
    for (X, y, params, eta, steps), end in expected(find("X13.5")):
        Y = np.eye(len(params["b2"]))[y]
        own = names["fit"](
            params, lambda p, X=X, Y=Y: names["mlp_backward"](X, Y, p), eta, steps
        )
        for name in params:
            np.testing.assert_allclose(own[name], end[name], rtol=1e-10)


def test_numbers_of_the_explanation(names: dict[str, Any]) -> None:
    """B11: what the task says about softmax alone and about the network."""
    iris = data.iris()
    train, test = names["iris_split"](iris.y)
    S, Y = names["standardise"](iris.X, train), np.eye(3)[iris.y]
    W = np.zeros((3, 5))
    with_one = np.column_stack([S, np.ones(150)])
    for _ in range(2000):
        error = softmax(with_one[train] @ W.T) - Y[train]
        W -= 0.5 * error.T @ with_one[train] / 120
    right = (with_one @ W.T).argmax(axis=1) == iris.y
    assert (W.size, right[train].sum(), right[test].sum()) == (15, 117, 30)
    backward, start = names["mlp_backward"], names["start"]()
    end = names["fit"](start, lambda p: backward(S[train], Y[train], p), 0.5, 2000)
    scores = names["forward"](S, end)
    right = scores.argmax(axis=1) == iris.y
    assert (right[train].sum(), right[test].sum()) == (118, 30)
    rows = np.array([41, 42, 91, 92, 141, 142]) - 1
    np.testing.assert_allclose(
        softmax(scores)[rows, iris.y[rows]],
        [0.9978, 0.9416, 0.9975, 0.9965, 0.9995, 0.9969],
        atol=5e-5,
    )


def test_training_rows_twice_are_no_other_partition() -> None:
    key, module = AnswerKey(find("G13.1"), 0), file_of("G13.1").module
    score = judge(key, key.answer_of(lambda y: (module.random_split(y)[0],) * 2))
    assert score.score < score.max_score
    assert [finding.code for finding in score.findings] != ["M13.1b"]


def test_tensors_that_share_memory_change_the_arguments() -> None:
    key, module = AnswerKey(find("X13.5"), 0), file_of("X13.5").module
    score = judge(key, key.answer_of(module.torch_loop(shared=True)))
    assert score.score < score.max_score
    assert [finding.code for finding in score.findings] == ["MX.7"]
