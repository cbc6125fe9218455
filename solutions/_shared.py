"""What exercises of several assignments share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.model import Case, Evidence, Outcome, Raised, Returned


def sigmoid(z: Any) -> Any:
    """Logistic function of a number or an array, stable for large arguments."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z, float)))


def sigmoid_slope(z: Any) -> Any:
    """Derivative of the logistic function."""
    return sigmoid(z) * sigmoid(-np.asarray(z, float))


def code_of(exercise: str, key: str) -> str:
    """Return a mistake's code from a key such as ``"b, divided"``, or ``"Xb"``.

    An X stands before the letter of what the syllabus does not list.
    """
    letter = key[1] if key.startswith("X") else key[0]
    return f"{'X' if key.startswith('X') else 'M'}{exercise}{letter}"


def generic(evidence: Evidence) -> list[tuple[Case, Outcome, Outcome]]:
    """Return the generic cases with what came back and what should have."""
    rows = zip(evidence.cases, evidence.outcomes, evidence.expected, strict=True)
    return [row for row in rows if row[0].role == "generic"]


def values(evidence: Evidence) -> list[Any] | None:
    """Return what the generic cases returned; None if one of them raised."""
    outcomes = [outcome for _, outcome, _ in generic(evidence)]
    found = [outcome.value for outcome in outcomes if isinstance(outcome, Returned)]
    return found if len(found) == len(outcomes) else None


def raised(kinds: str, text: str) -> Callable[[Evidence], bool]:
    """Return a test: every generic call that raised, one at least, raised this."""

    def test(evidence: Evidence) -> bool:
        errors = [o for _, o, _ in generic(evidence) if isinstance(o, Raised)]
        return bool(errors) and all(
            error.kind in kinds.split() and text in error.message for error in errors
        )

    return test


def same_numbers(
    found: Mapping[str, float],
    wanted: Mapping[str, float],
    *,
    rtol: float = 0.0,
    atol: float = 0.0,
) -> None:
    """Raise AssertionError unless both hold the same numbers under the same names."""
    assert found.keys() == wanted.keys(), sorted(found.keys() ^ wanted.keys())
    for name, number in wanted.items():
        np.testing.assert_allclose(found[name], number, rtol, atol, err_msg=name)


def autograd(f: Callable[..., Any], *args: Any) -> list[np.ndarray]:
    """Return PyTorch's gradients of a function with one number, by each argument."""
    import torch

    leaves = [
        torch.tensor(np.asarray(a), dtype=torch.float64, requires_grad=True) for a in args
    ]
    f(*leaves).backward()
    return [np.zeros(v.shape) if v.grad is None else v.grad.numpy() for v in leaves]
