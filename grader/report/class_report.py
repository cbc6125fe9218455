"""The page an instructor opens after grading: what to teach again, whom to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from string import ascii_uppercase

from grader.course.files import write_atomically
from grader.course.folder import Course
from grader.course.gradebook import CourseGradebook
from grader.course.notebooks import grade_id, read_source
from grader.model import SOLUTION_SUFFIX
from grader.report import harmless
from grader.report.page import render
from grader.report.records import read_records, require_settled, test_cell_id
from grader.report.space import Room
from grader.report.summary import ClassSummary, UnnamedMistake, summarise

MOST_AT_ONCE = 12
"""Named mistakes in sight; the rarer ones wait behind a click."""
EXAMPLE_CHARACTERS = 5000
"""Of one answer that is shown as an example."""
Examples = Mapping[tuple[str, str], str]
"""Source of one answer per (exercise id, behaviour)."""


def write_report(course: Course, assignment: str, *, new_mistakes: bool = False) -> Path:
    """Write the report of one assignment and return its file.

    Args:
        course: the course.
        assignment: its name.
        new_mistakes: also write table entries for wrong answers that have no name.

    Raises:
        UsageError: it is not in the gradebook.
        UnsettledError: the page would say other points than the gradebook.
    """
    with CourseGradebook(course) as gradebook:
        marks = gradebook.marks(assignment)
        scores = gradebook.auto_scores(assignment)
    records = read_records(course, assignment)
    require_settled(assignment, records, scores)
    summary = summarise(assignment, records, marks)
    examples = _examples(course, assignment, summary.unnamed)
    path = course.reports / f"{assignment}.html"
    write_atomically(path, report_page(summary, examples))
    if new_mistakes:
        text = table_entries(summary.unnamed, examples)
        write_atomically(path.with_name(f"{assignment}_new_mistakes.py"), text)
    return path


def report_page(summary: ClassSummary, examples: Examples) -> str:
    """Return one self-contained HTML page."""
    return render(
        "class.html.j2",
        title=f"{summary.assignment}: the class",
        width="76rem",
        sortable=True,
        summary=summary,
        most=MOST_AT_ONCE,
        examples=examples,
        pending=sum(student.pending for student in summary.students),
    )


def table_entries(mistakes: Iterable[UnnamedMistake], examples: Examples) -> str:
    """Return Python source of one `Mistake` per behaviour, to complete and to paste."""
    parts = [
        '"""Wrong answers without a name: paste each entry into mistakes=(…) of its '
        "exercise.\n\nAbove it stands a student's own cell: read it before you run it. "
        "Write what makes\nthe mistake as its variant, choose a code and write the "
        "sentence (`grader check`\nobjects until you do). Where the exercise is made by "
        "by_hand(…), write instead\ncode: (the numbers that come out otherwise, sentence)."
        '\n"""\n'
    ]
    for mistake in mistakes:
        source = examples[mistake.exercise, mistake.behaviour].rstrip() or "..."
        count = len(mistake.students)
        parts.append(
            f"\n# {mistake.exercise} {mistake.function}: {count} answer(s) like that of "
            f"{mistake.students[0]!a}; so far: {harmless.printable(mistake.message)}\n"
            + "".join(f"#     {line}\n" for line in harmless.lines(source).splitlines())
            + "Mistake(\n"
            f'    code="M{mistake.exercise.lstrip(ascii_uppercase)}?",\n'
            "    variant=lambda *args: ...,  # what makes the mistake, or such a function\n"
            '    message="What it looks like, and what to do instead",\n'
            "),\n"
        )
    return "".join(parts)


def _examples(
    course: Course, assignment: str, mistakes: Iterable[UnnamedMistake]
) -> Examples:
    """Read the first student's cell of every group from their graded notebook."""
    found, room = {}, Room()
    for mistake in mistakes:
        folder = course.autograded(mistake.students[0], assignment)
        path = folder / f"{assignment}.ipynb"
        cells = read_source(path).cells if path.is_file() else []
        name = test_cell_id(mistake.exercise, mistake.function)
        sources = [
            cell.source for cell in cells if grade_id(cell) == name + SOLUTION_SUFFIX
        ]
        text, cut = room.take("".join(sources[:1]), EXAMPLE_CHARACTERS)
        found[mistake.exercise, mistake.behaviour] = f"{text}\n… {cut}" if cut else text
    return found
