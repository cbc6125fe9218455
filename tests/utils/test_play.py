"""A figure with controls follows them, and is a plain picture on paper."""

import numpy as np
import pytest
from ipywidgets import HTML, IntSlider

from utils import plotting


def keeping(kind, made):
    """Return `kind`, remembering the last one made."""

    def make(*args, **kwargs):
        made[kind] = kind(*args, **kwargs)
        return made[kind]

    return make


def played(monkeypatch, static: bool, **how):
    """Return the bundle and the metadata that `play` displays."""
    caught = []
    monkeypatch.setattr("IPython.display.display", lambda d, **k: caught.append((d, k)))
    monkeypatch.setenv("COURSE_STATIC", "1" if static else "")

    def draw(slope, shift):
        fig, ax = plotting.figure(2, 1)
        ax.plot([0, 1], shift + slope)
        return fig

    controls = {
        "slope": {"up": np.array([0, 1]), "down": np.array([1, 0])},
        "shift": (0, 5, 2),
    }
    plotting.play(draw, "a rising line", **controls, **how)
    (one,) = caught
    return one[0], one[1]["metadata"]


def test_stored_notebooks_hold_the_picture_alone(monkeypatch):
    data, metadata = played(monkeypatch, static=True)
    assert set(data) == {"image/png", "text/plain"}
    assert metadata["image/png"]["alt"] == "a rising line"


def test_controls_redraw_the_picture(monkeypatch):
    made = {}
    for kind in (HTML, IntSlider):
        monkeypatch.setattr(f"ipywidgets.{kind.__name__}", keeping(kind, made))
    data, _ = played(monkeypatch, static=False, animate="shift")
    assert "application/vnd.jupyter.widget-view+json" in data
    picture, slider = made[HTML], made[IntSlider]
    before = picture.value
    assert "slope = up, shift = 2" in before
    slider.value = 4
    assert "shift = 4" in picture.value
    assert picture.value.split("base64,")[1] != before.split("base64,")[1]


def test_animating_an_unknown_control_is_refused(monkeypatch):
    with pytest.raises(KeyError, match="speed"):
        played(monkeypatch, static=False, animate="speed")
