"""The notes on the decks are complete, and their links lead to the tagged cells."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from test_coverage import WITHDRAWN

LECTURES = Path(__file__).parents[2] / "lectures"
NOTES = LECTURES / "NOTES_ON_THE_DECKS.md"
CLASSES = {"error", "convention", "unverified"}
ERRORS = ["E04", "E08", "E09", "E35", "E47", "E52", "E60"]
"""What may be called an error of a slide: it does not hang on one recognised letter."""
PLACES = re.compile(r"D[0-3]: \d+([–, ]+\d+)*(; D[0-3]: \d+([–, ]+\d+)*)*")
LINK = re.compile(r"\[\d\d\]\((\w+)\.ipynb(?:#([^)\s]+))?\)")
TABLE = [
    [field.strip() for field in line.strip("|").split(" | ")]
    for line in NOTES.read_text(encoding="utf-8").splitlines()
    if line.startswith("| E")
]
ROWS = [pytest.param(row, id=row[0]) for row in TABLE]


def cells(name: str) -> list[dict]:
    path = LECTURES / f"{name}.ipynb"
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def anchors(name: str) -> set[str]:
    """Return the anchors of a lecture's headings."""
    texts = ["".join(c["source"]) for c in cells(name) if c["cell_type"] == "markdown"]
    lines = [line for text in texts for line in text.splitlines() if line.startswith("#")]
    return {line.lstrip("#").strip().replace(" ", "-") for line in lines}


def test_every_number_that_was_not_withdrawn_has_one_row_in_order():
    known = [f"E{n:02d}" for n in range(1, 74)]
    assert [row[0] for row in TABLE] == [e for e in known if e not in WITHDRAWN]


def test_seven_rows_and_no_others_are_called_errors():
    assert [number for number, kind, *_ in TABLE if kind == "error"] == ERRORS


@pytest.mark.parametrize("row", ROWS)
def test_row_is_complete(row):
    _, kind, places, *texts = row
    assert kind in CLASSES
    assert PLACES.fullmatch(places), places
    assert len(texts) == 3
    assert all(texts)


@pytest.mark.parametrize("row", ROWS)
def test_links_lead_to_the_cells(row):
    number, links = row[0], row[-1]
    found = LINK.findall(links)
    assert found, links
    for name, heading in found:
        tags = {tag for cell in cells(name) for tag in cell["metadata"].get("tags", [])}
        assert number in tags
        assert not heading or heading in anchors(name), heading
