"""The third witness of a09: PyTorch's optimizers, and the numbers of the syllabus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from witness import SOLUTIONS, expected

from grader import exercises
from grader.check.key import AnswerKey
from grader.judge import judge

torch = pytest.importorskip("torch")
Array = np.ndarray
CLOSE = {"rtol": 1e-10, "atol": 1e-14}
STUDENT = SOLUTIONS["a09_optimizers"]


def torch_step(
    theta: Array, g: Array, make: Callable[..., Any], **state: Any
) -> tuple[Array, dict[str, Array]]:
    """Make one step of a PyTorch optimizer that already remembers `state`."""
    p = torch.tensor(theta, requires_grad=True)
    p.grad = torch.tensor(g)
    optimizer = make([p])
    optimizer.state[p].update(
        {name: torch.tensor(value, dtype=torch.float64) for name, value in state.items()}
    )
    optimizer.step()
    after = optimizer.state[p]
    return p.detach().numpy(), {name: after[name].numpy() for name in state}


def test_gradient_descent_agrees_with_torch() -> None:
    for (theta, g, eta), value in expected("G10.1"):
        moved, _ = torch_step(theta, g, lambda p, eta=eta: torch.optim.SGD(p, lr=eta))
        np.testing.assert_allclose(value, moved, **CLOSE)


def test_momentum_agrees_with_torch() -> None:
    for (theta, v, g, eta, gamma), value in expected("G10.2"):
        make = lambda p, eta=eta, gamma=gamma: torch.optim.SGD(p, lr=eta, momentum=gamma)  # noqa: E731
        moved, state = torch_step(theta, g, make, momentum_buffer=v / eta)
        np.testing.assert_allclose(value[0], moved, **CLOSE)
        np.testing.assert_allclose(value[1], eta * state["momentum_buffer"], **CLOSE)


def test_adagrad_agrees_with_torch() -> None:
    for (theta, G, g, eta, eps), value in expected("G10.3"):
        make = lambda p, eta=eta, eps=eps: torch.optim.Adagrad(p, lr=eta, eps=eps)  # noqa: E731
        moved, state = torch_step(theta, g, make, sum=G)
        np.testing.assert_allclose(value[0], moved, **CLOSE)
        np.testing.assert_allclose(value[1], state["sum"], **CLOSE)


def test_rmsprop_agrees_with_torch() -> None:
    for (theta, v, g, eta, rho, eps), value in expected("G10.4"):
        make = lambda p, o=(eta, rho, eps): torch.optim.RMSprop(p, o[0], o[1], o[2])  # noqa: E731
        moved, state = torch_step(theta, g, make, step=0.0, square_avg=v)
        np.testing.assert_allclose(value[0], moved, **CLOSE)
        np.testing.assert_allclose(value[1], state["square_avg"], **CLOSE)


def test_adam_agrees_with_torch() -> None:
    for (theta, m, v, g, t, eta, b1, b2, eps), value in expected("G10.5"):
        make = lambda p, o=(eta, (b1, b2), eps): torch.optim.Adam(p, *o)  # noqa: E731
        past = {"step": t - 1.0, "exp_avg": m, "exp_avg_sq": v}
        moved, state = torch_step(theta, g, make, **past)
        np.testing.assert_allclose(value[0], moved, **CLOSE)
        np.testing.assert_allclose(value[1], state["exp_avg"], **CLOSE)
        np.testing.assert_allclose(value[2], state["exp_avg_sq"], **CLOSE)


def test_numbers_by_hand_are_those_of_the_syllabus() -> None:
    wanted = {
        "gd_4": 0.75,
        "momentum_2": 1.02,
        "momentum_3": 1.066,
        "adagrad_1": 0.9,
        "adagrad_2": 0.9894427,
        "rmsprop_1": 0.6837722,
        "adam_1": 0.9,
        "adam_2": 0.9366104,
    }
    assert exercises.find("X10.1").reference == pytest.approx(wanted, abs=5e-8)


@pytest.mark.parametrize(
    ("exercise", "eps", "g", "out", "within"),
    [
        ("G10.3", 1e-10, 1e-5, 0.999990, 0.707107),
        ("G10.3", 1e-10, 1e-6, 0.999900, 0.099504),
        ("G10.5", 1e-8, 1e-2, 0.999999, 0.999950),
        ("G10.5", 1e-8, 1e-5, 0.999001, 0.099504),
        ("G10.5", 1e-8, 1e-6, 0.990099, 0.010000),
    ],
)
def test_first_steps_show_where_epsilon_stands(
    exercise: str, eps: float, g: float, out: float, within: float
) -> None:
    found = exercises.find(exercise)
    zeros, gradient = np.zeros(1), np.array([g])
    args: tuple[Any, ...] = (zeros, zeros, gradient, 0.1, eps)
    if exercise == "G10.5":
        args = (zeros, zeros, zeros, gradient, 1, 0.1, 0.9, 0.999, eps)
    for function, ratio in ((found.reference, out), (found.accepted[0].function, within)):
        assert -function(*args)[0].item() / 0.1 == pytest.approx(ratio, abs=6e-7)


def test_epoch_agrees_with_torch() -> None:
    for (w, batches, eta), value in expected("X10.2"):
        p = torch.tensor(w, requires_grad=True)
        optimizer = torch.optim.SGD([p], lr=eta)
        for X, t in batches:
            optimizer.zero_grad()
            (0.5 * (torch.tensor(X) @ p - torch.tensor(t)).square().mean()).backward()
            optimizer.step()
        np.testing.assert_allclose(value, p.detach().numpy(), **CLOSE)


# --- G10.6: what has to hold, whatever the order -------------------------------------

Batches = list[tuple[Array, Array]]


def cut(X: Array, Y: Array, B: int, rows: Any, labels: Any = None) -> Batches:
    labels = rows if labels is None else labels
    starts = range(0, len(rows), B)
    return [(X[rows[i : i + B]], Y[labels[i : i + B]]) for i in starts]


def without_rest(X: Array, Y: Array, B: int, rng: Any) -> Batches:
    rows = rng.permutation(len(X))
    return cut(X, Y, B, rows[: len(X) // B * B])


def torn(X: Array, Y: Array, B: int, rng: Any) -> Batches:
    return cut(X, Y, B, rng.permutation(len(X)), rng.permutation(len(X)))


def only_inputs_shuffled(X: Array, Y: Array, B: int, rng: Any) -> Batches:
    return cut(X, Y, B, rng.permutation(len(X)), np.arange(len(X)))


def replaced(X: Array, Y: Array, B: int, rng: Any) -> Batches:
    return cut(X, Y, B, rng.integers(0, len(X), len(X)))


def drawn_for_each_batch(X: Array, Y: Array, B: int, rng: Any) -> Batches:
    count = len(X) // B
    draws = [rng.choice(len(X), min(B, len(X)), replace=False) for _ in range(count)]
    return [(X[rows], Y[rows]) for rows in draws]


def own_seed(X: Array, Y: Array, B: int, rng: Any) -> Batches:
    return cut(X, Y, B, np.random.default_rng(0).permutation(len(X)))


def as_they_come(X: Array, Y: Array, B: int, rng: Any) -> Batches:
    return cut(X, Y, B, np.arange(len(X)))


def own_generator(X: Array, Y: Array, B: int, rng: Any) -> Batches:
    return cut(X, Y, B, np.random.default_rng().permutation(len(X)))


def judged(exercise: str, function: Any, seed: int) -> tuple[list[str], float]:
    key = AnswerKey(exercises.find(exercise), seed)
    score = judge(key, key.answer_of(function))
    return [finding.code for finding in score.findings], score.score


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("M10.6a", without_rest),
        ("M10.6b", torn),
        ("M10.6b", only_inputs_shuffled),
        ("M10.6c", replaced),
        ("M10.6c", drawn_for_each_batch),
        ("M10.6d", own_seed),
        ("unshuffled", as_they_come),
        ("MX.11", own_generator),
    ],
)
def test_wrong_batches_are_named(code: str, wrong: Any, seed: int) -> None:
    codes, score = judged("G10.6", wrong, seed)
    assert codes[0] == code
    assert score < 4


def test_shuffling_the_caller_s_arrays_costs_points() -> None:
    def shuffled_in_place(X: Array, Y: Array, B: int, rng: Any) -> Batches:
        rows = rng.permutation(len(X))
        X[:], Y[:] = X[rows], Y[rows]
        return cut(X, Y, B, np.arange(len(X)))

    codes, score = judged("G10.6", shuffled_in_place, 0)
    assert "MX.7" in codes
    assert score < 4


@pytest.mark.parametrize(
    "change",
    [
        lambda x, y: (x.astype(object), y.astype(object)),
        lambda x, y: (x, [object()] * len(x)),
        lambda x, y: (x, np.full(y.shape, "a")),
        lambda x, y: (x[:, :, None], y),
        lambda x, y: (x[0], y[0]),
        lambda x, y: (x, None),
        lambda x, y: (y, x),
        lambda x, y: (x + np.nan, y),
        lambda x, y: "ab",
        lambda x, y: None,
    ],
)
def test_odd_batches_are_judged(change: Any) -> None:
    def odd(X: Array, Y: Array, B: int, rng: Any) -> Any:
        return [change(*pair) for pair in cut(X, Y, B, rng.permutation(len(X)))]

    codes, score = judged("G10.6", odd, 0)
    assert codes
    assert score < 4


def test_endless_batches_come_to_an_end() -> None:
    def endless(X: Array, Y: Array, B: int, rng: Any) -> Any:
        while True:
            yield X[:B], Y[:B]

    codes, score = judged("G10.6", endless, 0)
    assert codes
    assert score < 4


def test_moving_the_caller_s_theta_is_named() -> None:
    def moved(theta: Array, grad: Array, eta: float) -> None:
        theta -= eta * grad

    assert judged("G10.1", moved, 0) == (["M10.1f", "MX.7"], 0.0)


def test_solutions_walk_as_the_syllabus_says() -> None:
    theta, m, v = np.ones(1), np.zeros(1), np.zeros(1)
    path = []
    for t, g in enumerate((1.0, -2.0, 0.5, 3.0), start=1):
        theta, m, v = STUDENT["adam_step"](
            theta, m, v, np.array([g]), t, 0.1, 0.9, 0.999, 1e-8
        )
        path.append(theta.item())
    assert path == pytest.approx([0.9, 0.9366104, 0.9502795, 0.9108694], abs=1e-7)
