"""Lectures in which students write keep the form that makes it work.

Tags `your-turn`, `answer`, `predict` and `claims` mark what a student writes, reads after
having tried, guesses, and need not read. A lecture that uses one of them keeps all the
rules below; the rules are pure functions from a notebook to complaints.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from filled_in import (
    ALL_LECTURES,
    Cell,
    Notebook,
    has_dots,
    read,
    run_filled_in,
    source,
    tags,
)

from utils.check import seal
from utils.check.turns import SEAL

TAGS = ("your-turn", "answer", "predict", "claims")
SLIDE_TYPES = {"slide", "subslide", "fragment", "notes", "skip"}
SECTION = re.compile(r"^## .*\((\d+) minutes, (core|optional)\)$", re.MULTILINE)
ANY_SECTION = re.compile(r"^## .*$", re.MULTILINE)
FREE = {"Summary", "Exercises", "Reading", "Next"}
"""Sections that are read at home."""
SHORTEST, LONGEST = 5, 15
"""Minutes of a section."""
GUESSED = "Have you guessed? Here it is:"
"""JupyterLab shows the first line of a folded output."""


def tagged(notebook: Notebook, tag: str) -> list[Cell]:
    return [cell for cell in notebook["cells"] if tag in tags(cell)]


def hidden(cell: Cell, what: str) -> bool:
    return cell["metadata"].get("jupyter", {}).get(what) is True


def turn_name(cell: Cell) -> str:
    """Return the name of the turn in a cell, the first argument of its `check.turn`."""
    names = [call.args[0].value for call in turn_calls(ast.parse(source(cell)))]
    return names[0] if len(names) == 1 else ""


def turn_calls(tree: ast.AST) -> list[Any]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call for call in calls if ast.unparse(call.func) == "check.turn"]


def sections(notebook: Notebook) -> Iterator[tuple[str, list[Cell]]]:
    """Yield the heading of each section and its cells."""
    heading, cells = "", []
    for cell in notebook["cells"]:
        found = (
            ANY_SECTION.search(source(cell)) if cell["cell_type"] == "markdown" else None
        )
        if found:
            yield heading, cells
            heading, cells = found[0], []
        cells.append(cell)
    yield heading, cells


def first_line(cell: Cell) -> str:
    """Return the first line of text that a cell has printed."""
    first = cell["outputs"][0] if cell["outputs"] else {}
    return "".join(first.get("text", "")).split("\n")[0]


# --- rules: a notebook in, complaints out --------------------------------------------


def turns_without_dots(notebook: Notebook) -> list[str]:
    """A turn has dots to replace, and hands them to one `check.turn`."""
    return [
        cell["id"]
        for cell in tagged(notebook, "your-turn")
        if not turn_name(cell)
        or not has_dots(ast.parse(source(cell)))
        or any(has_dots(call) for call in turn_calls(ast.parse(source(cell))))
        or hidden(cell, "source_hidden")
    ]


def answers_in_sight(notebook: Notebook) -> list[str]:
    """What a turn expects is sealed or computed: it cannot be read below the dots."""
    calls = [
        (cell["id"], call.args[2])
        for cell in tagged(notebook, "your-turn")
        for call in turn_calls(ast.parse(source(cell)))
    ]
    return [id for id, expected in calls if not (sealed(expected) or computed(expected))]


def sealed(expected: ast.AST) -> bool:
    return str(getattr(expected, "value", "")).startswith(SEAL)


def computed(expected: ast.AST) -> bool:
    return any(isinstance(node, ast.Name) for node in ast.walk(expected))


def turns_that_do_not_wait(notebook: Notebook) -> list[str]:
    """An untouched turn is stored saying that it is the student's turn, no more."""
    return [
        cell["id"]
        for cell in tagged(notebook, "your-turn")
        if [
            "".join(output.get("data", {}).get("text/plain", ""))
            for output in cell["outputs"]
        ]
        != [f"✎ your turn: {turn_name(cell)}"]
    ]


def turns_and_answers_apart(notebook: Notebook) -> list[str]:
    """Each turn is followed by its answer, whose first line names it."""
    pairs = [c for c in notebook["cells"] if tags(c) & {"your-turn", "answer"}]
    turns, answers = pairs[::2], pairs[1::2]
    wrong = [pairs[-1]["id"]] if len(pairs) % 2 else []
    for turn, answer in zip(turns, answers, strict=False):
        named = source(answer).split("\n")[0] == f"# Answer: {turn_name(turn)}"
        if "your-turn" not in tags(turn) or "answer" not in tags(answer) or not named:
            wrong.append(answer["id"])
    return wrong


def open_folds(notebook: Notebook) -> list[str]:
    """Answers and claims are code, folded, and left out of the slides.

    JupyterLab shows the first line of whatever is folded: it is a comment that says what.
    """
    folded = [c for c in notebook["cells"] if hidden(c, "source_hidden")]
    return [cell["id"] for cell in folded if not source(cell).startswith("# ")] + [
        cell["id"]
        for tag in ("answer", "claims")
        for cell in tagged(notebook, tag)
        if cell["cell_type"] != "code"
        or not hidden(cell, "source_hidden")
        or cell["metadata"].get("slideshow", {}).get("slide_type") != "skip"
    ]


def predictions_that_can_be_read(notebook: Notebook) -> list[str]:
    """A question stands before a cell whose output is hidden, and only there.

    The fold can be seen: the code is open, and the first line gives nothing away.
    """
    wrong = [
        cell["id"]
        for cell in notebook["cells"]
        if hidden(cell, "outputs_hidden")
        and (hidden(cell, "source_hidden") or first_line(cell) != GUESSED)
    ]
    for cell, after in zip(notebook["cells"], [*notebook["cells"][1:], {}], strict=True):
        asked = "predict" in tags(cell)
        closed = bool(after) and hidden(after, "outputs_hidden")
        text = cell["cell_type"] == "markdown"
        if asked != closed or (asked and not (text and after.get("outputs"))):
            wrong.append(cell["id"])
    return wrong


def claims_in_the_way(notebook: Notebook) -> list[str]:
    """Asserts stand in claims, which print nothing; at most one such cell a section."""
    wrong = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        asserts = any(isinstance(n, ast.Assert) for n in ast.walk(ast.parse(source(cell))))
        claims = "claims" in tags(cell)
        if asserts != claims or (claims and cell["outputs"]):
            wrong.append(cell["id"])
    for _, cells in sections(notebook):
        wrong += [cell["id"] for cell in cells if "claims" in tags(cell)][1:]
    return wrong


def topics_in_folds(notebook: Notebook) -> list[str]:
    """A topic is taught where a person reads; worked numbers are proved in claims."""
    return [
        cell["id"]
        for cell in notebook["cells"]
        for tag in tags(cell)
        if (re.fullmatch(r"T\d\d\.\d+", tag) and tags(cell) & {"answer", "claims"})
        or (re.fullmatch(r"B\d+", tag) and "claims" not in tags(cell))
    ]


def sections_without_minutes(notebook: Notebook) -> list[str]:
    """Each section says how long it takes and whether it is core."""
    headings = [heading for heading, _ in sections(notebook) if heading]
    taught = [h for h in headings if h.removeprefix("## ") not in FREE]
    lengths = {h: int(m[1]) for h in taught if (m := SECTION.match(h))}
    return [h for h in taught if not SHORTEST <= lengths.get(h, 0) <= LONGEST]


def core_sections_without_a_turn(notebook: Notebook) -> list[str]:
    """Students write in each core section."""
    return [
        heading
        for heading, cells in sections(notebook)
        if heading.endswith("core)") and not any("your-turn" in tags(c) for c in cells)
    ]


def cells_without_slide(notebook: Notebook) -> list[str]:
    """Every cell says what it is in a slide show; a section begins a slide."""
    wrong = []
    for cell in notebook["cells"]:
        kind = cell["metadata"].get("slideshow", {}).get("slide_type")
        heading = cell["cell_type"] == "markdown" and ANY_SECTION.search(source(cell))
        if kind not in SLIDE_TYPES or (heading and kind not in {"slide", "skip"}):
            wrong.append(cell["id"])
    return wrong


RULES: list[Callable[[Notebook], list[str]]] = [
    turns_without_dots,
    answers_in_sight,
    turns_that_do_not_wait,
    turns_and_answers_apart,
    open_folds,
    predictions_that_can_be_read,
    claims_in_the_way,
    topics_in_folds,
    sections_without_minutes,
    core_sections_without_a_turn,
    cells_without_slide,
]


# --- the lectures --------------------------------------------------------------------


LECTURES = [path for path in ALL_LECTURES if any(tagged(read(path), tag) for tag in TAGS)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_lecture_keeps_the_form(path, rule):
    assert rule(read(path)) == []


# --- the rules can complain ----------------------------------------------------------


def markdown(text: str, slide: str = "fragment", *names: str) -> Cell:
    metadata = {"tags": list(names), "slideshow": {"slide_type": slide}}
    return {"cell_type": "markdown", "id": text, "metadata": metadata, "source": text}


def code(text: str, *names: str, **more: Any) -> Cell:
    metadata: dict[str, Any] = {
        "tags": list(names),
        "slideshow": {"slide_type": "fragment"},
    }
    if set(names) & {"answer", "claims"}:
        metadata["slideshow"]["slide_type"] = "skip"
        metadata["jupyter"] = {"source_hidden": True}
    cell = {"cell_type": "code", "id": text, "metadata": metadata, "source": text}
    return cell | {"outputs": more.pop("outputs", [])}


def text_output(text: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}}


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def closed(text: str, output: dict[str, Any]) -> Cell:
    cell = code(text, outputs=[output])
    cell["metadata"]["jupyter"] = {"outputs_hidden": True}
    return cell


IMPORT = "from utils import check"
TURN = f'n = ...\ncheck.turn("half", n, "{seal(2)}")'


def lecture(**changed: Any) -> Notebook:
    """Return a lecture of one section that keeps all rules, but for what is changed."""
    cells = {
        "title": markdown("# Halves", "slide"),
        "import": code(IMPORT),
        "section": markdown("## Halves of things (8 minutes, core)", "slide", "T01.1"),
        "turn": code(TURN, "your-turn", outputs=[text_output("✎ your turn: half")]),
        "answer": code("# Answer: half\nn = 2", "answer"),
        "question": markdown("Guess.", "fragment", "predict"),
        "guess": closed("print(n)", stream(f"{GUESSED}\n2")),
        "claims": code("# proved\nassert n == 2", "claims", "B1"),
        "end": markdown("## Summary", "slide"),
    }
    cells = {name: changed.get(name, cell) for name, cell in cells.items()}
    return {"cells": [cell for cell in cells.values() if cell]}


def test_a_lecture_in_the_form_has_no_complaints():
    assert [rule(lecture()) for rule in RULES] == [[] for _ in RULES]
    assert run_filled_in(lecture()).wrong_turns == []


BROKEN = {
    "no dots": (turns_without_dots, {"turn": code(TURN.replace("...", "3"), "your-turn")}),
    "dots in the check": (
        turns_without_dots,
        {"turn": code('n = ...\ncheck.turn("half", ..., 2)', "your-turn")},
    ),
    "answer to be read": (
        answers_in_sight,
        {"turn": code('n = ...\ncheck.turn("half", n, (2, 1 + 1))', "your-turn")},
    ),
    "no check": (turns_without_dots, {"turn": code("n = ...", "your-turn")}),
    "already written": (
        turns_that_do_not_wait,
        {"turn": code(TURN, "your-turn", outputs=[text_output("✓ half: right")])},
    ),
    "no answer": (turns_and_answers_apart, {"answer": None}),
    "answer without its turn": (
        turns_and_answers_apart,
        {"answer": code("# Answer: third\nn = 2", "answer")},
    ),
    "open answer": (open_folds, {"answer": markdown("# Answer: half", "skip", "answer")}),
    "fold without a name": (open_folds, {"claims": code("assert n == 2", "claims")}),
    "open claims": (open_folds, {"claims": markdown("n is 2", "skip", "claims")}),
    "prediction with its output": (predictions_that_can_be_read, {"guess": code("n")}),
    "prediction in the first line": (
        predictions_that_can_be_read,
        {"guess": closed("print(n)", stream("2"))},
    ),
    "hidden output without question": (predictions_that_can_be_read, {"question": None}),
    "assert in the way": (claims_in_the_way, {"import": code("assert True")}),
    "claims without": (claims_in_the_way, {"claims": code("n == 2", "claims")}),
    "topic in claims": (topics_in_folds, {"claims": code("n", "claims", "T01.1")}),
    "number outside": (topics_in_folds, {"import": code(IMPORT, "B1")}),
    "no minutes": (sections_without_minutes, {"section": markdown("## Halves", "slide")}),
    "an hour": (
        sections_without_minutes,
        {"section": markdown("## Halves (60 minutes, core)", "slide")},
    ),
    "nothing to write": (core_sections_without_a_turn, {"turn": None, "answer": None}),
    "no slide": (cells_without_slide, {"title": markdown("# Halves", "-")}),
    "section within a slide": (
        cells_without_slide,
        {"section": markdown("## Halves (8 minutes, core)", "fragment")},
    ),
}


@pytest.mark.parametrize(("rule", "changed"), BROKEN.values(), ids=BROKEN.keys())
def test_what_breaks_the_form_is_noticed(rule, changed):
    assert rule(lecture(**changed))


def test_a_wrong_answer_is_noticed():
    with pytest.raises(AssertionError, match="half: 3 is too large"):
        run_filled_in(lecture(answer=code("# Answer: half\nn = 3", "answer")))
    unfinished = lecture(answer=code("# Answer: half\nn = ...", "answer"), claims=None)
    assert run_filled_in(unfinished).wrong_turns == [TURN]
