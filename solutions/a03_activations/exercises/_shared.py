"""What several exercises of a03_activations share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any

import numpy as np

from grader.model import Case, Exercise, Mistake
from grader.vetting.witness import expected

from ..._shared import code_of

Array = np.ndarray
Rng = np.random.Generator
LECTURE = "04_activations"
HUGE = np.array([-1000.0, -745.0, 0.0, 745.0, 1000.0])


erfc = np.vectorize(math.erfc, otypes=[float])


def cumulative(z: Array) -> Array:
    """Distribution function of the standard normal distribution."""
    return np.asarray(0.5 * erfc(-z / math.sqrt(2)))


def density(z: Array) -> Array:
    """Density of the standard normal distribution."""
    return np.asarray(np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi))


TANH_GELU = math.sqrt(2 / math.pi), 0.044715
"""The numbers in the approximation of GELU's gate by tanh."""


def tanh_gate(z: Array) -> Array:
    """Gate of the approximation of GELU by tanh."""
    scale, cubic = TANH_GELU
    return np.asarray(0.5 * (1 + np.tanh(scale * (z + cubic * z**3))))


def tanh_gate_slope(z: Array) -> Array:
    """Slope of that gate."""
    scale, cubic = TANH_GELU
    inner = 2 * scale * (1 + 3 * cubic * z**2)
    return np.asarray(tanh_gate(z) * (1 - tanh_gate(z)) * inner)


Entries = dict[str, tuple[Callable[..., Any], str]]


def exercise(
    number: int,
    function: str,
    reference: Callable[..., Any],
    inputs: Callable[[Rng], Sequence[Case]],
    heading: str,
    mistakes: Entries,
    *,
    points: float = 2,
    driver: str = "",
) -> Exercise:
    """Return an exercise of this assignment.

    A key of its mistakes begins with the letter of the code, after an X where the syllabus
    does not know the mistake.
    """
    return Exercise(
        id=f"G04.{number}",
        function=function,
        points=points,
        reference=reference,
        inputs=inputs,
        outputs=("value",),
        driver=driver,
        lecture=f"{LECTURE}#{heading}",
        mistakes=tuple(
            Mistake(code=code_of(f"04.{number}", key), variant=variant, message=message)
            for key, (variant, message) in mistakes.items()
        ),
    )


def elementwise(
    *edges: tuple[str, Array], parameter: tuple[float, float] | None = None
) -> Callable[[Rng], list[Case]]:
    """Return inputs: arrays of one and two axes, and the named edges.

    Args:
        edges: requirement and array.
        parameter: range of a second argument, if the function has one.
    """

    def inputs(rng: Rng) -> list[Case]:
        def case(z: Array, name: str, **more: Any) -> Case:
            extra = () if parameter is None else (float(rng.uniform(*parameter)),)
            return Case(name=name, args=(z, *extra), **more)

        def both_signs(shape: tuple[int, ...]) -> Array:
            """Small and large numbers of both signs: no other border can pass for 0."""
            signs = np.resize([-1.0, -1.0, 1.0, 1.0], shape)
            small, large = rng.uniform(0.15, 0.9, shape), rng.uniform(1.1, 2.8, shape)
            sizes = np.where(np.resize([True, False], shape), small, large)
            return np.asarray(rng.permuted(signs * sizes))

        return [
            case(both_signs((7,)), "seven numbers"),
            case(both_signs((3, 4)), "3 x 4"),
            *(
                case(z, requirement, role="edge", requirement=requirement)
                for requirement, z in edges
            ),
        ]

    return inputs


KINK = np.array([-1.0, 0.0, 2.0])


def gate_inputs(*, beta: bool) -> Callable[[Rng], list[Case]]:
    def inputs(rng: Rng) -> list[Case]:
        def case(n: int, d: int, m: int, name: str, **more: Any) -> Case:
            shapes = (n, d), (d, m), (m,), (d, m), (m,)
            arrays = [rng.normal(size=shape) for shape in shapes]
            extra = [float(rng.uniform(1.3, 2.2))] if beta else []
            return Case(name=name, args=(*arrays, *extra), **more)

        return [
            case(2, 4, 3, "2 examples, 4 inputs, 3 units"),
            case(5, 2, 4, "5 examples, 2 inputs, 4 units"),
            case(3, 3, 3, "all sizes equal"),
            case(1, 4, 3, "one", role="edge", requirement="one example, N = 1"),
        ]

    return inputs


def by_entries(
    entry: Callable[[float, float], float],
) -> Callable[[Array, Array, Array, Array, Array], Array]:
    """Return a gated layer from one entry's value path and gate path."""

    def layer(x: Array, W: Array, b: Array, V: Array, v: Array) -> Array:
        rows = [
            [
                entry(math.fsum(row * V[:, m]) + v[m], math.fsum(row * W[:, m]) + b[m])
                for m in range(len(b))
            ]
            for row in x
        ]
        return np.array(rows)

    return layer


def _probabilities(rng: Rng, classes: int) -> Array:
    z = rng.normal(size=classes)
    return np.asarray(np.exp(z) / np.exp(z).sum())


def softmax_jacobian(p: Array) -> Array:
    """T04.16: entry (i, j) is p_i (1 - p_i) if i = j, otherwise -p_i p_j."""
    n = range(len(p))
    return np.array([[p[i] * ((i == j) - p[j]) for j in n] for i in n])


def logistic_otherwise(z):
    return 0.5 * (1 + np.tanh(np.asarray(z) / 2))


def every(f):
    """Return f, written for numbers, for arrays of any shape."""

    def on_arrays(z, *more):
        flat = [f(float(v), *more) for v in np.ravel(z)]
        return np.array(flat).reshape(np.shape(z))

    return on_arrays


def sigmoid_of_one(v):
    if v >= 0:
        return 1 / (1 + math.exp(-v))
    return math.exp(v) / (1 + math.exp(v))


def gelu_vectorised(z):
    return z / 2 * (1 + np.vectorize(math.erf)(z / sqrt(2)))


def slopes_agree(of: Exercise, function: Callable[..., Any]) -> None:
    """Hold the slopes of an elementwise function against autograd, kinks included."""
    import torch

    for (z, *more), slopes in expected(of):
        variable = torch.tensor(z, requires_grad=True)
        (wanted,) = torch.autograd.grad(function(variable, *more).sum(), variable)
        np.testing.assert_allclose(slopes, wanted.numpy(), rtol=1e-9, atol=1e-14)


def values_agree(of: Exercise, function: Callable[..., Any]) -> None:
    """Hold values against those of a function in PyTorch."""
    import torch

    for args, value in expected(of):
        tensors = [torch.tensor(a) if isinstance(a, np.ndarray) else a for a in args]
        wanted = function(*tensors).numpy()
        np.testing.assert_allclose(value, wanted, rtol=1e-9, atol=1e-14)
