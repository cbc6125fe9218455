"""The third witness of a07: PyTorch, finite differences, and the slides' numbers."""

from __future__ import annotations

import numpy as np
import pytest
from witness import SOLUTIONS, expected

from grader import exercises
from utils.gradcheck import numeric_gradient


def test_output_delta_is_the_gradient_of_its_loss() -> None:
    torch = pytest.importorskip("torch")
    functions = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softplus": torch.nn.functional.softplus,
    }
    for (t, net, name), delta in expected("G08.1"):
        v = torch.tensor(net, requires_grad=True)
        (0.5 * (torch.tensor(t) - functions[name](v)) ** 2).sum().backward()
        np.testing.assert_allclose(v.grad.numpy(), delta, rtol=1e-10)


def test_hidden_delta_and_weight_grad_agree_with_autograd() -> None:
    torch = pytest.importorskip("torch")
    for (W, delta, z), value in expected("G08.2"):
        v = torch.tensor(z, requires_grad=True)
        (torch.tensor(delta) @ torch.tensor(W) @ torch.sigmoid(v)).backward()
        np.testing.assert_allclose(v.grad.numpy(), value, rtol=1e-10, atol=1e-300)
    for (delta, a), (dW, db) in expected("G08.3"):
        W = torch.zeros(len(delta), len(a), dtype=torch.float64, requires_grad=True)
        b = torch.zeros(len(delta), dtype=torch.float64, requires_grad=True)
        (torch.tensor(delta) @ (W @ torch.tensor(a) + b)).backward()
        np.testing.assert_allclose(W.grad.numpy(), dW, rtol=1e-12)
        np.testing.assert_allclose(b.grad.numpy(), db, rtol=1e-12)


def test_mlp_backward_agrees_with_autograd() -> None:
    torch = pytest.importorskip("torch")
    for (X, Y, params), grads in expected("G08.5"):
        tensors = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
        A = torch.sigmoid(torch.tensor(X) @ tensors["W1"].T + tensors["b1"])
        logits = A @ tensors["W2"].T + tensors["b2"]
        torch.nn.functional.cross_entropy(logits, torch.tensor(Y)).backward()
        for name, tensor in tensors.items():
            np.testing.assert_allclose(
                tensor.grad.numpy(), grads[name], rtol=1e-8, atol=1e-12
            )


def test_xor_step_agrees_with_finite_differences() -> None:
    forward = SOLUTIONS["a07_backpropagation"]["xor_loss"]
    for (w, x, t, eta, act), new in expected("G08.4"):
        if act == "relu" and eta == 1.0:
            continue  # the kink, where there is no derivative to compare with
        names = list(w)
        start = [w[name] for name in names]
        slope = numeric_gradient(
            lambda v, n=names, x=x, t=t, a=act: forward(
                dict(zip(n, v, strict=True)), x, t, a
            ),
            start,
        )
        moved = [(w[name] - new[name]) / eta for name in names]
        np.testing.assert_allclose(moved, slope, rtol=1e-5, atol=1e-9)


def test_sgd_epoch_agrees_with_torch_sgd() -> None:
    torch = pytest.importorskip("torch")
    for (w, X, t, eta), value in expected("G08.6"):
        v = torch.tensor(w, requires_grad=True)
        optimizer = torch.optim.SGD([v], lr=eta)
        for x, target in zip(X, t, strict=True):
            optimizer.zero_grad()
            (0.5 * (v @ torch.tensor(x) - target) ** 2).backward()
            optimizer.step()
        np.testing.assert_allclose(v.detach().numpy(), value, rtol=1e-12)


@pytest.mark.parametrize(
    ("exercise_id", "numbers"),
    [
        (
            "X08.1",
            dict(u3=4, u4=0, u5=4, delta5=3, delta3=6, delta4=0, dw35=-12, dw13=-6),
        ),
        (
            "X08.2",
            dict(
                u3=0.982013790, u4=0.5, u5=0.4910078647, delta5=-0.1272068775,
                delta3=-0.00449363541, delta4=-0.1272068775, dw05=0.1272068775,
                dw35=0.1249189079, dw45=0.0636034387, dw13=0.00449363541, dw23=0,
            ),
        ),
    ],
)  # fmt: skip
def test_numbers_by_hand_are_those_of_the_syllabus(
    exercise_id: str, numbers: dict[str, float]
) -> None:
    reference = exercises.find(exercise_id).reference
    assert {name: reference[name] for name in numbers} == pytest.approx(numbers, rel=1e-8)
