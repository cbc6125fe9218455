"""What the reference has to agree with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.vetting.witness import expected

from .._shared import CLOSE


def witness_torch() -> None:
    from . import EXERCISE

    for seed in range(3):
        for (names, parts), value in expected(EXERCISE, seed):
            wanted = {name: _run_all(name, parts.get(name, "")) for name in names.split()}
            assert set(wanted) == set(value)
            for name, rows in wanted.items():
                np.testing.assert_allclose(value[name], rows, **CLOSE, err_msg=name)


def _run_all(name: str, programs: str) -> np.ndarray:
    rows: list[Any] = []
    for line in programs.splitlines():
        rows += _run(name, *line.split("|"))
    return np.array(rows)


def _run(name: str, leaves: str, steps: str, rounds: str, results: str) -> list[Any]:
    """Run a program in PyTorch, and return what the driver does."""
    import torch

    do = _operations()
    numbers = [float(leaf) for leaf in leaves.split()]
    nodes = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in numbers]
    users: list[list[int]] = [[] for _ in nodes]
    for op, *which in [step.split() for step in steps.split(";")] * int(rounds):
        places = [int(k) % len(nodes) for k in which if "." not in k]
        operands = [float(k) if "." in k else nodes[int(k)] for k in which]
        nodes.append(do[op](*operands))
        users.append(places)
        nodes[-1].retain_grad()
    if name == "parents":
        return [(len(of), *sorted(of), -2, -2)[:3] for of in users]
    few = nodes if len(nodes) < 100 else [*nodes[: len(numbers)], nodes[-1]]
    for k in results.split():
        nodes[int(k)].backward(retain_graph=True)
    rows = [[n.item(), 0.0 if n.grad is None else n.grad.item()] for n in few]
    if name == "accumulate":
        return rows[: len(numbers)]
    return [[v, 0.0] for v, _ in rows] + rows if name == "zero_grad" else rows


def _operations() -> dict[str, Callable[..., Any]]:
    import torch

    return {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "**": lambda a, k: a**k,
        "neg": torch.neg,
        "exp": torch.exp,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "max": lambda a, b: torch.maximum(a, torch.as_tensor(b, dtype=a.dtype)),
    }
