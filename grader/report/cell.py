"""The outputs of a graded test cell: reasons to read, and the points nbgrader reads."""

from __future__ import annotations

from typing import Any

from grader.model import Finding, Score
from grader.report import harmless


def summary(score: Score) -> str:
    """Return one line: the exercise and its points."""
    points = f"{score.score:g} of {score.max_score:g} points"
    return f"{score.id} {score.function}: {points}"


def finding_text(finding: Finding) -> str:
    """Return a finding as one line: outputs, sentence, code."""
    where = f"{finding.output}: " if finding.output else ""
    return harmless.printable(f"{where}{finding.message} [{finding.code}]")


def example_of(finding: Finding) -> list[str]:
    """Return the lines of a finding's public example, if it has one."""
    return finding.example.splitlines()


def _item(finding: Finding) -> str:
    lines = "<br>".join(
        f"<code>{harmless.markup(line)}</code>" for line in example_of(finding)
    )
    return harmless.markup(finding_text(finding)) + (f"<br>{lines}" if lines else "")


def plain(score: Score) -> str:
    """Return score and findings as plain text."""
    mark = "✓" if score.score == score.max_score else "✗"
    lines = [f"{mark} {summary(score)}"]
    for finding in score.findings:
        lines.append(f"  - {finding_text(finding)}")
        lines += [f"    {harmless.printable(line)}" for line in example_of(finding)]
    return "\n".join(lines)


def rich(score: Score) -> str:
    """Return score and findings as HTML without scripts or styles from outside.

    A finding may quote an exception of the student's, and notebooks typeset formulas.
    """
    right = score.score == score.max_score
    colour = "#1a7f37" if right else "#b35900"
    items = "".join(f"<li>{_item(finding)}</li>" for finding in score.findings)
    head = harmless.markup(("✓ " if right else "✗ ") + summary(score))
    return (
        f'<div style="border-left:4px solid {colour};padding-left:.6em">'
        f"<strong>{head}</strong>" + (f"<ul>{items}</ul>" if items else "") + "</div>"
    )


def outputs(score: Score) -> list[dict[str, Any]]:
    """Return notebook outputs: the reasons, then the points as a plain float.

    nbgrader takes the first execute_result of a test cell as its score.
    """
    return [
        {
            "output_type": "display_data",
            "data": {"text/plain": plain(score), "text/html": rich(score)},
            "metadata": {},
        },
        {
            "output_type": "execute_result",
            "data": {"text/plain": repr(float(score.score))},
            "metadata": {},
            "execution_count": None,
        },
    ]
