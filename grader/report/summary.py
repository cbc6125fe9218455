"""What a class shows together: pure counting over the results of one assignment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import mean, median

from grader.model import Finding, Mark, Result, Score

BINS = 10
"""Bars of a distribution, from 0 to 100 %."""
MOST_NOTES = 3
"""Reasons to look at one student that are spelled out."""


@dataclass(frozen=True, kw_only=True)
class NamedMistake:
    """A mistake with a name, and everybody who made it."""

    code: str
    exercise: str
    function: str
    message: str
    lecture: str
    students: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class UnnamedMistake:
    """A way of being wrong that no table names: same values, several students."""

    behaviour: str
    exercise: str
    function: str
    message: str
    """What is said to the student so far."""
    students: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ExerciseSummary:
    """How a class did on one exercise."""

    id: str
    function: str
    max_score: float
    shares: tuple[float, ...]
    """Earned share of the points, one per submission."""

    @property
    def mean(self) -> float:
        """Mean share of the points."""
        return mean(self.shares) if self.shares else 0.0

    @property
    def right(self) -> int:
        """Submissions with all points."""
        return sum(share == 1 for share in self.shares)


@dataclass(frozen=True, kw_only=True)
class StudentRow:
    """One student's line in the heat map."""

    student: str
    name: str
    score: float | None
    """Points that count so far, None while nothing was handed in."""
    share: float | None
    """Of the points that are given automatically, None if there are none to give or it
    could not be read."""
    max_score: float
    pending: bool
    shares: tuple[float | None, ...]
    """Per exercise; None where nothing could be looked at."""
    run_s: float
    notes: tuple[str, ...] = field(default=())
    """Why somebody should look at it."""


@dataclass(frozen=True, kw_only=True)
class ClassSummary:
    """Everything the class report shows."""

    assignment: str
    students: tuple[StudentRow, ...]
    exercises: tuple[ExerciseSummary, ...]
    only_by_hand: bool
    """Whether there are results, and people give all points."""
    named: tuple[NamedMistake, ...]
    unnamed: tuple[UnnamedMistake, ...]

    @property
    def graded(self) -> tuple[StudentRow, ...]:
        """Students who handed in something that could be graded."""
        return tuple(s for s in self.students if s.score is not None)

    @property
    def shares(self) -> list[float]:
        """Everybody's share of the points that are given automatically."""
        return [s.share for s in self.graded if s.share is not None]

    @property
    def distribution(self) -> list[int]:
        """How many of `shares` lie in each of `BINS` equal parts of 0 to 100 %."""
        counts = [0] * BINS
        for share in self.shares:
            counts[min(int(BINS * share + 1e-9), BINS - 1)] += 1
        return counts

    @property
    def mean(self) -> float:
        """Mean of `shares`."""
        return mean(self.shares) if self.shares else 0.0

    @property
    def median(self) -> float:
        """Median of `shares`."""
        return median(self.shares) if self.shares else 0.0

    @property
    def seconds(self) -> tuple[float, float]:
        """Median and longest time that a submission ran."""
        times = [s.run_s for s in self.graded] or [0.0]
        return median(times), max(times)

    @property
    def to_look_at(self) -> tuple[StudentRow, ...]:
        """Students with a note."""
        return tuple(s for s in self.students if s.notes)


def summarise(
    assignment: str, records: Mapping[str, Result], marks: Iterable[Mark]
) -> ClassSummary:
    """Return the summary of one assignment.

    Args:
        assignment: its name.
        records: results by student.
        marks: everybody on the class list; those without a result handed in nothing.
    """
    exercises = _exercises(records.values())
    ids = [exercise.id for exercise in exercises]
    people = {mark.student: mark for mark in marks}
    rows = [
        _row(student, people.get(student), records.get(student), ids)
        for student in sorted({*people, *records})
    ]
    return ClassSummary(
        assignment=assignment,
        students=tuple(rows),
        exercises=exercises,
        only_by_hand=bool(records) and not exercises,
        named=_named(records),
        unnamed=_unnamed(records),
    )


def _exercises(records: Iterable[Result]) -> tuple[ExerciseSummary, ...]:
    """Count what could be read; every result lists all exercises, in order."""
    scores: dict[tuple[str, str, float], list[float]] = {}
    for record in records:
        for score in record.scores if record.status == "graded" else ():
            key = score.id, score.function, score.max_score
            scores.setdefault(key, []).append(score.score / score.max_score)
    return tuple(
        ExerciseSummary(id=name, function=function, max_score=top, shares=tuple(shares))
        for (name, function, top), shares in scores.items()
    )


def _row(
    student: str, mark: Mark | None, record: Result | None, exercises: list[str]
) -> StudentRow:
    read = record if record and record.status == "graded" else None
    shares = {s.id: s.score / s.max_score for s in read.scores} if read else {}
    score = record.score if record else None
    if mark and mark.submitted:
        score = mark.score
    return StudentRow(
        student=student,
        name=mark.name if mark else student,
        score=score,
        share=read.score / read.max_score if read and read.max_score else None,
        max_score=mark.max_score if mark else record.max_score if record else 0.0,
        pending=mark.pending if mark else False,
        shares=tuple(shares.get(name) for name in exercises),
        run_s=record.run_s if record else 0.0,
        notes=_notes(record),
    )


def _notes(record: Result | None) -> tuple[str, ...]:
    """Say why a person should look, the gravest first."""
    if record is None:
        return ("nothing handed in",)
    notes = []
    if record.problem:
        notes.append(f"could not be graded: {record.problem}")
    notes += record.limits
    notes += [f"repaired: {repair}" for repair in record.repairs]
    more = len(notes) - MOST_NOTES
    return (*notes[:MOST_NOTES], *([f"and {more} more"] if more > 0 else []))


def _named(records: Mapping[str, Result]) -> tuple[NamedMistake, ...]:
    """Collect mistakes with a name, the most frequent first."""
    found: dict[tuple[str, str, str], tuple[Score, Finding, list[str]]] = {}
    for student, record in records.items():
        for score in record.scores:
            for finding in score.findings:
                if finding.named and not finding.remark:
                    common = finding.message if finding.code == "general" else ""
                    key = score.id, finding.code, common
                    entry = found.setdefault(key, (score, finding, []))
                    if student not in entry[2]:
                        entry[2].append(student)
    mistakes = [
        NamedMistake(
            code=finding.code,
            exercise=score.id,
            function=score.function,
            message=finding.message,
            lecture=finding.lecture or score.lecture,
            students=tuple(students),
        )
        for score, finding, students in found.values()
    ]
    return tuple(sorted(mistakes, key=lambda m: (-len(m.students), m.exercise, m.code)))


def _unnamed(records: Mapping[str, Result]) -> tuple[UnnamedMistake, ...]:
    """Group wrong answers that nothing named, by what they give."""
    found: dict[tuple[str, str], tuple[Score, list[str]]] = {}
    for student, record in records.items():
        for score in record.scores:
            if score.behaviour:
                key = score.id, score.behaviour
                found.setdefault(key, (score, []))[1].append(student)
    mistakes = [
        UnnamedMistake(
            behaviour=behaviour,
            exercise=name,
            function=score.function,
            message=next(f.message for f in score.findings if not f.remark),
            students=tuple(students),
        )
        for (name, behaviour), (score, students) in found.items()
    ]
    return tuple(sorted(mistakes, key=lambda m: (-len(m.students), m.exercise)))
