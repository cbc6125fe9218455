"""The list of errata is complete, and its links lead to headings that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from test_coverage import WITHDRAWN

LECTURES = Path(__file__).parents[2] / "lectures"
ROW = re.compile(r"^\| (E\d\d) \| .+ \| .+ \| (.+) \|$", re.MULTILINE)
LINK = re.compile(r"\[\d\d\]\((\w+)\.ipynb(?:#([^)\s]+))?\)")
ROWS = ROW.findall((LECTURES / "ERRATA.md").read_text(encoding="utf-8"))


def cells(name: str) -> list[dict]:
    path = LECTURES / f"{name}.ipynb"
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def anchors(name: str) -> set[str]:
    """Return the anchors of a lecture's headings."""
    texts = ["".join(c["source"]) for c in cells(name) if c["cell_type"] == "markdown"]
    lines = [line for text in texts for line in text.splitlines() if line.startswith("#")]
    return {line.lstrip("#").strip().replace(" ", "-") for line in lines}


def test_every_erratum_has_one_row_in_order():
    known = [f"E{n:02d}" for n in range(1, 74)]
    assert [number for number, _ in ROWS] == [e for e in known if e not in WITHDRAWN]


@pytest.mark.parametrize(("number", "links"), ROWS, ids=[number for number, _ in ROWS])
def test_links_lead_to_the_cells(number, links):
    found = LINK.findall(links)
    assert found, links
    for name, heading in found:
        tags = {tag for cell in cells(name) for tag in cell["metadata"].get("tags", [])}
        assert number in tags
        assert not heading or heading in anchors(name), heading
