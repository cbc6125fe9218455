"""What the reference has to agree with."""

from __future__ import annotations

import contextlib
import operator
from typing import Any

import numpy as np

from grader.vetting.witness import expected

from .._shared import CLOSE


def witness_torch() -> None:
    from . import EXERCISE

    for seed in range(3):
        for (names, parts), value in expected(EXERCISE, seed):
            assert set(value) == set(names.split())
            for name in names.split():
                lines, numbers = parts.get(name, ("", ()))
                left = list(numbers)[::-1]
                arrays = [a for line in lines.splitlines() for a in _run(name, line, left)]
                wanted = np.concatenate([np.zeros(0), *arrays])
                np.testing.assert_allclose(value[name], wanted, **CLOSE, err_msg=name)


def _run(name: str, line: str, left: list[float]) -> list[np.ndarray]:
    """Run a program in PyTorch, and return what the driver does."""
    import torch

    def take(text: str) -> Any:
        shape = _shape(text)
        taken = [left.pop() for _ in range(int(np.prod(shape)))]
        return torch.tensor(taken, dtype=torch.float64).reshape(shape)

    shapes, blocks, rounds, results = line.split("|")
    nodes = [take(shape).requires_grad_() for shape in shapes.split()]
    leaves = len(nodes)
    ups = [(int(place), take(up)) if up else (int(place), None)
           for place, _, up in (r.partition(":") for r in results.split())]  # fmt: skip
    for _ in range(int(rounds)):
        for block in blocks.split(">>"):
            kind, _, steps = block.rpartition(":")
            with torch.no_grad() if kind else contextlib.nullcontext():
                for step in steps.replace("<<", ";").split(";"):
                    nodes.append(_step(nodes, step))
                    if nodes[-1].requires_grad:
                        nodes[-1].retain_grad()
    for place, up in ups:
        pull = torch.ones_like(nodes[place]) if up is None else up
        nodes[place].backward(pull, retain_graph=True)
    if len(ups) > 1:
        return _numbers(nodes[:leaves])
    if name == "plus_times":
        return _numbers(nodes)
    last = nodes[-1].detach().numpy()
    found = _numbers(nodes[:leaves])
    if name != "zero_grad":
        return [*found, _padded(last), last.ravel()]
    few = _numbers(nodes if len(nodes) < 100 else [*nodes[:leaves], nodes[-1]])
    cleared = [0 * a if k % 4 == 3 else a for k, a in enumerate(few)]
    return [*found, _padded(last), last.ravel(), *cleared, *found]


def _padded(array: np.ndarray) -> np.ndarray:
    """Return a shape as the driver writes it."""
    return np.array([*array.shape, -1, -1, -1, -1][:4], float)


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(n) for n in text.strip("i()").split(",") if n)


def _step(nodes: list[Any], step: str) -> Any:
    """Apply one operation, in PyTorch's own words."""
    import torch

    op, *which = step.split()
    two = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "**": "pow", "@": "matmul"}
    if op in two:
        operands = [float(w) if "." in w else nodes[int(w)] for w in which]
        return getattr(operator, two[op])(*operands)
    first, options = nodes[int(which[0])], which[1:]
    if op == "sum":
        axes = [int(word) for word in options if word != "keep"] or [*range(first.ndim)]
        return first.sum(dim=axes, keepdim="keep" in options)
    if op == "reshape":
        return first.reshape(_shape(options[0]))
    return first.T if op == "transpose" else getattr(torch, op)(first)


def _numbers(nodes: list[Any]) -> list[np.ndarray]:
    found = []
    for node in nodes:
        data = node.detach().numpy()
        grad = np.zeros(data.shape) if node.grad is None else node.grad.numpy()
        found += [_padded(data), data.ravel(), _padded(grad), grad.ravel()]
    return found
