"""`grader doctor`: what a report of the sandbox means, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from grader.sandbox.levels import Report

_MEANING = {
    "full": "untrusted work is graded in full confinement",
    "namespaces": "untrusted work is graded in namespaces; a second line of defence "
    "(Landlock or seccomp) is missing on this machine",
    "none": "untrusted work is NOT graded here unless --isolation none is given; "
    "trusted notebooks (lectures, solutions) run as usual",
}


def doctor_lines(report: Report) -> Iterator[str]:
    """Lines for a terminal; pure. The verdict comes last."""
    yield f"system: {report.system}"
    for layer in report.layers:
        yield f"  {'ok     ' if layer.works else 'MISSING'} {layer.name}: {layer.detail}"
    yield f"isolation level: {report.level} ({_MEANING[report.level]})"
