"""The third witness of a10: PyTorch, its schedules, and the numbers of the syllabus.

And what a layer that draws is judged by: how rarely a right one fails, how surely a
wrong one is noticed.
"""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import numpy as np
import pytest
from witness import SOLUTIONS, expected, key_of

from grader import exercises
from grader.check.key import AnswerKey
from grader.exercises import a10_training_tricks as a10
from grader.judge import judge
from grader.model import Score

torch = pytest.importorskip("torch")
Array = np.ndarray
CLOSE = {"rtol": 1e-10, "atol": 1e-14}
STUDENT = SOLUTIONS["a10_training_tricks"]


def verdict(exercise: str, function: Any, seed: int = 0) -> Score:
    key = key_of(exercise, seed)
    return judge(key, key.answer_of(function))


def pairs(exercise: str, seed: int, role: str) -> list[tuple[tuple[Any, ...], Any]]:
    key = key_of(exercise, seed)
    rows = zip(key.cases, key.expected, strict=True)
    return [(case.args, right) for case, right in rows if case.role == role]


def codes(score: Score) -> list[str]:
    return [finding.code for finding in score.findings]


def slope(f: Any, at: Array, upstream: Array) -> Array:
    """Return PyTorch's gradient of upstream * f(at)."""
    leaf = torch.tensor(at, requires_grad=True)
    f(leaf).backward(torch.tensor(upstream))
    gradient: Array = leaf.grad.numpy()
    return gradient


# --- numbers and gradients -----------------------------------------------------------


def test_numbers_by_hand_are_those_of_the_syllabus() -> None:
    wanted = {
        "pads": 4,
        "faint_2": 0.4,
        "faint_3": 0.8,
        "mean": 0.7,
        "scale": 1.428571,
        "best": 3,
        "stop": 6,
        "bound": 9.536743e-7,
    }
    assert exercises.find("X11.1").reference == pytest.approx(wanted, rel=1e-6)


def test_dropout_agrees_with_torch() -> None:
    for (x, p, mask, train), y in expected("G11.1"):
        kept = torch.tensor(x) * torch.tensor(mask)
        scale = torch.nn.functional.dropout(torch.ones(999).double(), p).max()
        np.testing.assert_allclose(y, kept * scale if train else x, **CLOSE)
    for (dout, mask, p), dx in expected("G11.2"):
        m = torch.tensor(mask)
        scale = torch.nn.functional.dropout(torch.ones(999).double(), p).max()
        np.testing.assert_allclose(
            dx, slope(lambda x, m=m, s=scale: x * m * s, 0 * dout, dout), **CLOSE
        )


def bag(E: Any, mask: Array) -> Any:
    """Average every sentence by PyTorch's bag of words, pads skipped."""
    N, T, d = E.shape
    ids = torch.arange(1, N * T + 1).reshape(N, T) * torch.tensor(mask).long()
    table = torch.cat([torch.zeros(1, d).double(), E.reshape(N * T, d)])
    return torch.nn.functional.embedding_bag(ids, table, mode="mean", padding_idx=0)


def test_masked_mean_and_its_gradient_agree_with_torch() -> None:
    for (E, mask), mean in expected("G11.3"):
        np.testing.assert_allclose(mean, bag(torch.tensor(E), mask), **CLOSE)
    for (dout, mask), dE in expected("G11.4"):
        E = np.zeros((*mask.shape, dout.shape[1]))
        np.testing.assert_allclose(dE, slope(lambda E, m=mask: bag(E, m), E, dout), **CLOSE)


def test_weight_decay_agrees_with_torch() -> None:
    for (W, lam), dW in expected("G11.5"):
        found = slope(lambda W, lam=lam: lam / 2 * (W**2).sum(), W, np.array(1.0))
        np.testing.assert_allclose(dW, found, **CLOSE)
    for (grads, params, lam), total in expected("X11.3"):
        leaves = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
        for name, leaf in leaves.items():
            leaf.grad = torch.tensor(grads[name])
        weights = [leaves["W1"], leaves["W2"]]
        biases = {"params": [leaves["b1"], leaves["b2"]], "weight_decay": 0.0}
        groups = [{"params": weights, "weight_decay": lam}, biases]
        torch.optim.SGD(groups, lr=1.0).step()
        for name, leaf in leaves.items():
            step = params[name] - leaf.detach().numpy()
            np.testing.assert_allclose(total[name], step, rtol=1e-9, atol=1e-12)


def plateau(dev: list[float], patience: int) -> int:
    """Return where PyTorch's plateau acts; its patience n - 1 is the course's n."""
    w = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, patience=patience - 1, threshold=0.0
    )
    for t, loss in enumerate(dev):
        scheduler.step(loss)
        if optimizer.param_groups[0]["lr"] < 1:
            return t
    return len(dev)


def test_early_stopping_agrees_with_torch() -> None:
    for seed in range(5):
        for (dev, patience), t in expected("G11.6", seed):
            assert t == plateau(dev, patience)
        for (path, _, dev, patience, most), found in expected("X11.4", seed):
            stop = min(plateau(dev.tolist(), patience), most)
            assert found["epochs"] == stop
            np.testing.assert_array_equal(found["weights"], path[dev[: stop + 1].argmin()])


def test_early_stopping_follows_the_example_of_the_syllabus() -> None:
    assert exercises.find("G11.6").reference(list(a10.DEV), 3) == 6
    assert STUDENT["early_stop_epoch"](list(a10.DEV), 3) == 6


def test_padding_agrees_with_torch() -> None:
    for (sentences, pad), (tokens, mask) in expected("G11.7"):
        numbers: dict[Any, int] = {pad: 0}
        for word in itertools.chain(*sentences):
            numbers.setdefault(word, len(numbers))
        rows = [torch.tensor([numbers[w] for w in s]).long() for s in sentences]
        padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        assert [[numbers[w] for w in row] for row in tokens] == padded.tolist()
        ones = [torch.ones(len(s)) for s in sentences]
        real = torch.nn.utils.rnn.pad_sequence(ones, batch_first=True)
        assert mask == real.tolist()


def test_padding_of_the_slide() -> None:
    (_, (tokens, mask)), *_ = expected("G11.7")
    assert [sum(row) for row in mask] == [5, 2, 4]
    assert tokens[1] == ["great", "movie", "[pad]", "[pad]", "[pad]"]


def test_residual_block_agrees_with_torch() -> None:
    for (dout, W, z), dx in expected("G12.1"):
        x = np.linalg.solve(W, z)
        found = slope(lambda x, W=W: x + torch.tanh(torch.tensor(W) @ x), x, dout)
        np.testing.assert_allclose(dx, found, rtol=1e-7, atol=1e-9)


def test_error_norms_agree_with_torch() -> None:
    for (Ws, zs, dL), norms in expected("G12.2"):
        a, below = torch.zeros(len(dL)).double().requires_grad_(), []
        for W, z in zip(Ws, zs, strict=True):
            below.append(a)
            shift = torch.tensor(z) - (torch.tensor(W) @ a).detach()
            a = torch.sigmoid(torch.tensor(W) @ a + shift)
        grads = torch.autograd.grad(a @ torch.tensor(dL), below)
        wanted = [grad.norm().item() for grad in reversed(grads)]
        np.testing.assert_allclose(norms, wanted, rtol=1e-9)


def test_twenty_layers_vanish_as_the_syllabus_says() -> None:
    r = np.random.default_rng(0)
    x, Ws = (
        r.normal(size=50),
        [np.sqrt(1 / 50) * r.normal(size=(50, 50)) for _ in range(20)],
    )
    g, a, zs = r.normal(size=50), x, []
    for W in Ws:
        zs.append(W @ a)
        a = 0.5 + 0.5 * np.tanh(0.5 * zs[-1])
    ratio = STUDENT["delta_norms"](Ws, zs, g)[-1] / np.linalg.norm(g)
    assert ratio == pytest.approx(3.59e-13, rel=2e-3)


# --- X11.2: chance -------------------------------------------------------------------


def hoeffding(n: int, width: float) -> float:
    """Bound the chance that a mean of n independent coins is off by width."""
    return 2 * math.exp(-2 * n * width**2)


def count_is_always_the_same(p: float) -> float:
    """Bound the chance that all masks keep equally many units, by the likeliest count."""
    n = a10.SIZE
    log = max(
        math.lgamma(n + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n - k + 1)
        + k * math.log(1 - p)
        + (n - k) * math.log(p)
        for k in range(1, n)
    )
    return math.exp(log * (a10.DRAWS - 1))


def false_alarms(p: float) -> float:
    """Bound the chance that a right layer fails one generic case."""
    rows, columns, draws = a10.ROWS, a10.COLUMNS, a10.DRAWS
    equal = (p**2 + (1 - p) ** 2) ** a10.SIZE
    same_sides = rows // 2 * columns, rows * (columns // 2)
    return sum(
        (
            hoeffding(draws * a10.SIZE, a10.WIDTH),
            rows * hoeffding(draws * columns, a10.LINE),
            columns * hoeffding(draws * rows, a10.LINE),
            *(hoeffding(draws * pairs, a10.PAIRS) for pairs in same_sides),
            math.comb(draws, 2) * equal,  # two masks of one layer
            equal,  # masks of two seeds
            equal,  # a kept mask and its opposite
            count_is_always_the_same(p),
        )
    )


def test_a_right_layer_fails_more_seldom_than_the_task_says() -> None:
    exactly_zero = 3 * (a10.DRAWS + 3) * a10.SIZE * 2.0**-53
    for p in np.linspace(0.2, 0.8, 61):
        assert 2 * false_alarms(p) + exactly_zero < a10.FALSE_ALARM
    assert a10.FALSE_ALARM <= 1e-10, "as the task says"
    cases = [case for seed in range(50) for case in AnswerKey(a10.X11_2, seed).cases]
    rates = [case.args[2] for case in cases if case.role == "generic"]
    assert 0.2 <= min(rates) <= max(rates) <= 0.8
    assert len(cases) == 50 * 3
    for case in cases:
        right, mixed, *_ = case.args[4]
        assert case.args[0].size == a10.SIZE
        assert case.role == "edge" or right[1] < mixed[0] or mixed[1] < right[0]


def test_right_layers_pass_whatever_they_draw() -> None:
    for seed in range(60):
        score = verdict("X11.2", STUDENT["Dropout"], seed)
        assert score.score == 4, score.findings


class Layer:
    """A right layer, to be spoilt."""

    def __init__(self, p: float, rng: Any) -> None:
        self.p, self.rng, self.mask = p, rng, None

    def draw(self, x: Array) -> Any:
        return self.rng.random(x.shape) >= self.p

    def forward(self, x: Array, train: bool) -> Any:
        if not train:
            return x
        self.mask = self.draw(x)
        return x * self.mask / (1 - self.p)

    def backward(self, dout: Array) -> Any:
        return dout * self.mask / (1 - self.p)


def spoilt(**methods: Any) -> type[Layer]:
    return type("Spoilt", (Layer,), methods)


def by_rows(self: Any, x: Array) -> Array:
    """One draw for each position along the first axis, in another way than the table."""
    on = self.rng.binomial(1, 1 - self.p, (len(x),) + (1,) * (x.ndim - 1))
    return on * np.ones(x.shape, int)


def one_for_all(self: Any, x: Array) -> bool:
    return bool(self.rng.random() >= self.p)


def seeded(self: Any, x: Array) -> Array:
    np.random.seed(3)
    return np.random.random(x.shape) >= self.p


def of_python(self: Any, x: Array) -> Array:
    return np.array([random.random() for _ in range(x.size)]).reshape(x.shape) >= self.p


def fails(self: Any, dout: Array) -> None:
    raise RuntimeError("no")


def forgets(self: Any, x: Array, train: bool) -> Array:
    """Set the mask in testing, too."""
    self.mask = self.draw(x) if train else None
    return x * self.mask / (1 - self.p) if train else x


def sets_ones_in_testing(self: Any, x: Array, train: bool) -> Array:
    self.mask = self.draw(x) / (1 - self.p) > 0 if train else np.ones(x.shape)
    return x * self.mask / (1 - self.p) if train else x


def without_self(self: Any, x: Array, train: bool) -> Array:
    mask = self.draw(x)
    return x * mask / (1 - self.p) if train else x


def standard(self: Any, x: Array, train: bool) -> Array:
    if not train:
        return (1 - self.p) * x
    self.mask = self.draw(x)
    return x * self.mask


def by_half(self: Any, x: Array) -> Array:
    return self.rng.integers(0, 2, x.shape)


def in_turns(self: Any, x: Array) -> Array:
    """Neighbours are dropped together; otherwise like rows that share a draw."""
    on = self.rng.random(x.size // 2) >= self.p
    return np.repeat(on, 2).reshape(x.shape)


def scaled_in_place(self: Any, x: Array, train: bool) -> Array:
    if train:
        self.mask = self.draw(x)
        x *= self.mask / (1 - self.p)
    return x


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("code", "layer", "least"),
    [
        ("M11.1b", spoilt(draw=lambda s, x: s.rng.binomial(1, s.p, x.shape)), 2.8),
        ("M11.1b", spoilt(draw=lambda s, x: s.rng.random(x.shape) > 1 - s.p), 2.8),
        ("X11.2c", spoilt(draw=lambda s, x: s.rng.random(x.shape[-1:]) >= s.p), 2),
        ("X11.2d", spoilt(draw=lambda s, x: s.rng.permutation(x.size).reshape(x.shape)
            >= round(s.p * x.size)), 3),
        ("X11.2c", spoilt(draw=one_for_all), 0),
        ("MX.11", spoilt(draw=seeded), 2.5),
        ("MX.11", spoilt(draw=of_python), 3),
        ("M11.2e", spoilt(backward=lambda s, d: Layer.forward(s, d, True)), 3),
        ("X11.2f", spoilt(backward=fails), 3),
        ("MX.7", spoilt(forward=scaled_in_place), 3.5),
        ("X11.2j", spoilt(forward=forgets), 3),
        ("X11.2j", spoilt(forward=sets_ones_in_testing), 3),
        ("X11.2k", spoilt(forward=standard, backward=lambda s, d: d * s.mask), 1),
        ("X11.2l", spoilt(draw=by_half), 3),
        ("X11.2l", spoilt(draw=in_turns), 3),
    ],
)  # fmt: skip
def test_wrong_layers_are_named(code: str, layer: Any, least: float, seed: int) -> None:
    score = verdict("X11.2", layer, seed)
    assert codes(score)[0] == code, score.findings
    assert least <= score.score < 4


def test_units_that_share_their_fate_lose_points() -> None:
    named = []
    for seed in range(12):
        score = verdict("X11.2", spoilt(draw=by_rows), seed)
        assert score.score < 4
        named += codes(score)
        assert not any("item" in finding.message for finding in score.findings)
    assert set(named) <= {"X11.2c", "X11.2l"}
    assert named.count("X11.2c") >= 8


def test_a_mask_that_is_not_kept_is_said_in_words() -> None:
    score = verdict("X11.2", spoilt(forward=without_self))
    assert {"X11.2g", "X11.2f"} <= set(codes(score))
    assert not any("a text" in finding.message for finding in score.findings)


def test_testing_is_not_blamed_for_what_backward_does() -> None:
    def draws(self: Any, dout: Array) -> Any:
        return dout * self.draw(dout) / (1 - self.p)

    def in_place(self: Any, dout: Array) -> Any:
        dout *= self.mask / (1 - self.p)
        return dout

    for backward in (fails, draws, in_place, lambda s, dout: dout):
        score = verdict("X11.2", spoilt(backward=backward))
        assert dict(score.parts)["evaluation"], score.findings


@pytest.mark.parametrize(
    "methods",
    [
        {"forward": lambda s, x, train: None},
        {"forward": lambda s, x, train: "ab"},
        {"forward": lambda s, x, train: x[0]},
        {"forward": lambda s, x, train: x * np.nan},
        {"forward": lambda s, x, train: 0 * x},
        {"forward": lambda s, x, train: x if train else None},
        {"backward": lambda s, dout: None},
        {"backward": lambda s, dout: "ab"},
        {"backward": lambda s, dout: dout[0]},
        {"backward": lambda s, dout: object()},
    ],
)
def test_odd_layers_are_judged(methods: Any) -> None:
    score = verdict("X11.2", spoilt(**methods))
    assert codes(score)
    assert score.score < 4


def test_half_a_layer_earns_its_half() -> None:
    def unwritten(self: Any, dout: Array) -> None:
        raise NotImplementedError

    score = verdict("X11.2", spoilt(backward=unwritten))
    assert 3 < score.score < 4
    assert codes(score) == ["X11.2h"]


# --- what values alone do not show ---------------------------------------------------


def fixed(width: int) -> Any:
    def pad_batch(sentences: Any, pad: Any = "[pad]") -> Any:
        rows = [(list(s) + [pad] * width)[:width] for s in sentences]
        return rows, [[int(t < len(s)) for t in range(width)] for s in sentences]

    return pad_batch


@pytest.mark.parametrize("width", [5, 10, 100])
def test_a_fixed_width_is_named(width: int) -> None:
    assert codes(verdict("G11.7", fixed(width))) == ["M11.7e"]


@pytest.mark.parametrize(
    "odd",
    [
        lambda sentences, pad="": sentences,
        lambda sentences, pad="": (sentences, sentences),
        lambda sentences, pad="": (1, 2),
        lambda sentences, pad="": ([[None]], [[object()]]),
        lambda sentences, pad="": ("ab", np.zeros(3)),
        lambda sentences, pad="": None,
        lambda sentences, pad="": ([], []),
    ],
)
def test_odd_paddings_are_judged(odd: Any) -> None:
    score = verdict("G11.7", odd)
    assert codes(score)
    assert score.score == 0


def last_without_copy(
    theta: Any, epoch: Any, train: Any, dev: Any, patience: int, most: int
) -> Any:
    best, kept, waited = dev(theta), theta, 0
    for _ in range(most):
        epoch(theta)
        waited += 1
        if dev(theta) < best:
            best, kept, waited = dev(theta), theta, 0  # no copy
        if waited == patience:
            break
    return kept


def endless(theta: Any, epoch: Any, *_: Any) -> Any:
    while True:
        epoch(theta)


def rebound(theta: Any, epoch: Any, train: Any, dev: Any, patience: int, most: int) -> Any:
    theta = epoch(theta)
    dev(theta)


def without_the_last_look(
    theta: Any, epoch: Any, train: Any, dev: Any, patience: int, most: int
) -> Any:
    best, kept, waited = dev(theta), theta.copy(), 0
    for done in range(most):
        epoch(theta)
        if done + 1 == most:
            break
        waited += 1
        if dev(theta) < best:
            best, kept, waited = dev(theta), theta.copy(), 0
        if waited == patience:
            break
    return kept


def test_the_last_epoch_is_evaluated_too() -> None:
    score = verdict("X11.4", without_the_last_look)
    assert [finding.message for finding in score.findings] == [
        "Right in general, but not where the task says: "
        "it ends after most epochs, the last of them evaluated too."
    ]
    assert score.score < 3


def back_to_the_best(
    theta: Any, epoch: Any, train: Any, dev: Any, patience: int, most: int
) -> Any:
    losses, kept = [dev(theta)], theta.copy()
    for _ in range(most):
        epoch(theta)
        losses.append(dev(theta))
        if losses[-1] < min(losses[:-1]):
            kept = theta.copy()
        else:
            theta[...] = kept
        if len(losses) - 1 - int(np.argmin(losses)) == patience:
            break
    return theta


def test_going_back_to_the_best_is_named() -> None:
    for seed in range(4):
        assert codes(verdict("X11.4", back_to_the_best, seed)) == ["X11.4c"]


@pytest.mark.parametrize("seed", range(4))
def test_stops_are_named_by_what_they_do(seed: int) -> None:
    def first_fails(dev: Any, patience: int) -> int:
        best, failures = dev[0], 0
        for t, loss in enumerate(dev):
            failures = 0 if loss < best else failures + 1
            best = min(best, loss)
            if failures == patience:
                return t
        return len(dev)

    def neighbours_from_one(dev: Any, patience: int) -> int:
        failures = 0
        for t in range(1, len(dev)):
            failures = 0 if dev[t] < dev[t - 1] else failures + 1
            if failures == patience:
                return t + 1
        return len(dev)

    def ties_win(dev: Any, patience: int) -> int:
        best, failures = dev[0], 0
        for t in range(1, len(dev)):
            failures = 0 if dev[t] <= best else failures + 1
            best = min(best, dev[t])
            if failures == patience:
                return t
        return len(dev)

    assert codes(verdict("G11.6", first_fails, seed)) == ["X11.6d"]
    assert "X11.6c" in codes(verdict("G11.6", ties_win, seed))
    assert "M11.6d" not in codes(verdict("G11.6", neighbours_from_one, seed))


@pytest.mark.parametrize("seed", range(4))
def test_words_keep_all_their_letters(seed: int) -> None:
    def in_a_narrow_array(sentences: Any, pad: Any = "[pad]") -> Any:
        tokens = np.full((len(sentences), max(map(len, sentences))), pad)
        mask = np.zeros(tokens.shape)
        for n, sentence in enumerate(sentences):
            tokens[n, : len(sentence)] = sentence
            mask[n, : len(sentence)] = 1
        return tokens, mask

    score = verdict("G11.7", in_a_narrow_array, seed)
    assert codes(score) == ["X11.7c"]
    assert score.score < 3
    for (sentences, pad), _ in pairs("G11.7", seed, "generic"):
        words = [word for word in itertools.chain(*sentences) if isinstance(word, str)]
        assert not isinstance(pad, str) or max(map(len, words)) > len(pad)


def test_a_pad_of_ones_own_is_named() -> None:
    def always(sentences: Any, pad: Any = "[pad]") -> Any:
        T = max(map(len, sentences))
        rows = [s + ["[pad]"] * (T - len(s)) for s in sentences]
        return rows, [[int(t < len(s)) for t in range(T)] for s in sentences]

    assert codes(verdict("G11.7", always)) == ["X11.7b"]


def test_weights_that_were_not_copied_are_the_last_ones() -> None:
    score = verdict("X11.4", last_without_copy)
    assert codes(score) == ["M11.6g"]
    assert 0 < score.score < 3


@pytest.mark.parametrize("wrong", [endless, rebound, lambda *args: None])
def test_odd_trainings_come_to_an_end(wrong: Any) -> None:
    score = verdict("X11.4", wrong)
    assert codes(score)
    assert score.score == 0
