"""Points follow from evidence alone, and every point lost has a reason."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from course_exercises import exercises_of
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.judge.key import AnswerKey
from grader.judge.score import begun, judge, overwritten, unanswered
from grader.kernel.inside.codec import Opaque
from grader.model import Answer, Case, Exercise, Finding, Raised, Returned, Score

UNCHANGED = "the arguments are left unchanged"


def right(x):
    """Return three outputs of one array."""
    return x + 1, 2 * x, x**2


def inputs(rng):
    """Two generic cases and two requirements."""
    return [
        Case(name="a", args=(rng.normal(size=3),)),
        Case(name="b", args=(rng.normal(size=4),)),
        Case(name="one", args=(rng.normal(size=1),), role="edge", requirement="n = 1"),
        Case(name="none", args=(np.empty(0),), role="edge", requirement="n = 0"),
    ]


def generic_inputs(rng):
    """Generic cases only."""
    return [case for case in inputs(rng) if case.role == "generic"]


def make_key(points=3.0, **fields):
    """Return the key of a small exercise."""
    standard = {
        "id": "G00.1",
        "function": "f",
        "points": points,
        "reference": right,
        "inputs": inputs,
        "outputs": ("p", "q", "r"),
        "pack": "tuple",
    }
    return AnswerKey(Exercise(**standard | fields), seed=1)


def score_of(function, **fields):
    """Judge a function on that exercise."""
    key = make_key(**fields)
    return judge(key, key.answer_of(function))


def reasons(score):
    """Return the findings that explain lost points."""
    return [finding for finding in score.findings if not finding.remark]


# --- arithmetic --------------------------------------------------------------------


def test_a_right_answer_earns_everything_and_no_word():
    score = score_of(right)
    assert (score.score, score.max_score, score.findings) == (3.0, 3.0, ())
    assert all(ok for _, ok in score.parts)


@pytest.mark.parametrize(
    ("wrong", "share"), [(1, Fraction(2, 3)), (2, Fraction(1, 3)), (3, Fraction(0))]
)
def test_outputs_share_four_fifths(wrong, share):
    """With a requirement met, and none while no output is right."""
    score = score_of(
        lambda x: tuple(v + (i < wrong) for i, v in enumerate(right(x))),
        inputs=generic_inputs,
        points=15,
    )
    assert score.score == float(
        15 * (share * Fraction(8, 10) + Fraction(2, 10) * (share > 0))
    )


@pytest.mark.parametrize(("wrong", "points"), [(0, 3.0), (1, 2.0), (2, 1.0), (3, 0.0)])
def test_without_requirements_outputs_carry_all(wrong, points):
    score = score_of(
        lambda x: tuple(v + (i < wrong) for i, v in enumerate(right(x))),
        inputs=generic_inputs,
        unchanged="",
    )
    assert score.score == points
    assert [name for name, _ in score.parts] == ["p", "q", "r"]


def at(size, wrong):
    """Return a function that is right except for arrays of one size."""
    return lambda x: wrong(x) if len(x) == size else right(x)


def test_requirements_share_one_fifth():
    score = score_of(at(1, lambda x: None), points=15)
    assert score.score == 15 - 1
    assert dict(score.parts)["n = 1"] is False
    assert dict(score.parts)[UNCHANGED] is True


def changes_its_argument(x):
    result = right(x)
    x += 1
    return result


def test_changing_an_argument_costs_its_requirement_and_nothing_else():
    score = score_of(changes_its_argument, points=15)
    assert score.score == 14
    assert dict(score.parts)[UNCHANGED] is False
    assert [finding.code for finding in score.findings] == ["MX.7"]


def test_where_it_makes_no_sense_changing_an_argument_is_free():
    assert score_of(changes_its_argument, unchanged="").score == 3


def test_several_cases_of_a_requirement_count_once():
    def doubled(rng):
        return [*inputs(rng), *inputs(rng)[2:3]]

    score = score_of(at(1, lambda x: None), inputs=doubled, points=15)
    assert score.score == 14
    assert [name for name, _ in score.parts].count("n = 1") == 1


def test_edges_prove_nothing_while_no_output_is_right():
    score = score_of(lambda x: right(x) if len(x) < 2 else (0, 0, 0))
    assert score.score == 0
    assert not any(ok for _, ok in score.parts)


def test_every_generic_case_must_be_right():
    score = score_of(at(4, lambda x: (x, x, x)))
    assert score.score == 0


@pytest.mark.parametrize("points", [1, 2, 7, 0.5, 0.1, 2.55])
@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_scores_are_cut_to_hundredths_and_never_above_the_maximum(points, wrong):
    score = score_of(
        lambda x: tuple(v + (i < wrong) for i, v in enumerate(right(x))),
        inputs=generic_inputs,
        unchanged="",
        points=points,
    )
    exact = Fraction(str(points)) * Fraction(3 - wrong, 3)
    assert 0 <= exact - Fraction(str(score.score)) < Fraction(1, 100)
    assert score.score <= score.max_score == points


def test_two_thirds_of_a_point_are_66_hundredths():
    score = score_of(
        lambda x: (x, *right(x)[1:]), inputs=generic_inputs, unchanged="", points=1
    )
    assert score.score == 0.66


# --- no evidence -------------------------------------------------------------------


def test_a_fault_is_zero_with_its_reason():
    score = judge(make_key(), Answer(fault="your function was stopped at 3 s"))
    (finding,) = score.findings
    assert (score.score, finding.code, score.unseen) == (0, "fault", False)
    assert finding.message == "Your function was stopped at 3 s."


def test_what_was_never_tried_is_no_zero_of_its_own():
    assert judge(make_key(), Answer(fault="not run", not_run=True)).unseen


def test_a_fault_counts_even_beside_outcomes():
    key = make_key()
    answer = Answer(outcomes=key.answer_of(right).outcomes, fault="was stopped")
    assert judge(key, answer).score == 0


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("", "'f' is not defined: keep the task's name."),
        (
            "stops with NameError: x",
            "'f' is not defined: its cell stops with NameError: x.",
        ),
    ],
)
def test_a_missing_function_is_zero_and_says_why(fault, text):
    score = judge(make_key(), Answer(missing=True), "", fault)
    (finding,) = score.findings
    assert (score.score, finding.code, finding.message) == (0, "missing", text)


@pytest.mark.parametrize("magic", ["%%timeit", "%%writefile f.py", "\n%%bash -s"])
def test_a_magic_that_hides_the_definition_is_named(magic):
    source = f"{magic}\ndef f(): return 1"
    score = judge(make_key(), Answer(missing=True), source, "stops with NameError: x")
    (finding,) = score.findings
    assert (score.score, finding.code, finding.message) == (
        0,
        "missing",
        f"'f' is not defined: '{magic.split()[0]}' on top of its cell keeps what the cell "
        "defines to itself: delete that line.",
    )


@pytest.mark.parametrize("magic", ["%%time", "%%capture out", "%time", "# %%timeit"])
def test_a_magic_that_hides_nothing_is_not_blamed(magic):
    score = judge(make_key(), Answer(missing=True), f"{magic}\ndef g(): return 1", "")
    assert score.findings[0].message == "'f' is not defined: keep the task's name."


def test_what_could_not_be_looked_at_is_zero_with_its_reason():
    score = unanswered(make_key(), "damaged", "the notebook is cut off")
    (finding,) = score.findings
    assert (score.score, score.max_score) == (0, 3)
    assert (finding.code, finding.message) == ("damaged", "The notebook is cut off.")


def test_the_blank_is_zero_and_recognised():
    def blank(x):
        raise NotImplementedError("task G00.1: f")

    score = score_of(blank)
    assert (score.score, [f.code for f in score.findings]) == (0, ["blank"])


@pytest.mark.parametrize("ending", ["", ".", "!", "?"])
def test_a_reason_ends_like_a_sentence(ending):
    score = unanswered(make_key(), "damaged", f"too bad{ending}")
    assert score.findings[0].message == f"Too bad{ending or '.'}"


def test_a_result_that_changes_from_call_to_call_is_worth_nothing():
    calls = []

    def forgetful(x):
        calls.append(1)
        return right(x) if len(calls) < 5 else (0, 0, 0)

    score = score_of(forgetful)
    assert score.score < 3
    assert reasons(score)


# --- the assignment's exercises ----------------------------------------------------

EXERCISES = exercises_of("a07_backpropagation")
KEYS = {exercise.id: AnswerKey(exercise, seed=7) for exercise in EXERCISES}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_the_reference_earns_full_marks(key):
    score = judge(key, key.answer_of(key.exercise.reference))
    assert (score.score, reasons(score)) == (key.exercise.points, [])


VARIANTS = {
    f"{mistake.code}-{number}": (key, outcomes)
    for key in KEYS.values()
    for number, (mistake, outcomes) in enumerate(key.variants)
}


@pytest.mark.parametrize(("key", "outcomes"), VARIANTS.values(), ids=VARIANTS.keys())
def test_every_known_mistake_costs_points_and_has_a_reason(key, outcomes):
    score = judge(key, Answer(outcomes=outcomes, repeated=outcomes[0]))
    assert score.score < score.max_score
    assert reasons(score)


def numbers_in(value):
    """Return all numbers of a value, however it is nested."""
    if isinstance(value, dict):
        return [n for part in value.values() for n in numbers_in(part)]
    if isinstance(value, list | tuple):
        return [n for part in value for n in numbers_in(part)]
    return [value] if isinstance(value, float | int | np.ndarray) else []


def damaged(value, draw):
    """Return a value with one thing wrong somewhere inside."""
    if isinstance(value, dict) and value:
        name = draw(st.sampled_from(sorted(value)))
        return value | {name: damaged(value[name], draw)}
    if isinstance(value, tuple) and value:
        place = draw(st.integers(0, len(value) - 1))
        new = damaged(value[place], draw)
        return (*value[:place], new, *value[place + 1 :])
    if isinstance(value, np.ndarray) and value.ndim and draw(st.booleans()):
        return draw(
            st.sampled_from(
                [value.T[..., None], value.ravel()[:-1], value.tolist(), -value]
            )
        )
    if isinstance(value, float | int | np.ndarray) and draw(st.booleans()):
        factor = draw(st.sampled_from([2.0, 0.5, np.nan, np.inf, 1 + 1e-5, -3.0]))
        with np.errstate(invalid="ignore"):
            return np.multiply(factor, value)
    strange = [None, "x", True, 7, 1 << 70, Opaque("X"), [], {}, (), np.float32(1), 1j]
    return draw(st.sampled_from([*strange, np.empty((1 << 16, 0)), np.ones((2, 2), "?")]))


@st.composite
def answers(draw, key):
    """Return an answer in which some outcomes are wrong."""
    outcomes = list(key.expected)
    for place in range(len(outcomes)):
        how = draw(st.sampled_from(["kept", "kept", "value", "raised", "argument"]))
        value, args = outcomes[place].value, outcomes[place].args
        if how == "value":
            outcomes[place] = Returned(damaged(value, draw), args)
        elif how == "raised":
            kind = draw(st.sampled_from(["ValueError", "NotImplementedError", "X"]))
            line = draw(st.none() | st.integers())
            outcomes[place] = Raised(kind, draw(st.text(max_size=5)), line)
        elif how == "argument":
            outcomes[place] = Returned(value, damaged(args, draw) if args else args)
    again = draw(st.sampled_from([outcomes[0], *outcomes, Raised("ValueError")]))
    return Answer(outcomes=tuple(outcomes), repeated=again)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_every_lost_point_has_a_reason(key):
    @given(st.data())
    @settings(max_examples=120, database=None)
    def holds(data):
        score = judge(key, data.draw(answers(key)))
        assert 0 <= score.score <= score.max_score
        assert score.score == score.max_score or reasons(score)
        assert all(finding.message for finding in score.findings)

    holds()


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_no_reason_shows_a_hidden_expected_value(key):
    shown = {
        f"{n:.4g}"
        for o, case in zip(key.expected, key.cases, strict=True)
        if case.role in ("generic", "edge")
        for n in np.hstack(
            [np.ravel(part) for part in numbers_in(o.value)] or [np.empty(0)]
        )
        if abs(n) > 1e-3 and "." in f"{n:.4g}"
    }

    @given(st.data())
    @settings(max_examples=60, database=None)
    def holds(data):
        score = judge(key, data.draw(answers(key)))
        named = {mistake.message for mistake in key.exercise.mistakes}
        said = [
            f"{f.message} {f.example}" for f in score.findings if f.message not in named
        ]
        text = " ".join(said)
        assert not [number for number in shown if len(number) > 5 and number in text]

    holds()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(x):\n    raise NotImplementedError\n    return x", "delete that line"),
        ("d = {'a': None}", "your cell was changed, and nothing in it fills the task in"),
    ],
)
def test_a_cell_that_was_written_in_is_not_called_unanswered(source, said):
    blank = Finding(code="blank", message="This task has not been answered yet.")
    other = Finding(code="shape", message="x")
    score = Score(id="G", function="f", score=0.0, max_score=1.0, findings=(blank, other))
    found = begun(score, source).findings
    assert said in found[0].message
    assert "'f'" in found[0].message
    assert found[1:] == (other,)


def test_an_answer_that_the_empty_cell_undoes_is_a_persons_business():
    blank = Finding(code="blank", message="This task has not been answered yet.")
    score = Score(id="G", function="f", score=0.0, max_score=1.0, findings=(blank,))
    found = overwritten(score)
    assert found.unseen
    assert "'f' is written in another cell" in found.findings[0].message
    wrong = replace(score, findings=(Finding(code="shape", message="x"),))
    assert overwritten(wrong) == wrong
