"""Every attack in ``attacks/`` fails against the real confined kernel."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from corpus_arena import MARGIN_S, NAME, PARENT_BYTES, PARENT_S, Arena, Trace, arena
from corpus_attack import Attack, all_attacks
from corpus_page import CONTROLS, active_content, shown_faults

from grader.model import Mark
from grader.report.exports import grades_csv
from grader.sandbox.probe import probe

pytestmark = [pytest.mark.kernel]

ATTACKS = all_attacks()
SCORED = [a for a in ATTACKS if a.kind != "oracle" and not a.batch]
BATCH = [a for a in ATTACKS if a.name[:2] in ("58", "59", "60", "69", "71", "72")]
"""Folders and notebooks that could end the grading of everybody else."""
ORACLES = [attack for attack in ATTACKS if attack.kind == "oracle"]
MOST_PAGE = 6_000_000
"""Characters of a student's page; a browser opens it at once."""
BREACH = "BREACH:"
"""Attacks print this where something succeeded that must not; never in one piece."""


@pytest.fixture(scope="module")
def the_arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """The course under attack, or a skip where this machine cannot confine."""
    if sys.platform != "linux":
        pytest.skip("confined kernels need Linux")
    report = probe()
    if report.level == "none":
        missing = [f"{x.name}: {x.detail}" for x in report.layers if not x.works]
        pytest.skip("; ".join(missing))
    with arena(tmp_path_factory.mktemp("c")) as made:
        yield made


def skip_unless_possible(attack: Attack) -> None:
    """Skip an attack that this user or machine cannot even prepare."""
    if attack.needs == "root" and os.getuid():
        pytest.skip("only root can make this submission")
    if attack.profile == "torch":
        pytest.importorskip("torch")


@pytest.mark.parametrize("attack", SCORED, ids=lambda a: a.name)
def test_attack_is_stopped(the_arena: Arena, attack: Attack) -> None:
    skip_unless_possible(attack)
    trace = the_arena.attack(attack)
    faults = [*score_faults(the_arena, attack, trace), *output_faults(the_arena, trace)]
    faults += machine_faults(the_arena, trace)
    if the_arena.grade_honest() != the_arena.honest:
        faults.append("the next submission gets another result")
    assert not faults, f"{attack.title}: {attack.success}\n" + "\n".join(faults)


def score_faults(arena: Arena, attack: Attack, trace: Trace) -> Iterator[str]:
    """Yield how the score differs from the honest one."""
    result = trace.result
    if result.grader_fault:
        yield f"the grader itself failed: {result.grader_fault[-600:]}"
    wanted = {"either": ("graded", "pending"), "graded": ("graded", "pending")}
    untried = result.unread and attack.status == "graded"
    if untried or result.status not in wanted.get(attack.status, (attack.status,)):
        yield f"status is {result.status} ({result.problem}), expected {attack.status}"
    earned = {score.id for score in result.scores if score.score == score.max_score}
    partly = {score.id for score in result.scores if 0 < score.score < score.max_score}
    every = {score.id for score in result.scores}
    honest = every - set(attack.loses.split()) if attack.base == "right" else set()
    honest -= set(attack.may_lose.split()) - earned
    if earned != honest or partly:
        reasons = [f.message for s in result.scores for f in s.findings][:3]
        yield f"earned {sorted(earned)} and parts of {sorted(partly)}: {reasons}"
    if trace.recorded != pytest.approx(result.score):
        yield f"the gradebook has {trace.recorded}, the result {result.score}"
    if result.status == "graded" and result.isolation == "none":
        yield "it ran without confinement"
    if attack.says and attack.says not in trace.page:
        yield f"the page does not say {attack.says!r}"


def output_faults(arena: Arena, trace: Trace) -> Iterator[str]:
    """Yield secrets, active content and control characters in what was written."""
    yield from arena.leaks(trace.texts, trace.texts.get("notebook", ""))
    for place, text in trace.texts.items():
        if BREACH in text:
            at = text.index(BREACH)
            yield f"{place} says {text[at : at + 200]!r}"
    for what in active_content(trace.page):
        yield f"the feedback page holds {what}"
    for what in shown_faults(trace.texts.get("notebook", '{"cells": []}')):
        yield f"the notebook to be marked holds {what}"
    for place in ("table", "page"):
        control = CONTROLS.search(trace.texts[place])
        if control:
            yield f"the {place} holds the control character {control[0]!r}"
    if len(trace.page) > MOST_PAGE:
        yield f"the page has {len(trace.page)} characters"
    yield from formulas(trace.result.student)
    if trace.texts["printed"]:
        yield f"printed: {trace.texts['printed'][:300]!r}"
    if sum(map(len, trace.texts.values())) > 40 << 20:
        yield "far more was stored than the limits allow"


def formulas(student: str) -> Iterator[str]:
    """Yield cells of an exported table that are formulas, whatever it is split at."""
    mark = Mark(student=student, assignment=NAME, submitted=True, max_score=1.0)
    text = grades_csv({NAME: [mark]})
    for separator in ",;|\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            for cell in row:
                if cell.strip(' \xa0"').startswith(tuple("=+-@＝＋－＠")):
                    yield f"a table split at {separator!r} has the formula {cell!r}"


def machine_faults(arena: Arena, trace: Trace) -> Iterator[str]:
    """Yield what outlived the attack, and limits that were not kept."""
    limits = arena.grader.assignment.limits
    yield from (f"still alive: {process}" for process in trace.alive)
    yield from (f"left behind: {thing}" for thing in trace.left)
    if trace.seconds > limits.submission_s + MARGIN_S:
        yield f"it took {trace.seconds:.1f} s, the limit is {limits.submission_s:g} s"
    if trace.worked_s > PARENT_S:
        yield f"the grader worked for {trace.worked_s:.1f} s"
    if trace.grown_bytes > PARENT_BYTES:
        yield f"the grader grew by {trace.grown_bytes >> 20} MiB"


@pytest.mark.parametrize("attack", ORACLES, ids=lambda a: a.name)
def test_resubmitting_tells_nothing(the_arena: Arena, attack: Attack) -> None:
    """Different wrong answers of one form are told the same words."""
    scope: dict[str, list[str]] = {}
    exec(attack.text, {}, scope)
    told = set()
    for answer in scope["ANSWERS"]:
        trace = the_arena.attack(replace(attack, kind="function"), answer)
        assert not [*output_faults(the_arena, trace)]
        assert trace.result.score == 0
        told.add(tuple(f.message for score in trace.result.scores for f in score.findings))
    assert len(told) == 1, told


@pytest.mark.slow
def test_hostile_folders_do_not_end_a_batch(the_arena: Arena) -> None:
    """The command itself, on all odd folders at once and an honest one among them."""
    the_arena.clear_desk()
    kept = [a for a in BATCH if not (a.needs == "root" and os.getuid())]
    names = [the_arena.hand_in(attack) for attack in kept]
    done = the_arena.run_grader("autograde", NAME, "--jobs", "1", "--force")
    said = {"stdout": done.stdout, "stderr": done.stderr}
    assert done.returncode in (0, 1), done.stderr[-3000:]
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    assert not CONTROLS.search(done.stdout)
    assert not the_arena.leaks(said, "")
    assert the_arena.recorded("honest") == the_arena.honest["score"]
    expected = {n for n, a in zip(names, kept, strict=True) if not a.batch}
    missing = {n for n in expected if not the_arena.course.result(n, NAME).is_file()}
    assert not missing, done.stderr[-3000:]
    pages = the_arena.run_grader("feedback", NAME)
    assert pages.returncode == 0, pages.stderr[-3000:]


def test_every_line_of_the_list_has_an_attack() -> None:
    numbers = {int(attack.attack) for attack in ATTACKS}
    assert set(range(1, 61)) <= numbers
    assert len({n for n in numbers if n > 60}) >= 10


def test_each_file_says_what_success_would_be() -> None:
    for attack in ATTACKS:
        assert attack.title, attack.name
        assert attack.success, attack.name
        assert attack.name.startswith(f"{int(attack.attack):02d}"), attack.name
        assert attack.naive or attack.unshown, f"{attack.name}: shown how?"


def test_the_eyes_of_these_tests_see(the_arena: Arena, tmp_path: Path) -> None:
    """A leak, an active page and a survivor would be noticed."""
    digits = next(iter(the_arena.digits))
    secret = the_arena.course.secret()
    for text in (the_arena.mark("TEST"), secret.hex(), f"0.{digits}1234"):
        assert the_arena.leaks({"page": text}, "")
    for page in (
        "<img src=x onerror=alert(1)>",
        "<a href='java\tscript:alert(1)'>x</a>",
        "<img src='https://example.org/x.png'>",
        "<style></style><style>@import 'x'</style>",
    ):
        assert active_content(page), page
    before = the_arena._surroundings()
    (the_arena.folder / "t/left").touch()
    assert the_arena._surroundings() - before
    (the_arena.folder / "t/left").unlink()
    assert NAME in str(the_arena.course.released(NAME))
