"""Every slider still works when the whole lecture has been run.

A figure with controls calls its function long after its cell: a later cell that gives one
of its names to something else breaks it, and no stored output shows that.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from utils import plotting
from utils.plotting.page import bundle_of
from utils.plotting.play import highest

LECTURES = sorted((Path(__file__).parents[2] / "lectures").glob("*.ipynb"))

Control = Mapping[str, Any] | tuple[Any, Any, Any]
Play = tuple[Callable[..., Any], dict[str, Control]]


def played(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Play]:
    """Run a lecture in this process; return what it gives to `plotting.play`."""
    found: list[Play] = []

    def play(draw: Any, alt: str, *, animate: str = "", **controls: Control) -> None:
        assert alt.strip()
        assert animate in ("", *controls)
        found.append((draw, controls))

    monkeypatch.setattr(plotting, "play", play)
    monkeypatch.setattr(plotting, "show", lambda fig, alt: None)
    monkeypatch.setattr("IPython.display.display", lambda *args, **kwargs: None)
    names: dict[str, Any] = {"__name__": "__main__", "display": lambda *args: None}
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    return found


def values(control: Control, start: dict[str, Any]) -> list[Any]:
    """Return what a control is set to at its ends, or all its choices.

    The other controls stand at the start, where a range may depend on them.
    """
    if isinstance(control, Mapping):
        return [*control.values()]
    return [control[0], highest(control, start)]


def settings(controls: dict[str, Control]) -> Iterator[dict[str, Any]]:
    """Yield the start, and every extreme with the other controls at the start."""
    start = {
        name: next(iter(c.values())) if isinstance(c, Mapping) else c[2]
        for name, c in controls.items()
    }
    yield start
    for name, control in controls.items():
        for value in values(control, start):
            yield start | {name: value}


@pytest.mark.slow
@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_controls_draw_after_the_whole_lecture(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plays = played(path, monkeypatch)
    for draw, controls in plays:
        sizes = set()
        for setting in settings(controls):
            data, metadata = bundle_of(draw(**setting), "a figure")
            assert data["image/png"]
            image = metadata["image/png"]
            sizes.add((image["width"], image["height"]))
        assert len(sizes) == 1, "a figure that changes its size makes the page jump"


def test_a_name_given_away_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [
        "from utils import plotting\ncolour = 'red'",
        "def draw(n):\n"
        "    fig, ax = plotting.figure(2, 1)\n"
        "    ax.plot(range(n), color=colour)\n"
        "    return fig\n"
        "plotting.play(draw, 'a line', n=(1, 9, 5))",
        "colour = [1, 2]",
    ]
    path = tmp_path / "lecture.ipynb"
    code = [{"cell_type": "code", "id": str(i), "source": c} for i, c in enumerate(cells)]
    path.write_text(json.dumps({"cells": code}), encoding="utf-8")
    ((draw, controls),) = played(path, monkeypatch)
    assert controls == {"n": (1, 9, 5)}
    with pytest.raises(ValueError, match="color"):
        draw(5)
