"""Figures with controls: move a slider, see the figure change.

On paper, on GitHub and wherever no kernel runs, the picture of the starting values
stands in for the controls.

Ref: lectures (sliders and animations).
"""

from __future__ import annotations

import html
import inspect
import math
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from utils.plotting.page import bundle_of

if TYPE_CHECKING:
    from ipywidgets import DOMWidget, ValueWidget
    from matplotlib.figure import Figure

STATIC = "COURSE_STATIC"  # set while notebooks are executed for storing them
FRAME_MS = 250  # between two pictures of an animation


def play(
    draw: Callable[..., Figure],
    alt: str,
    *,
    animate: str = "",
    **controls: tuple[float, float, float]
    | tuple[int, int | Callable[..., int], int]
    | Mapping[str, Any],
) -> None:
    """Show the figure `draw(**values)` under one control for each of its arguments.

    A control is given as `name=(lowest, highest, start)`, whole numbers for a slider
    over whole numbers, or as `name={label: value, …}` for a choice, the first one
    first. Where the range of a slider depends on another one, `highest` is a function
    of the other one's name: `unit=(1, lambda layer: sizes[layer], 1)`.

    Args:
        draw: takes one value per control by name, returns a figure of fixed size.
        alt: what the figure shows at the start, in a sentence or two.
        animate: name of a whole-number control that also gets a play button.
        **controls: ranges or choices.

    Raises:
        ValueError: if `alt` is blank.
        KeyError: if `animate` names no control.
    """
    from IPython.display import display

    start = {
        name: next(iter(c.values())) if isinstance(c, Mapping) else c[2]
        for name, c in controls.items()
    }
    data, metadata = bundle_of(draw(**start), alt)
    if not os.environ.get(STATIC):
        data |= _box(draw, alt, controls, animate)._repr_mimebundle_()
        data["text/plain"] = f"Figure with controls: {alt}"
    display(data, metadata=metadata, raw=True)


def _box(draw, alt: str, controls: Mapping[str, Any], animate: str) -> DOMWidget:
    """Return the controls above a picture that follows them."""
    from ipywidgets import HTML, HBox, VBox

    widgets = {name: _control(name, c) for name, c in controls.items()}
    picture = HTML()

    def redraw(_=None) -> None:
        chosen = {name: widget.value for name, widget in widgets.items()}
        for name, control in controls.items():
            if not isinstance(control, Mapping):
                top = highest(control, chosen)
                if widgets[name].max != top:  # moves the slider if it stands beyond
                    widgets[name].max = top
        chosen = {name: widget.value for name, widget in widgets.items()}
        data, metadata = bundle_of(draw(**_values(chosen, controls)), alt)
        width = metadata["image/png"]["width"]
        where = ", ".join(f"{name} = {value}" for name, value in chosen.items())
        picture.value = (
            f'<img alt="{html.escape(f"{where}. At the start: {alt}")}" width="{width}" '
            f'style="max-width: 100%" src="data:image/png;base64,{data["image/png"]}">'
        )

    for widget in widgets.values():
        widget.observe(redraw, "value")
    redraw()
    rows = list(widgets.values())
    if animate:
        rows.append(_button(widgets[animate]))
    return VBox([HBox(rows, layout={"flex_flow": "row wrap"}), picture])


def highest(control: tuple[Any, Any, Any], chosen: Mapping[str, Any]) -> float:
    """Return the highest value of a slider while the others stand where they are."""
    top = control[1]
    if callable(top):
        top = top(**{name: chosen[name] for name in inspect.signature(top).parameters})
    return top


def _values(chosen: Mapping[str, Any], controls: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the draw function is given: a menu chooses among labels."""
    return {
        name: controls[name][value] if isinstance(controls[name], Mapping) else value
        for name, value in chosen.items()
    }


def _control(name: str, values: Any) -> ValueWidget:
    """Return a slider over a range or a menu of choices."""
    from ipywidgets import Dropdown, FloatSlider, IntSlider

    if isinstance(values, Mapping):
        return Dropdown(options=list(values), description=name)
    low, high, start = values
    if callable(high):  # set as soon as all controls are there
        high = start
    whole = all(isinstance(v, int) for v in (low, high, start))
    slider = IntSlider if whole else FloatSlider
    step = {} if slider is IntSlider else {"step": round_step(low, high, start)}
    return slider(value=start, min=low, max=high, description=name, **step)


def round_step(low: float, high: float, start: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten, for 80 to 400 positions.

    Both ends, the start and round numbers between them are positions; where no such step
    exists, a hundredth of the range.
    """
    span = high - low
    power = math.floor(math.log10(span))
    steps = (digit * 10.0**k for k in range(power, power - 4, -1) for digit in (5, 2, 1))
    for step in steps:
        whole = (value / step for value in (low, high, start))
        if 80 <= span / step <= 400 and all(abs(v - round(v)) < 1e-6 for v in whole):
            return float(f"{step:.12g}")
    return span / 100


def _button(slider: Any) -> DOMWidget:
    """Return a play button that moves `slider`."""
    from ipywidgets import Play, jslink

    # It begins where the slider stands: a link sets the second to the first.
    button = Play(value=slider.value, min=slider.min, max=slider.max, interval=FRAME_MS)
    jslink((button, "value"), (slider, "value"))
    return button
