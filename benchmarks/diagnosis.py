"""How many wrong answers come back with a reason, assignment by assignment.

    python -m benchmarks.diagnosis

The wrong answers are the mutants of the solution cells: one small fault each, nobody's
favourite. "Named": a mistake of the table (its values are those of a known wrong formula)
or a fault any function can have; "related": sign, factor, transposition, a branch or a row
put into words; the rest learn where they first differ, or the exception.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from grader.course.folder import open_course
from grader.vetting.check import subjects
from grader.vetting.mutants import mutants
from grader.vetting.rules import Subject, score_of

ROOT = Path(__file__).parents[1]
PLAIN = ("value", "shape", "type", "dtype", "finite", "edge", "raised", "missing", "blank")


def kind(subject: Subject, source: str) -> str:
    """Return what kind of reason a wrong answer gets; empty for a right one."""
    score = score_of(subject, source)
    if score is None:
        return "raised"
    if score.score == score.max_score:
        return ""
    finding = score.findings[0]
    if finding.code.startswith(("M", "E")):
        return "named"
    if finding.code not in PLAIN or finding.message.startswith("Right"):
        return "related"
    return "raised" if finding.code in ("raised", "missing", "blank") else "located"


def main() -> None:
    """Print one line per assignment."""
    columns = ("named", "related", "located", "raised")
    print("| assignment | wrong answers |", " | ".join(columns), "|")
    print("|---|---|" + "---|" * len(columns))
    course = open_course(ROOT)
    for assignment in course.assignments():
        counts: Counter[str] = Counter()
        for subject in subjects(course, assignment):
            source = subject.notebook.solution(subject.key)
            counts.update(kind(subject, mutant.source) for mutant in mutants(source))
        total = sum(counts.values()) - counts[""]
        shares = " | ".join(f"{counts[c] / total:.0%}" for c in columns)
        print(f"| {assignment} | {total} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
