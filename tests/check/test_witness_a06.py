"""The third witness of a06: PyTorch, and the slides' numbers."""

from __future__ import annotations

import numpy as np
import pytest
from witness import expected

from grader import exercises

torch = pytest.importorskip("torch")
FUNCTIONS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "square": lambda v: v**2}
FUNCTIONS |= {"sin": torch.sin, "exp": torch.exp, "cube": lambda v: v**3}


def test_elementwise_jacobian_agrees_with_torch() -> None:
    for (name, z), J in expected("G07.1"):
        wanted = torch.autograd.functional.jacobian(FUNCTIONS[name], torch.tensor(z))
        np.testing.assert_allclose(J, wanted.numpy(), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(("exercise", "place"), [("2", 3), ("3", 1), ("4", 2), ("5", 0)])
def test_gradients_of_the_score_agree_with_torch(exercise: str, place: int) -> None:
    for args, value in expected(f"G07.{exercise}"):
        tensors = [torch.tensor(a, requires_grad=True) for a in args]
        u, W, x, b = tensors
        (u @ torch.sigmoid(W @ x + b)).backward()
        np.testing.assert_allclose(value, tensors[place].grad.numpy(), rtol=1e-10)


def test_linear_layer_agrees_with_torch() -> None:
    for (dZ, X, W), gradients in expected("G07.6"):
        tensors = [torch.tensor(a, requires_grad=True) for a in (X, W, np.zeros(len(W)))]
        torch.nn.functional.linear(*tensors).backward(torch.tensor(dZ))
        for mine, tensor in zip(gradients, tensors, strict=True):
            np.testing.assert_allclose(mine, tensor.grad.numpy(), rtol=1e-10, atol=1e-14)


def test_chain_agrees_with_torch() -> None:
    for (outer, inner, x), slope in expected("G07.7"):
        v = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        FUNCTIONS[outer](FUNCTIONS[inner](v)).backward()
        assert slope == pytest.approx(v.grad.item(), rel=1e-10)


def test_numbers_by_hand_are_those_of_the_syllabus() -> None:
    wanted = dict(cube_at_1=3, cube_at_4=48, dz_dx=12, sin_square=1.235266, two_roads=5)
    assert exercises.find("X07.1").reference == pytest.approx(wanted, rel=1e-6)
