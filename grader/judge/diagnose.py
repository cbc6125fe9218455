"""Name the mistake in an answer, claiming no more than its values prove.

The order: missing - raised - named mistake - type, shape, dtype, finite - cross-cutting
- relation to the reference - first differing index. A named mistake is claimed only when
the values match that variant on every generic case and match no other. All of it is
relative to the form the answer is measured by (`observe.Observed.in_its_form`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace

from grader.judge.compare import compare
from grader.judge.observe import Observed, form_problem
from grader.judge.relations import relation
from grader.judge.torch_errors import explain
from grader.model import (
    Accepted,
    Evidence,
    Finding,
    Mistake,
    Outcome,
    Raised,
    Returned,
)

CROSS_CUTTING = {
    "MX.1": "Every value has the opposite sign; a gradient would point uphill. Look for a "
    "flipped sign (a difference turned round, a minus before the log, the update).",
    "MX.2": "Every value is off by exactly the factor N, the number of examples. A mean "
    "takes the factor 1/N once, and nowhere else.",
    "MX.3": "Every value is off by a factor of two. If it is a gradient, check whether the "
    "loss carries a 1/2 and whether the 2 of a square cancels it.",
    "MX.4": "The numbers are right, but transposed: rows and columns are exchanged.",
    "MX.5": "The numbers are right, but an axis is missing or too many: (n, 1), (1, n) and "
    "(n,) are different shapes and broadcast in surprising ways.",
    "MX.6": "The numbers lose precision: integers cut off the fraction and float32 fails a "
    "gradient check. Work in float64.",
    "MX.7": "Your function changes its arguments in place; work on a copy.",
    "MX.8": "Your function returns None: the value is computed, but the 'return' is "
    "missing.",
    "MX.9": "It is right for the visible example only: other sizes or values follow in the "
    "hidden test, so take sizes from .shape and compute every value.",
    "MX.10": "The formula is right but not stable: for large arguments it gives nan or "
    "inf. Shift by the maximum, or use log1p and exp(-abs(z)).",
    "MX.11": "Two calls with the same seed give different results: draw from the generator "
    "you are given, and only from it.",
    "MX.12": "Correct. There is a loop in Python, though: operations on whole arrays do "
    "the same at once.",
    "MX.14": "Right for the inputs that everybody is asked, wrong for new ones of the same "
    "kind. Compute each result from the arguments: results known before earn nothing.",
}
"""Sentences of the faults any function can have (MX.13 is a mistake of its exercise)."""

STATE = (
    "A second call with the same arguments gives another result: something is drawn at "
    "random or kept between calls. Use the arguments and local names only."
)

SLOW = (
    "Correct, but hundreds of times slower than whole-array operations: look for work "
    "that is done again and again."
)


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
        result += _unnamed(observed, open_outputs)
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
        related = _unnamed(fresh, list(fresh.wrong_outputs))
        named = [finding for finding in related if finding.code == "MX.6"]
    said = {finding.code for finding in faults}
    new = [finding for finding in named if finding.code not in said]
    return (*faults, *(new if named else [_cross("MX.14")]))


def _blank(observed: Observed) -> Finding | None:
    """Recognise a task nobody has begun: the blank's own error, or only empty entries."""
    unwritten = all(
        isinstance(o, Raised) and o.kind == "NotImplementedError" and explain(o) is None
        for o in observed.outcomes
    )
    empty = observed.exercise.pack == "dict" and all(
        parts is not None and all(value is None for value in parts.values())
        for parts in observed.parts
    )
    if unwritten or empty:
        return Finding(code="blank", message="This task has not been answered yet.")
    return None


def _named(observed: Observed, source: str) -> list[tuple[Finding, tuple[str, ...]]]:
    """Find the known mistakes that explain wrong outputs."""
    wrong = observed.wrong_outputs
    if not wrong:
        return []
    whole = _single([m for m, o in observed.key.variants if _explains_all(observed, o)])
    if whole:
        return [(_claim(whole, observed, wrong), wrong)]
    found: dict[str, tuple[Mistake, list[str]]] = {}
    for output in wrong:
        mistake = _single(_explaining(observed, output))
        if mistake:
            found.setdefault(mistake.code, (mistake, []))[1].append(output)
    if found:
        return [
            (_claim(mistake, observed, tuple(names)), tuple(names))
            for mistake, names in found.values()
        ]
    detected = _single(_detected(observed, source))
    return [(_claim(detected, observed, wrong), wrong)] if detected else []


def _single(mistakes: Iterable[Mistake]) -> Mistake | None:
    """Return the mistake if all candidates carry one code, otherwise nothing."""
    found = list(mistakes)
    return found[0] if len({mistake.code for mistake in found}) == 1 else None


def _explains_all(observed: Observed, variant: tuple[Outcome, ...]) -> bool:
    """Whether a variant gives the student's values, the right ones included."""
    return all(observed.equals(variant, o, "generic") for o in observed.exercise.outputs)


def _explaining(observed: Observed, output: str) -> list[Mistake]:
    """Return the mistakes whose variant gives this output on every generic case."""
    return [
        mistake
        for mistake, variant in observed.key.variants
        if observed.equals(variant, output, "generic")
        and not replace(observed, outcomes=variant).right(output)
    ]


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
        output=_label(observed, outputs),
        lecture=mistake.lecture or observed.exercise.lecture,
    )


def _label(observed: Observed, outputs: Iterable[str]) -> str | None:
    names = tuple(outputs)
    return None if set(names) == set(observed.exercise.outputs) else ", ".join(names)


def _unnamed(observed: Observed, outputs: list[str]) -> list[Finding]:
    """Say what can be said about outputs that no known mistake explains."""
    generic = observed.positions("generic")
    if all(_is_none(observed.outcomes[i]) for i in generic):
        return [_cross("MX.8")]
    findings = _form(observed) or _grouped(observed, outputs)
    vague = {finding.code for finding in findings} <= {"raised", "type", "shape", "value"}
    if vague and all(observed.right(o, "visible") for o in observed.exercise.outputs):
        return [_cross("MX.9")]
    return findings


def _form(observed: Observed) -> list[Finding]:
    """Say whether calls ended in an exception or gave no outputs at all."""
    for i in observed.positions("generic"):
        outcome = observed.outcomes[i]
        if isinstance(outcome, Raised):
            return [_raised(outcome)]
        form = form_problem(observed.exercise, outcome)
        if form:
            return [Finding(code="type", message=f"Wrong form: {form}.")]
    return []


def _grouped(observed: Observed, outputs: list[str]) -> list[Finding]:
    """One finding per kind of fault, naming the outputs that share it."""
    sentences: dict[tuple[str, str], list[str]] = {}
    for output in outputs:
        code, message = relation(observed, output)
        sentences.setdefault((code, message or CROSS_CUTTING[code]), []).append(output)
    return [
        Finding(
            code=code,
            message=message,
            output=_label(observed, names),
            named=code.startswith("M"),  # of the table, or two of them at once
        )
        for (code, message), names in sentences.items()
    ]


def _is_none(outcome: Outcome) -> bool:
    return isinstance(outcome, Returned) and outcome.value is None


def _raised(outcome: Raised) -> Finding:
    where = f" in line {outcome.line} of your cell" if outcome.line else ""
    known = explain(outcome)
    if known:
        message = f"Your function stops with {outcome.kind}{where}. {known.message}"
        return Finding(code=known.code, message=message, named=True)
    text = f": {outcome.message}" if outcome.message else ""
    message = f"Your function stops with {outcome.kind}{where}{text}"
    return Finding(code="raised", message=message)


def _cross(code: str, output: str | None = None, *, remark: bool = False) -> Finding:
    message = CROSS_CUTTING[code]
    return Finding(code=code, message=message, output=output, remark=remark, named=True)


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
        elif "finite" in kinds:
            findings.append(_cross("MX.10"))
        elif isinstance(outcome := observed.outcomes[i], Raised):
            findings.append(_raised(outcome))
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
        findings.append(_cross("MX.7"))
    if not observed.repeats:
        seeded = observed.exercise.seeded
        findings.append(_cross("MX.11") if seeded else Finding(code="state", message=STATE))
    if observed.form:
        findings.append(_remark(observed.form, observed))
    if observed.wrong_outputs:
        return findings
    exercise = observed.exercise
    if exercise.vectorised and has_loop(source, exercise.function):
        findings.append(_cross("MX.12", remark=True))
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
