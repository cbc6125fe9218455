"""Every cross-cutting rule fires on its case, and on nothing that is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from grader.judge.diagnose import has_loop
from grader.judge.key import AnswerKey
from grader.judge.score import judge
from grader.model import Accepted, Answer, Case, Exercise, Finding, Mistake, Raised, Score

Array = np.ndarray


def inputs(rng: np.random.Generator) -> list[Case]:
    """A batch gradient: two generic sizes, a visible example, an extreme edge."""

    def case(n: int, d: int, name: str, **kind: Any) -> Case:
        args = (rng.normal(0, 1, (n, d)), rng.normal(0, 1, n), rng.normal(0, 1, d))
        return Case(name=name, args=args, batch=n, **kind)

    visible = (np.eye(2), np.array([1.0, 2.0]), np.zeros(2))
    huge = (np.array([[1000.0, -1000.0]]), np.array([1.0]), np.array([1.0, 1.0]))
    return [
        case(5, 3, "five"),
        case(4, 2, "four"),
        Case(name="visible", args=visible, role="visible"),
        Case(
            name="huge",
            args=huge,
            role="edge",
            requirement="entries up to 1000 in size",
        ),
    ]


def reference(X: Array, t: Array, w: Array) -> Array:
    """Gradient of the mean of log cosh residuals."""
    return X.T @ np.tanh(X @ w - t) / len(X)


def unstable(X: Array, t: Array, w: Array) -> Array:
    """The same, through quotients of exponentials."""
    with np.errstate(all="ignore"):
        r = 1000 * (X @ w - t + (np.abs(X).max() > 100) * 1000)
        r = np.where(np.abs(X).max() > 100, r, X @ w - t)
        return X.T @ ((np.exp(2 * r) - 1) / (np.exp(2 * r) + 1)) / len(X)


TOY = Exercise(
    id="T00.1",
    function="f",
    points=10,
    reference=reference,
    inputs=inputs,
    outputs=("dw",),
    vectorised=True,
)
PAIR = replace(
    TOY,
    reference=lambda X, t, w: (X.T @ t, X),
    outputs=("g", "J"),
    pack="tuple",
)


def codes(exercise: Exercise, function: Any, source: str = "") -> list[str]:
    return [finding.code for finding in verdict(exercise, function, source).findings]


def verdict(exercise: Exercise, function: Any, source: str = "") -> Score:
    key = AnswerKey(exercise, 1)
    return judge(key, key.answer_of(function), source)


def in_place(X: Array, t: Array, w: Array) -> Array:
    result = reference(X, t, w)
    w -= result
    return result


def hard_coded(X: Array, t: Array, w: Array) -> Array:
    return np.array([np.tanh(-1.0), np.tanh(-2.0)]) / 2


def drifting() -> Callable[..., Array]:
    """Each fifth call differs: of an answer, the one that asks the first case again."""
    calls: list[int] = []

    def f(X: Array, t: Array, w: Array) -> Array:
        calls.append(1)
        return reference(X, t, w) + (len(calls) % 5 == 0)

    return f


@pytest.mark.parametrize(
    ("code", "function"),
    [
        ("MX.1", lambda X, t, w: -reference(X, t, w)),
        ("MX.2", lambda X, t, w: reference(X, t, w) * len(X)),
        ("MX.2", lambda X, t, w: reference(X, t, w) / len(X)),
        ("MX.3", lambda X, t, w: reference(X, t, w) * 2),
        ("MX.3", lambda X, t, w: reference(X, t, w) / 2),
        ("MX.5", lambda X, t, w: reference(X, t, w)[None]),
        ("MX.5", lambda X, t, w: reference(X, t, w)[:, None]),
        ("MX.6", lambda X, t, w: reference(X, t, w).astype(np.float32)),
        ("MX.6", lambda X, t, w: reference(X, t, w).astype(int)),
        ("MX.7", in_place),
        ("MX.8", lambda X, t, w: None),
        ("MX.9", hard_coded),
        ("MX.10", unstable),
        ("state", drifting()),
        ("raised", lambda X, t, w: X @ t),
        ("type", lambda X, t, w: "gradient"),
        ("finite", lambda X, t, w: reference(X, t, w) * np.nan),
        ("factor", lambda X, t, w: reference(X, t, w) * 3),
        ("shape", lambda X, t, w: np.zeros((2, 7))),
        ("value", lambda X, t, w: reference(X, t, w) + np.eye(len(w))[0]),
    ],
)
def test_fault_is_recognised(code: str, function: Any) -> None:
    score = verdict(TOY, function)
    assert [finding.code for finding in score.findings] == [code]
    assert [finding.named for finding in score.findings] == [code.startswith("MX")]
    assert score.score < TOY.points


@pytest.mark.parametrize(
    ("code", "words", "change"),
    [
        ("MX.1+MX.2", "opposite, and they are off by the factor N", lambda J, n: -J * n),
        ("MX.1+MX.3", "a factor of two", lambda J, n: -J / 2),
        ("MX.4+MX.1", "transposed, and the sign", lambda J, n: -J.T),
        ("MX.4+MX.2", "off by the factor N", lambda J, n: J.T / n),
        ("MX.4+MX.1+MX.2", "Three faults", lambda J, n: -J.T / n),
    ],
)
def test_two_faults_at_once_are_told_apart(code: str, words: str, change: Any) -> None:
    score = verdict(PAIR, lambda X, t, w: (X.T @ t, change(X, len(X))))
    assert [(f.code, f.output) for f in score.findings] == [(code, "J")]
    assert words in score.findings[0].message


TIMES_COLUMNS = "Every value is X.shape[1] times what it should be."


def test_factor_is_recognised_as_the_size_of_an_argument() -> None:
    score = verdict(TOY, lambda X, t, w: reference(X, t, w) * X.shape[1])
    assert score.findings[0].message == TIMES_COLUMNS
    score = verdict(TOY, lambda X, t, w: reference(X, t, w) / X.shape[1])
    assert "1/X.shape[1] of what" in score.findings[0].message
    score = verdict(TOY, lambda X, t, w: reference(X, t, w) / X.shape[1] / 2)
    assert "1/(2 * X.shape[1]) of what" in score.findings[0].message
    score = verdict(TOY, lambda X, t, w: reference(X, t, w) * X.shape[1] / 2)
    assert "X.shape[1]/2 of what" in score.findings[0].message


def test_wrong_branch_is_located() -> None:
    def slope(x: Array) -> Array:
        return np.where(x > 0, 1.0, np.exp(x))

    exercise = replace(
        TOY,
        reference=slope,
        inputs=lambda rng: [Case(name=str(n), args=(rng.normal(size=n),)) for n in (9, 8)],
    )
    for wrong, words in (
        (lambda x: np.where(x > 0, 1.0, x), "Right wherever x is positive; wrong where"),
        (lambda x: np.where(x > 0, x, np.exp(x)), "Right wherever x is negative; wrong"),
    ):
        assert words in verdict(exercise, wrong).findings[0].message


def test_transpose_is_recognised_for_its_output_only() -> None:
    score = verdict(PAIR, lambda X, t, w: (X.T @ t, X.T))
    assert [(f.code, f.output) for f in score.findings] == [("MX.4", "J")]


def test_unseeded_draw_is_named_where_a_seed_was_given() -> None:
    seeded = replace(
        TOY,
        seeded=True,
        reference=lambda X, t, w: w * 0.0,
        inputs=lambda rng: [Case(name="a", args=(1, 2, np.ones(2)))],
    )
    rng = np.random.default_rng(0)
    found = codes(seeded, lambda X, t, w: w * 0 + rng.normal())
    assert "MX.11" in found


def test_loop_is_a_remark_and_costs_nothing() -> None:
    source = "def f(X, t, w):\n    for x in X:\n        pass"
    score = verdict(TOY, reference, source)
    assert [(f.code, f.remark) for f in score.findings] == [("MX.12", True)]
    assert score.score == TOY.points


def test_slow_answer_is_a_remark_and_costs_nothing() -> None:
    key = AnswerKey(TOY, 1)
    answer = replace(key.answer_of(reference), slow=True)
    score = judge(key, answer)
    assert [(f.code, f.remark) for f in score.findings] == [("slow", True)]
    assert score.score == TOY.points
    wrong = judge(key, replace(key.answer_of(hard_coded), slow=True))
    assert [f.code for f in wrong.findings] == ["MX.9"]


def test_right_for_more_than_the_visible_example_is_not_called_that_only() -> None:
    def for_two_inputs(X: Array, t: Array, w: Array) -> Array:
        if X.shape[1] != 2:
            raise ValueError("two inputs only")
        return reference(X, t, w)

    (finding,) = verdict(TOY, for_two_inputs).findings  # right for "four", too
    assert (finding.code, "two inputs only" in finding.message) == ("raised", True)


def test_slope_at_the_activation_is_a_mistake_of_its_exercise() -> None:
    wrong = Mistake(
        code="MX.13", message="z.", variant=lambda X, t, w: reference(X, t, np.tanh(w))
    )
    assert codes(replace(TOY, mistakes=(wrong,)), wrong.variant) == ["MX.13"]


def test_right_answer_has_no_findings() -> None:
    assert verdict(TOY, reference, "def f(X, t, w): return 1").findings == ()


def test_the_first_wrong_entry_of_the_example_is_located() -> None:
    def one_row(X: Array, t: Array, w: Array) -> tuple[Array, Array]:
        J = X.copy()
        J[1] += 1
        return X.T @ t, J

    score = verdict(PAIR, one_row)
    (finding,) = score.findings
    assert finding.message == "Not yet. In this example J first differs at index [1, 0]."
    assert finding.example.splitlines() == [
        "X = [[1, 0], [0, 1]]",
        "t = [1, 2]",
        "w = [0, 0]",
        "J, expected: [[1, 0], [0, 1]]",
        "J, yours: [[1, 0], [1, 2]]",
    ]


def test_two_mistakes_with_the_same_values_are_not_claimed() -> None:
    def variant(X: Array, t: Array, w: Array) -> Array:
        return reference(X, t, w) + 7

    twins = tuple(Mistake(code=c, message="m.", variant=variant) for c in ("A", "B"))
    assert codes(replace(TOY, mistakes=twins), variant) == ["value"]


def test_mistake_is_not_claimed_on_half_of_the_cases() -> None:
    mistake = Mistake(
        code="A", message="m.", variant=lambda X, t, w: reference(X, t, w) + 7
    )
    exercise = replace(TOY, mistakes=(mistake,))
    found = codes(exercise, lambda X, t, w: reference(X, t, w) + (7 if len(X) == 5 else 8))
    assert found == ["value"]


def test_each_output_gets_its_own_named_mistake() -> None:
    first = Mistake(code="A", message="m.", variant=lambda X, t, w: (X.T @ t + 1, X))
    second = Mistake(code="B", message="m.", variant=lambda X, t, w: (X.T @ t, X + 1))
    exercise = replace(PAIR, mistakes=(first, second))
    score = verdict(exercise, lambda X, t, w: (X.T @ t + 1, X + 1))
    assert [(f.code, f.output) for f in score.findings] == [("A", "g"), ("B", "J")]


def findings_text(findings: tuple[Finding, ...]) -> str:
    return " ".join(f"{f.message} {f.example}" for f in findings)


def test_findings_never_contain_an_expected_number() -> None:
    key = AnswerKey(TOY, 1)
    shown = findings_text(verdict(TOY, lambda X, t, w: reference(X, t, w) + 0.1).findings)
    hidden = [
        o for o, c in zip(key.expected, key.cases, strict=True) if c.role != "visible"
    ]
    assert len(hidden) == 3
    for outcome in hidden:
        for number in np.ravel(outcome.value):  # type: ignore[union-attr]
            assert f"{number:.4g}" not in shown


# --- what is claimed, and what is said beside it ---------------------------------------


def mistake(code: str, variant: Any, **fields: Any) -> Mistake:
    return Mistake(code=code, variant=variant, **{"message": "m.", **fields})


def test_a_named_output_and_an_unnamed_one_are_both_said() -> None:
    exercise = replace(PAIR, mistakes=(mistake("A", lambda X, t, w: (X.T @ t + 1, X)),))
    score = verdict(exercise, lambda X, t, w: (X.T @ t + 1, np.cos(X)))
    assert [(f.code, f.output) for f in score.findings] == [("A", "g"), ("value", "J")]


def test_a_mistake_that_explains_all_outputs_comes_before_those_that_explain_one() -> None:
    both = mistake("A", lambda X, t, w: (X.T @ t + 1, X + 1))
    one = mistake("B", lambda X, t, w: (X.T @ t + 1, X))
    score = verdict(replace(PAIR, mistakes=(both, one)), both.variant)
    assert [(f.code, f.output) for f in score.findings] == [("A", None)]


def test_of_two_variants_under_one_code_the_first_is_heard() -> None:
    def variant(X: Array, t: Array, w: Array) -> Array:
        return reference(X, t, w) + 7

    twins = tuple(mistake("A", variant, message=text) for text in ("one.", "two."))
    assert verdict(replace(TOY, mistakes=twins), variant).findings[0].message == "one."


@pytest.mark.parametrize(("own", "link"), [("08#Own", "08#Own"), ("", "07#All")])
def test_a_mistake_is_explained_where_it_says_or_where_its_exercise_is(
    own: str, link: str
) -> None:
    def variant(X: Array, t: Array, w: Array) -> Array:
        return reference(X, t, w) + 7

    known = mistake("A", variant, lecture=own)
    form = Accepted(code="F", function=variant, message="m.", lecture=own)
    for fields in ({"mistakes": (known,)}, {"accepted": (form,)}):
        exercise = replace(TOY, lecture="07#All", **fields)
        assert verdict(exercise, variant).findings[0].lecture == link


def test_a_wrong_form_is_said_once() -> None:
    score = verdict(PAIR, lambda X, t, w: (X, X, X))
    assert [f.message for f in score.findings] == [
        "Wrong form: it returns a tuple of 3 values, expected the tuple g, J."
    ]


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (Raised("ValueError", "no", 3), "ValueError in line 3 of your cell: no"),
        (Raised("ValueError", "no"), "ValueError: no"),
        (Raised("ValueError"), "ValueError"),
    ],
)
def test_an_exception_is_told_with_its_line(raised: Raised, message: str) -> None:
    key = AnswerKey(TOY, 1)
    score = judge(key, Answer(outcomes=(raised,) * len(key.cases)))
    assert [f.message for f in score.findings] == [f"Your function stops with {message}"]


def at_the_edge(value: Any) -> Callable[..., Array]:
    """Return a function that is right but for the huge entries."""

    def f(X: Array, t: Array, w: Array) -> Array:
        return value(X) if np.abs(X).max() > 100 else reference(X, t, w)

    return f


def stop(error: type[Exception]) -> Callable[..., Array]:
    def value(X: Array) -> Array:
        raise error("large")

    return value


def zeros(X: Array) -> Array:
    return np.zeros(2)


@pytest.mark.parametrize(
    ("known", "answer", "code"),
    [
        (zeros, zeros, "E"),
        (zeros, lambda X: np.ones(2), "edge"),
        (zeros, stop(ValueError), "raised"),
        (stop(ValueError), stop(ValueError), "E"),
        (stop(ValueError), stop(KeyError), "raised"),
        (stop(ValueError), zeros, "edge"),
    ],
)
def test_a_mistake_at_an_edge_is_named_by_what_it_gives_there(
    known: Any, answer: Any, code: str
) -> None:
    """One that is wrong in general explains nothing there, and neither does a right one."""
    others = (
        mistake("wrong", lambda X, t, w: at_the_edge(answer)(X, t, w) + (len(X) == 5)),
        mistake("right", reference),
        mistake("E", at_the_edge(known)),
    )
    score = verdict(replace(TOY, mistakes=others), at_the_edge(answer))
    assert [f.code for f in score.findings] == [code]
    assert score.score == 9.0


def test_a_cell_of_fifty_thousand_characters_is_still_searched_for_loops() -> None:
    text = "def f(X):\n    for x in X: pass\n"
    assert has_loop(text.ljust(50_000), "f")
    assert not has_loop(text.ljust(50_001), "f")


def test_a_cell_that_is_no_python_has_no_loop() -> None:
    assert not has_loop("def f(X):\n    for x in X: pass\n)", "f")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("    exit()", "exit"),
        ("    quit ()", "exit"),
        ("    # exit()", "MX.8"),
        ("", "MX.8"),
    ],
)
def test_what_ends_a_script_is_told_apart_from_a_missing_return(
    line: str, code: str
) -> None:
    source = f"def f(X, t, w):\n    dw = X.T @ t\n{line}\n"
    assert codes(TOY, lambda X, t, w: None, source) == [code]


def test_a_function_of_another_task_that_is_not_written_is_named() -> None:
    def calls(text: str) -> Callable[..., Array]:
        def f(X: Array, t: Array, w: Array) -> Array:
            raise NotImplementedError(text)

        return f

    (finding,) = verdict(TOY, calls("task T00.9: helper")).findings
    assert finding.message == "Your function calls 'helper', which is still to be written."
    assert codes(TOY, calls("task T00.1: f")) == ["blank"]
    assert codes(TOY, calls("later")) == ["blank"]
