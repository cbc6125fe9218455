"""The three sentences that matter, for every exercise of every assignment.

The reference and the solution earn full marks, the blank earns nothing, and each known
mistake earns less than everything and its own name.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import numpy as np
import pytest

from grader import exercises
from grader.check.compare import compare
from grader.check.key import AnswerKey
from grader.judge import judge
from grader.model import Exercise, Mistake, Returned
from utils.gradcheck import numeric_gradient

ROOT = Path(__file__).parents[2]
ALL = [e for name in exercises.assignments() for e in exercises.table(name).EXERCISES]
WRONG = [(e, m) for e in ALL for m in e.mistakes if m.variant is not None]
SEEDS = (0, 1, 2, 3)


def solution_names(assignment: str) -> dict[str, object]:
    """Run the given and the solution cells of a solution notebook."""
    path = ROOT / "solutions" / assignment / f"{assignment}.ipynb"
    names: dict[str, object] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        data = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and not data.get("grade"):
            exec(compile(cell.source, str(path), "exec"), names)
    return names


SOLUTIONS = {name: solution_names(name) for name in exercises.assignments()}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_reference_earns_everything(exercise: Exercise, seed: int) -> None:
    key = AnswerKey(exercise, seed)
    score = judge(key, key.answer_of(exercise.reference))
    assert score.score == exercise.points, score.findings


@pytest.mark.parametrize("assignment", exercises.assignments())
@pytest.mark.parametrize("seed", SEEDS)
def test_solution_cells_earn_everything(assignment: str, seed: int) -> None:
    for exercise in exercises.table(assignment).EXERCISES:
        key = AnswerKey(exercise, seed)
        score = judge(key, key.answer_of(SOLUTIONS[assignment][exercise.function]))
        assert score.score == exercise.points, (exercise.id, score.findings)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("exercise", "mistake"), WRONG, ids=[f"{e.id}-{m.code}" for e, m in WRONG]
)
def test_mistake_is_named_and_costs(
    exercise: Exercise, mistake: Mistake, seed: int
) -> None:
    key = AnswerKey(exercise, seed)
    score = judge(key, key.answer_of(mistake.variant))
    assert [finding.code for finding in score.findings] == [mistake.code]
    assert score.score < exercise.points


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_blank_earns_nothing(exercise: Exercise) -> None:
    def blank(*args: object) -> None:
        raise NotImplementedError(exercise.id)

    key = AnswerKey(exercise, 0)
    score = judge(key, key.answer_of(blank))
    assert score.score == 0
    assert score.findings


@pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.id)
def test_cases_differ_between_seeds_and_repeat_for_one(exercise: Exercise) -> None:
    first, again, other = (AnswerKey(exercise, seed).task for seed in (0, 0, 1))
    assert compare(first["cases"], again["cases"]) is None
    if exercise.id.startswith("G"):
        assert compare(first["cases"], other["cases"]) is not None


def test_codes_and_messages_are_ready_for_students() -> None:
    for exercise in ALL:
        for mistake in exercise.mistakes:
            assert (mistake.variant is None) != (mistake.detect is None), mistake.code
            assert mistake.message.endswith("."), mistake.code
            assert "  " not in mistake.message, mistake.code


def test_every_syllabus_mistake_of_a07_is_in_the_table() -> None:
    wanted = {1: "abcdefg", 2: "abcdefgh", 3: "abcdef", 4: "abcdefgh", 5: "abcdefghi"}
    wanted[6] = "abcdef"
    codes = {f"M08.{n}{letter}" for n, letters in wanted.items() for letter in letters}
    table = exercises.table("a07_backpropagation").EXERCISES
    found = {mistake.code for exercise in table for mistake in exercise.mistakes}
    assert codes <= found


# --- the third witness: PyTorch, or finite differences ------------------------------


def expected(exercise_id: str, seed: int = 0) -> list[tuple[tuple, object]]:
    """Return pairs of arguments and the reference's value for an exercise."""
    key = AnswerKey(exercises.find(exercise_id), seed)
    return [
        (case.args, outcome.value)
        for case, outcome in zip(key.cases, key.expected, strict=True)
        if isinstance(outcome, Returned)
    ]


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
