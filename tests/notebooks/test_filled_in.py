"""Every lecture, run once with all answers: the turns are right, and the sliders work.

A figure with controls calls its function long after its cell: a later cell that gives one
of its names to something else breaks it, and no stored output shows that.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from filled_in import ALL_LECTURES, Control, Run, read, run_filled_in

from utils.plotting.play import highest

SHARED_BY = "run"
SMALL_DPI = 40
"""Whether a figure can be drawn does not depend on its size."""


@pytest.fixture(scope="module", params=ALL_LECTURES, ids=lambda path: path.stem)
def run(request: pytest.FixtureRequest) -> Run:
    """What running a lecture has shown."""
    path: Path = request.param
    return run_filled_in(read(path))


@pytest.mark.slow
@pytest.mark.rests_on("{run}", "utils")
@pytest.mark.timeout(1200)  # lecture 12 computes for a minute and a half by itself
def test_every_answer_passes_in_its_turn(run: Run) -> None:
    assert run.wrong_turns == []


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
@pytest.mark.rests_on("{run}", "utils")
@pytest.mark.timeout(1200)
def test_controls_draw_after_the_whole_lecture(run: Run) -> None:
    for draw, controls in run.plays:
        sizes = set()
        for setting in settings(controls):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fig = draw(**setting)
                fig.set_layout_engine("none")  # it draws all a second time to measure it
                fig.savefig(io.BytesIO(), dpi=SMALL_DPI)
            sizes.add(tuple(fig.get_size_inches()))
        assert len(sizes) == 1, "a figure that changes its size makes the page jump"


def test_a_name_given_away_is_noticed() -> None:
    cells = [
        "from utils import plotting\ncolour = 'red'",
        "def draw(n):\n"
        "    fig, ax = plotting.figure(2, 1)\n"
        "    ax.plot(range(n), color=colour)\n"
        "    return fig\n"
        "plotting.play(draw, 'a line', n=(1, 9, 5))",
        "colour = [1, 2]",
    ]
    code = [
        {"cell_type": "code", "id": str(i), "metadata": {}, "source": c}
        for i, c in enumerate(cells)
    ]
    ((draw, controls),) = run_filled_in({"cells": code}).plays
    assert controls == {"n": (1, 9, 5)}
    with pytest.raises(ValueError, match="color"):
        draw(5)
