"""How many wrong answers come back with a reason, assignment by assignment.

    python -m benchmarks.diagnosis

The wrong answers are the mutants of the solution cells: one small fault each, nobody's
favourite. "Named": a mistake of the table (its values are those of a known wrong formula)
or a fault any function can have; "related": sign, factor, transposition, a branch or a row
put into words; the rest learn where they first differ, or the exception.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any

from grader import exercises
from grader.check.key import AnswerKey
from grader.judge import judge
from grader.model import Exercise

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "check"))

PLAIN = ("value", "shape", "type", "dtype", "finite", "edge", "raised", "missing", "blank")


def kind(key: AnswerKey, exercise: Exercise, source: str, names: dict[str, Any]) -> str:
    """Return what kind of reason a wrong answer gets; empty for a right one."""
    from test_mutants import MOST_SECONDS, time_limit

    try:
        with time_limit(MOST_SECONDS):
            exec(source, names)
            score = judge(key, key.answer_of(names[exercise.function]))
    except Exception:
        return "raised"
    if score.score == exercise.points:
        return ""
    finding = score.findings[0]
    if finding.code.startswith(("M", "E")):
        return "named"
    if finding.code not in PLAIN or finding.message.startswith("Right"):
        return "related"
    return "raised" if finding.code in ("raised", "missing", "blank") else "located"


def main() -> None:
    """Print one line per assignment."""
    import contextlib
    import io
    import warnings

    from mutants import mutants
    from test_mutants import SEED, cells, is_solution_of

    columns = ("named", "related", "located", "raised")
    print("| assignment | wrong answers |", " | ".join(columns), "|")
    print("|---|---|" + "---|" * len(columns))
    warnings.simplefilter("ignore")
    for assignment in exercises.assignments():
        counts: Counter[str] = Counter()
        names: dict[str, Any] = {}
        table = {e.id: e for e in exercises.table(assignment).EXERCISES}
        with contextlib.redirect_stdout(io.StringIO()):
            for cell in cells(assignment):
                if not cell.metadata.get("nbgrader", {}).get("grade"):
                    exec(cell.source, names)
                for exercise in table.values():
                    if is_solution_of(cell, exercise):
                        key = AnswerKey(exercise, SEED)
                        counts.update(
                            kind(key, exercise, mutant.source, dict(names))
                            for mutant in mutants(cell.source)
                        )
        total = sum(counts.values()) - counts[""]
        shares = " | ".join(f"{counts[c] / total:.0%}" for c in columns)
        print(f"| {assignment} | {total} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
