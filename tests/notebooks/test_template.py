"""Rendered lectures fold what JupyterLab folds, and describe their pictures."""

from __future__ import annotations

import base64
import io
import re
import warnings
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter, SlidesExporter
from PIL import Image

TEMPLATES = Path(__file__).parents[2] / "share" / "jupyter" / "nbconvert" / "templates"


def png() -> str:
    raw = io.BytesIO()
    Image.new("RGB", (4, 3)).save(raw, format="png")
    return base64.b64encode(raw.getvalue()).decode("ascii")


def cell(text, *tags, slide="fragment", **jupyter):
    made = nbformat.v4.new_code_cell(text, execution_count=1)
    made.metadata.update(tags=list(tags), slideshow={"slide_type": slide})
    made.metadata.update({"jupyter": jupyter} if jupyter else {})
    return made


def lecture():
    heading = nbformat.v4.new_markdown_cell("# Halves")
    heading.metadata["slideshow"] = {"slide_type": "slide"}
    turn = cell("n = ...", "your-turn")
    answer = cell("# Answer: a half < 1\nn = 2", "answer", slide="skip", source_hidden=True)
    claims = cell("# Proved.\nassert n == 2", "claims", slide="skip", source_hidden=True)
    guess = cell("print(n)", outputs_hidden=True)
    guess.outputs = [nbformat.v4.new_output("stream", name="stdout", text="the number 2")]
    figure = cell("draw(n)", source_hidden=True)
    shown = {"alt": 'a line "rises"', "width": 40, "height": 30}
    data = {"image/png": png(), "text/plain": "Figure"}
    figure.outputs = [
        nbformat.v4.new_output("display_data", data, metadata={"image/png": shown})
    ]
    cells = [heading, turn, answer, guess, figure, claims]
    return nbformat.v4.new_notebook(cells=cells)


def rendered(exporter) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made = exporter(template_name="course", extra_template_basedirs=[str(TEMPLATES)])
        return made.from_notebook_node(lecture())[0]


def folds(page: str) -> dict[str, str]:
    """Return the text of each fold by its summary."""
    found = re.findall(
        r'<details class="course"><summary>(.*?)</summary>(.*?)</details>', page, re.S
    )
    return {name: re.sub(r"<[^>]+>", "", text) for name, text in found}


def test_a_page_folds_answers_claims_guesses_and_drawing():
    inside = folds(rendered(HTMLExporter))
    assert list(inside) == [
        "Answer: a half &lt; 1",
        "Have you guessed? Open the output",
        "The code",
        "Proved.",
    ]
    expected = ("n = 2", "the number 2", "draw(n)", "assert n == 2")
    for text, part in zip(inside.values(), expected, strict=True):
        assert part in text


def test_slides_leave_out_answers_and_claims_and_fold_guesses():
    page = rendered(SlidesExporter)
    assert list(folds(page)) == ["Have you guessed? Open the output", "The code"]
    assert "<section" in page


@pytest.mark.parametrize("exporter", [HTMLExporter, SlidesExporter])
def test_pictures_have_their_descriptions(exporter):
    page = rendered(exporter)
    assert """alt='a line "rises"'""" in page
    assert "No description" not in page
