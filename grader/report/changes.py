"""What another run of the grader says otherwise than the one before, and to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.course.files import write_atomically
from grader.course.folder import Course
from grader.model import Result, Score
from grader.report.page import render


@dataclass(frozen=True, kw_only=True)
class Change:
    """One exercise of one student, before and after; or all that was handed in."""

    student: str
    exercise: str = ""
    """Empty: the whole, where it could not be read before or can no longer be."""
    function: str = ""
    before: float
    after: float
    max_score: float
    gone: tuple[str, ...] = ()
    """Sentences that are no longer said."""
    new: tuple[str, ...] = ()
    """Sentences that were not said before."""


def changes(before: Result, after: Result) -> tuple[Change, ...]:
    """Return in which exercises scores or sentences differ, in the order of ``after``."""
    if before.problem != after.problem:
        whole = Change(
            student=after.student,
            before=before.score,
            after=after.score,
            max_score=after.max_score,
            gone=_said(before.problem),
            new=_said(after.problem),
        )
        return (whole,)
    earlier = {score.id: score for score in before.scores}
    found = []
    for score in after.scores:
        old = earlier.get(score.id)
        if old is None or (old.score, _texts(old)) != (score.score, _texts(score)):
            found.append(_change(after.student, old, score))
    return tuple(found)


def _said(problem: str) -> tuple[str, ...]:
    return (problem,) if problem else ()


def _texts(score: Score) -> tuple[str, ...]:
    return tuple(finding.message for finding in score.findings)


def _change(student: str, old: Score | None, score: Score) -> Change:
    before, after = _texts(old) if old else (), _texts(score)
    return Change(
        student=student,
        exercise=score.id,
        function=score.function,
        before=old.score if old else 0.0,
        after=score.score,
        max_score=score.max_score,
        gone=tuple(text for text in before if text not in after),
        new=tuple(text for text in after if text not in before),
    )


def stale_pages(course: Course, assignment: str, found: Iterable[Change]) -> list[str]:
    """Return those whose feedback page still says what was said before, sorted."""
    students = {change.student for change in found}
    return sorted(s for s in students if course.feedback(s, assignment).is_file())


def write_changes(
    course: Course, assignment: str, found: Sequence[Change], stale: Sequence[str]
) -> Path:
    """Write the page that lists them and return its file."""
    path = course.reports / f"changes_{assignment}.html"
    page = render(
        "changes.html.j2",
        title=f"{assignment}: what the last run changed",
        width="76rem",
        sortable=True,
        assignment=assignment,
        when=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        changes=sorted(found, key=lambda change: change.student),
        said=said(found, stale),
        stale=stale,
    )
    write_atomically(path, page)
    return path


def said(found: Sequence[Change], stale: Sequence[str]) -> str:
    """Return the changes in one sentence: whose scores, whose sentences, whose pages."""
    moved = {change.student for change in found if change.before != change.after}
    reworded = {change.student for change in found} - moved
    parts = [f"the score of {_students(len(moved))}"] if moved else []
    if reworded:
        parts.append(f"only the sentences for {_students(len(reworded))}")
    text = " and ".join(parts) + " changed"
    if stale:
        text += f"; {_pages(len(stale))} out of date"
    return text


def _students(count: int) -> str:
    return f"{count:,} student{'s' * (count != 1)}"


def _pages(count: int) -> str:
    return f"{count:,} feedback page{'s are' if count != 1 else ' is'}"
