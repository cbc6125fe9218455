"""The guide for lecturers has the minutes of the lectures and the points of assignments."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (\d\d_\w+) \| (\d) \| ?(\d*) ?\| ?(\d*) ?\| .+ \| ?(a\d\d(?:, a\d\d)*)? ?\|$",
    re.M,
)
ROWS = {row[0]: row[1:] for row in ROW.findall(GUIDE)}
SECTION = re.compile(r"^## .*\((\d+) minutes, (core|optional)\)$", re.M)
LECTURES = sorted((ROOT / "lectures").glob("*.ipynb"))
SESSION = 90
SLACK = 5
"""Minutes by which a core may be longer than its sessions."""


def minutes(path: Path, kind: str) -> int:
    """Return the minutes of all sections of a kind."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return sum(int(number) for number, found in SECTION.findall(text) if found == kind)


def test_every_lecture_has_a_row() -> None:
    assert [*ROWS] == [path.stem for path in LECTURES if path.stem != "00_notation"]


@pytest.mark.parametrize("path", LECTURES[1:], ids=lambda path: path.stem)
def test_minutes_are_those_of_the_headings(path: Path) -> None:
    sessions, core, optional, _ = ROWS[path.stem]
    assert (int(core or 0), int(optional or 0)) == (
        minutes(path, "core"),
        minutes(path, "optional"),
    )
    assert int(core or 0) <= int(sessions) * SESSION + SLACK


def test_every_assignment_follows_a_lecture() -> None:
    handed_out = [name for row in ROWS.values() for name in re.findall(r"a\d\d", row[3])]
    known = sorted(path.name[:3] for path in (ROOT / "solutions").glob("a*"))
    assert sorted(handed_out) == known


LOAD = re.compile(
    r"^\| (a\d\d_\w+) \| ([\d, ]+) \| ([\d.]+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", re.M
)
LOADS = {row[0]: row[1:] for row in LOAD.findall(GUIDE)}
PLAN = re.compile(r"Plan\s+about\s+(two|three|four)( and a half)?\s+hours")
ASSIGNMENTS = sorted((ROOT / "assignments").glob("a*/a*.ipynb"))


def test_every_assignment_has_a_row() -> None:
    assert [*LOADS] == [path.stem for path in ASSIGNMENTS]


@pytest.mark.parametrize("path", ASSIGNMENTS, ids=lambda path: path.stem)
def test_load_is_that_of_the_notebook(path: Path) -> None:
    lectures, hours, tasks, machine, hand = LOADS[path.stem]
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    opening = "\n".join("".join(cell["source"]) for cell in cells[:3])
    assert set(lectures.split(", ")) == set(re.findall(r"`(\d\d)_\w+`", opening))
    plan = PLAN.search(opening)
    assert plan is not None
    whole = ("two", "three", "four").index(plan[1]) + 2
    assert float(hours) == whole + (0.5 if plan[2] else 0)
    graded = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    graded = [found for found in graded if found.get("grade")]
    code = [found["points"] for found in graded if not found["solution"]]
    written = [found["points"] for found in graded if found["solution"]]
    assert int(tasks) == len(code)
    assert (float(machine), float(hand)) == (sum(code), sum(written))
