"""Outputs of a submission, counted and trimmed while they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.limits import MIB, Limits

FLOOD_FACTOR = 32
"""A cell that sends this many times the text that is kept of it is stopped."""
FIGURES_PER_TEXT = 4
"""A figure has as many bytes for what a person sees; they count a fourth."""
TEXT = "further output"
"""What a note calls an output without a figure."""

KEPT_MIME_TYPES = (
    "text/plain",
    "text/html",
    "text/markdown",
    "text/latex",
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/svg+xml",
)
"""Rich forms worth keeping; scripts and widgets are not."""


class OutputCollector:
    """Turns kernel messages into notebook outputs within the byte limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._total = 0
        self.begin_cell()

    @property
    def flooded(self) -> bool:
        """Whether the cell sends so much that it should be stopped.

        Not while an exercise is asked: its outputs are not kept, its time is limited, and
        a thread of an earlier cell must not cost right answers.
        """
        return not self._silent and self._seen > FLOOD_FACTOR * self._limits.cell_text_bytes

    @property
    def most_bytes(self) -> int:
        """The largest message that could be kept."""
        return 2 * self._limits.cell_output_bytes

    def drop(self, size: int) -> None:
        """Count a message that nobody will look at."""
        self._seen += size
        self._dropped.setdefault(TEXT, size)

    def begin_cell(self) -> None:
        """Start the outputs of a new cell."""
        self._outputs: list[dict[str, Any]] = []
        self._kept = self._text = self._seen = 0
        self._dropped: dict[str, int] = {}
        self._silent = False

    def begin_silence(self, *, keep: bool = False) -> None:
        """From now on only count; ``keep`` spares the outputs collected so far."""
        if not keep:
            self.begin_cell()
        self._seen = 0
        self._silent = True

    def end_cell(self, fault: str = "") -> tuple[dict[str, Any], ...]:
        """Return the cell's outputs, with a last line on what was cut or stopped."""
        for what, size in self._dropped.items():
            self._outputs.append(_notice(self._why_dropped(what, size)))
        if fault:
            self._outputs.append(_notice(f"this cell was {fault}"))
        return tuple(self._outputs)

    def _why_dropped(self, what: str, size: int) -> str:
        if what == TEXT:
            return f"{what} was dropped: limit reached"
        most, total = self._limits.cell_output_bytes, self._limits.output_bytes
        return (
            f"{what} of {size / MIB:.1f} MiB was dropped: of a cell {most / MIB:g} MiB "
            f"are kept, of all cells {total / MIB:g} MiB"
        )

    def add(self, kind: str, content: dict[str, Any], size: int) -> None:
        """Take one iopub message of ``size`` bytes."""
        output = None if self._silent else _output(kind, content)
        figure = output is not None and _named(output) != TEXT
        self._seen += size // FIGURES_PER_TEXT if figure else size
        if kind == "clear_output" and not self._silent:
            self._outputs.clear()
        if output is None:
            return
        printed = kind in ("stream", "error")
        room = min(
            self._limits.cell_output_bytes - self._kept,
            self._limits.output_bytes - self._total,
            *([self._limits.cell_text_bytes - self._text] if printed else []),
        )
        if size > room:
            self._dropped.setdefault(_named(output), size)
            return
        self._kept += size
        self._text += size if printed else 0
        self._total += size
        last = self._outputs[-1] if self._outputs else {}
        if kind == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            self._outputs.append(output)


def _notice(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stderr", "text": f"[grader] {text}\n"}


def _named(output: Mapping[str, Any]) -> str:
    """Return what a person would call an output."""
    kinds = output.get("data", ())
    if any(kind.startswith("image/") for kind in kinds):
        return "a figure"
    return "an output in HTML" if "text/html" in kinds else TEXT


def _text(value: Any) -> str:
    """Return text that can be written; nothing for what is none."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _output(kind: str, content: dict[str, Any]) -> dict[str, Any] | None:
    """Return a well-formed notebook output, or None for what is not kept."""
    if kind == "stream":
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": _text(content.get("text"))}
    if kind == "error":
        trace = content.get("traceback")
        return {
            "output_type": kind,
            "ename": _text(content.get("ename")),
            "evalue": _text(content.get("evalue")),
            "traceback": list(map(_text, trace)) if isinstance(trace, list) else [],
        }
    if kind not in ("display_data", "execute_result"):
        return None
    data = content.get("data")
    kept = {
        mime: _text(data[mime])
        for mime in KEPT_MIME_TYPES
        if isinstance(data, dict) and isinstance(data.get(mime), str)
    }
    output: dict[str, Any] = {"output_type": kind, "data": kept, "metadata": {}}
    if kind == "execute_result":
        count = content.get("execution_count")
        output["execution_count"] = count if type(count) is int else None
    return output if kept else None
