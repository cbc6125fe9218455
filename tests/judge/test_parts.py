"""Points fall into parts: an output, a branch, an edge, each with its weight."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.authoring import init
from grader.course.assignment import load_assignment
from grader.course.folder import open_course
from grader.errors import SourceError
from grader.judge.key import AnswerKey
from grader.judge.score import judge
from grader.model import Case, Exercise, Part, Score

EDGE = "an empty array sums to 0"


def inputs(rng: np.random.Generator) -> list[Case]:
    return [
        Case(name="p", args=(np.array([1.0, 2.5]),), group="positive"),
        Case(name="q", args=(np.array([3.0, 0.5, 2.0]),), group="positive"),
        Case(name="n", args=(np.array([-1.0, -2.5]),), group="negative"),
        Case(name="0", args=(np.zeros(0),), role="edge", requirement=EDGE),
    ]


TOY = Exercise(
    id="T00.4",
    function="f",
    points=10,
    reference=lambda x: (float(x.sum()), float(np.abs(x).sum())),
    inputs=inputs,
    outputs=("sum", "size"),
    pack="tuple",
    parts=(
        Part(name="the sum", weight=5, output="sum"),
        Part(name="positive numbers", weight=2, output="size", group="positive"),
        Part(name="negative numbers", weight=1, output="size", group="negative"),
        Part(name="nothing", weight=1, edge=EDGE),
        Part(name="leaves x alone", weight=1, edge="the arguments are left unchanged"),
    ),
)


def verdict(function: Any, exercise: Exercise = TOY) -> Score:
    key = AnswerKey(exercise, 1)
    return judge(key, key.answer_of(function))


@pytest.mark.parametrize(
    ("function", "points", "missing"),
    [
        (TOY.reference, 10.0, []),
        (lambda x: (x.sum(), x.sum()), 9.0, ["negative numbers"]),
        (lambda x: (x.sum(), -x.sum()), 8.0, ["positive numbers"]),
        (lambda x: (x.max(), np.abs(x).sum()), 4.0, ["the sum", "nothing"]),
        (lambda x: (x.sum() + (not len(x)), abs(x).sum()), 9.0, ["nothing"]),
        (lambda x: (x.sum() + 1, abs(x).sum() + 1), 0.0, [p.name for p in TOY.parts]),
    ],
)
def test_a_part_that_is_right_on_all_its_cases_earns_its_weight(
    function: Any, points: float, missing: list[str]
) -> None:
    score = verdict(function)
    assert score.score == points
    assert [name for name, met in score.parts if not met] == missing


def test_changed_arguments_cost_their_part() -> None:
    def f(x: Any) -> Any:
        result = x.sum(), np.abs(x).sum()
        x *= 2
        return result

    score = verdict(f)
    assert score.score == 9.0
    assert not dict(score.parts)["leaves x alone"]


def test_another_result_at_the_second_call_earns_nothing() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(1)
        return x.sum() + (len(calls) > 4), np.abs(x).sum()

    assert verdict(f).score == 0.0


def test_weights_are_exact_and_nothing_rounds_up() -> None:
    thirds = replace(
        TOY,
        points=1,
        inputs=lambda rng: inputs(rng)[:3],
        unchanged="",
        parts=(
            Part(name="a", weight=0.1, output="sum"),
            Part(name="b", weight=0.2, output="size"),
        ),
    )
    assert verdict(lambda x: (x.sum(), 0.0), thirds).score == 0.33
    assert verdict(lambda x: (9.0, np.abs(x).sum()), thirds).score == 0.66
    assert verdict(TOY.reference, thirds).score == 1.0


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ('Part(name="p", weight=0)', "weighs 0"),
        ('Part(name="p", weight=float("nan"))', "weighs nan"),
        ('Part(name="p", weight=1, group="big")', "no generic case in group 'big'"),
        ('Part(name="p", weight=1, output="size")', "the output 'size', which is none"),
        ('Part(name="p", weight=1, edge="none")', "'none', and no case tries that"),
        ('Part(name="p", weight=1)', "no part has the requirement 'a single number"),
    ],
)
def test_parts_that_make_no_sense_are_said(tmp_path: Path, part: str, said: str) -> None:
    course = open_course(init(tmp_path / "course"))
    path = course.root / "source/hw1/exercises/g01_1_mean_squared_error.py"
    text = path.read_text("utf-8").replace("import Case,", "import Part, Case,")
    path.write_text(text.replace("    mistakes=(", f"    parts=({part},),\n    mistakes=("))
    with pytest.raises(SourceError, match=said):
        AnswerKey(load_assignment(course, "hw1").exercises[0], 0).cases  # noqa: B018


def cases(*more: Case, **fields: Any) -> Exercise:
    return replace(TOY, inputs=lambda rng: [*inputs(rng), *more], **fields)


def case(**fields: Any) -> Case:
    return Case(name="more", args=(np.ones(2),), **fields)


@pytest.mark.parametrize(
    ("exercise", "said"),
    [
        (cases(case(role="Edge")), "the role 'Edge', expected one of generic, edge"),
        (cases(case(role="edge")), "the role 'edge' and the requirement ''"),
        (cases(case(requirement=EDGE)), "the role 'generic' and the requirement 'an empty"),
        (cases(case(group="zero")), "is in group 'zero', and no part asks for all its"),
        (cases(case()), "is in no group, and no part asks for all its outputs"),
        (cases(case(role="edge", requirement="x")), "no part has the requirement 'x'"),
        (replace(TOY, unchanged="kept"), "unchanged', and no case tries that"),
        (replace(TOY, inputs=lambda rng: []), "no case has the role 'generic'"),
        (replace(TOY, inputs=lambda rng: None), "inputs of T00.4 fails .* 'NoneType'"),
        (replace(TOY, inputs=lambda rng: [1]), r"gives 1, expected only Case\(...\)"),
        (replace(TOY, inputs=lambda: []), "inputs of T00.4 fails .*: TypeError"),
        (replace(TOY, inputs=lambda rng: 1 / 0), "test_parts.py', line .*ZeroDivision"),
        (
            replace(TOY, inputs=lambda rng: np.linalg.inv(np.ones((2, 3)))),
            "test_parts.py', line .*LinAlgError",
        ),
    ],
)
def test_cases_that_would_cost_or_earn_nothing_are_said(
    exercise: Exercise, said: str
) -> None:
    with pytest.raises(SourceError, match=said):
        AnswerKey(exercise, 0).cases  # noqa: B018
