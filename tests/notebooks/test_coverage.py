"""Every lecture covers its part of the syllabus and is fit to be read.

`syllabus_ids.json` lists what each lecture owes: topics (T), worked numbers (B) and
notes on the decks (E). A lecture pays with cell tags. The rules are pure functions from a
notebook to complaints, so that each can be shown to complain.
"""

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

Notebook = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
OWED: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("syllabus_ids.json").read_text(encoding="utf-8")
)
KNOWN = {owed for ids in OWED.values() for owed in ids}
LECTURES = sorted((ROOT / "lectures").glob("*.ipynb"))

MAX_CODE_LINES = 25
WITHDRAWN = {
    *("E14", "E17", "E26", "E43", "E44", "E53", "E56", "E61", "E64", "E68", "E70", "E73"),
}
"""Notes that the decks' text does not bear; their numbers stay unused."""
SYLLABUS_TAG = re.compile(r"[TBE]\d+(\.\d+)?")
IMAGE_WITHOUT_ALT = re.compile(r"!\[\s*\]\(|<img(?![^>]*\balt=[\"'][^\"']*\w)[^>]*>")


# --- rules: a notebook in, complaints out --------------------------------------------


def source(cell: dict[str, Any]) -> str:
    """Return the text of a cell, which nbformat stores as a string or as lines."""
    return "".join(cell["source"])


def code_cells(notebook: Notebook) -> list[dict[str, Any]]:
    """Return the code cells, top to bottom."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def tags(cells: Iterable[dict[str, Any]]) -> set[str]:
    """Return the tags of some cells that look like syllabus ids."""
    found = {tag for cell in cells for tag in cell["metadata"].get("tags", [])}
    return {tag for tag in found if SYLLABUS_TAG.fullmatch(tag)}


def untagged(notebook: Notebook, owed: Iterable[str]) -> list[str]:
    """Return owed ids that no cell carries; worked numbers must be computed."""
    everywhere, computed = tags(notebook["cells"]), tags(code_cells(notebook))
    return [i for i in owed if i not in (computed if i[0] == "B" else everywhere)]


def unknown_tags(notebook: Notebook, known: set[str]) -> list[str]:
    """Return tags that look like syllabus ids and are none."""
    return sorted(tags(notebook["cells"]) - known)


def out_of_order(notebook: Notebook) -> list[str]:
    """Return what differs from one run of all cells, top to bottom."""
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    wanted = list(range(1, len(counts) + 1))
    pairs = zip(counts, wanted, strict=True)
    return [f"cell {want} has count {got}" for got, want in pairs if got != want]


def errors(notebook: Notebook) -> list[str]:
    """Return error outputs and text on stderr."""
    return [
        f"{cell['id']}: {output.get('ename', 'stderr')}"
        for cell in code_cells(notebook)
        for output in cell["outputs"]
        if output["output_type"] == "error" or output.get("name") == "stderr"
    ]


def figures_without_alt(notebook: Notebook) -> list[str]:
    """Return cells that show a picture without saying what is on it."""
    return [
        cell["id"]
        for cell in code_cells(notebook)
        for output in cell["outputs"]
        if "image/png" in output.get("data", {})
        and not output["metadata"].get("image/png", {}).get("alt", "").strip()
    ]


def images_without_alt(notebook: Notebook) -> list[str]:
    """Return Markdown cells with an image whose alt text is missing or blank."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return [cell["id"] for cell in cells if IMAGE_WITHOUT_ALT.search(source(cell))]


def long_cells(notebook: Notebook) -> list[str]:
    """Return code cells too long to be one idea."""
    return [
        f"{cell['id']}: {lines} lines"
        for cell in code_cells(notebook)
        if (lines := len(source(cell).splitlines())) > MAX_CODE_LINES
    ]


RULES: list[Callable[[Notebook], list[str]]] = [
    lambda notebook: unknown_tags(notebook, KNOWN),
    out_of_order,
    errors,
    figures_without_alt,
    images_without_alt,
    long_cells,
]
RULE_NAMES = ["tags", "order", "errors", "figure alt", "image alt", "length"]


# --- the lectures --------------------------------------------------------------------


def read(path: Path) -> Notebook:
    """Return the notebook stored at `path`."""
    return json.loads(path.read_text(encoding="utf-8"))


def test_there_are_lectures():
    assert LECTURES, "no notebook in lectures/: the tests below would check nothing"


def test_the_list_holds_the_whole_syllabus():
    numbers = {kind: {i for i in KNOWN if i[0] == kind} for kind in "TBE"}
    assert numbers["B"] == {f"B{n}" for n in range(1, 19)}
    # Lectures 03 and 04 still carry two of those that were withdrawn.
    assert numbers["E"] | WITHDRAWN == {f"E{n:02d}" for n in range(1, 74)}
    assert len(OWED) == 15
    assert all(i[1:3] == name[:2] for name, ids in OWED.items() for i in ids if "." in i)


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_lecture_pays_all_it_owes(path):
    assert untagged(read(path), OWED.get(path.stem, [])) == []


@pytest.mark.parametrize("rule", RULES, ids=RULE_NAMES)
@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_lecture_is_fit_to_be_read(path, rule):
    assert rule(read(path)) == []


# --- the rules can complain ----------------------------------------------------------


def code(text: str = "1", count: int | None = 1, **more: Any) -> dict[str, Any]:
    """Return an executed code cell."""
    metadata = {"tags": more.pop("tags", [])}
    cell = {"cell_type": "code", "id": "c", "metadata": metadata, "source": text}
    return cell | {"execution_count": count, "outputs": more.pop("outputs", [])}


def markdown(text: str, tags: Iterable[str] = ()) -> dict[str, Any]:
    """Return a Markdown cell."""
    metadata = {"tags": list(tags)}
    return {"cell_type": "markdown", "id": "m", "metadata": metadata, "source": text}


def notebook(*cells: dict[str, Any]) -> Notebook:
    """Return a notebook of these cells."""
    return {"cells": list(cells)}


def picture(**metadata: Any) -> dict[str, Any]:
    """Return the output of a cell that shows a figure."""
    data = {"image/png": "iVBO", "text/plain": "Figure: a line"}
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def test_missing_tag_is_named():
    assert untagged(notebook(code(tags=["T08.1"])), ["T08.1", "E07"]) == ["E07"]


def test_prose_may_pay_for_a_topic_but_not_for_a_worked_number():
    prose = notebook(markdown("text", tags=["T08.1", "B2"]))
    assert untagged(prose, ["T08.1", "B2"]) == ["B2"]


def test_misspelt_tag_is_named_and_other_tags_are_left_alone():
    cell = code(tags=["T08.99", "B2", "nbval-ignore-output"])
    assert unknown_tags(notebook(cell), {"B2"}) == ["T08.99"]


@pytest.mark.parametrize("counts", [(1, 3), (2, 1), (None, 1), (1, 1)], ids=str)
def test_any_other_order_than_top_to_bottom_is_noticed(counts):
    assert out_of_order(notebook(*(code(count=count) for count in counts)))


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "error", "ename": "ValueError"},
        {"output_type": "stream", "name": "stderr", "text": "Warning"},
    ],
    ids=["error", "stderr"],
)
def test_error_and_stderr_are_noticed(output):
    assert errors(notebook(code(outputs=[output])))


@pytest.mark.parametrize("metadata", [{}, {"image/png": {"alt": " "}}], ids=str)
def test_figure_without_description_is_noticed(metadata):
    assert figures_without_alt(notebook(code(outputs=[picture(**metadata)]))) == ["c"]


def test_figure_with_description_passes():
    described = picture(**{"image/png": {"alt": "a falling line"}})
    assert figures_without_alt(notebook(code(outputs=[described]))) == []


@pytest.mark.parametrize("text", ["![](a.png)", "![ ](a.png)", '<img src="a.png">'])
def test_image_without_alt_is_noticed(text):
    assert images_without_alt(notebook(markdown(text))) == ["m"]


@pytest.mark.parametrize("text", ["![a tree](a.png)", '<img src="a" alt="a tree">'])
def test_image_with_alt_passes(text):
    assert images_without_alt(notebook(markdown(text))) == []


def test_long_cell_is_noticed():
    limit = "\n".join("x" * (MAX_CODE_LINES))
    assert long_cells(notebook(code(limit))) == []
    assert long_cells(notebook(code(limit + "\nx"))) == ["c: 26 lines"]
