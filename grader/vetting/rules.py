"""What must hold for an exercise: each rule says how much it looked at, and what is wrong.

A course's own code runs in this process: it is the instructor's.
"""

from __future__ import annotations

import inspect
import os
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from unittest import mock

from grader.course.exercises import ExerciseFile
from grader.errors import GraderError
from grader.judge.key import AnswerKey
from grader.judge.score import earns_all, judge
from grader.judge.sentences import CROSS_CUTTING
from grader.model import Answer, Exercise, Mistake, Score
from grader.vetting.guard import TooSlowError, quietly
from grader.vetting.mutants import mutants
from grader.vetting.notebook import SolutionNotebook

SECRETS = 10
"""How many courses' hidden inputs everything is tried on, unless more are asked for."""
MUTANT_SECONDS = 4.0
SECONDS = 60.0
"""For all cases of what is not expected to run for ever: inputs, references, examples."""


@dataclass(frozen=True)
class Finding:
    """What a rule has to say about one exercise."""

    rule: str
    exercise: str
    looked_at: int
    """How many functions, faults or sentences were tried."""
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """An exercise, its file and its cells."""

    file: ExerciseFile
    key: str
    """Grade id of its test cell."""
    notebook: SolutionNotebook
    secrets: int = SECRETS
    """Another course has another secret, hence other hidden inputs: how many are tried."""
    keys: dict[int, AnswerKey] = field(default_factory=dict)

    @property
    def exercise(self) -> Exercise:
        """The exercise itself."""
        return self.file.exercise

    @property
    def seeds(self) -> range:
        """Of the hidden inputs that everything is tried on."""
        return range(self.secrets)

    def score(self, function: Any, seed: int) -> Score:
        """Return what a function earns on the hidden inputs of a seed."""
        key = self.answer_key(seed)
        with self.notebook.trying(SECONDS):
            return judge(key, key.answer_of(function))

    def answer_key(self, seed: int) -> AnswerKey:
        """Return the exercise's key for a seed, worked out once for all rules.

        Raises:
            SourceError: there are no sound cases, or not within some time.
        """
        if seed not in self.keys:
            key = AnswerKey(self.exercise, seed)
            with self.notebook.trying(SECONDS):
                key.expected  # noqa: B018  (worked out, and kept)
            self.keys[seed] = key
        return self.keys[seed]

    @cached_property
    def before(self) -> Mapping[str, Any]:
        """What is defined where the answer stands."""
        return self.notebook.names_before(self.key)


Rule = Callable[[Subject], Iterator[str | None]]
"""Yields a sentence for each thing that does not hold, and None for each that does."""
Said = tuple[tuple[str, ...], bool]
"""Codes of what is found in an answer, and whether it loses points."""


def reference(subject: Subject) -> Iterator[str | None]:
    """The reference earns full marks."""
    yield from _full_marks(subject, "the reference", subject.exercise.reference)


def inputs(subject: Subject) -> Iterator[str | None]:
    """A seed gives the same cases each time, so that one answer always earns the same."""
    for seed in subject.seeds:
        first, again = subject.answer_key(seed), AnswerKey(subject.exercise, seed)
        yield _unless(
            first.request == again.request,
            f"two calls with the generator of seed {seed} give different cases: draw from "
            "the generator that inputs is given, and only from it",
        )


def solution(subject: Subject) -> Iterator[str | None]:
    """The notebook's own answer earns full marks, here and handed in, and looks right."""
    name = subject.exercise.function
    if name not in subject.notebook.names:
        yield f"the notebook defines no '{name}'"
        return
    function = subject.notebook.names[name]
    yield from _full_marks(subject, "the solution cell", function)
    looks_right = not _fails(subject, function)
    yield _unless(looks_right, "the visible check refuses the solution")
    score = subject.notebook.as_submission[subject.exercise.id]
    yield _unless(
        score.score == score.max_score,
        f"the notebook, handed in, earns {_told(score)} (students' code has the packages "
        "of PROFILE and the limits of LIMITS in exercises/__init__.py)",
    )


def stated(subject: Subject) -> Iterator[str | None]:
    """The author's own text states every requirement that costs points.

    The longer words and the numbers of the requirement stand in the text of one cell.
    """
    edges = [c.requirement for c in subject.answer_key(0).cases if c.role == "edge"]
    unchanged = [subject.exercise.unchanged] if subject.exercise.unchanged else []
    cells = [set(_words(cell.source)) for cell in subject.notebook.assignment.cells]
    for requirement in dict.fromkeys(edges + unchanged):
        words = _weighty(requirement)
        yield _unless(
            any(words <= cell for cell in cells),
            f"no cell of the released notebook states '{requirement}': its words "
            f"{', '.join(sorted(words))} stand in none together",
        )


def blank(subject: Subject) -> Iterator[str | None]:
    """An untouched cell earns nothing and is called unanswered."""

    def untouched(*args: object) -> None:
        raise NotImplementedError(subject.exercise.id)

    exercise = subject.exercise
    by_hand = dict.fromkeys(exercise.outputs)
    score = subject.score(untouched if callable(exercise.reference) else by_hand, 0)
    said = [finding.code for finding in score.findings]
    wrong = score.score or said != ["blank"]
    yield f"a blank earns {score.score:g} and is told {said}" if wrong else None


def right_ways(subject: Subject) -> Iterator[str | None]:
    """Every other right way of writing it earns full marks."""
    for number, way in enumerate(subject.file.right_ways, start=1):
        name = getattr(way, "__name__", "")
        yield from _full_marks(subject, f"right way {number} ({name})", way)


def witness(subject: Subject) -> Iterator[str | None]:
    """What the file holds the reference against agrees with it."""
    for name, agrees in subject.file.witnesses.items():
        try:
            with subject.notebook.trying(SECONDS):
                agrees()
        except (Exception, SystemExit) as error:
            yield f"{name}: {type(error).__name__}: {_first_lines(error)}"
        else:
            yield None


def mistakes(subject: Subject) -> Iterator[str | None]:
    """Every known mistake is named as itself and costs something."""
    examples = [
        (mistake.code, example, _source(example))
        for mistake in subject.exercise.mistakes
        for example in _examples(subject, mistake)
    ]
    said: list[list[Said]] = [[] for _ in examples]
    for seed in subject.seeds:
        key = AnswerKey(subject.exercise, seed)  # it goes with what all mistakes give
        for (_, example, source), told in zip(examples, said, strict=True):
            told.append(_said(subject, key, example, source))
    for (code, _, _), told in zip(examples, said, strict=True):
        yield from _named(code, dict(zip(subject.seeds, told, strict=True)))
    for mistake in subject.exercise.mistakes:
        if not _examples(subject, mistake):
            yield f"nothing tries detect= of {mistake.code}: WRONG_WAYS has no example"
        if not mistake.message.endswith((".", "!", "?")):
            yield f"the sentence of {mistake.code} does not end: '{mistake.message[-40:]}'"
    known = {mistake.code for mistake in subject.exercise.mistakes}
    for code in set(subject.file.wrong_ways) - known:
        yield f"WRONG_WAYS has '{code}', which is no mistake of this exercise"


def accepted(subject: Subject) -> Iterator[str | None]:
    """Every accepted form earns full marks with its own remark."""
    for form in subject.exercise.accepted:
        for seed in subject.seeds:
            score = subject.score(form.function, seed)
            said = [(finding.code, finding.remark) for finding in score.findings]
            right = score.score == score.max_score and said == [(form.code, True)]
            what = f"accepted form {form.code} earns {_told(score)} (seed {seed})"
            yield None if right else what


def faults_noticed(subject: Subject) -> Iterator[str | None]:
    """Small faults in the solution cell lose points, unless `EQUIVALENTS` says why not."""
    source = subject.notebook.solution(subject.key)
    for seed in subject.seeds:
        subject.answer_key(seed)  # so that no mutant is blamed for what fails here
    excused = dict(subject.file.equivalents)
    for mutant in mutants(source):
        passes = passing_seeds(subject, mutant.source)
        if passes and mutant.name in excused:
            reason = excused.pop(mutant.name)
            yield None if reason.strip() else f"EQUIVALENTS gives no reason: {mutant.name}"
        else:
            where = f" ({_of(passes, subject.seeds)})"
            yield f"nobody notices: {mutant.name}{where}" if passes else None
    for name in excused:
        yield f"EQUIVALENTS lists what is noticed, or no fault at all: {name}"


def visible_check(subject: Subject) -> Iterator[str | None]:
    """What students see of the test cell fails for known mistakes."""
    for mistake in subject.exercise.mistakes:
        if mistake.variant is None or not callable(mistake.variant):
            continue
        noticed = _fails(subject, mistake.variant)
        yield None if noticed else f"the visible check lets {mistake.code} pass"


RULES: Mapping[str, Rule] = {
    "reference": reference,
    "inputs": inputs,
    "solution": solution,
    "blank": blank,
    "stated": stated,
    "right ways": right_ways,
    "witness": witness,
    "mistakes": mistakes,
    "accepted": accepted,
    "faults": faults_noticed,
    "visible": visible_check,
}
"""In the order of the table's columns."""


def hold(subject: Subject, rule: str) -> Finding:
    """Return what a rule finds."""
    try:
        with quietly():
            found = list(RULES[rule](subject))
    except TooSlowError as error:
        found = [f"{error}: is there an endless loop?"]
    faults = tuple(text for text in found if text is not None)
    return Finding(rule, subject.exercise.id, len(found), faults)


def _unless(holds: bool, fault: str) -> str | None:
    """Return what a rule yields about one thing it looked at."""
    return None if holds else fault


def _full_marks(subject: Subject, name: str, function: Any) -> Iterator[str | None]:
    failed = {}
    for seed in subject.seeds:
        try:
            score = subject.score(function, seed)
        except GraderError as error:
            yield str(error)
            return
        if score.score != score.max_score:
            failed[seed] = _told(score)
    told = next(iter(failed.values()), "")
    where = _of([*failed], subject.seeds)
    yield f"{name} earns {told} ({where})" if failed else None


def _examples(subject: Subject, mistake: Mistake) -> list[Any]:
    """Return what makes a mistake: examples in the file, and its own wrong function."""
    variant = [] if mistake.variant is None else [mistake.variant]
    return [*subject.file.wrong_ways.get(mistake.code, ()), *variant]


def _said(subject: Subject, key: AnswerKey, example: Any, source: str) -> Said:
    """Return the codes of what is found in a wrong function, and whether it costs."""
    with subject.notebook.trying(SECONDS):
        score = judge(key, key.answer_of(example), source)
    codes = tuple(finding.code for finding in score.findings)
    return codes, score.score < score.max_score


def _named(code: str, said: Mapping[int, Said]) -> Iterator[str | None]:
    """Yield what is wrong with the findings that an example of a mistake has by seed."""
    misnamed = {
        seed: codes
        for seed, (codes, _) in said.items()
        if codes[:1] != (code,) or set(codes[1:]) - set(CROSS_CUTTING)
    }
    costless = [s for s, (_, costs) in said.items() if not costs and s not in misnamed]
    if costless:
        yield f"{code} costs nothing ({_of(costless, [*said])})"
    if misnamed:
        codes = list(next(iter(misnamed.values())))
        yield f"{code} is called {codes} ({_of([*misnamed], [*said])})"
    if not costless and not misnamed:
        yield None


def _source(function: Any) -> str:
    """Return the text of an example, which a mistake's own test may look at."""
    if not inspect.isfunction(function) or function.__name__ == "<lambda>":
        return ""
    return textwrap.dedent(inspect.getsource(function))


def _of(seeds: Sequence[int], tried: Sequence[int]) -> str:
    """Say under which hidden inputs something is so."""
    if len(tried) == 1 or not seeds:
        return f"seed {', '.join(map(str, seeds))}"
    return f"{len(seeds)} of {len(tried)} secrets, the first is seed {seeds[0]}"


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"[`*$\\{}]|(?<=\d),(?=\d)", "", text.lower()))


def _weighty(requirement: str) -> set[str]:
    """Return the words of a requirement that say something: long ones and numbers."""
    return {w for w in _words(requirement) if len(w) > 4 or any(map(str.isdigit, w))}


def _told(score: Score) -> str:
    said = "; ".join(f"[{f.code}] {f.message}" for f in score.findings) or "nothing said"
    return f"{score.score:g} of {score.max_score:g}: {said}"


def _first_lines(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]


def _fails(subject: Subject, function: Any) -> bool:
    """Whether the visible check ends in an error for a function."""
    names = dict(subject.before) | {subject.exercise.function: function}
    try:
        with subject.notebook.trying(MUTANT_SECONDS), mock.patch.dict(os.environ):
            os.environ.pop("NBGRADER_EXECUTION", None)  # under it, checks raise nothing
            exec(subject.notebook.check(subject.key), names)
    except (Exception, SystemExit):
        return True
    return False


def _fails_at_once(key: AnswerKey, function: Any) -> bool:
    """Whether the first case costs points already, as it does with most faults."""
    if key.exercise.accepted:
        return False  # that case alone does not tell in which form an answer is
    first = key.gives(function, key.cases[:1])[0]
    otherwise_right = Answer(outcomes=(first, *key.expected[1:]), repeated=first)
    return not earns_all(key, otherwise_right)


def passing_seeds(subject: Subject, source: str) -> list[int]:
    """Return under which hidden inputs another solution cell earns full marks."""
    names = dict(subject.before)
    passes = []
    try:
        with subject.notebook.trying(MUTANT_SECONDS):
            exec(source, names)
        function = names[subject.exercise.function]
        for seed in subject.seeds:
            key = subject.answer_key(seed)
            with subject.notebook.trying(MUTANT_SECONDS):
                if not _fails_at_once(key, function) and earns_all(
                    key, key.answer_of(function)
                ):
                    passes.append(seed)
    except (Exception, SystemExit):
        return passes  # it fails, or never ends
    return passes
