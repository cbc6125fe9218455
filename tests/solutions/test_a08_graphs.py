"""The machine of a08: its solution, odd answers, and answers that are half right."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from course_exercises import file_of, find
from marking import said, verdict
from solution_cells import solution_names

SEEDS = range(3)


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the solution notebook defines."""
    return solution_names("a08_autodiff")


def test_solution_puts_inputs_first(names: dict[str, Any]) -> None:
    file_of("G09.4").module.inputs_come_first(names["topo_sort"])


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
    (sort,) = file_of("G09.4").wrong_ways["marks"]
    assert 3 < verdict("G09.4", sort).score < 4


def test_machine_of_the_solution_gives_the_slide(names: dict[str, Any]) -> None:
    x, y, z = map(names["Value"], (1.0, 2.0, 0.0))
    f = (x + y) * y.max(z)
    f.backward()
    assert (f.data, x.grad, y.grad, z.grad) == (6, 2, 5, 0)


def test_a_blank_class_is_blank_and_a_half_written_one_is_told_so() -> None:
    class Blank:
        def __init__(self, data: float) -> None:
            raise NotImplementedError("task X09.2: Value")

    assert said(verdict("X09.2", Blank)) == ["blank"]
    (half,) = file_of("X09.2").wrong_ways["stops"]
    assert verdict("X09.2", half).findings[0].output == "exp, tanh"


def test_two_faults_in_two_parts_are_both_named() -> None:
    def rule(a: float) -> tuple[float, tuple[float, ...]]:
        return math.tanh(a), (1 - math.tanh(a),)

    module = file_of("X09.2").module
    faulty = module.engine(rules={"tanh": rule}, push=module.assign)
    score = verdict("X09.2", faulty)
    named = {finding.code: finding.output for finding in score.findings}
    assert named["X09.2h"] == "tanh"
    assert named["M09.4g"] == "branches, roads, accumulate"
    assert dict(score.parts)["plus_times"]


@pytest.mark.parametrize("seed", SEEDS)
def test_overwriting_is_named_in_the_order_of_the_solution(
    names: dict[str, Any], seed: int
) -> None:
    module = file_of("X09.2").module
    order = module.turned(names["topo_sort"])
    score = verdict("X09.2", module.engine(push=module.assign, order=order), seed)
    assert said(score) == ["M09.4g"]


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


def test_central_error_is_h_squared_for_a_cube(names: dict[str, Any]) -> None:
    gradient = names["numeric_grad"]
    errors = [
        float(gradient(lambda x: x.item() ** 3, np.array(1.0), h)) - 3 for h in (0.1, 0.01)
    ]
    np.testing.assert_allclose(errors, [1e-2, 1e-4], rtol=1e-8)
    assert all(b < a for a, b in pairwise(errors))


def test_another_step_than_the_given_one_is_not_called_noise() -> None:
    def halved(f: Any, x: Any, h: float = 1e-4) -> Any:
        return find("G09.5").reference(f, x, h / 2)

    assert said(verdict("G09.5", halved)) == ["fixed h"]


def test_solution_repeats_the_print_of_the_slides(names: dict[str, Any]) -> None:
    file_of("G09.6").module.as_printed_on_the_slides(names["quadratic_grads"])
