"""Every known exception of PyTorch, raised for real, is explained as what it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
F = torch.nn.functional

from grader.judge.key import AnswerKey  # noqa: E402
from grader.judge.score import judge  # noqa: E402
from grader.judge.torch_errors import ERRORS  # noqa: E402
from grader.model import Case, Exercise  # noqa: E402


def parameter() -> Any:
    return torch.ones(2, 3, requires_grad=True)


def step_before_backward() -> None:
    W, V = parameter(), parameter()
    loss = (W * V).sum()
    with torch.no_grad():
        V -= 1
    loss.backward()


def second_backward() -> None:
    loss = (parameter() ** 2).sum()
    loss.backward()
    loss.backward()


def update_in_place() -> None:
    W = parameter()
    W -= 0.1


def update_of_a_row() -> None:
    parameter()[0] -= 0.1


FAULTS: dict[str, tuple[Callable[[], Any], ...]] = {
    "torch-leaf": (update_in_place, update_of_a_row),
    "torch-no-graph": (lambda: torch.ones(2).sum().backward(),),
    "torch-scalar": (lambda: (2 * parameter()).backward(None),),
    "torch-twice": (second_backward,),
    "torch-modified": (step_before_backward,),
    "torch-unused": (lambda: torch.autograd.grad(parameter().sum(), parameter()),),
    "torch-numpy": (lambda: parameter().numpy(), lambda: np.exp(parameter())),
    "torch-not-tensor": (
        lambda: F.linear(np.ones(2), torch.ones(2)),
        lambda: np.ones((2, 2)) @ parameter(),
    ),
    "torch-dtypes": (
        lambda: torch.ones(2, 2) @ torch.ones(2, 2).double(),
        lambda: F.linear(torch.ones(2, 2).double(), torch.ones(2, 2)),
        lambda: torch.ones(2) @ torch.ones(2).double(),
    ),
    "torch-target-dtype": (lambda: F.cross_entropy(torch.ones(2, 3), torch.ones(2)),),
    "torch-target-float": (
        lambda: F.binary_cross_entropy_with_logits(
            torch.ones(2), torch.ones(2, dtype=torch.long)
        ),
    ),
    "torch-target-shape": (
        lambda: F.cross_entropy(torch.ones(2, 3), torch.zeros(2, 1, dtype=torch.long)),
        lambda: F.binary_cross_entropy(torch.ones(2, 1), torch.ones(2)),
        lambda: F.cross_entropy(torch.ones(2, 3), torch.zeros(4, dtype=torch.long)),
    ),
    "torch-class": (lambda: F.cross_entropy(torch.ones(1, 3), torch.tensor([3])),),
    "torch-index": (lambda: torch.ones(3)[torch.ones(2)],),
    "torch-range": (lambda: F.embedding(torch.tensor([9]), torch.ones(3, 2)),),
    "torch-integers": (
        lambda: torch.tensor([1, 2], requires_grad=True),
        lambda: torch.tensor([1, 2]).mean(),
        lambda: F.cross_entropy(torch.ones(1, 3, dtype=torch.long), torch.tensor([0])),
    ),
    "torch-device": (
        lambda: torch.ones(2, device="mps"),
        lambda: torch.ones(2).to("gpu"),
    ),
    "torch-nonleaf": (lambda: torch.optim.SGD([2 * parameter()], lr=0.1),),
    "torch-parameters": (
        lambda: torch.optim.SGD([], lr=0.1),
        lambda: torch.optim.SGD(parameter(), lr=0.1),
    ),
    "torch-stride": (lambda: torch.tensor(np.arange(3)[::-1]),),
    "torch-one": (lambda: parameter().item(),),
}
if not torch.cuda.is_available():
    FAULTS["torch-device"] += (lambda: torch.ones(2).to("cuda"),)


def findings(fault: Callable[[], Any]) -> Any:
    exercise = Exercise(
        id="G00.1",
        function="f",
        points=1.0,
        reference=lambda x: x,
        inputs=lambda rng: [Case(name=str(i), args=(rng.normal(),)) for i in range(2)],
        outputs=("y",),
    )
    key = AnswerKey(exercise, 0)
    return judge(key, key.answer_of(lambda x: fault())).findings


@pytest.mark.parametrize(
    ("code", "fault"),
    [(code, fault) for code, faults in FAULTS.items() for fault in faults],
)
def test_real_exception_is_explained(code: str, fault: Callable[[], Any]) -> None:
    (finding,) = findings(fault)
    assert finding.code == code, finding
    assert finding.named


def test_every_pattern_is_tried() -> None:
    assert {known.code for known in ERRORS} == set(FAULTS)
    for known in ERRORS:
        assert known.message.endswith(".")


def test_other_exceptions_keep_their_own_text() -> None:
    def fault() -> None:
        raise RuntimeError("something of the student's own")

    (finding,) = findings(fault)
    assert finding.code == "raised"
    assert "something of the student's own" in finding.message
