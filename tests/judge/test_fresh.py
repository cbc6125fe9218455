"""New cases, which one submission alone is asked: what was known before earns nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from course_exercises import ASSIGNMENTS, exercises_of, find

from grader.errors import WireError
from grader.judge.key import AnswerKey, Question
from grader.judge.score import judge
from grader.kernel.inside import agent, codec
from grader.model import Answer, Case, Exercise, Mistake, Part, Score

SEED, NEW_SEED = 1, 2


def question_of(exercise: Exercise) -> Question:
    key = AnswerKey(exercise, SEED)
    return Question(key, AnswerKey(exercise, NEW_SEED, apart_from=key))


def answered(question: Question, function: Callable[..., Any]) -> Answer:
    """Answer as the box does."""
    name = question.key.exercise.function
    with np.errstate(all="ignore"):
        reply = agent.answer({name: function}, question.request)
    return question.read(codec.decode(reply))


def judged(question: Question, function: Callable[..., Any]) -> Score:
    return judge(question.key, answered(question, function), fresh=question.fresh)


def codes(score: Score) -> list[str]:
    return [finding.code for finding in score.findings]


def from_a_table(key: AnswerKey) -> Callable[..., Any]:
    """Answer the cases everybody is asked from a table, and anything else with zeros."""
    known = {
        codec.encode(case.args): outcome.value
        for case, outcome in zip(key.cases, key.expected, strict=True)
    }

    def function(*args: Any) -> Any:
        return known.get(codec.encode(args), 0.0)

    return function


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_reference_is_right_on_new_cases_too(name: str) -> None:
    for exercise in exercises_of(name):
        if not callable(exercise.reference):
            continue
        question = question_of(exercise)
        score = judged(question, exercise.reference)
        assert score.score == score.max_score, (exercise.id, score.findings)


@pytest.mark.parametrize("exercise", ["G04.2", "G07.3", "G08.2", "G10.2", "G14.4"])
def test_a_table_of_known_results_earns_nothing(exercise: str) -> None:
    question = question_of(find(exercise))
    function = from_a_table(question.key)
    known_only = judge(question.key, question.key.answer_of(function))
    assert known_only.score == known_only.max_score
    score = judged(question, function)
    assert score.score == 0
    assert codes(score) == ["MX.14"]


def test_only_the_parts_that_are_wrong_on_new_cases_are_lost() -> None:
    two = Exercise(
        id="G00.1",
        function="both",
        points=4,
        reference=lambda x: (2 * x, 3 * x),
        inputs=lambda rng: [Case(name="one", args=(float(rng.normal()),))],
        outputs=("double", "triple"),
        pack="tuple",
        unchanged="",
    )
    question = question_of(two)
    case = question.key.cases[0]
    score = judged(question, lambda x: (2 * x, 3 * case.args[0]))
    assert dict(score.parts) == {"double": True, "triple": False}
    assert score.score == 2


def test_too_few_digits_that_sufficed_for_the_known_cases_are_told_so() -> None:
    one = Exercise(
        id="G00.1",
        function="double",
        points=4,
        reference=lambda x: 2 * x,
        inputs=lambda rng: [Case(name="one", args=(float(rng.normal()),))],
        outputs=("double",),
        unchanged="",
    )
    question = question_of(one)
    case = question.key.cases[0]
    score = judged(question, lambda x: 2 * x * (1 if x == case.args[0] else 1 + 1e-6))
    assert (score.score, codes(score)) == (0, ["MX.6"])


def sizes(rng: np.random.Generator) -> list[Case]:
    return [
        Case(name="a", args=(float(rng.uniform(1, 2)), 1), group="odd"),
        Case(name="b", args=(3.0, 2), group="even"),
    ]


def test_a_part_without_new_cases_rests_on_the_known_ones() -> None:
    grouped = Exercise(
        id="G00.2",
        function="scaled",
        points=2,
        reference=lambda x, n: x * n,
        inputs=sizes,
        outputs=("value",),
        parts=(
            Part(name="odd", weight=1, group="odd"),
            Part(name="even", weight=1, group="even"),
        ),
        unchanged="",
    )
    question = question_of(grouped)
    assert question.fresh
    assert [case.name for case in question.fresh.cases] == ["a"]
    score = judged(question, from_a_table(question.key))
    assert dict(score.parts) == {"odd": False, "even": True}


def above_one(x: float) -> float:
    return x if x > 1 else 0.0


def test_a_mistake_seen_on_new_cases_alone_has_its_name() -> None:
    relu = Exercise(
        id="G00.3",
        function="relu",
        points=1,
        reference=lambda x: max(0.0, x),
        inputs=lambda rng: [
            Case(name="one", args=(1.0 + rng.random() - (rng.random() < 0.5),))
        ],
        outputs=("value",),
        mistakes=(Mistake(code="M00.3a", variant=above_one, message="The border is 0."),),
    )
    score = judged(question_of(relu), above_one)
    assert score.score == 0
    assert codes(score) == ["M00.3a"]


def test_new_cases_leave_out_edges_and_what_is_known() -> None:
    for name in ASSIGNMENTS:
        for exercise in exercises_of(name):
            question = question_of(exercise)
            assert question.fresh
            known = {codec.encode(case.args) for case in question.key.cases}
            for case in question.fresh.cases:
                assert case.role == "generic"
                assert codec.encode(case.args) not in known


def test_an_answer_with_too_few_outcomes_is_none() -> None:
    question = question_of(find("G08.1"))
    reply = codec.decode(agent.answer({}, question.key.request))
    assert isinstance(reply, dict)
    with pytest.raises(WireError):
        question.read({"outcomes": [], "seconds": 0.0})


def test_slowness_is_measured_against_all_that_was_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("grader.judge.key.SLOW_S", 100.0)
    question = question_of(find("G08.1"))
    function = {question.key.exercise.function: question.key.exercise.reference}
    reply = codec.decode(agent.answer(function, question.request))
    assert question.fresh
    known, new = len(question.key.cases), len(question.fresh.cases)
    patience_s = 100.0 * (known + new) / known
    assert patience_s > 100
    assert not question.read(reply | {"seconds": patience_s - 1}).slow
    assert question.read(reply | {"seconds": patience_s + 1}).slow


def test_a_form_is_the_same_on_new_cases() -> None:
    forms = [
        (exercise, form)
        for name in ASSIGNMENTS
        for exercise in exercises_of(name)
        for form in exercise.accepted
    ]
    assert forms
    for exercise, form in forms:
        score = judged(question_of(exercise), form.function)
        assert score.score == score.max_score, (exercise.id, form.code)


def test_an_answer_that_lacks_its_new_outcomes_is_a_fault_of_the_grader() -> None:
    question = question_of(find("G08.1"))
    answer = replace(answered(question, question.key.exercise.reference), fresh=())
    with pytest.raises(IndexError):
        judge(question.key, answer, fresh=question.fresh)
