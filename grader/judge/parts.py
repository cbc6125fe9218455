"""Which parts of an exercise an answer earns (`grader.shares`)."""

from __future__ import annotations

from grader.judge.observe import Observed
from grader.model import Part
from grader.shares import parts_of


def earned(
    observed: Observed, fresh: Observed | None = None
) -> tuple[tuple[Part, bool], ...]:
    """Return all parts of an exercise, each with whether it is met.

    No edge counts while nothing else is right: a function that is wrong everywhere proves
    nothing by being harmless at the edges.

    Args:
        observed: the answer on the cases that everybody is asked.
        fresh: the answer on new ones. What is wrong there earns nothing.
    """
    edges = observed.requirements
    parts = parts_of(observed.exercise, tuple(edges))
    right = [
        not part.edge and _right(observed, part) and _right_again(fresh, part)
        for part in parts
    ]
    some = any(right)
    return tuple(
        (part, some and edges[part.edge] if part.edge else values)
        for part, values in zip(parts, right, strict=True)
    )


def _right(observed: Observed, part: Part) -> bool:
    """Whether a part's outputs are right on all of its cases, and right again."""
    outputs = (part.output,) if part.output else observed.exercise.outputs
    if not part.group:
        return observed.repeats and not set(outputs) & set(observed.wrong_outputs)
    cases = observed.key.cases
    where = [i for i in observed.positions("generic") if cases[i].group == part.group]
    right = all(observed.problem(i, output) is None for i in where for output in outputs)
    return bool(where) and right and observed.repeats


def _right_again(fresh: Observed | None, part: Part) -> bool:
    """Whether a part's outputs are right on those of its cases that are new."""
    if fresh is None:
        return True
    outputs = (part.output,) if part.output else fresh.exercise.outputs
    cases = fresh.key.cases
    where = [i for i, c in enumerate(cases) if part.group in ("", c.group)]
    return all(fresh.problem(i, output) is None for i in where for output in outputs)
