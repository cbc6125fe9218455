"""Where the machine cannot confine, tests that need a box are skipped."""

from __future__ import annotations

import pytest

from grader.sandbox.probe import probe


@pytest.fixture(scope="session")
def can_confine() -> None:
    """Skip with the reason the probe gives."""
    report = probe()
    if report.level == "none":
        missing = [f"{x.name}: {x.detail}" for x in report.layers if not x.works]
        pytest.skip("; ".join(missing))
