"""Every fault that is said to change nothing is one that can still be made."""

from __future__ import annotations

from mutation import TESTS, faults, reasons


def test_survivors_are_faults_of_today_with_a_reason() -> None:
    for module, known in reasons().items():
        assert module in TESTS
        assert known.keys() <= {fault.label for fault in faults(module)}
        assert all(len(reason) > 20 for reason in known.values())


def test_faults_are_exchanged_function_by_function() -> None:
    found = list(faults("grader.judge.score"))
    assert {"judge", "_none", "_sentence"} <= {fault.function for fault in found}
    assert all(fault.code.co_name == fault.function.split(".")[-1] for fault in found)
