"""Word vectors and windows of a12: its solution, its inputs, and half-right answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from course_exercises import file_of, find
from marking import key_of, said, verdict
from solution_cells import solution_names

from grader.judge.key import AnswerKey
from grader.vetting.witness import expected
from utils import data


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the solution notebook defines."""
    return solution_names("a12_word_vectors_ner")


def test_the_king_of_women_is_the_queen(names: dict[str, Any]) -> None:
    glove = data.glove()
    rows = [glove.index[word] for word in ("man", "woman", "king")]
    assert glove.words[names["analogy"](glove.vectors, *rows)] == "queen"


def test_rank_correlation_with_human_judgements(names: dict[str, Any]) -> None:
    rho = names["spearman"](names["cosine"], names["human"])
    assert rho == pytest.approx(0.5036, abs=5e-5)


def test_museums_agree_with_the_solution(names: dict[str, Any]) -> None:
    file_of("X14.1").module.windows_agree(names["window_vector"])
    p = names["start"](0, n=8)
    learned = find("X14.1").reference["learned"]
    assert p["W"].size + p["b"].size + p["u"].size == learned == 2016


def test_gradients_agree_with_the_given_loss(names: dict[str, Any]) -> None:
    file_of("G14.5").module.differences_agree(names["ner_loss"])


def test_bounds_of_the_course_corpus(names: dict[str, Any]) -> None:
    """What the notebook says: a look-up stays below 0.6, both loops end above 0.9."""
    centre, labels = names["ids_train"][:, 2], names["y_train"]
    seen = [labels[centre == word] for word in names["ids_test"][:, 2]]
    guess = np.array([bool(len(v)) and v.mean() > 0.5 for v in seen])
    assert names["f1"](guess, names["y_test"]) < 0.6
    for seed in (1, 2):
        p = names["learn"](seed)
        X = p["E"][names["ids_test"]].reshape(-1, 250)
        scores = names["sigmoid"](X @ p["W"].T + p["b"]) @ p["u"]
        assert names["f1"](scores > 0, names["y_test"]) > 0.9


def test_seldom_wrong_analogies_are_wrong_for_every_seed() -> None:
    """Each of the given words wins somewhere; so does a short vector."""
    for seed in range(12):
        cases = AnswerKey(find("G14.1"), seed).cases

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


def test_ties_stand_in_the_second_pair_of_lists_only() -> None:
    for case in key_of("G14.2", 0).cases:
        lists = case.args
        assert {v.dtype for v in lists} == {np.dtype(np.float64)}, "none of whole numbers"
        assert [len(set(v)) == len(v) for v in lists[:2]] == [True, True]
        assert min(len(set(v)) - len(v) for v in lists[2:]) < 0


def test_another_correlation_is_not_called_a_matter_of_ties() -> None:
    score = verdict("G14.2", lambda a, b: np.corrcoef(a, b)[0, 1] + 0.1)
    assert score.score < score.max_score
    assert said(score) != ["M14.2c"]


def test_a_window_that_stops_at_the_ends_keeps_its_inside() -> None:
    ways = file_of("G14.3").wrong_ways["M14.3e"]
    assert len(ways) == 8
    for way in ways:
        parts = verdict("G14.3", way).parts
        assert parts[:2] == (("inside", True), ("ends", False))

        def backwards(*args: Any, way: Any = way) -> Any:
            return way(*args)[::-1]

        score = verdict("G14.3", backwards)
        assert not any("None" in finding.message for finding in score.findings)


def test_adding_by_index_is_known_by_its_source() -> None:
    def buffered(dX: Any, ids: Any, V: int) -> Any:
        dE = np.zeros((V, dX.shape[1]))
        dE[ids] += dX
        return dE

    for source, code in (
        ("dE[ids] += dX", "M14.4b"),
        ("dE[ids] +=", "M14.4a"),  # no program
        ("dE[ids] = dX", "M14.4a"),
    ):
        score = verdict("G14.4", buffered, source=source)
        assert said(score) == [code]
        assert score.score < score.max_score


def test_the_reference_of_spearman_is_that_of_scipy() -> None:
    from scipy import stats

    for lists, found in expected(find("G14.2")):
        for pair, rho in zip((lists[:2], lists[2:]), found.values(), strict=True):
            assert rho == pytest.approx(stats.spearmanr(*pair).statistic, rel=1e-12)
