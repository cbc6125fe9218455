"""The third witness of a08: PyTorch autograd, and the numbers of the syllabus (B5, B6)."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from witness import SOLUTIONS, expected

from grader import exercises
from grader.check.key import AnswerKey
from grader.exercises.a08_autodiff import GRAPHS, engine, turned
from grader.judge import judge
from grader.model import Score

torch = pytest.importorskip("torch")
Array = np.ndarray
CLOSE: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-12}
STUDENT = SOLUTIONS["a08_autodiff"]
SEEDS = range(3)


def autograd(f: Callable[..., Any], *args: Any) -> list[Array]:
    leaves = [
        torch.tensor(np.asarray(a), dtype=torch.float64, requires_grad=True) for a in args
    ]
    f(*leaves).backward()
    return [np.zeros(v.shape) if v.grad is None else v.grad.numpy() for v in leaves]


def verdict(exercise: str, function: Any, seed: int = 0) -> Score:
    key = AnswerKey(exercises.find(exercise), seed)
    return judge(key, key.answer_of(function))


def said(score: Score) -> list[str]:
    return [finding.code for finding in score.findings]


def same(found: Any, wanted: Any) -> None:
    for mine, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(mine, theirs, **CLOSE)


@pytest.mark.parametrize("seed", SEEDS)
def test_product_node_agrees_with_torch(seed: int) -> None:
    for (a, b, up), value in expected("G09.1", seed):
        later = torch.tensor(up, dtype=torch.float64)
        same(value, autograd(lambda a, b, later=later: (a * b * later).sum(), a, b))


@pytest.mark.parametrize("seed", SEEDS)
def test_maximum_agrees_with_torch_at_ties_as_well(seed: int) -> None:
    for (a, b, up), value in expected("G09.2", seed):
        same(value, autograd(lambda a, b, up=up: torch.maximum(a, b) * up, a, b))


def slide(x: Any, y: Any, z: Any) -> Any:
    return (x + y) * torch.maximum(y, z)


@pytest.mark.parametrize("seed", SEEDS)
def test_example_agrees_with_torch(seed: int) -> None:
    for point, value in expected("G09.3", seed):
        same(value, autograd(slide, *point))


def test_example_has_the_numbers_of_the_slides() -> None:
    assert exercises.find("G09.3").reference(1.0, 2.0, 0.0) == (2, 5, 0)
    by_hand = exercises.find("X09.1").reference
    same([by_hand[f"df_d{v}"] for v in "xyz"], [2, 5, 0])
    tie = autograd(slide, 1.0, 2.0, 2.0)
    same([by_hand["tie_df_dy"], by_hand["tie_df_dz"]], tie[1:])
    assert (by_hand["a"], by_hand["b"], by_hand["f"]) == (3, 2, 6)


# --- G09.4 ---------------------------------------------------------------------------


class Node:
    def __init__(self, parents: list[Node]) -> None:
        self.parents = parents


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("sort", ["reference", "solution"])
def test_orders_have_every_node_once_and_inputs_first(name: str, sort: str) -> None:
    nodes: list[Node] = []
    for row in GRAPHS[name]:
        nodes.append(Node([nodes[i] for i in row]))
    f = {"reference": exercises.find("G09.4").reference, "solution": STUDENT["topo_sort"]}
    order = f[sort](nodes[-1])
    assert order[-1] is nodes[-1]
    assert len(set(order)) == len(order)
    for node in order:
        for parent in node.parents:
            assert order.index(parent) < order.index(node)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "odd",
    [
        lambda output: None,
        lambda output: 3,
        lambda output: [],
        lambda output: [None, output],
        lambda output: [output] * 7,
        lambda output: {output: 1},
        lambda output: iter(lambda: output, None),
        lambda output: [node.parents for node in [output]],
        lambda output: "ab",
    ],
)
def test_odd_orders_are_judged(odd: Any, seed: int) -> None:
    score = verdict("G09.4", odd, seed)
    assert score.score < 1
    assert score.findings


def test_marks_that_stay_on_the_graph_cost_one_requirement() -> None:
    def sort(output: Any, seen: set[Any] = set()) -> list[Any]:  # noqa: B006
        fresh = [n for n in STUDENT["topo_sort"](output) if n not in seen]
        seen.update(fresh)
        return fresh

    score = verdict("G09.4", sort)
    assert said(score) == ["marks"]
    assert 3 < score.score < 4


# --- X09.2 ---------------------------------------------------------------------------


def torch_parts(names: str, parts: dict[str, str]) -> dict[str, Array]:
    """Run the programs of a case in PyTorch, the drivers' text left aside."""
    found = {}
    for name in names.split():
        rows: list[Any] = []
        for line in parts.get(name, "").splitlines():
            rows += run(name, *line.split("|"))
        found[name] = np.array(rows)
    return found


DO: dict[str, Callable[..., Any]] = {
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


def run(name: str, leaves: str, steps: str, rounds: str, results: str) -> list[Any]:
    numbers = [float(leaf) for leaf in leaves.split()]
    nodes = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in numbers]
    users: list[list[int]] = [[] for _ in nodes]
    for op, *which in [step.split() for step in steps.split(";")] * int(rounds):
        places = [int(k) % len(nodes) for k in which if "." not in k]
        operands = [float(k) if "." in k else nodes[int(k)] for k in which]
        nodes.append(DO[op](*operands))
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


@pytest.mark.parametrize("seed", SEEDS)
def test_machine_agrees_with_torch(seed: int) -> None:
    for (names, parts), value in expected("X09.2", seed):
        witness = torch_parts(names, parts)
        assert set(witness) == set(value)
        for name, rows in witness.items():
            np.testing.assert_allclose(value[name], rows, **CLOSE, err_msg=name)


def test_machine_of_the_solution_gives_the_slide() -> None:
    x, y, z = map(STUDENT["Value"], (1.0, 2.0, 0.0))
    f = (x + y) * y.max(z)
    f.backward()
    assert (f.data, x.grad, y.grad, z.grad) == (6, 2, 5, 0)


def test_a_blank_class_is_blank_and_a_half_written_one_is_told_so() -> None:
    class Blank:
        def __init__(self, data: float) -> None:
            raise NotImplementedError("task X09.2: Value")

    assert said(verdict("X09.2", Blank)) == ["blank"]

    class Half(engine()):  # type: ignore[misc]
        def exp(self) -> None:
            raise NotImplementedError("task X09.2: Value")

        tanh = None

    score = verdict("X09.2", Half)
    assert said(score) == ["stops"]
    assert score.findings[0].output == "exp, tanh"


def test_two_faults_in_two_parts_are_both_named() -> None:
    def rule(a: float) -> tuple[float, tuple[float, ...]]:
        return math.tanh(a), (1 - math.tanh(a),)

    def assign(parent: Any, gradient: float, slope: float) -> None:
        parent.grad = gradient * slope

    score = verdict("X09.2", engine(rules={"tanh": rule}, push=assign))
    named = {finding.code: finding.output for finding in score.findings}
    assert named["X09.2h"] == "tanh"
    assert named["M09.4g"] == "branches, roads, accumulate"
    assert dict(score.parts)["plus_times"]


@pytest.mark.parametrize("seed", SEEDS)
def test_overwriting_is_named_in_every_valid_order(seed: int) -> None:
    def assign(parent: Any, gradient: float, slope: float) -> None:
        parent.grad = gradient * slope

    for order in (turned(STUDENT["topo_sort"]), turned(exercises.find("G09.4").reference)):
        assert said(verdict("X09.2", engine(push=assign, order=order), seed)) == ["M09.4g"]


@pytest.mark.parametrize(
    "odd",
    [
        lambda data: None,
        lambda data: data,
        np.float64,
        type("Empty", (), {"__init__": lambda self, data: None}),
        type("Zero", (), {"__init__": lambda self: None}),
    ],
)
def test_odd_classes_are_judged(odd: Any) -> None:
    score = verdict("X09.2", odd)
    assert score.score == 0
    assert score.findings


# --- G09.5, G09.6 ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_numeric_gradient_agrees_with_torch_up_to_truncation(seed: int) -> None:
    functions: dict[str, Callable[..., Any]] = {
        "cubes": lambda x: (x**3).sum() + x.prod(),
        "waves": lambda x: x.sin().sum() * x.ravel()[0].cos() + torch.square(x).sum() ** 2,
    }
    for (name, x, h), value in expected("G09.5", seed):
        exact = autograd(functions[name], x)[0]
        np.testing.assert_allclose(value, exact, atol=20 * (h or 1e-4) ** 2, rtol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "noisy",
    [
        lambda f, x, h=1e-4: exercises.find("G09.5").reference(f, x, 1e-12),
        lambda f, x, h=1e-4: float32_gradient(f, x, h).astype(float),
    ],
)
def test_rounding_is_named(noisy: Any, seed: int) -> None:
    score = verdict("G09.5", noisy, seed)
    assert said(score) == ["M09.5f"]
    assert score.score < 3


def float32_gradient(f: Any, x: Array, h: float) -> Array:
    x, found = np.asarray(x, np.float32), np.zeros(np.shape(x))
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        found[index] = (np.float32(f(up)) - np.float32(f(down))) / np.float32(2 * h)
    return found


def test_central_error_is_h_squared_for_a_cube() -> None:
    gradient = STUDENT["numeric_grad"]
    errors = [
        float(gradient(lambda x: x.item() ** 3, np.array(1.0), h)) - 3 for h in (0.1, 0.01)
    ]
    np.testing.assert_allclose(errors, [1e-2, 1e-4], rtol=1e-8)
    assert all(b < a for a, b in pairwise(errors))


@pytest.mark.parametrize("seed", SEEDS)
def test_quadratic_agrees_with_torch(seed: int) -> None:
    for (A, b, c, x, target), value in expected("G09.6", seed):
        f = lambda A, b, c, x, t=target: (x @ A @ x + b @ x + c - t) ** 2  # noqa: E731
        same(value, autograd(f, A, b, c, x))


def test_quadratic_repeats_the_print_of_the_slides() -> None:
    A = np.array(
        [
            [-0.2267, 0.6521, -0.8193, 0.7723, -0.6456],
            [1.2410, -2.4380, -0.5612, -0.1144, -0.2687],
            [0.4792, 0.4543, -1.3530, 1.2934, -0.9943],
            [0.7565, 0.9449, 0.2796, 0.4703, 0.2926],
            [0.4143, 0.5891, 0.4370, 0.6060, 0.0161],
        ]
    )
    b = np.array([0.3592, 0.3455, -0.2517, -0.5678, -0.6016])
    x = np.array([-0.05178648, -0.06387627, -1.41811327, 1.20207352, 1.55615628])
    printed = np.array([0.6044, 0.7455, 16.5508, -14.0294, -18.1619])
    wanted = [-25.931639, -25.763427, -54.081705, 4.688093, -15.295331]
    for f in (exercises.find("G09.6").reference, STUDENT["quadratic_grads"]):
        dA, db, dc, dx = f(A, b, -1.5490, x, 1.0)
        np.testing.assert_allclose(db, printed, atol=5e-4)
        np.testing.assert_allclose(dA[0], printed * x[0], atol=5e-4)
        np.testing.assert_allclose(dc, -11.6710, atol=5e-4)
        np.testing.assert_allclose(dx, wanted, atol=2e-6)


def test_numbers_by_hand_may_be_fractions() -> None:
    right = exercises.find("X09.1").reference
    score = verdict("X09.1", {name: Fraction(number) for name, number in right.items()})
    assert score.score == score.max_score


def test_another_step_than_the_given_one_is_not_called_noise() -> None:
    def halved(f: Any, x: Any, h: float = 1e-4) -> Any:
        return exercises.find("G09.5").reference(f, x, h / 2)

    def far_too_small(f: Any, x: Any, h: float = 1e-4) -> Any:
        return exercises.find("G09.5").reference(f, x, 1e-12)

    assert said(verdict("G09.5", halved)) == ["fixed h"]
    assert said(verdict("G09.5", far_too_small)) == ["M09.5f"]


def test_everything_to_z_at_the_tie_is_named_as_that() -> None:
    right = exercises.find("X09.1").reference
    taken = right | {"tie_df_dy": 2.0, "tie_df_dz": 3.0}
    assert said(verdict("X09.1", taken)) == ["tie z"]
