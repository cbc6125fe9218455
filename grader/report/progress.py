"""The terminal while and after grading: a bar on stderr, a table on stdout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from grader.model import Result
from grader.report.harmless import printable

PAPER_WIDTH = 140
"""Of the table where it does not go to a terminal."""
ONLY_BY_HAND = "no automatic points: what was answered waits to be marked by hand"


class GradingProgress:
    """A progress bar with count, rate, time left and what was not graded."""

    def __init__(self, name: str, total: int) -> None:
        self._others: Counter[str] = Counter()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(show_speed=True),
            TimeRemainingColumn(),
            TextColumn("{task.fields[others]}"),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task(name, total=total, others="")

    def __enter__(self) -> GradingProgress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def add(self, result: Result) -> None:
        """Count one result."""
        if result.status != "graded":
            self._others[result.status] += 1
        others = ", ".join(f"{count} {status}" for status, count in self._others.items())
        self._bar.update(self._task, advance=1, others=others)


def print_table(results: Iterable[Result]) -> None:
    """Print student, score and first finding, one line each, cut to the width."""
    titles = ("student", "score", "first finding")
    rows = [
        (printable(r.student), _points(r), printable(first_finding(r))) for r in results
    ]
    wide = [max(map(cell_len, column)) for column in zip(titles, *rows, strict=True)]
    console = Console()
    left = (console.width if console.is_terminal else PAPER_WIDTH) - wide[0] - wide[1] - 4
    for student, score, finding in (titles, *rows):
        cut = (
            finding if cell_len(finding) <= left else set_cell_size(finding, left - 1) + "…"
        )
        gap = " " * (wide[1] - cell_len(score))
        print(f"{set_cell_size(student, wide[0])}  {gap}{score}  {cut}")


def _points(result: Result) -> str:
    """Return the points as the table has them; a dash where nothing could be read."""
    got = "–" if result.problem else f"{result.score:g}"
    return f"{got}/{result.max_score:g}"


def run_summary(results: Sequence[Result]) -> str:
    """Return how a run went: how many were graded, how many not, the mean."""
    graded = [result for result in results if result.status == "graded"]
    pending = sum(result.status == "pending" for result in results)
    failed = len(results) - len(graded) - pending
    said = f"{len(graded)} graded"
    if pending:
        said += f", {pending} pending: a person has to look"
    if failed:
        said += f", {failed} failed by a fault of the grader: nothing of it was recorded"
    if graded and graded[0].max_score:
        mean = sum(result.score for result in graded) / len(graded)
        said += f"; mean {mean:.1f} of {graded[0].max_score:g} automatic points"
    return said


def first_finding(result: Result) -> str:
    """Return what the table says about a result in one line."""
    if result.problem:
        return result.problem
    for score in result.scores:
        for finding in score.findings:
            if not finding.remark:
                return f"{score.id} [{finding.code}] {finding.message}"
    if result.repairs:
        return result.repairs[0]
    return "all right" if result.max_score else ONLY_BY_HAND
