"""What can be said of wrong outputs that no mistake of the exercise explains.

From the surest to the vaguest: how the call ended - the form - a relation to the right
values - a mistake that any function can have - where it is right - the public example.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from grader.judge.compare import Mismatch, compare
from grader.judge.example import MOST_ENTRIES, entries, replayed
from grader.judge.general import explained, splits
from grader.judge.observe import Observed, form_problem
from grader.judge.relations import relation
from grader.judge.sentences import CROSS_CUTTING, EXIT, cross, label, raised
from grader.model import Finding, Outcome, Raised, Returned

_UNEXPLAINED = ("type", "shape", "dtype", "finite", "value")
"""Codes of relations that say where a value is wrong, and not how."""
_EXIT = re.compile(r"(?m)^[^#\n]*\b(?:exit|quit)\s*\(")


def unnamed(observed: Observed, outputs: list[str], source: str) -> list[Finding]:
    """Say what can be said about outputs that no known mistake explains."""
    generic = observed.positions("generic")
    if all(_is_none(observed.outcomes[i]) for i in generic):
        return [
            Finding(code="exit", message=EXIT) if _EXIT.search(source) else cross("MX.8")
        ]
    findings = _form(observed) or _grouped(observed, outputs)
    vague = {finding.code for finding in findings} <= {"raised", "type", "shape"}
    every = observed.exercise.outputs
    known = all(observed.right(output, "visible") for output in every)
    nowhere = all(any(observed.problem(i, o) is not None for o in every) for i in generic)
    if known and ((vague and nowhere) or _is_constant(observed)):
        return [cross("MX.9")]
    return findings


def _is_constant(observed: Observed) -> bool:
    """Whether all cases get the visible example's own result."""
    (shown, *_) = observed.positions("visible")
    mine = observed.parts[shown]
    return mine is not None and all(
        (parts := observed.parts[i]) is not None
        and compare(dict(parts), dict(mine), observed.tolerance) is None
        for i in observed.positions("generic")
    )


def _form(observed: Observed) -> list[Finding]:
    """Say whether calls ended in an exception or gave no outputs at all."""
    for i in observed.positions("generic"):
        outcome = observed.outcomes[i]
        if isinstance(outcome, Raised):
            return [raised(outcome)]
        form = form_problem(observed.exercise, outcome)
        if form:
            return [Finding(code="type", message=f"Wrong form: {form}.")]
    return []


def _grouped(observed: Observed, outputs: list[str]) -> list[Finding]:
    """One finding per kind of fault, naming the outputs that share it."""
    sentences: dict[tuple[str, str], list[str]] = {}
    unclear: dict[str, tuple[str, str]] = {}
    for output in outputs:
        code, message = relation(observed, output)
        if code in _UNEXPLAINED:
            unclear[output] = code, message
        else:
            sentences.setdefault((code, message or CROSS_CUTTING[code]), []).append(output)
    others = () if observed.form else observed.key.others
    for message, names in explained(observed, tuple(unclear), others):
        for name in names:
            if unclear.pop(name, None):
                sentences.setdefault(("general", message), []).append(name)
    for output in tuple(unclear):
        if message := splits(observed, output):
            del unclear[output]
            sentences.setdefault(("split", message), []).append(output)
    findings = [
        Finding(
            code=code,
            message=message,
            output=label(observed, names),
            named=code.startswith("M") or code == "general",
        )
        for (code, message), names in sentences.items()
    ]
    return findings + _shown(observed, unclear)


def _shown(observed: Observed, unclear: Mapping[str, tuple[str, str]]) -> list[Finding]:
    """Show the result for the public example beside the right one, or say less.

    Of several outputs the first is shown: in a chain, the others follow from it.
    """
    values = [
        output for output, (code, _) in unclear.items() if code in ("value", "finite")
    ]
    shown = _example(observed, values)
    said = {output: s for output, s in unclear.items() if not shown or output not in values}
    places: dict[tuple[str, str], list[str]] = {}
    for output, sentence in said.items():
        places.setdefault(sentence, []).append(output)
    return shown + [
        Finding(code=code, message=message, output=label(observed, names))
        for (code, message), names in places.items()
    ]


def _example(observed: Observed, outputs: list[str]) -> list[Finding]:
    """Return what is to be said of outputs by the public example, if it shows anything."""
    for i in (*observed.positions("visible"), *observed.positions("example")):
        parts, args = observed.parts[i], observed.key.cases[i].args
        wrong = [(o, p) for o in outputs if (p := observed.problem(i, o)) is not None]
        if not parts or not wrong or not observed.key.names or entries(args) > MOST_ENTRIES:
            continue
        output, problem = wrong[0]
        if output in parts:
            several = len(observed.exercise.outputs) > 1
            name = output if several else "the result"
            right = observed.expected[i][output]
            finding = Finding(
                code="finite" if problem.kind == "finite" else "value",
                message=_where(name, problem, right),
                output=label(observed, outputs),
                example=replayed(observed.key.names, args, name, parts[output], right),
            )
            return [finding]
    return []


def _where(name: str, problem: Mismatch, right: Any) -> str:
    """Return a sentence on where a result differs in the example."""
    if problem.index and entries(right) > 1:
        return f"Not yet. In this example {name} first differs at index {[*problem.index]}."
    return f"Not yet. In this example {name} has another value."


def _is_none(outcome: Outcome) -> bool:
    return isinstance(outcome, Returned) and outcome.value is None
