"""Name the mistake in an answer, claiming no more than its values prove.

The order: a blank - mistakes of the exercise - what `grader.judge.unnamed` can say of the
rest - unmet requirements - conduct. A mistake is claimed only where the values match its
variant on every generic case, in all outputs that it touches, and match no other. All of it
is relative to the form the answer is measured by (`observe.Observed.in_its_form`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from grader.judge.compare import compare
from grader.judge.example import largest
from grader.judge.general import is_degenerate
from grader.judge.observe import Observed
from grader.judge.sentences import SLOW, STATE, cross, label, raised
from grader.judge.torch_errors import explain
from grader.judge.unnamed import unnamed
from grader.model import Accepted, Evidence, Finding, Mistake, Outcome, Raised

LARGE_ARGUMENT = 100
"""Where exp comes near the largest number: exp(710) is beyond it."""


def diagnose(observed: Observed, source: str) -> tuple[Finding, ...]:
    """Return the findings on an answer that has outcomes, the important ones first."""
    blank = _blank(observed)
    if blank:
        return (blank,)
    findings = _named(observed, source)
    explained = {name for finding, names in findings for name in names}
    open_outputs = [o for o in observed.wrong_outputs if o not in explained]
    result = [finding for finding, _ in findings]
    if open_outputs:
        result += unnamed(observed, open_outputs, source)
    result += _edges(observed, result)
    result += _conduct(observed, source)
    return tuple(result)


def not_again(
    findings: tuple[Finding, ...], fresh: Observed, source: str
) -> tuple[Finding, ...]:
    """Return the findings on an answer that is right on known cases and wrong on new ones.

    Args:
        findings: on the known cases.
        fresh: the answer on the new ones.
        source: the student's cell.
    """
    faults = [finding for finding in findings if not finding.remark]
    named = [finding for finding, _ in _named(fresh, source)]
    if not named and fresh.wrong_outputs:  # such as too few digits, of which some sufficed
        related = unnamed(fresh, list(fresh.wrong_outputs), source)
        named = [finding for finding in related if finding.code == "MX.6"]
    said = {finding.code for finding in faults}
    new = [finding for finding in named if finding.code not in said]
    return (*faults, *(new if named else [cross("MX.14")]))


_TASK = re.compile(r"task (\S+): (\w+)")
"""What the blank of a task says when it is called."""


def _blank(observed: Observed) -> Finding | None:
    """Recognise a task nobody has begun: the blank's own error, or only empty entries.

    The error may come from the blank of another task that the answer calls.
    """
    unwritten = all(
        isinstance(o, Raised) and o.kind == "NotImplementedError" and explain(o) is None
        for o in observed.outcomes
    )
    empty = observed.exercise.pack == "dict" and all(
        parts is not None and all(value is None for value in parts.values())
        for parts in observed.parts
    )
    if unwritten:
        other = {o.message for o in observed.outcomes if isinstance(o, Raised)}
        found = _TASK.match(other.pop()) if len(other) == 1 else None
        if found and found[1] != observed.exercise.id:
            message = f"Your function calls '{found[2]}', which is still to be written."
            return Finding(code="unwritten", message=message)
    if unwritten or empty:
        return Finding(code="blank", message="This task has not been answered yet.")
    return None


def _named(observed: Observed, source: str) -> list[tuple[Finding, tuple[str, ...]]]:
    """Find the known mistakes that explain wrong outputs."""
    wrong = observed.wrong_outputs
    if not wrong:
        return []
    whole = _single([m for m, o in observed.key.variants if _explains_all(observed, m, o)])
    if whole:
        return [(_claim(whole, observed, wrong), wrong)]
    found: dict[str, tuple[Mistake, list[str]]] = {}
    for output, mistakes in _explaining(observed).items():
        if mistake := _single(mistakes):
            found.setdefault(mistake.code, (mistake, []))[1].append(output)
    explained = [output for _, names in found.values() for output in names]
    detected = _single(_detected(observed, source)) if len(explained) < len(wrong) else None
    if detected:
        return [(_claim(detected, observed, wrong), wrong)]
    return [
        (_claim(mistake, observed, tuple(names)), tuple(names))
        for mistake, names in found.values()
    ]


def _single(mistakes: Iterable[Mistake]) -> Mistake | None:
    """Return the mistake if all candidates carry one code, otherwise nothing."""
    found = list(mistakes)
    return found[0] if len({mistake.code for mistake in found}) == 1 else None


def _explains_all(
    observed: Observed, mistake: Mistake, variant: tuple[Outcome, ...]
) -> bool:
    """Whether a variant gives the student's values, the right ones included."""
    return all(
        observed.equals(variant, o, "generic") for o in observed.exercise.outputs
    ) and not _says_nothing(observed, mistake, variant)


def _explaining(observed: Observed) -> dict[str, list[Mistake]]:
    """Return the mistakes that each wrong output shows, and all others that they touch."""
    found: dict[str, list[Mistake]] = {output: [] for output in observed.wrong_outputs}
    for mistake, variant in observed.key.variants:
        touched = replace(observed, outcomes=variant).wrong_outputs
        if all(
            o in found and observed.equals(variant, o, "generic") for o in touched
        ) and not _says_nothing(observed, mistake, variant):
            for output in touched:
                found[output].append(mistake)
    return found


def _says_nothing(
    observed: Observed, mistake: Mistake, variant: tuple[Outcome, ...]
) -> bool:
    """Whether a variant gives the same in all cases, as many broken functions do."""
    if mistake.lists_causes:
        return False
    other = replace(observed, outcomes=variant)
    where = observed.positions("generic")
    parts = [other.parts[i] for i in where]
    return len(where) > 1 and all(
        is_degenerate(
            [(part or {}).get(output) for part in parts],
            [observed.expected[i][output] for i in where],
        )
        for output in other.wrong_outputs
    )


def _detected(observed: Observed, source: str) -> list[Mistake]:
    """Return the mistakes whose own test recognises the evidence."""
    evidence = Evidence(
        cases=observed.key.cases,
        outcomes=observed.outcomes,
        expected=observed.right_outcomes,
        source=source,
    )
    return [
        mistake
        for mistake in observed.exercise.mistakes
        if mistake.detect is not None and _recognises(mistake.detect, evidence)
    ]


def _recognises(detect: Callable[[Evidence], bool], evidence: Evidence) -> bool:
    """Whether a mistake's own test recognises the evidence.

    It is written for answers of some form; one that it cannot read is not that mistake.
    Nothing but the name depends on it: the answer is wrong already.
    """
    try:
        return detect(evidence)
    except Exception:
        return False


def _claim(mistake: Mistake, observed: Observed, outputs: tuple[str, ...]) -> Finding:
    return Finding(
        code=mistake.code,
        named=True,
        message=mistake.message,
        output=label(observed, outputs),
        lecture=mistake.lecture or observed.exercise.lecture,
    )


def _edges(observed: Observed, so_far: list[Finding]) -> list[Finding]:
    """Explain unmet requirements of answers that are right in general."""
    if observed.wrong_outputs:
        return []
    findings = []
    for i in observed.positions("edge"):
        case = observed.key.cases[i]
        kinds = {p.kind for o in observed.exercise.outputs if (p := observed.problem(i, o))}
        if not kinds:
            continue
        mistake = _single(_explaining_edge(observed, i))
        if mistake:
            findings.append(_claim(mistake, observed, observed.exercise.outputs))
        elif "finite" in kinds and largest(case.args) > LARGE_ARGUMENT:
            findings.append(cross("MX.10"))
        elif "finite" in kinds:
            message = (
                f"Right in general, but it gives nan or inf where the task says: "
                f"{case.requirement}. Look for 0/0, 0 * inf, or the logarithm of 0."
            )
            findings.append(Finding(code="edge", message=message))
        elif isinstance(outcome := observed.outcomes[i], Raised):
            findings.append(raised(outcome))
        else:
            message = f"Right in general, but not where the task says: {case.requirement}."
            findings.append(Finding(code="edge", message=message))
    return list(dict.fromkeys(f for f in findings if f not in so_far))


def _explaining_edge(observed: Observed, position: int) -> list[Mistake]:
    """Return mistakes that are right on generic cases and give this edge's value."""
    found = []
    for mistake, variant in observed.key.variants:
        other = replace(observed, outcomes=variant)
        outputs = observed.exercise.outputs
        differs = any(other.problem(position, o) is not None for o in outputs)
        same = _same_at(observed, other, position)
        if not other.wrong_outputs and differs and same:
            found.append(mistake)
    return found


def _same_at(observed: Observed, other: Observed, position: int) -> bool:
    mine, theirs = observed.parts[position], other.parts[position]
    if mine is None or theirs is None:
        ends = observed.outcomes[position], other.outcomes[position]
        kinds = {end.kind for end in ends if isinstance(end, Raised)}
        return mine is theirs and len(kinds) == 1
    return compare(dict(mine), dict(theirs), observed.tolerance) is None


def _conduct(observed: Observed, source: str) -> list[Finding]:
    """Findings about behaviour instead of values."""
    findings = []
    if observed.changed_arguments and observed.exercise.unchanged:
        findings.append(cross("MX.7"))
    if not observed.repeats:
        seeded = observed.exercise.seeded
        findings.append(cross("MX.11") if seeded else Finding(code="state", message=STATE))
    if observed.form:
        findings.append(_remark(observed.form, observed))
    if observed.wrong_outputs:
        return findings
    exercise = observed.exercise
    if exercise.vectorised and has_loop(source, exercise.function):
        findings.append(cross("MX.12", remark=True))
    elif observed.slow:
        findings.append(Finding(code="slow", message=SLOW, remark=True))
    return findings


def _remark(form: Accepted, observed: Observed) -> Finding:
    return Finding(
        code=form.code,
        message=form.message,
        remark=True,
        lecture=form.lecture or observed.exercise.lecture,
    )


MAX_PARSED_CHARACTERS = 50_000
"""Of a cell that is searched for loops: a syntax tree takes a hundred times its text."""


def has_loop(source: str, function: str) -> bool:
    """Whether the definition of ``function`` in ``source`` contains a loop."""
    if len(source) > MAX_PARSED_CHARACTERS:
        return False
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    loops = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp)
    return any(
        isinstance(inner, loops)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == function
        for inner in ast.walk(node)
    )
