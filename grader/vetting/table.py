"""What the rules found, as a table and as sentences."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from grader.vetting.rules import RULES, Finding

VISIBLE_SHARE = 0.95
"""How many of an assignment's known mistakes a visible check has to notice."""


def failures(findings: Sequence[Finding]) -> list[str]:
    """Return a sentence for everything about an assignment that does not hold."""
    said = [
        f"{finding.exercise}, {finding.rule}: {fault}"
        for finding in findings
        if finding.rule != "visible"
        for fault in finding.faults
    ]
    visible = [finding for finding in findings if finding.rule == "visible"]
    tried = sum(finding.looked_at for finding in visible)
    missed = [fault for finding in visible for fault in finding.faults]
    if len(missed) > (1 - VISIBLE_SHARE) * tried:
        said += [f"{f.exercise}, visible: {text}" for f in visible for text in f.faults]
        share = f"{100 * (tried - len(missed)) / tried:.0f} %"
        said.append(
            f"visible checks notice {share} of the known mistakes, expected "
            f"{100 * VISIBLE_SHARE:.0f} %: let them try more generic numbers"
        )
    return said


def show(assignment: str, findings: Sequence[Finding], console: Console) -> None:
    """Print a row per exercise, a column per rule, and what does not hold."""
    table = Table(
        title=assignment, title_justify="left", box=SIMPLE_HEAD, collapse_padding=True
    )
    table.add_column("exercise")
    for rule in RULES:
        table.add_column(rule, justify="right")
    by_place = {(finding.exercise, finding.rule): finding for finding in findings}
    for exercise in dict.fromkeys(finding.exercise for finding in findings):
        marks = [_mark(by_place.get((exercise, rule))) for rule in RULES]
        table.add_row(exercise, *marks)
    console.print(table)
    for sentence in failures(findings):
        console.print(f"  {sentence}", markup=False, highlight=False)


def _mark(finding: Finding | None) -> str:
    if finding is None or not finding.looked_at:
        return "-"
    held = finding.looked_at - len(finding.faults)
    return f"✗ {held}/{finding.looked_at}" if finding.faults else f"✓ {held}"
