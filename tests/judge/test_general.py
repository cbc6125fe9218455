"""Mistakes that any function can have: named where they are made, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.judge.key import AnswerKey
from grader.judge.relations import AGAIN
from grader.judge.score import judge
from grader.model import FOUR_DIGITS, Case, Exercise, Finding, Mistake

Array = np.ndarray


def layer(X: Array, W: Array, b: Array, rate: float, act: str) -> Array:
    """Mean over the examples of an activation: every argument matters."""
    Z = X @ W.T + b - np.sqrt(rate) * X
    return (np.tanh(Z) if act == "tanh" else np.maximum(Z, 0.1)).mean(axis=0)


def cases(rng: np.random.Generator) -> list[Case]:
    def case(n: int, d: int, act: str) -> Case:
        args = (rng.normal(size=(n, d)), rng.normal(size=(d, d)), rng.normal(size=d))
        return Case(name=f"{n} {act}", args=(*args, 0.3, act), batch=n)

    return [case(4, 3, "tanh"), case(5, 2, "tanh"), case(3, 2, "relu")]


LAYER = Exercise(
    id="T00.1", function="f", points=4, reference=layer, inputs=cases, outputs=("y",)
)


def told(exercise: Exercise, function: Any) -> list[Finding]:
    key = AnswerKey(exercise, 3)
    return list(judge(key, key.answer_of(function)).findings)


def message(exercise: Exercise, function: Any) -> str:
    (finding,) = told(exercise, function)
    return finding.message


THOSE = "Your values are those that come out where"


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda X, W, b, r, a: layer(X, W, 0 * b, r, a), f"{THOSE} b is 0: is it used?"),
        (lambda X, W, b, r, a: layer(X, W, 2 * b, r, a), f"{THOSE} b is counted twice."),
        (lambda X, W, b, r, a: layer(X, W, b, 1.0, a), f"{THOSE} rate is 1: is it used?"),
        (lambda X, W, b, r, a: layer(X, W.T, b, r, a), f"{THOSE} W is transposed."),
        (
            lambda X, W, b, r, a: layer(X, W, b, r, "tanh"),
            "Your function does for every act what belongs to act = 'tanh': is act used?",
        ),
        (
            lambda X, W, b, r, a: layer(X[:1], W, b, r, a),
            "Your values are those of the first example alone: does 'return' stand inside "
            "the loop?",
        ),
        (
            lambda X, W, b, r, a: layer(X[:1], W, b, r, a) / len(X),
            "Your values are those of the first example alone: does 'return' stand inside "
            "the loop?",
        ),
        (
            lambda X, W, b, r, a: layer(X[-1:], W, b, r, a),
            "Your values are those of the last example alone: does each turn of the loop "
            "begin anew?",
        ),
        (
            lambda X, W, b, r, a: layer(X[1:], W, b, r, a),
            "Your values are those that come out without the first example.",
        ),
        (
            lambda X, W, b, r, a: layer(X[:-1], W, b, r, a),
            "Your values are those that come out without the last example.",
        ),
        (lambda X, W, b, r, a: 0 * b, "It is 0 everywhere: is it computed, and kept?"),
    ],
)
def test_what_is_forgotten_is_named(function: Any, says: str) -> None:
    (finding,) = told(LAYER, function)
    assert (finding.code, finding.message, finding.named) == ("general", says, True)


def test_nothing_is_claimed_that_holds_in_some_cases_only() -> None:
    def forgets_at_times(X: Array, W: Array, b: Array, r: float, a: str) -> Array:
        return layer(X, W, b * (len(X) == 4), r, a)

    assert THOSE not in message(LAYER, forgets_at_times)


def test_of_two_causes_with_the_same_values_none_is_claimed() -> None:
    """With -u and -v alike the product is the same; so it is with 0 for either."""
    product = Exercise(
        id="T00.2",
        function="f",
        points=1,
        reference=lambda u, v: np.tanh(u * v) + 1,
        inputs=lambda rng: [
            Case(name=str(n), args=(rng.normal(size=n), rng.normal(size=n))) for n in (3, 4)
        ],
        outputs=("y",),
    )
    (finding,) = told(product, lambda u, v: np.tanh(-u * v) + 1)
    assert (finding.code, finding.named) == ("value", False)


def test_a_forgotten_item_of_a_list_and_of_a_dict_are_named() -> None:
    def reference(bs: list[Array], w: dict[str, float]) -> Array:
        return np.tanh(bs[0] * w["first"] + bs[1] * w["second"] + bs[-1])

    def inputs(rng: np.random.Generator) -> list[Case]:
        names = ("first", "second")
        return [
            Case(
                name=str(n),
                args=(
                    [rng.normal(size=n) for _ in range(3)],
                    {name: float(rng.normal()) for name in names},
                ),
            )
            for n in (2, 3)
        ]

    chain = Exercise(
        id="T00.3",
        function="f",
        points=1,
        reference=reference,
        inputs=inputs,
        outputs=("y",),
    )
    last = message(chain, lambda bs, w: reference([*bs[:2], 0 * bs[2]], w))
    assert last == f"{THOSE} the last of bs is 0: is it used?"
    second = message(chain, lambda bs, w: reference(bs, {**w, "second": 0.0}))
    assert second == f"{THOSE} second is 0: is it used?"


PAIR = Exercise(
    id="T00.4",
    function="f",
    points=2,
    reference=lambda x, y: (x * y + x, x - y, x**2 + y),
    inputs=lambda rng: [
        Case(name=str(n), args=(rng.normal(size=n), rng.normal(size=n))) for n in (2, 3)
    ],
    outputs=("a", "b", "c"),
    pack="tuple",
)


def test_outputs_in_another_order_are_told_so() -> None:
    (finding,) = told(PAIR, lambda x, y: (x * y + x, x**2 + y, x - y))
    assert finding.message == "The values are right, but in another order than a, b, c."
    assert finding.output == "b, c"


def test_exchanged_entries_of_a_dict_are_told_so() -> None:
    def named(f: Any) -> Any:
        return lambda x, y: dict(zip("abc", f(x, y), strict=True))

    table = replace(PAIR, pack="dict", reference=named(PAIR.reference))
    (finding,) = told(table, named(lambda x, y: (x - y, x * y + x, x**2 + y)))
    assert finding.message == "The values of a, b are right, but exchanged."


def test_a_mistake_is_claimed_only_if_all_outputs_that_it_touches_show_it() -> None:
    """With y = 0 all three would be others; here only b is as if it were."""
    (finding,) = told(PAIR, lambda x, y: (x * y + x, x, x**2 + y))
    assert finding.message == "Not yet. In this example b first differs at index [0]."
    assert finding.output == "b"
    (all_three,) = told(PAIR, lambda x, y: (x, x, x**2))
    assert all_three.message == f"{THOSE} y is 0: is it used?"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            lambda x, way: way == "sum",
            "Right where way is 'mean', wrong where it is 'sum'.",
        ),
        (
            lambda x, way: x.ndim == 2,
            "Right where x is an array of 1 dimension, wrong where it is an array of 2 "
            "dimensions.",
        ),
    ],
)
def test_where_it_is_right_is_said(wrong: Any, says: str) -> None:
    def reference(x: Array, way: str) -> float:
        return float(np.cos(x).mean() if way == "mean" else np.cos(x).sum())

    def inputs(rng: np.random.Generator) -> list[Case]:
        shapes = [(3,), (4,), (2, 3), (3, 2)]
        return [
            Case(name=f"{shape} {way}", args=(rng.normal(size=shape), way))
            for shape in shapes
            for way in ("mean", "sum")
        ]

    both = Exercise(
        id="T00.5",
        function="f",
        points=1,
        reference=reference,
        inputs=inputs,
        outputs=("y",),
    )
    said = message(both, lambda x, way: reference(x, way) + 0.123 * len(x) * wrong(x, way))
    assert said == says


def test_the_words_of_a_text_are_no_options() -> None:
    words = Exercise(
        id="T00.6",
        function="f",
        points=1,
        reference=lambda word: float(sum(map(ord, word)) % 97),
        inputs=lambda rng: [Case(name=w, args=(w,)) for w in ("山", "人", "水")],
        outputs=("y",),
    )
    said = message(words, lambda word: float(sum(map(ord, word)) % 97) + (word == "人"))
    assert "Right where" not in said


TABLE = Exercise(
    id="T00.7",
    function="table",
    points=1,
    reference={"a": 0.12345, "b": 2.71828, "c": -0.5},
    inputs=lambda rng: [Case(name="all", args=())],
    outputs=("a", "b", "c"),
    pack="dict",
    driver="def drive(table): return table",
    tolerance=FOUR_DIGITS,
    unchanged="",
)


@pytest.mark.parametrize(
    ("a", "b", "decimals"), [(0.12, 2.72, "2 decimals"), (0.1, 2.7, "1 decimal")]
)
def test_numbers_by_hand_with_too_few_digits_are_told_so(
    a: float, b: float, decimals: str
) -> None:
    (finding,) = told(TABLE, {"a": a, "b": b, "c": -0.5})
    assert finding.message == (
        f"Right, but rounded to {decimals}: 4 significant digits are asked for."
    )
    assert finding.output == "a, b"


def test_a_small_number_by_hand_may_be_rounded_to_many_decimals() -> None:
    small = replace(TABLE, reference={"a": 0.0012345, "b": 2.71828, "c": -0.5})
    (finding,) = told(small, {"a": 0.0012, "b": 2.71828, "c": -0.5})
    assert "rounded to 4 decimals" in finding.message


@pytest.mark.parametrize(
    "values", [(0.12, 2.7, -0.5), (0.0, 2.71828, -0.5), (-0.12345,) * 3]
)
def test_a_number_by_hand_gives_nothing_away(values: tuple[float, ...]) -> None:
    for finding in told(TABLE, dict(zip("abc", values, strict=True))):
        assert finding.message == AGAIN


NUMBERS = Exercise(
    id="T00.8",
    function="f",
    points=1,
    reference=lambda x: float(x**2 + 1),
    inputs=lambda rng: [Case(name=str(n), args=(float(rng.normal()),)) for n in range(4)],
    outputs=("y",),
)


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_one_number_for_all_cases_proves_no_mistake_that_does_not_say_so(
    value: float,
) -> None:
    lost = Mistake(code="M", message="One of two.", variant=lambda x: value)
    assert told(replace(NUMBERS, mistakes=(lost,)), lambda x: value)[0].code != "M"
    listed = replace(lost, lists_causes=True)
    assert told(replace(NUMBERS, mistakes=(listed,)), lambda x: value)[0].code == "M"


def test_numbers_that_differ_prove_it() -> None:
    known = Mistake(code="M", message="No square.", variant=lambda x: x + 1)
    assert told(replace(NUMBERS, mistakes=(known,)), lambda x: x + 1)[0].code == "M"


def test_numbers_in_the_place_of_a_tree_are_judged() -> None:
    tree = ("S", ("N", "she"), ("V", ("V", "saw"), ("N", "it")))
    best = Exercise(
        id="T00.2",
        function="best",
        points=4,
        reference=lambda p: (p, tree),
        inputs=lambda rng: [
            Case(name=str(k), args=(float(rng.uniform()),)) for k in range(3)
        ],
        outputs=("p", "tree"),
        pack="tuple",
    )
    exchanged = message(best, lambda p: (tree, p))
    assert exchanged == "The values are right, but in another order than p, tree."
    (nothing,) = told(best, lambda p: (p, 0.0))
    assert (nothing.code, nothing.output) == ("type", "tree")
