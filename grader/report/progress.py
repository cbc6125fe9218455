"""The terminal while and after grading: a bar on stderr, a table on stdout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from grader.model import Result
from grader.report.text import printable


class GradingProgress:
    """A progress bar with count, rate, time left and failures."""

    def __init__(self, name: str, total: int) -> None:
        self._failed = 0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(show_speed=True),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failed]}"),
            console=Console(stderr=True),
        )
        self._task = self._bar.add_task(name, total=total, failed="")

    def __enter__(self) -> GradingProgress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def add(self, result: Result) -> None:
        """Count one result."""
        self._failed += result.status == "failed"
        failed = f"{self._failed} failed" if self._failed else ""
        self._bar.update(self._task, advance=1, failed=failed)


def print_table(results: Iterable[Result]) -> None:
    """Print student, score and first finding, one line each."""
    rows = [(r.student, f"{r.score:g}/{r.max_score:g}", first_finding(r)) for r in results]
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = 140
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, column in (("student", 0), ("score", 1)):
        width = max((cell_len(row[column]) for row in rows), default=0)
        justify: Literal["right", "left"] = "right" if column else "left"
        table.add_column(title, justify=justify, min_width=width, no_wrap=True)
    table.add_column("first finding", overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console.print(table)


def first_finding(result: Result) -> str:
    """Return what the table says about a result in one line."""
    if result.problem:
        return result.problem
    for score in result.scores:
        for finding in score.findings:
            if not finding.remark:
                return f"{score.id} [{finding.code}] {finding.message}"
    return result.repairs[0] if result.repairs else "all right"
