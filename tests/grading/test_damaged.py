"""Whatever happens to a hand-in: a row, a reason, and no point lost silently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import damage
import pytest

from grader.commands.autograde import autograde
from grader.course.folder import Course
from grader.model import Finding

SIZE = 1000


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_class_of_a_thousand(new_course: Callable[..., Course], tmp_path: Path) -> None:
    course = new_course(tmp_path)
    kinds = damage.damaged_class(course, SIZE, seed=1)
    results = autograde(course, damage.NAME, jobs=2, isolation="none")
    assert list(damage.faults(course, kinds, results)) == []
    pending = sum(result.status == "pending" for result in results)
    assert SIZE / 5 < pending < SIZE / 2  # both roads are taken

    student = next(s for s, kind in kinds.items() if kind in damage.HARMLESS)
    (right,) = (r for r in results if r.student == student)
    cut = replace(right.scores[0], score=0.0, findings=(Finding(code="x", message="no"),))
    worse = replace(right, scores=(cut, *right.scores[1:]))
    others = [r for r in results if r.student != student]
    for wrong in ([*others, worse], others, [*others, replace(right, status="failed")]):
        (said,) = damage.faults(course, kinds, wrong)
        assert said.startswith(student)
