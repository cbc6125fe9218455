"""The third witness of a02: PyTorch's layers, exact arithmetic, and the slides' numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from witness import expected

from grader import exercises


def exact(array: np.ndarray) -> list[list[Fraction]]:
    return [[Fraction(float(v)) for v in row] for row in array]


def test_matmul_agrees_with_exact_fractions() -> None:
    for (A, B), C in expected("G02.1"):
        a, b = exact(A), exact(B)
        wanted = [
            [
                float(sum(p * q[j] for p, q in zip(row, b, strict=True)))
                for j in range(B.shape[1])
            ]
            for row in a
        ]
        np.testing.assert_allclose(C, wanted, rtol=1e-12)


def test_affine_layer_agrees_with_torch() -> None:
    torch = pytest.importorskip("torch")
    for (X, W, b), Z in expected("G02.2"):
        layer = torch.nn.functional.linear(*(torch.tensor(v) for v in (X, W, b)))
        np.testing.assert_allclose(Z, layer.numpy(), rtol=1e-12)


def test_logistic_unit_agrees_with_torch() -> None:
    torch = pytest.importorskip("torch")
    for (x, w, b), h in expected("G03.1"):
        z = torch.dot(torch.tensor(x), torch.tensor(w)) + b
        assert h == pytest.approx(torch.sigmoid(z).item(), rel=1e-12)


def test_perceptron_step_is_a_subgradient_step() -> None:
    """It descends max(0, -margin), whose gradient PyTorch knows away from the kink."""
    torch = pytest.importorskip("torch")
    for (w, b, x, y, eta), (new_w, new_b) in expected("G03.2")[:4]:
        weights = torch.tensor(w, requires_grad=True)
        bias = torch.tensor(b, dtype=torch.float64, requires_grad=True)
        torch.relu(-y * (weights @ torch.tensor(x) + bias)).backward()
        np.testing.assert_allclose(new_w, w - eta * weights.grad.numpy(), rtol=1e-12)
        assert new_b == pytest.approx(b - eta * bias.grad.item(), rel=1e-12)


def test_collapsed_layer_acts_like_both() -> None:
    rng = np.random.default_rng(0)
    for (W1, b1, W2, b2), (W, b) in expected("G03.3"):
        for x in rng.normal(size=(5, W1.shape[1])):
            both = W2 @ (W1 @ x + b1) + b2
            np.testing.assert_allclose(W @ x + b, both, rtol=1e-10, atol=1e-12)


def test_numbers_by_hand_are_those_of_the_syllabus() -> None:
    reference = exercises.find("X02.1").reference
    wanted = dict(rows=3, columns=2, c00=0.964466, c21=1.537399, h11=0.7634**2)
    assert reference == pytest.approx(wanted, rel=1e-6)
