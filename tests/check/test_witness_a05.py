"""The third witness of a05: PyTorch's layers and initialisers, and the slides' numbers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from witness import expected

from grader import exercises
from grader.check.key import AnswerKey
from grader.judge import judge


def test_limits_are_those_of_torch() -> None:
    torch = pytest.importorskip("torch")
    init = torch.nn.init
    for exercise, fill in (
        ("G06.1", init.xavier_uniform_),
        ("G06.2", lambda w: init.kaiming_uniform_(w, nonlinearity="relu")),
    ):
        for (d_in, d_out), v in expected(exercise):
            torch.manual_seed(0)
            repeats = 1 + 200_000 // (d_in * d_out)
            largest = max(
                fill(torch.empty(d_out, d_in, dtype=torch.float64)).abs().max().item()
                for _ in range(repeats)
            )
            assert 0.999 * v < largest <= v


def test_forward_agrees_with_torch() -> None:
    torch = pytest.importorskip("torch")
    functions = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
    for (X, Ws, bs, name), scores in expected("G06.3"):
        A = torch.tensor(X)
        for layer, (W, b) in enumerate(zip(Ws, bs, strict=True)):
            Z = torch.nn.functional.linear(A, torch.tensor(W), torch.tensor(b))
            A = functions[name](Z) if layer < len(Ws) - 1 else Z
        np.testing.assert_allclose(scores, A.numpy(), rtol=1e-10, atol=1e-12)


def test_counts_are_those_of_torch_modules() -> None:
    torch = pytest.importorskip("torch")
    for (sizes,), number in expected("G06.4"):
        layers = [torch.nn.Linear(a, b) for a, b in pairwise(sizes)]
        found = sum(p.numel() for layer in layers for p in layer.parameters())
        assert number == found


def test_numbers_by_hand_are_those_of_the_syllabus() -> None:
    wanted = dict(glorot_4_6=0.7745967, glorot_6_3=0.8164966, he_4=1.2247449)
    wanted |= dict(he_std_4=0.7071068, std_z=0.1825742)
    assert exercises.find("X06.1").reference == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(
    ("exercise", "draw", "code"),
    [
        ("G06.1", lambda v, shape, rng: rng.uniform(0, v, shape), "M06.1f"),
        ("G06.1", lambda v, shape, rng: rng.normal(0, v, shape), "M06.1g"),
        ("G06.2", lambda v, shape, rng: np.full(shape, v), "M06.2e"),
        ("G06.2", lambda v, shape, rng: np.zeros(shape), "M06.2e"),
        ("G06.2", lambda v, shape, rng: 0.0, "M06.2e"),
    ],
)
def test_weights_in_place_of_a_limit_are_named(exercise, draw, code) -> None:
    key = AnswerKey(exercises.find(exercise), 3)
    rng = np.random.default_rng(0)

    def wrong(d_in: int, d_out: int):
        return draw(key.exercise.reference(d_in, d_out), (d_out, d_in), rng)

    score = judge(key, key.answer_of(wrong))
    assert score.findings[0].code == code
    assert score.score == 0


def test_proper_weights_in_place_of_a_limit_are_a_matter_of_form() -> None:
    key = AnswerKey(exercises.find("G06.1"), 3)
    rng = np.random.default_rng(0)

    def weights(d_in: int, d_out: int):
        v = key.exercise.reference(d_in, d_out)
        return rng.uniform(-v, v, (d_out, d_in))

    codes = [f.code for f in judge(key, key.answer_of(weights)).findings]
    assert codes[0] == "shape"
