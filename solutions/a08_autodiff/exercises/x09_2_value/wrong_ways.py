"""Examples of mistakes."""

from __future__ import annotations

from ...._graphs import turned
from .._shared import topo_by_counting, topo_by_layers
from .flawed import assign, engine


class HalfWritten(engine()):  # type: ignore[misc]
    """One method is blank, one is none."""

    def exp(self) -> None:
        raise NotImplementedError("task X09.2: Value")

    tanh = None


WRONG_WAYS = {
    "stops": [HalfWritten],
    "M09.4g": [
        engine(push=assign, order=turned(order))
        for order in (topo_by_counting, topo_by_layers)
    ],
}
