"""A figure with controls follows them, and is a plain picture on paper."""

import numpy as np
import pytest
from ipywidgets import HTML, IntSlider, Play

from utils import plotting
from utils.plotting.play import round_step


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


def test_a_range_follows_the_slider_it_depends_on(monkeypatch):
    sliders, drawn = {}, []
    monkeypatch.setattr("IPython.display.display", lambda *args, **kwargs: None)
    monkeypatch.setenv("COURSE_STATIC", "")

    def slider(**kwargs):
        sliders[kwargs["description"]] = IntSlider(**kwargs)
        return sliders[kwargs["description"]]

    def draw(layer, unit):
        drawn.append((layer, unit))
        return plotting.figure(2, 1)[0]

    monkeypatch.setattr("ipywidgets.IntSlider", slider)
    sizes = {1: 4, 2: 2}
    unit = (1, lambda layer: sizes[layer], 3)
    plotting.play(draw, "a frame", layer=(1, 2, 1), unit=unit)
    assert (sliders["unit"].value, sliders["unit"].max) == (3, 4)
    sliders["layer"].value = 2
    assert (sliders["unit"].value, sliders["unit"].max) == (2, 2)
    assert all(unit <= sizes[layer] for layer, unit in drawn)
    sliders["layer"].value = 1
    assert sliders["unit"].max == 4


def test_a_played_figure_opens_at_its_start(monkeypatch):
    made = {}
    for kind in (IntSlider, Play):
        monkeypatch.setattr(f"ipywidgets.{kind.__name__}", keeping(kind, made))
    played(monkeypatch, static=False, animate="shift")
    assert made[Play].value == made[IntSlider].value == 2


@pytest.mark.parametrize(
    ("low", "high", "start", "step"),
    [
        (0.02, 1.2, 0.9, 0.01),  # 0.25, 0.75 and 1.0 are positions
        (0.0, 1.0, 0.5, 0.01),
        (-3.0, 3.0, 1.5, 0.05),
        (0.0, 10.0, 3.0, 0.1),
        (0.0, 1.0, 1 / 3, 0.01),  # no round step has this start
    ],
)
def test_sliders_stop_at_round_numbers(low, high, start, step):
    assert round_step(low, high, start) == pytest.approx(step)
