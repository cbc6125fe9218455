"""The third witness of a03: PyTorch's functions and autograd, and the slides' numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from witness import expected

from grader import exercises

torch = pytest.importorskip("torch")
F = torch.nn.functional

SLOPES: dict[int, Callable[..., Any]] = {
    2: torch.sigmoid,
    3: torch.tanh,
    4: torch.relu,
    5: F.leaky_relu,
    6: F.elu,
    7: lambda z: F.softplus(z, threshold=1e9),
    9: F.gelu,
    10: lambda z, beta: z * torch.sigmoid(beta * z),
}
VALUES: dict[int, Callable[..., Any]] = {
    1: torch.sigmoid,
    8: F.gelu,
    11: lambda x, W, b, V, v: F.glu(torch.cat([x @ V + v, x @ W + b], dim=1), dim=1),
    12: lambda x, W, b, V, c, beta: (
        (x @ V + c) * (x @ W + b) * torch.sigmoid(beta * (x @ W + b))
    ),
    13: lambda z: torch.softmax(z, dim=1),
}


@pytest.mark.parametrize("number", SLOPES)
def test_slopes_are_those_of_autograd_kinks_included(number: int) -> None:
    for (z, *more), slopes in expected(f"G04.{number}"):
        if number == 7:
            z = np.clip(z, -700, 700)  # torch's own softplus overflows without threshold
        variable = torch.tensor(z, requires_grad=True)
        SLOPES[number](variable, *more).sum().backward()
        np.testing.assert_allclose(slopes, variable.grad, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("number", VALUES)
def test_values_are_those_of_torch(number: int) -> None:
    for args, value in expected(f"G04.{number}"):
        tensors = [torch.tensor(a) if isinstance(a, np.ndarray) else a for a in args]
        found = VALUES[number](*tensors).numpy()
        np.testing.assert_allclose(value, found, rtol=1e-9, atol=1e-14)


def test_softmax_jacobian_and_product_agree_with_torch() -> None:
    for (p,), J in expected("G04.14"):
        if p.min() > 0:
            z = torch.log(torch.tensor(p))
            wanted = torch.autograd.functional.jacobian(lambda z: torch.softmax(z, 0), z)
            np.testing.assert_allclose(J, wanted, rtol=1e-9, atol=1e-12)
    for (p, g), dz in expected("G04.15"):
        if p.min() > 0:
            z = torch.log(torch.tensor(p)).requires_grad_()
            (torch.softmax(z, 0) @ torch.tensor(g)).backward()
            np.testing.assert_allclose(dz, z.grad, rtol=1e-9, atol=1e-12)


def test_numbers_by_hand_are_those_of_the_syllabus() -> None:
    wanted = dict(sigmoid=0.622459, sigmoid_slope=0.235004, tanh_slope=0.786448)
    wanted |= dict(softplus=0.974077, silu_slope=0.739961)
    assert exercises.find("X04.1").reference == pytest.approx(wanted, abs=5e-7)
