"""Every rule fails where what it asks for does not hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.authoring import init
from grader.course.folder import Course, open_course
from grader.errors import SourceError
from grader.judge.key import AnswerKey
from grader.judge.score import judge
from grader.vetting import notebook as vetted
from grader.vetting.check import check, subjects
from grader.vetting.guard import time_limit
from grader.vetting.mutants import mutants
from grader.vetting.rules import RULES, Finding, passing_seeds
from grader.vetting.table import failures

ROOT = Path(__file__).parents[2]
FILE = "source/hw1/exercises/g01_1_mean_squared_error.py"
LOOP = "while True: pass"
NOTEBOOK = "source/hw1/hw1.ipynb"


@pytest.fixture
def small(tmp_path: Path) -> Course:
    return open_course(init(tmp_path / "course"))


def edit(course: Course, file: str, old: str, new: str) -> None:
    path = course.root / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def found(course: Course) -> dict[str, Finding]:
    return {finding.rule: finding for finding in check(course, "hw1", secrets=2)}


def test_the_example_holds_and_every_rule_looked_at_something(small: Course) -> None:
    findings = found(small)
    assert list(findings) == list(RULES)
    assert not failures(list(findings.values()))
    looked_at = {rule: f.looked_at for rule, f in findings.items() if rule != "accepted"}
    assert all(looked_at.values()), looked_at


@pytest.mark.parametrize(
    ("rule", "file", "old", "new", "said"),
    [
        ("solution", FILE, "(a - b) ** 2 for", "(a - b) for", "the solution cell earns 0"),
        ("solution", NOTEBOOK, "np.mean((y - t) ** 2)", "np.mean(y - t)", "earns 0 of 3"),
        ("right ways", FILE, "d @ d / d.size", "d @ d / 3", r"right way 1 \(by_inner"),
        ("witness", FILE, "np.var(y)", "np.std(y)", "witness_variance: AssertionError"),
        ("witness", FILE, "assert_allclose(mean", "x(exit(3), mean", "AttributeError"),
        (
            "witness",
            FILE,
            "y = np.array([1.0, 2.0, 4.0])",
            "raise SystemExit",
            "SystemExit",
        ),
        ("mistakes", FILE, "np.mean(y - t) ** 2", "np.mean((y - t) ** 2)", "M01.1c is"),
        ("mistakes", FILE, "RIGHT_WAYS = ", "WRONG_WAYS = {'M1': []}\nRIGHT_WAYS = ", "M1"),
        ("mistakes", FILE, "factor 1/N is missing.", "factor is missing", "does not end"),
        ("faults", FILE, "the square has no sign", "", "gives no reason"),
        ("faults", FILE, "EQUIVALENTS = {", "EQUIVALENTS = {'x → y': 'no',", "no fault at"),
        ("faults", FILE, "EQUIVALENTS", "SAME", "nobody notices"),
        ("inputs", FILE, "rng.", "np.random.", "two calls with the generator of seed 0"),
        ("solution", NOTEBOOK, "check.close(", "check.close(1 + ", "refuses the solution"),
        ("mistakes", FILE, "variant=lambda y, t: np.sum(", "detect=lambda e: (", "no exam"),
        ("stated", NOTEBOOK, "single number", "number", "states 'a single number"),
        ("stated", NOTEBOOK, "unchanged", "alone", "states 'the arguments are left"),
        ("reference", FILE, "rng.normal", "rng.nothing", r"inputs of .* AttributeError"),
        ("visible", NOTEBOOK, ", 3.0, ", ", mean_squared_error(y, t), ", "M01.1a pass"),
    ],
)
def test_a_rule_fails_where_it_does_not_hold(
    small: Course, rule: str, file: str, old: str, new: str, said: str
) -> None:
    edit(small, file, old, new)
    findings = found(small)
    text = "\n".join(findings[rule].faults)
    assert re.search(said, text), findings
    assert failures(list(findings.values()))


def test_an_accepted_form_that_is_none_is_said(small: Course) -> None:
    edit(small, FILE, "import Case,", "import Accepted, Case,")
    form = 'Accepted(code="E1", function=lambda y, t: y.sum(), message="Fine.")'
    edit(small, FILE, "    mistakes=(", f"    accepted=({form},),\n    mistakes=(")
    edit(small, FILE, "y.sum()", "np.sum((y - t) ** 2) / len(y)")
    assert "accepted form E1 earns" in found(small)["accepted"].faults[0]


@pytest.mark.parametrize(
    ("rule", "old", "new", "said"),
    [
        (
            "reference",
            "    def case(n: int)",
            f"    {LOOP}\n\n    def case(n: int)",
            "inputs of",
        ),
        (
            "reference",
            "    return sum((a",
            f"    {LOOP}\n    return sum((a",
            "the reference of",
        ),
        ("right ways", "    d = y - t", f"    {LOOP}\n    d = y - t", "right way 1"),
        (
            "witness",
            "    y = np.array([1",
            f"    {LOOP}\n    y = np.array([1",
            "witness_var",
        ),
    ],
)
def test_what_never_ends_is_said(
    small: Course,
    rule: str,
    old: str,
    new: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vetted, "time_limit", lambda _: time_limit(0.5))
    edit(small, FILE, old, new)
    text = "\n".join(found(small)[rule].faults)
    assert re.search(f"{said}.*TooSlowError", text), text


def test_an_endless_cell_of_the_solution_is_said(
    small: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vetted, "time_limit", lambda _: time_limit(0.5))
    edit(small, NOTEBOOK, "import numpy as np", f"{LOOP}\\nimport numpy as np")
    with pytest.raises(SourceError, match="cell 'given-setup': it still computes"):
        found(small)


def test_an_endless_fault_ends(small: Course) -> None:
    """A mutant of the loop never ends; it is noticed by its time."""
    edit(
        small,
        NOTEBOOK,
        "return np.mean((y - t) ** 2)",
        "i, s = 0, 0.0\\n    while i < len(y):\\n        s += (y[i] - t[i]) ** 2\\n"
        "        i += 1\\n    return s / len(y)",
    )
    faults = found(small)["faults"]
    assert faults.looked_at > 10
    known = ("EQUIVALENTS lists", "t[i] - y[i]")
    assert all(any(part in text for part in known) for text in faults.faults)


def test_faults_pass_under_the_secrets_that_give_them_full_marks() -> None:
    """Faults are tried on the first case alone, then without naming what is wrong."""
    passing = 0
    for subject in subjects(open_course(ROOT), "a04_losses_softmax", 2):
        for mutant in mutants(subject.notebook.solution(subject.key)):
            full = []
            names = dict(subject.before)
            exec(mutant.source, names)
            for seed in subject.seeds:
                key = AnswerKey(subject.exercise, seed)
                score = judge(key, key.answer_of(names[subject.exercise.function]))
                full += [seed] if score.score == score.max_score else []
            assert passing_seeds(subject, mutant.source) == full, mutant.name
            passing += bool(full)
    assert passing, "some faults are none"
