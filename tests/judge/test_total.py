"""Judging is total: any answer that can cross the wire gets a score, with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from course_exercises import ASSIGNMENTS, exercises_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.errors import WireError
from grader.judge.behaviour import behaviour
from grader.judge.diagnose import has_loop
from grader.judge.key import AnswerKey
from grader.judge.observe import Observed
from grader.judge.score import judge
from grader.kernel.inside import codec
from grader.model import Answer, Mistake, Outcome, Raised, Returned

MANY = 100_000
IDS = tuple((a, i) for a in ASSIGNMENTS for i in range(len(exercises_of(a))))


@cache
def key_of(assignment: str, number: int) -> AnswerKey:
    made = AnswerKey(exercises_of(assignment)[number], seed=5)
    assert made.expected  # works it out here: a reference may draw at random
    return made


HUGE: dict[str, Callable[[], Any]] = {
    "list": lambda: [1.0] * MANY,
    "tuple": lambda: tuple(range(MANY)),
    "mixed list": lambda: [None, "a", 1, 2.5, True, b"x", 1j] * (MANY // 7),
    "dict": lambda: {f"k{i}": i for i in range(MANY // 2)},
    "dict of numbers": lambda: dict.fromkeys(range(4000), 0.5),
    "array": lambda: np.zeros(MANY),
    "large array": lambda: np.ones((1000, 1000)),
    "whole array": lambda: np.arange(MANY, dtype=np.uint64),
    "complex array": lambda: np.full(MANY, 1j),
    "true array": lambda: np.ones(MANY, bool),
    "tensor": lambda: codec.Tensor(np.zeros(MANY, np.float32)),
    "text": lambda: "误" * MANY,
    "bytes": lambda: bytes(MANY),
    "integer": lambda: -(1 << 4000),
    "integers": lambda: [1 << 4000] * 2000,
    "key": lambda: {"k" * MANY: 1, bytes(MANY): 2, ("a" * MANY, (b"b" * MANY,)): 3},
    "list of lists": lambda: [[1.0, 2.0]] * (MANY // 4),
}
DTYPES = sorted(codec._DTYPES)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 1200), 1 << 1200)
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.builds(codec.Opaque, st.text(max_size=5))
    | st.sampled_from(DTYPES).map(lambda name: np.ones((), name)[()])
)
keys = st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=3)
shapes = st.lists(st.sampled_from([0, 1, 2, 3]), max_size=4).map(tuple)
fills = st.sampled_from([0, 1, 2, np.nan, np.inf, -np.inf])


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray | codec.Tensor:
    with np.errstate(invalid="ignore"):
        array = np.full(draw(shapes), draw(fills)).astype(draw(st.sampled_from(DTYPES)))
    return codec.Tensor(array, draw(st.booleans())) if draw(st.booleans()) else array


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    hashable = keys | st.tuples(keys, keys)
    return (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(hashable, inner, max_size=3)
        | st.sets(keys, max_size=3)
        | inner.map(lambda value: [[[[[[[[value]]]]]]]])
    )


weird = st.recursive(scalars | arrays(), nested, max_leaves=8)


@st.composite
def nearly(draw: st.DrawFn, value: Any) -> Any:
    """A right value with something in it exchanged: it gets far before it is wrong."""
    if draw(st.integers(0, 3)) == 0:
        return draw(weird)
    if isinstance(value, dict) and value:
        name = draw(st.sampled_from(list(value)))
        return {**value, name: draw(nearly(value[name]))}
    if isinstance(value, (list, tuple)) and value:
        at = draw(st.integers(0, len(value) - 1))
        changed = [*value]
        changed[at] = draw(nearly(value[at]))
        return type(value)(changed)
    if isinstance(value, codec.Tensor):
        return codec.Tensor(draw(nearly(value.array)), value.requires_grad)
    if isinstance(value, np.ndarray):
        with np.errstate(all="ignore"):
            dtype = draw(st.sampled_from([d for d in DTYPES if d[1] not in "c"] + ["<c16"]))
            cast = value.astype(dtype) if value.dtype.kind != "c" else value
        return draw(
            st.sampled_from([cast, cast.T, cast[None], cast[:0] if cast.ndim else cast])
        )
    return draw(scalars)


@st.composite
def answers(draw: st.DrawFn, key: AnswerKey) -> Answer:
    """An answer as it may come from a kernel: encoded there, decoded here."""

    def outcome(position: int) -> Outcome:
        right = key.expected[position]
        if draw(st.integers(0, 5)) == 0:
            return Raised(draw(st.text(max_size=9)), draw(st.text(max_size=9)), None)
        assert isinstance(right, Returned)
        value = draw(nearly(right.value))
        args = (
            right.args if draw(st.booleans()) else tuple(draw(st.lists(weird, max_size=3)))
        )
        return crossed(Returned(value, args))

    outcomes = tuple(outcome(i) for i in range(len(key.cases)))
    return Answer(outcomes=outcomes, repeated=draw(st.sampled_from([None, *outcomes])))


def crossed(outcome: Returned) -> Outcome:
    try:
        value, args = codec.decode(codec.encode((outcome.value, outcome.args)))
    except codec.MalformedError as error:  # as the agent in the kernel answers it
        return Raised("MalformedError", str(error))
    return Returned(value, args)


def check_score(key: AnswerKey, answer: Answer) -> None:
    score = judge(key, answer)
    assert 0 <= score.score <= score.max_score
    assert score.findings or score.score == score.max_score
    assert all(len(finding.message) < 1500 for finding in score.findings)
    assert all(len(finding.example) < 5000 for finding in score.findings)
    assert len(behaviour(Observed(key, answer.outcomes, answer.repeated))) == 12


@given(st.data())
@settings(
    max_examples=400,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_any_answer_to_any_exercise_has_a_score(data: st.DataObject) -> None:
    key = key_of(*data.draw(st.sampled_from(IDS)))
    check_score(key, data.draw(answers(key)))


@pytest.mark.parametrize("kind", HUGE)
@pytest.mark.parametrize("exercise", ["G08.2", "G08.5"])
def test_an_answer_of_any_size_has_a_score(kind: str, exercise: str) -> None:
    """Alone, in place of an output, and as one of the arguments it left changed."""
    key = next(k for k in (key_of(*i) for i in IDS) if k.exercise.id == exercise)
    huge = codec.decode(codec.encode(HUGE[kind]()))
    for value in (huge, (huge, huge), dict.fromkeys(key.exercise.outputs, huge)):
        outcomes = tuple(Returned(value, (huge,)) for _ in key.cases)
        check_score(key, Answer(outcomes=outcomes, repeated=outcomes[0]))


def test_large_answers_that_differ_early_are_other_behaviours() -> None:
    key = next(k for k in (key_of(*i) for i in IDS) if k.exercise.id == "G08.2")
    names = set()
    for value in ([1.0] * MANY, [2.0] * MANY, [1.0] * (MANY - 1), np.ones(MANY)):
        outcomes = tuple(Returned(value, ()) for _ in key.cases)
        names.add(behaviour(Observed(key, outcomes)))
    assert len(names) == 4


def test_a_mistakes_own_test_that_fails_recognises_nothing() -> None:
    def fails(evidence: object) -> bool:
        raise IndexError

    key = next(k for k in (key_of(*i) for i in IDS) if k.exercise.id == "G08.2")
    mistake = Mistake(code="M00.1", message="Never.", detect=fails)
    exercise = replace(key.exercise, mistakes=(mistake,))
    odd = replace(key, exercise=exercise)
    outcomes = tuple(Returned("odd", ()) for _ in odd.cases)
    score = judge(odd, Answer(outcomes=outcomes), source="def f(): pass")
    assert score.score == 0
    assert "M00.1" not in {finding.code for finding in score.findings}


@pytest.mark.parametrize("text", ["a," * 500_000, "-" * 900_000, "[" * 900_000, "\0"])
def test_a_source_of_any_size_has_no_loop(text: str) -> None:
    assert not has_loop(f"def f():\n    for i in x: pass\n{text}", "f")


def test_what_the_codec_refuses_is_no_answer() -> None:
    with pytest.raises((codec.MalformedError, WireError)):
        codec.encode([0.0] * (codec.MAX_ITEMS + 1))
