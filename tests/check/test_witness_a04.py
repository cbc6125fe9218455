"""The third witness of a04: PyTorch's losses, and the slides' numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from witness import expected

from grader import exercises

torch = pytest.importorskip("torch")
functional = torch.nn.functional

LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "G05.2": functional.cross_entropy,
    "G05.4": functional.binary_cross_entropy_with_logits,
    "G05.5": lambda F, Y: ((F - Y) ** 2).sum(dim=1).mean(),
    "G05.6": functional.l1_loss,
    "G05.7": lambda s, y: torch.relu(1 - y * s).mean(),
    "G05.8": lambda s, y: torch.exp(-y * s).mean(),
}


@pytest.mark.parametrize("exercise", LOSSES)
def test_gradients_agree_with_autograd(exercise: str) -> None:
    for (first, second), gradient in expected(exercise):
        variable = torch.tensor(first, requires_grad=True)
        LOSSES[exercise](variable, torch.tensor(second)).backward()
        np.testing.assert_allclose(gradient, variable.grad, rtol=1e-9, atol=1e-12)


def test_cross_entropy_agrees_with_torch() -> None:
    for (P, Y), loss in expected("G05.1"):
        logs, labels = torch.log(torch.tensor(P)), torch.tensor(Y).argmax(dim=1)
        assert loss == pytest.approx(functional.nll_loss(logs, labels).item(), rel=1e-12)


def test_classifier_agrees_with_torch() -> None:
    for (X, y, W, b), gradients in expected("G05.3"):
        parameters = [torch.tensor(v, requires_grad=True) for v in (W, b)]
        scores = functional.linear(torch.tensor(X), *parameters)
        functional.cross_entropy(scores, torch.tensor(y)).backward()
        for mine, parameter in zip(gradients, parameters, strict=True):
            np.testing.assert_allclose(mine, parameter.grad, rtol=1e-9, atol=1e-12)


def test_zero_one_loss_is_one_minus_the_accuracy() -> None:
    for (scores, y), loss in expected("G05.9"):
        right = (torch.tensor(scores).argmax(dim=1) == torch.tensor(y)).double().mean()
        assert loss == pytest.approx(1 - right.item(), rel=1e-12)


def test_numbers_by_hand_are_those_of_the_syllabus() -> None:
    wanted = dict(loss=0.9162907319, loss_uniform=1.0986122887, dz_true=-0.6)
    wanted |= dict(dz_other=0.3, dp_true=-2.5)
    assert exercises.find("X05.1").reference == pytest.approx(wanted, rel=1e-9)
