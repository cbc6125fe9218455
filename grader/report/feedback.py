"""The page one student gets: points, reasons, repairs, and their own cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from grader.course.files import write_atomically
from grader.course.folder import EXCHANGE_FILES, Course
from grader.course.gradebook import CourseGradebook
from grader.course.notebooks import grade_id, read_source
from grader.model import ADDED_PREFIX, SOLUTION_SUFFIX, Finding, Mark, Result, Score
from grader.report import harmless
from grader.report.page import render
from grader.report.records import (
    read_records,
    require_settled,
    test_cell_id,
    unsettled,
)
from grader.report.space import Room, shortened

MAX_IMAGE_CHARACTERS = 2_000_000
MOST_ADDED, MOST_OUTPUTS = 100, 100
"""Cells of the student's own on a page, and outputs of one cell."""
_NO_RESPONSE = "No response."
"""What nbgrader itself writes beside an empty answer."""

_PICTURE = re.compile(r"!\[([^\[\]\n]*)\]\(attachment:[^()\n]*\)")
"""A picture in a text; the page shows it below."""

Recorded = Mapping[str, Mapping[str, Any]]
"""What the gradebook has, by grade id: `CourseGradebook.recorded`."""


@dataclass(frozen=True, kw_only=True)
class ShownCell:
    """A cell as the student left it, ready to be shown."""

    source: str
    is_code: bool
    cut: str = ""
    """What is said if that is not the whole source."""
    outputs: tuple[Markup, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task of the assignment with everything there is to say about it."""

    name: str
    function: str
    """Empty for a task that people mark."""
    score: float | None
    """None: nobody has given any."""
    max_score: float
    by_hand: bool
    """Whether a person gives the points."""
    pending: bool = False
    """Whether a person has still to look, perhaps once more."""
    extra: float = 0.0
    """Extra credit, which is part of the score."""
    earned: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    """Outputs and requirements, with the points each is worth; both are empty where all or
    nothing was earned."""
    findings: tuple[Finding, ...] = ()
    comments: tuple[str, ...] = ()
    lecture: str = ""
    """Where it is explained, if not said at a finding, and if something is wrong."""
    untouched: bool = False
    """Whether the answer is still as it was released."""
    cells: tuple[ShownCell, ...] = ()

    @property
    def state(self) -> str:
        """``right``, ``partly``, ``wrong`` or ``pending``."""
        if self.pending or self.score is None:
            return "pending"
        if self.score >= self.max_score:
            return "right"
        return "partly" if self.score > 0 else "wrong"


def write_feedback(
    course: Course, assignment: str, students: tuple[str, ...] = ()
) -> list[Path]:
    """Write the page of every graded student; return the files.

    Pages lie where nbgrader's ``release_feedback`` looks for them.

    Raises:
        UsageError: the assignment is not in the gradebook, or somebody who was named has
            no result.
        UnsettledError: a page would say other points than the gradebook; all other pages
            have been written.
    """
    pages = []
    records = read_records(course, assignment, students)
    with CourseGradebook(course) as gradebook:
        scores = gradebook.auto_scores(assignment)
        apart = unsettled(records, scores)
        marks = {mark.student: mark for mark in gradebook.marks(assignment)}
        for student, record in records.items():
            if student in apart:
                continue
            recorded = gradebook.recorded(assignment, student)
            notebook = course.autograded(student, assignment) / f"{assignment}.ipynb"
            cells = read_source(notebook).cells if notebook.is_file() else []
            path = course.feedback(student, assignment)
            page = feedback_page(record, recorded, cells, marks.get(student))
            write_atomically(path, page)
            for name in EXCHANGE_FILES:
                kept = notebook.with_name(name)
                if kept.is_file():
                    write_atomically(path.with_name(name), kept.read_bytes())
            pages.append(path)
    require_settled(assignment, records, scores)
    return pages


def feedback_page(
    record: Result, recorded: Recorded, cells: Iterable[Any], mark: Mark | None = None
) -> str:
    """Return one self-contained HTML page.

    Args:
        record: a result as the grader keeps it.
        recorded: what the gradebook has of each task, by grade id.
        cells: the executed notebook's cells.
        mark: name of the student and penalty for late work, where they are known.
    """
    room = Room()
    own = [cell for cell in cells if _is_own(cell)]
    added = [cell for cell in own if cell["id"].startswith(ADDED_PREFIX)]
    answers = {grade_id(cell): cell for cell in own if grade_id(cell)}
    tasks = [_exercise(s, record, recorded, answers, room) for s in record.scores]
    tests = {test_cell_id(s.id, s.function) for s in record.scores}
    tasks += [
        _by_hand(name, entry, record, answers, room)
        for name, entry in recorded.items()
        if name not in tests and "max_score" in entry
    ]
    penalty = min(mark.penalty, mark.raw_score) if mark else 0.0
    scored = any(task.score is not None for task in tasks)
    problem = record.problem
    return render(
        "feedback.html.j2",
        title=f"{record.assignment} · {mark.name if mark else record.student}",
        width="54rem",
        sortable=False,
        student=record.student,
        named=mark is not None and mark.name != record.student,
        problem=problem,
        detailed=scored or not problem,
        scored=scored or not tasks,
        repairs=shortened(record.repairs),
        limits=shortened(record.limits),
        tasks=tasks,
        score=mark.score if mark else sum(task.score or 0.0 for task in tasks),
        max_score=sum(task.max_score for task in tasks),
        penalty=penalty,
        pending=sum(task.max_score for task in tasks if task.state == "pending"),
        added=[_shown(cell, room) for cell in added[:MOST_ADDED]],
        not_shown=len(added[MOST_ADDED:]),
    )


def _exercise(
    exercise: Score,
    record: Result,
    recorded: Recorded,
    answers: Mapping[str, Any],
    room: Room,
) -> Task:
    """Return what there is to say about a task with automatic points."""
    test = test_cell_id(exercise.id, exercise.function)
    solution = test + SOLUTION_SUFFIX
    entry = recorded.get(test, {"auto": exercise.score})
    parts = [
        (name if worth is None else f"{name} ({worth:.3g})", right)
        for (name, right), worth in zip_longest(exercise.parts, exercise.worth)
    ]
    earned = tuple(name for name, right in parts if right)
    missed = tuple(name for name, right in parts if not right)
    mixed = exercise.score > 0 and missed
    # what could not be read has one reason, which stands above all tasks
    findings = tuple(f for f in exercise.findings if f.code != "damaged")
    elsewhere = any(finding.lecture for finding in findings)
    right = exercise.score >= exercise.max_score
    return Task(
        name=exercise.id,
        function=exercise.function,
        score=_score(entry),
        max_score=exercise.max_score,
        by_hand=entry.get("score") is not None,
        pending=entry.get("pending", False),
        extra=entry.get("extra") or 0.0,
        earned=earned if mixed else (),
        missed=missed if mixed else (),
        findings=findings,
        comments=_comments(recorded, test, solution),
        lecture="" if right or elsewhere else exercise.lecture,
        untouched=solution in record.untouched,
        cells=_answer(solution, record, answers, room),
    )


def _score(entry: Mapping[str, Any]) -> float | None:
    """Return what counts of a task, as nbgrader adds it up; None: nothing yet."""
    given = entry.get("score")
    points: float | None = entry.get("auto") if given is None else given
    extra = entry.get("extra")
    return points if extra is None else (points or 0.0) + extra


def _by_hand(
    name: str,
    entry: Mapping[str, Any],
    record: Result,
    answers: Mapping[str, Any],
    room: Room,
) -> Task:
    """Return what there is to say about a task that people mark."""
    return Task(
        name=name,
        function="",
        score=_score(entry),
        max_score=entry["max_score"],
        by_hand=True,
        pending=entry["pending"],
        extra=entry.get("extra") or 0.0,
        comments=_comments({name: entry}, name),
        untouched=name in record.untouched,
        cells=_answer(name, record, answers, room),
    )


def _answer(
    name: str, record: Result, answers: Mapping[str, Any], room: Room
) -> tuple[ShownCell, ...]:
    """Return the cell of an answer, unless it is still empty."""
    if name not in answers or name in record.untouched:
        return ()
    return (_shown(answers[name], room),)


def _comments(recorded: Recorded, *names: str) -> tuple[str, ...]:
    found = (recorded.get(name, {}).get("comment") for name in names)
    return tuple(text for text in found if text and text != _NO_RESPONSE)


def _is_own(cell: Any) -> bool:
    """Whether the student wrote a cell: an answer, or one they added."""
    answer = cell.metadata.get("nbgrader", {}).get("solution", False)
    return bool(answer) or cell["id"].startswith(ADDED_PREFIX)


def _shown(cell: Any, room: Room) -> ShownCell:
    source, cut = room.take(_PICTURE.sub(r"[picture: \1]", cell.source))
    outputs = cell.get("outputs", ())
    shown = [
        _figure(data, kind, name, room)
        for name, forms in cell.get("attachments", {}).items()
        for kind, data in forms.items()
    ]
    shown += [_output(output, room) for output in outputs[:MOST_OUTPUTS]]
    if outputs[MOST_OUTPUTS:]:
        more = len(outputs) - MOST_OUTPUTS
        shown.append(_note(f"{more:,} further outputs are in the notebook."))
    return ShownCell(
        source=source, is_code=cell.cell_type == "code", cut=cut, outputs=tuple(shown)
    )


def _output(output: Any, room: Room) -> Markup:
    """Return an output without anything that could act in a browser, if there is room."""
    if output.output_type == "stream":
        return _pre(output.text, room)
    if output.output_type == "error":
        return _pre("\n".join(output.traceback), room, "bad")
    for kind in ("image/png", "image/jpeg"):
        if kind in output.data:
            given = output.get("metadata", {}).get(kind, {})
            alt = given.get("alt", "") if isinstance(given, dict) else ""
            return _figure(output.data[kind], kind, alt or "figure of this cell", room)
    clean = harmless.table(output.data.get("text/html", ""))
    if clean.startswith("<img ") and room.has_picture(len(clean)):
        return Markup(clean)
    if clean and len(clean) <= room.text:
        room.text -= len(clean)
        return Markup(f'<div class="output">{clean}</div>')
    return _pre(output.data.get("text/plain", ""), room)


def _figure(packed: str, kind: str, alt: str, room: Room) -> Markup:
    """Return a figure with its description, or how large it is."""
    data = harmless.encoded(packed, kind)
    if not data:
        return _note("A figure that is no picture is not shown.")
    if len(data) > MAX_IMAGE_CHARACTERS or not room.has_picture(len(data)):
        size = f"{len(data) * 3 / 4 / 1e6:.1f} MB"
        return _note(f"A figure of {size} is not shown; the notebook has it.")
    text = harmless.printable(str(alt))[: harmless.MAX_ALT]
    return Markup('<img alt="{}" src="data:{};base64,{}">').format(text, kind, data)


def _pre(text: str, room: Room, kind: str = "") -> Markup:
    shown, cut = room.take(text)
    plain = escape(harmless.lines(shown))
    page = Markup('<pre class="output {}">{}</pre>').format(kind, plain)
    return page + _note(cut) if cut else page


def _note(text: str) -> Markup:
    """Return a sentence on what is left out."""
    return Markup('<p class="quiet">{}</p>').format(text)
