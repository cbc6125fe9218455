"""Small faults put into right code."""

from __future__ import annotations

from grader.vetting.mutants import mutants


def test_mutants_differ_from_the_original_and_from_each_other() -> None:
    source = "def f(x):\n    y = x.T @ x - 1\n    if y > 0:\n        y += 2\n    return -y"
    found = [mutant.source for mutant in mutants(source)]
    assert len(found) == len(set(found)) > 10
    for fault in ("x @ x - 1", "x.T @ x + 1", "y >= 0", "y = 2", "return y", "x.T @ x - 2"):
        assert any(fault in text for text in found), fault
