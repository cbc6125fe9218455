"""The third witness of a11: PyTorch, scikit-learn's way, B11, and torch's own errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from witness import SOLUTIONS, expected

from grader import exercises
from grader.check.key import AnswerKey
from grader.judge import judge
from utils import data

IRIS = SOLUTIONS["a11_iris"]


def softmax(Z: np.ndarray) -> np.ndarray:
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return np.asarray(E / E.sum(axis=1, keepdims=True))


def test_split_is_the_one_of_the_slides() -> None:
    for (y,), (train, test) in expected("G13.1"):
        assert (len(train), len(test)) == (120, 30)
        assert sorted([*train, *test]) == list(range(150))
        for label in set(y.tolist()):
            assert np.sum(y[train] == label) == 40
            assert np.flatnonzero(y == label)[-10:].tolist() == [
                row for row in test if y[row] == label
            ]
        assert {40, 41, 90, 91, 140, 141} <= set(test), "rows 41, 42, ... from 1"


def test_numbers_by_hand_are_those_of_the_syllabus() -> None:
    numbers = exercises.find("X13.1").reference
    right = dict(parameters=51, start_loss=1.0986123, low=3.6457513, high=12.6457513)
    assert numbers == pytest.approx(right, rel=1e-7)
    assert exercises.find("G13.2").reference(4, 3) == pytest.approx(
        (3.6457513, 12.6457513), rel=1e-8
    )
    assert sum(w.size for w in IRIS["start"]().values()) == 51


def test_scaled_columns_have_mean_0_and_spread_1_in_training() -> None:
    for (X, train), S in expected("X13.2"):
        np.testing.assert_allclose(S[train].mean(axis=0), 0, atol=1e-13)
        np.testing.assert_allclose(S[train].std(axis=0), 1, rtol=1e-13)
        slopes = [np.polyfit(x, s, 1) for x, s in zip(X.T, S.T, strict=True)]
        back = [np.polyval(p, x) for p, x in zip(slopes, X.T, strict=True)]
        np.testing.assert_allclose(np.array(back).T, S, rtol=1e-9, atol=1e-9)


def test_one_hot_is_torchs() -> None:
    torch = pytest.importorskip("torch")
    for (y, classes), Y in expected("X13.3"):
        wanted = torch.nn.functional.one_hot(torch.tensor(y) - 1, classes).numpy()
        np.testing.assert_array_equal(Y, wanted)


def test_fit_agrees_with_torch_sgd() -> None:
    torch = pytest.importorskip("torch")
    for (params, eta, steps), end in expected("X13.4"):
        tensors = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
        optimizer = torch.optim.SGD(tensors.values(), lr=eta)
        for _ in range(steps):
            optimizer.zero_grad()
            parts = enumerate(tensors.values())
            loss = sum(((p - k / 2) ** 2).sum() / 2 for k, p in parts)
            loss = loss - torch.cos(sum(p.sum() for p in tensors.values()))
            loss.backward()
            optimizer.step()
        for name, tensor in tensors.items():
            np.testing.assert_allclose(
                tensor.detach().numpy(), end[name], rtol=1e-10, atol=1e-12
            )


def test_torch_fit_agrees_with_torch_sgd_and_with_the_students_own() -> None:
    torch = pytest.importorskip("torch")
    nn = torch.nn
    for (X, y, params, eta, steps), end in expected("X13.5"):
        (h, d), c = params["W1"].shape, len(params["b2"])
        net = nn.Sequential(nn.Linear(d, h), nn.Sigmoid(), nn.Linear(h, c)).double()
        with torch.no_grad():
            for p, value in zip(net.parameters(), params.values(), strict=True):
                p.copy_(torch.tensor(value))
        optimizer = torch.optim.SGD(net.parameters(), lr=eta)
        for _ in range(steps):
            optimizer.zero_grad()
            nn.CrossEntropyLoss()(net(torch.tensor(X)), torch.tensor(y)).backward()
            optimizer.step()
        for p, name in zip(net.parameters(), params, strict=True):
            np.testing.assert_allclose(p.detach().numpy(), end[name], rtol=1e-10)
        Y = np.eye(c)[y]
        own = IRIS["fit"](
            params, lambda p, X=X, Y=Y: IRIS["mlp_backward"](X, Y, p), eta, steps
        )
        for name in params:
            np.testing.assert_allclose(own[name], end[name], rtol=1e-10)


def test_numbers_of_the_explanation() -> None:
    """B11: what the task says about softmax alone and about the network."""
    iris = data.iris()
    train, test = IRIS["iris_split"](iris.y)
    S, Y = IRIS["standardise"](iris.X, train), np.eye(3)[iris.y]
    W = np.zeros((3, 5))
    with_one = np.column_stack([S, np.ones(150)])
    for _ in range(2000):
        error = softmax(with_one[train] @ W.T) - Y[train]
        W -= 0.5 * error.T @ with_one[train] / 120
    right = (with_one @ W.T).argmax(axis=1) == iris.y
    assert (W.size, right[train].sum(), right[test].sum()) == (15, 117, 30)
    backward, start = IRIS["mlp_backward"], IRIS["start"]()
    end = IRIS["fit"](start, lambda p: backward(S[train], Y[train], p), 0.5, 2000)
    Ws, bs = (end["W1"], end["W2"]), (end["b1"], end["b2"])
    scores = IRIS["forward"](S, Ws, bs, IRIS["sigmoid"])
    right = scores.argmax(axis=1) == iris.y
    assert (right[train].sum(), right[test].sum()) == (118, 30)
    rows = np.array([41, 42, 91, 92, 141, 142]) - 1
    np.testing.assert_allclose(
        softmax(scores)[rows, iris.y[rows]],
        [0.9978, 0.9416, 0.9975, 0.9965, 0.9995, 0.9969],
        atol=5e-5,
    )


# --- mistakes that show in exceptions or in the form, not in values --------------------


def named(exercise_id: str, answer: Callable[..., Any]) -> list[str]:
    key = AnswerKey(exercises.find(exercise_id), 0)
    score = judge(key, key.answer_of(answer))
    assert score.score < score.max_score
    return [finding.code for finding in score.findings]


def random_split(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = np.random.default_rng(3).permutation(150)
    return rows[:120], rows[120:]


def random_split_within_classes(y: np.ndarray) -> tuple[Any, Any]:
    rows = np.random.default_rng(4).permuted(np.arange(150).reshape(3, 50), axis=1)
    return rows[:, :40].ravel(), rows[:, 40:].ravel()


def test_another_partition_is_named() -> None:
    assert named("G13.1", random_split) == ["M13.1b"]
    assert named("G13.1", random_split_within_classes) == ["M13.1b"]
    assert named("G13.1", lambda y: (random_split(y)[0],) * 2) != ["M13.1b"]


def test_one_number_for_the_size_is_named() -> None:
    assert named("G13.2", lambda n, m: np.sqrt(n + m) + 3.3542487) == ["M13.2e"]
    assert named("G13.2", lambda n, m: 6) == ["M13.2e"]
    assert named("G13.2", lambda n, m: (6, 6)) == ["M13.2e"]
    assert named("G13.2", lambda n, m: (n + m) / 2) == ["M13.2d"]


def test_labels_without_shift_are_named() -> None:
    assert named("X13.3", lambda y, classes: np.eye(classes)[y]) == ["M13.1e"]


def loop(
    *, recording: bool = False, leaf: bool = True, wants: bool = True, once: bool = False,
    single: bool = False, shared: bool = False, zero: bool = True,
) -> Callable[..., Any]:  # fmt: skip
    """Return a training loop in PyTorch with one thing wrong."""
    import torch

    def run(X: Any, y: Any, params: Any, eta: float, steps: int) -> Any:
        make = torch.from_numpy if shared else torch.tensor
        X, y = make(X), make(y)
        p = {k: make(v).requires_grad_(wants) for k, v in params.items()}
        if single:
            X = X.float()

        def J() -> Any:
            H = torch.sigmoid(X @ p["W1"].T + p["b1"])
            return torch.nn.functional.cross_entropy(H @ p["W2"].T + p["b2"], y)

        loss = J() if once else None
        for _ in range(steps):
            (loss if once else J()).backward()
            with torch.set_grad_enabled(recording):
                for k in p:
                    if leaf:
                        p[k] -= eta * p[k].grad
                        if zero:
                            p[k].grad.zero_()
                    else:
                        p[k] = p[k] - eta * p[k].grad
        return p

    return run


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize(
    ("code", "flaws"),
    [
        ("X13.5a", {"zero": False}),
        ("X13.5f", {"recording": True}),
        ("X13.5g", {"recording": True, "leaf": False}),
        ("X13.5h", {"wants": False}),
        ("X13.5i", {"once": True}),
        ("X13.5j", {"single": True}),
        ("MX.7", {"shared": True}),
    ],
)
def test_what_pytorch_refuses_is_explained(code: str, flaws: dict[str, bool]) -> None:
    pytest.importorskip("torch")
    assert named("X13.5", loop(**flaws)) == [code]


def test_the_loop_without_a_flaw_is_right() -> None:
    pytest.importorskip("torch")
    key = AnswerKey(exercises.find("X13.5"), 0)
    assert judge(key, key.answer_of(loop())).score == 5
