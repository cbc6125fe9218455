"""The third witness of a12: PyTorch, SciPy, the slides' numbers, and mistakes in torch."""

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
from utils.gradcheck import numeric_gradient, relative_error

NAMES = ("E", "W", "b", "u")


def a12() -> dict[str, Any]:
    return SOLUTIONS["a12_word_vectors_ner"]


def test_analogies_are_those_of_torch() -> None:
    torch = pytest.importorskip("torch")
    for (E, a, b, c), d in expected("G14.1"):
        query = torch.tensor(E[b] - E[a] + E[c])
        cosines = torch.nn.functional.cosine_similarity(torch.tensor(E), query[None])
        order = torch.argsort(cosines, descending=True).tolist()
        assert next(i for i in order if i not in (a, b, c)) == d
    glove = data.glove()
    rows = [glove.index[word] for word in ("man", "woman", "king")]
    assert glove.words[a12()["analogy"](glove.vectors, *rows)] == "queen"


def test_rank_correlation_is_scipys() -> None:
    stats = pytest.importorskip("scipy.stats")
    for lists, found in expected("G14.2"):
        for pair, rho in zip((lists[:2], lists[2:]), found.values(), strict=True):
            assert rho == pytest.approx(stats.spearmanr(*pair).statistic, rel=1e-12)
        assert [len(set(v)) == len(v) for v in lists[:2]] == [True, True]
        assert min(len(set(v)) - len(v) for v in lists[2:]) < 0, "ties"
    assert a12()["rho"] == pytest.approx(0.5036, abs=5e-5)


def test_numbers_of_the_museums_window() -> None:
    """Slides: x is in R^(5d)."""
    words = ["the", "museums", "in", "paris", "are", "amazing", "to", "see"]
    window = a12()["window_vector"]
    E = np.arange(1.0, 10.0)[:, None] * np.ones(50)  # row i holds i + 1; row 0: padding
    ids = np.arange(1, 9)
    paris = window(E, ids, words.index("paris"))
    numbers = exercises.find("X14.1").reference
    assert len(paris) == numbers["length"] == 250
    assert np.flatnonzero(paris == 5)[0] == numbers["paris_from"] == 100
    for word in ("the", "to"):
        x = window(E, ids, words.index(word))
        assert np.sum(x == 1) == 50 * numbers[f"padding_{word}"]
    p = a12()["start"](0, n=8)
    assert p["W"].size + p["b"].size + p["u"].size == numbers["learned"] == 2016


def test_windows_are_those_of_torch_unfold() -> None:
    torch = pytest.importorskip("torch")
    for (E, ids, center, end, *rest), found in expected("G14.3"):
        k, pad = rest or (2, 0)
        padded = torch.nn.functional.pad(torch.tensor(ids), (k, k), value=pad)
        rows = padded.unfold(0, 2 * k + 1, 1)
        for name, place in (("inside", center), ("ends", end)):
            looked_up = torch.nn.functional.embedding(rows[place], torch.tensor(E))
            np.testing.assert_array_equal(looked_up.flatten().numpy(), found[name])


def test_gradients_of_the_table_agree_with_autograd() -> None:
    torch = pytest.importorskip("torch")
    for (dX, ids, V), dE in expected("G14.4"):
        E = torch.zeros(V, dX.shape[1], dtype=torch.float64, requires_grad=True)
        (E[torch.tensor(ids)] * torch.tensor(dX)).sum().backward()
        np.testing.assert_allclose(E.grad.numpy(), dE, rtol=1e-13, atol=1e-14)
    for (dx, ids, V), dE in expected("X14.2"):
        d = len(dx) // len(ids)
        E = torch.zeros(V, d, dtype=torch.float64, requires_grad=True)
        (E[torch.tensor(ids)].flatten() @ torch.tensor(dx)).backward()
        np.testing.assert_array_equal(E.grad.numpy(), dE)


def test_score_network_agrees_with_autograd_and_differences() -> None:
    torch = pytest.importorskip("torch")
    ner_loss = a12()["ner_loss"]
    for number, ((u, W, b, x, y), gradients) in enumerate(expected("G14.5")):
        leaves = [torch.tensor(v, requires_grad=True) for v in (u, W, b, x)]
        s = leaves[0] @ torch.sigmoid(leaves[1] @ leaves[3] + leaves[2])
        wanted = torch.tensor(float(y), dtype=torch.float64)
        torch.nn.functional.binary_cross_entropy_with_logits(s, wanted).backward()
        for leaf, gradient in zip(leaves, gradients, strict=True):
            np.testing.assert_allclose(
                leaf.grad.numpy(), gradient, rtol=1e-9, atol=1e-12 * np.abs(u).max()
            )
        if number >= 4:
            continue  # too steep for differences
        args = [u, W, b, x]
        for i, gradient in enumerate(gradients):

            def moved(v: Any, i: int = i, args: Any = args, y: int = y) -> float:
                return float(ner_loss(*args[:i], v, *args[i + 1 :], y))

            assert relative_error(gradient, numeric_gradient(moved, args[i])) < 1e-6


def test_training_agrees_with_torch_sgd() -> None:
    torch = pytest.importorskip("torch")
    for (ids, y, params, eta, batches), end in expected("X15.2"):
        p = {k: torch.tensor(params[k], requires_grad=True) for k in NAMES}
        opt = torch.optim.SGD(p.values(), lr=eta)
        losses = []
        for rows in batches:
            opt.zero_grad()
            x = torch.nn.functional.embedding(torch.tensor(ids[rows]), p["E"]).flatten(1)
            s = torch.sigmoid(x @ p["W"].T + p["b"]) @ p["u"]
            wanted = torch.tensor(y[rows]).double()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(s, wanted)
            loss.backward()
            opt.step()
            losses.append(loss.item())
        for name in NAMES:
            np.testing.assert_allclose(
                p[name].detach().numpy(), end[name], rtol=1e-10, atol=1e-12
            )
        np.testing.assert_allclose(losses, end["losses"], rtol=1e-10)


def test_hidden_languages_can_be_learned_for_every_seed() -> None:
    """The reference errs nowhere: the bound of 70 % has room on both sides."""
    exercise = exercises.find("X15.3")
    for seed in range(12):
        for outcome in AnswerKey(exercise, seed).expected:
            shares = outcome.value  # type: ignore[union-attr]
            assert set(np.unique(shares)) == {0, 1}
            assert 0.2 < shares.mean() < 0.8


def test_bounds_of_the_course_corpus() -> None:
    """What the notebook says: a look-up stays below 0.6, both loops end above 0.9."""
    names = a12()
    centre, labels = names["ids_train"][:, 2], names["y_train"]
    seen = [labels[centre == word] for word in names["ids_test"][:, 2]]
    guess = np.array([bool(len(v)) and v.mean() > 0.5 for v in seen])
    assert names["f1"](guess, names["y_test"]) < 0.6
    for seed in (1, 2):
        p = names["learn"](seed)
        X = p["E"][names["ids_test"]].reshape(-1, 250)
        scores = names["sigmoid"](X @ p["W"].T + p["b"]) @ p["u"]
        assert names["f1"](scores > 0, names["y_test"]) > 0.9


# --- mistakes that show in exceptions, in the source or in the form --------------------


def named(exercise_id: str, answer: Callable[..., Any], source: str = "") -> list[str]:
    key = AnswerKey(exercises.find(exercise_id), 0)
    score = judge(key, key.answer_of(answer), source)
    assert score.score < score.max_score
    return [finding.code for finding in score.findings]


def test_repeated_words_lose_their_gradients_in_two_ways() -> None:
    def written(dX: Any, ids: Any, V: int) -> Any:
        dE = np.zeros((V, dX.shape[1]))
        dE[ids] = dX
        return dE

    def buffered(dX: Any, ids: Any, V: int) -> Any:
        dE = np.zeros((V, dX.shape[1]))
        dE[ids] += dX
        return dE

    assert named("G14.4", written, "dE[ids] = dX") == ["M14.4a"]
    assert named("G14.4", buffered, "dE[ids] += dX") == ["M14.4b"]
    assert named("G14.4", buffered, "dE[ids] +=") == ["M14.4a"], "no program"


def test_ties_in_any_order_are_named() -> None:
    def ranked(v: Any) -> Any:
        order = np.random.default_rng(len(v)).permutation(len(v))  # ties: by chance
        ranks = np.empty(len(v))
        ranks[order] = np.argsort(np.argsort(v[order], kind="stable"))
        return ranks

    def spearman(a: Any, b: Any) -> float:
        return float(np.corrcoef(ranked(a), ranked(b))[0, 1])

    assert named("G14.2", spearman) == ["M14.2c"]
    assert named("G14.2", lambda a, b: np.corrcoef(a, b)[0, 1] + 0.1) != ["M14.2c"]


def test_a_window_that_is_not_split_is_named() -> None:
    def whole(dx: Any, ids: Any, V: int) -> Any:
        dE = np.zeros((V, len(dx) // len(ids)))
        dE[ids] += dx
        return dE

    def to_add_at(dx: Any, ids: Any, V: int) -> Any:
        dE = np.zeros((V, len(dx) // len(ids)))
        np.add.at(dE, ids, dx)
        return dE

    assert named("X14.2", whole) == ["M14.5h"]
    assert named("X14.2", to_add_at) == ["M14.5h"]


def test_what_torch_functions_do_to_the_stand_ins_is_seen() -> None:
    torch = pytest.importorskip("torch")
    F = torch.nn.functional

    def step(change: Callable[[Any, Any], tuple[Any, Any]]) -> Callable[..., None]:
        def run(model: Any, loss_fn: Any, opt: Any, x: Any, y: Any) -> None:
            opt.zero_grad()
            loss_fn(*change(model(x), y)).backward()
            opt.step()

        return run

    changes: dict[str, list[Callable[[Any, Any], Any]]] = {
        "M15.1e": [
            lambda p, y: (torch.softmax(p, dim=1), y),
            lambda p, y: (F.softmax(p, dim=-1), y),
            lambda p, y: (torch.nn.Softmax(dim=1)(p), y),
            lambda p, y: (torch.sigmoid(p), y),
            lambda p, y: (F.log_softmax(p, dim=1), y),
        ],
        "M15.1g": [
            lambda p, y: (p, y.view(-1, 1)),
            lambda p, y: (p, y.unsqueeze(1)),
            lambda p, y: (torch.unsqueeze(p, 1), y),
            lambda p, y: (p, torch.reshape(y, (-1, 1))),
        ],
        "X15.0e": [lambda p, y: (p.detach(), y)],
    }
    for code, several in changes.items():
        for change in several:
            assert named("G15.1", step(change)) == [code]
    key = AnswerKey(exercises.find("G15.1"), 0)
    assert judge(key, key.answer_of(step(lambda p, y: (p.squeeze(), y)))).score == 3


def an_evaluation(*, mode: bool, record: bool, as_tensor: bool) -> Callable[..., Any]:
    import torch

    def run(model: Any, loss_fn: Any, batches: Any) -> Any:
        model.train(mode)
        with torch.set_grad_enabled(record):
            total = sum(loss_fn(model(x), y) * len(y) for x, y in batches)
        mean = total / sum(len(y) for _, y in batches)
        return mean if as_tensor else mean.item()

    return run


@pytest.mark.parametrize(
    ("code", "mode", "record", "as_tensor"),
    [
        ("M15.1h", True, False, False),
        ("M15.1h", False, True, False),
        ("M15.1h", True, True, False),
        ("M15.1i", False, True, True),
        ("M15.1i", True, True, True),
        ("X15.1d", False, False, True),
        ("X15.1d", True, False, True),
    ],
)
def test_habits_of_an_evaluation(
    code: str, mode: bool, record: bool, as_tensor: bool
) -> None:
    pytest.importorskip("torch")
    answer = an_evaluation(mode=mode, record=record, as_tensor=as_tensor)
    assert named("X15.1", answer) == [code]


def loop(
    *, recording: bool = False, leaf: bool = True, wants: bool = True,
    labels: str = "double", once: bool = False, zero: bool = True,
    report: str = "item", device: str = "cpu",
    early: bool = False, reduction: str = "mean", total: bool = False, raw: bool = False,
    single: bool = False, shared: bool = False, numpy: bool = False, index: str = "long",
    retain: bool = False,
) -> Callable[..., Any]:  # fmt: skip
    """Return a training loop in PyTorch with one thing wrong."""
    import torch

    def run(ids: Any, y: Any, params: Any, eta: float, batches: Any) -> Any:
        make = torch.from_numpy if shared else torch.tensor
        ids = getattr(torch.tensor(ids), index)()
        y = getattr(torch.tensor(y), labels)()
        p: Any = {k: make(v).to(device).requires_grad_(wants) for k, v in params.items()}
        heap, losses = torch.zeros((), dtype=torch.float64), list[Any]()
        for rows in batches:
            x = p["E"][ids[torch.tensor(rows)]].flatten(1)
            x = x.float() if single else x
            x = params["W"] @ x.T if raw else x
            h = torch.sigmoid(x @ p["W"].T + p["b"])
            h = torch.tensor(np.asarray(h)) if numpy else h
            s = h @ p["u"]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                s, y[torch.tensor(rows)], reduction=reduction
            )
            heap = heap + loss
            if early:
                with torch.no_grad():
                    for v in p.values():
                        v -= eta
            (heap if total else loss).backward(retain_graph=retain)
            if once:
                loss.backward()
            with torch.set_grad_enabled(recording):
                for k in p:
                    if leaf:
                        p[k] -= eta * p[k].grad
                        if zero:
                            p[k].grad.zero_()
                    else:
                        p[k] = p[k] - eta * p[k].grad
            losses.append(loss.item() if report == "item" else loss)
        if report == "stack":
            return p, torch.stack(losses) if losses else []
        return p, losses

    return run


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize(
    ("code", "flaws"),
    [
        ("X15.2a", {"zero": False}),
        ("X15.2e", {"report": "tensor"}),
        ("X15.2e", {"report": "stack"}),
        ("X15.2f", {"recording": True}),
        ("X15.2g", {"wants": False}),
        ("X15.2h", {"once": True}),
        ("X15.2h", {"total": True}),
        ("X15.2i", {"early": True}),
        ("X15.2j", {"labels": "long"}),
        ("X15.2j", {"single": True}),
        ("X15.2k", {"index": "double"}),
        ("X15.2l", {"device": "cuda"}),
        ("X15.2m", {"numpy": True}),
        ("X15.2n", {"recording": True, "leaf": False}),
        ("X15.2o", {"raw": True}),
        ("X15.2p", {"reduction": "none"}),
        ("MX.7", {"shared": True}),
    ],
)
def test_what_pytorch_refuses_is_explained(code: str, flaws: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    if flaws.get("device") == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a device")
    assert named("X15.2", loop(**flaws)) == [code]


@pytest.mark.parametrize("flaws", [{}, {"retain": True}])
def test_the_loop_without_a_flaw_is_right(flaws: dict[str, Any]) -> None:
    """A graph kept for nothing changes no value; G15.1 sees it (M15.1f)."""
    pytest.importorskip("torch")
    key = AnswerKey(exercises.find("X15.2"), 0)
    assert judge(key, key.answer_of(loop(**flaws))).score == 6


def test_untrained_and_half_trained_guesses_are_named() -> None:
    names = a12()

    def random_vectors(ids: Any, y: Any, E: Any, new_ids: Any, seed: int) -> Any:
        other = np.random.default_rng(seed).normal(size=E.shape)
        return names["find_places"](ids, y, other, new_ids, seed)

    def by_the_centre(ids: Any, y: Any, E: Any, new_ids: Any, seed: int) -> Any:
        seen = [y[ids[:, 2] == word] for word in new_ids[:, 2]]
        return np.array([bool(len(v)) and v.mean() > 0.5 for v in seen])

    assert named("X15.3", random_vectors) == ["X15.3e"]
    assert named("X15.3", by_the_centre) == ["X15.3d"]


def test_the_model_to_evaluate_computes_in_float64() -> None:
    pytest.importorskip("torch")
    exercise = exercises.find("X15.1")
    for seed in range(8):
        key = AnswerKey(exercise, seed)
        for case, outcome in zip(key.cases, key.expected, strict=True):
            w, batches = case.args
            parts = [(w * x - y) ** 2 * (1 + y * y) for x, y in batches]
            right = np.mean(np.concatenate(parts))
            assert outcome.value["loss"] == pytest.approx(right, rel=1e-12)  # type: ignore[union-attr]


def test_seldom_wrong_analogies_are_wrong_for_every_seed() -> None:
    """Each of the given words wins somewhere; so does a short vector."""
    for seed in range(12):
        cases = AnswerKey(exercises.find("G14.1"), seed).cases

        def picked(E: Any, a: int, b: int, c: int, aside: str, power: int) -> int:
            scores = E @ (E[b] - E[a] + E[c]) / np.linalg.norm(E, axis=1) ** power
            scores[[{"a": a, "b": b, "c": c}[name] for name in aside]] = -np.inf
            return int(scores.argmax())

        wrong = [*((aside, 1) for aside in ("bc", "ac", "ab", "a", "b", "c")), ("abc", 2)]
        for aside, power in wrong:
            assert any(
                picked(*case.args, aside, power) != picked(*case.args, "abc", 1)
                for case in cases
            ), (seed, aside, power)


def test_no_numbers_are_integers_that_need_not_be() -> None:
    for lists, _ in expected("G14.2"):
        assert {v.dtype for v in lists} == {np.dtype(np.float64)}


@pytest.mark.parametrize("kind", [KeyError, IndexError, TypeError, RuntimeError])
@pytest.mark.parametrize("ends", ["both", "right"])
def test_a_window_that_stops_at_the_ends_keeps_its_inside(kind: Any, ends: str) -> None:
    right = a12()["window_vector"]

    def window(E: Any, ids: Any, center: int, k: int = 2, pad_id: int = 0) -> Any:
        if center + k >= len(ids) or (center < k and ends == "both"):
            raise kind("no such word")
        return right(E, ids, center, k, pad_id)

    key = AnswerKey(exercises.find("G14.3"), 0)
    score = judge(key, key.answer_of(window))
    assert [finding.code for finding in score.findings] == ["M14.3e"]
    assert score.parts[:2] == (("inside", True), ("ends", False))

    def backwards(*args: Any) -> Any:
        return window(*args)[::-1]

    score = judge(key, key.answer_of(backwards))
    assert not any("None" in finding.message for finding in score.findings)


def test_gradients_cleared_in_between_are_not_a_last_clearing() -> None:
    def step(model: Any, loss_fn: Any, opt: Any, x: Any, y: Any) -> None:
        opt.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        opt.zero_grad()
        opt.step()

    assert named("G15.1", step) == ["X15.0f"]


def test_other_forms_of_training_are_named() -> None:
    def losses_first(*args: Any) -> Any:
        return a12()["train_ner"](*args)[::-1]

    def only_params(*args: Any) -> Any:
        return a12()["train_ner"](*args)[0]

    def a_list(*args: Any) -> Any:
        params, losses = a12()["train_ner"](*args)
        return [*params.values(), losses]

    for answer in (losses_first, only_params, a_list):
        assert named("X15.2", answer) == ["X15.2x"]
    assert named("X15.2", lambda *args: None) == ["blank"]


def test_parameters_that_stand_still_are_named() -> None:
    train = a12()["train_ner"]

    def still(*names: str) -> Callable[..., Any]:
        def run(ids: Any, y: Any, params: Any, eta: float, batches: Any) -> Any:
            end, losses = train(ids, y, params, eta, batches)
            return {**end, **{name: params[name] for name in names}}, losses

        return run

    assert named("X15.2", still("E", "W")) == ["X15.2r"]
    assert named("X15.2", still(*NAMES)) == ["X15.2y"]

    def held(*args: Any) -> Any:
        torch = pytest.importorskip("torch")
        end, losses = still("E", "W")(*args)
        return end, [torch.tensor(v, requires_grad=True) for v in losses]

    assert named("X15.2", held) == ["X15.2e"]


def test_a_parameter_made_anew_wants_no_gradient() -> None:
    torch = pytest.importorskip("torch")

    def run(ids: Any, y: Any, params: Any, eta: float, batches: Any) -> Any:
        p = {k: torch.tensor(v, requires_grad=True) for k, v in params.items()}
        for rows in batches:
            s = torch.sigmoid(p["E"][ids[rows]].flatten(1) @ p["W"].T + p["b"]) @ p["u"]
            wanted = torch.tensor(y[rows]).double()
            torch.nn.functional.binary_cross_entropy_with_logits(s, wanted).backward()
            with torch.no_grad():
                p = {k: v - eta * v.grad for k, v in p.items()}
        return p, []

    assert named("X15.2", run) == ["X15.2g"]


@pytest.mark.parametrize(
    "form",
    [
        lambda yes: yes[:, None],
        lambda yes: yes[1:],
        lambda yes: yes.mean(),
        lambda yes: np.where(yes, 0.9, 0.1),
        lambda yes: np.where(yes, 3, -3),
        lambda yes: yes.astype(str),
        lambda yes: np.stack([~yes, yes], axis=1),
    ],
)
def test_guesses_in_another_form_are_named(form: Callable[[Any], Any]) -> None:
    names = a12()

    def run(*args: Any) -> Any:
        return form(np.asarray(names["find_places"](*args)))

    assert named("X15.3", run) == ["X15.3f"]
