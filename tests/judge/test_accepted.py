"""Another accepted form earns full marks with a remark, and is never called wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.errors import SourceError
from grader.judge.key import AnswerKey
from grader.judge.score import judge
from grader.model import Accepted, Case, Exercise, Mistake, Score

Array = np.ndarray


def scale(g: Array, inside: bool) -> Array:
    return np.sqrt(g * g + 1e-2) if inside else np.abs(g) + 1e-2


def step(g: Array, inside: bool = False) -> tuple[Array, Array]:
    return g / scale(g, inside), 2 * g


def inputs(rng: np.random.Generator) -> list[Case]:
    return [
        Case(name="three", args=(rng.normal(size=3),)),
        Case(name="four", args=(rng.normal(size=4),)),
        Case(name="zero", args=(np.zeros(2),), role="edge", requirement="zeros stay"),
    ]


TOY = Exercise(
    id="T00.2",
    function="f",
    points=10,
    reference=step,
    inputs=inputs,
    outputs=("step", "state"),
    pack="tuple",
    accepted=(
        Accepted(code="E00", function=lambda g: step(g, True), message="Inside is fine."),
    ),
    mistakes=(
        Mistake(code="M1", variant=lambda g: (step(g)[0], g), message="No 2."),
        Mistake(code="M1", variant=lambda g: (step(g, True)[0], g), message="No 2."),
        Mistake(code="M2", variant=lambda g: (-step(g, True)[0], 2 * g), message="Sign."),
    ),
)


def verdict(function: Any, exercise: Exercise = TOY, seed: int = 1) -> Score:
    key = AnswerKey(exercise, seed)
    return judge(key, key.answer_of(function))


def said(score: Score) -> list[tuple[str, bool]]:
    return [(finding.code, finding.remark) for finding in score.findings]


def test_reference_form_earns_everything_without_a_remark() -> None:
    score = verdict(step)
    assert (score.score, said(score)) == (10, [])


def test_other_form_earns_everything_with_its_remark() -> None:
    score = verdict(lambda g: step(g, True))
    assert (score.score, said(score)) == (10, [("E00", True)])
    assert score.findings[0].message == "Inside is fine."


def test_a_mistake_in_the_other_form_costs_only_its_own_output() -> None:
    score = verdict(lambda g: (step(g, True)[0], g))
    assert said(score) == [("M1", False), ("E00", True)]
    assert dict(score.parts)["step"]
    assert not dict(score.parts)["state"]


def test_an_unknown_mistake_beside_the_other_form_is_told_apart() -> None:
    score = verdict(lambda g: (step(g, True)[0], g**2))
    assert ("E00", True) in said(score)
    assert [f.output for f in score.findings if not f.remark] == ["state"]


def test_a_mistake_is_named_if_no_form_explains_more() -> None:
    score = verdict(lambda g: (-step(g, True)[0], 2 * g))
    assert said(score) == [("M2", False)]


def test_the_other_form_does_not_excuse_an_edge() -> None:
    def f(g: Array) -> tuple[Array, Array]:
        value, state = step(g, True)
        return value + (not g.any()), state

    score = verdict(f)
    assert said(score) == [("edge", False), ("E00", True)]
    assert 8 <= score.score < 10


def test_mixing_forms_between_cases_is_no_form() -> None:
    score = verdict(lambda g: step(g, len(g) == 3))
    assert score.score < 10
    assert ("E00", True) not in said(score)


def test_a_form_that_fails_is_the_grader_s_own_fault() -> None:
    def broken(g: Array) -> None:
        raise ValueError("no")

    bad = Accepted(code="E00", function=broken, message="Never.")
    exercise = Exercise(
        id="T00.3",
        function="f",
        points=1,
        reference=step,
        inputs=inputs,
        outputs=TOY.outputs,
        pack="tuple",
        accepted=(bad,),
    )
    with pytest.raises(SourceError, match="accepted form E00"):
        verdict(lambda g: (g, g), exercise)
