"""Outputs of a submission, counted and trimmed while they arrive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass
class _Display:
    """An output that its cell, or a later one, may still exchange."""

    output: dict[str, Any]
    size: int


class OutputCollector:
    """Turns what a box shows into notebook outputs within the byte limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._total = 0
        self._displays: dict[str, list[_Display]] = {}
        self.begin_cell()

    @property
    def flooded(self) -> bool:
        """Whether the cell sends so much that it should be stopped.

        Not while an exercise is asked: its outputs are not kept, its time is limited, and
        a thread of an earlier cell must not cost right answers.
        """
        return not self._silent and self._seen > FLOOD_FACTOR * self._limits.cell_text_bytes

    def drop(self, names: Iterable[str], size: int) -> None:
        """Say of an output that it was too large; ``names`` are its MIME types."""
        if not self._silent:
            self._seen += size // FLOOD_FACTOR
            self._dropped.setdefault(_named(names), size)

    def begin_cell(self) -> None:
        """Start the outputs of a new cell."""
        self._outputs: list[dict[str, Any]] = []
        self._kept = self._text = self._seen = 0
        self._dropped: dict[str, int] = {}
        self._silent = self._clears = False

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
        """Take one output of ``size`` bytes, as a box sends it."""
        if self._silent:
            self._seen += size
            return
        if kind == "clear_output":
            self._seen += size
            self._clears = True
            if content.get("wait") is not True:
                self._clear()
            return
        output = _output(kind, content)
        named = TEXT if output is None else _named(output.get("data", ()))
        self._seen += size if named == TEXT else size // FIGURES_PER_TEXT
        if output is None:
            return
        if kind == "update_display_data":
            self._exchange(output, _text(content.get("display_id")), size)
            return
        if self._clears:
            self._clear()
        if not self._has_room(size, printed=kind in ("stream", "error")):
            self._dropped.setdefault(named, size)
            return
        last = self._outputs[-1] if self._outputs else {}
        if kind == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
            return
        self._outputs.append(output)
        if name := _text(content.get("display_id")):
            self._displays.setdefault(name, []).append(_Display(output, size))

    def _has_room(self, size: int, *, printed: bool) -> bool:
        """Whether this much more can be kept, and if so, count it."""
        room = min(
            self._limits.cell_output_bytes - self._kept,
            self._limits.output_bytes - self._total,
            *([self._limits.cell_text_bytes - self._text] if printed else []),
        )
        if size > room:
            return False
        self._kept += size
        self._text += size if printed else 0
        self._total += size
        return True

    def _clear(self) -> None:
        """Begin the cell's outputs anew, as JupyterLab does."""
        self._outputs.clear()
        self._dropped.clear()
        self._total -= self._kept
        self._kept = self._text = 0
        self._clears = False

    def _exchange(self, output: dict[str, Any], name: str, size: int) -> None:
        """Show something else where something was displayed under this name."""
        for display in self._displays.get(name, ()):
            if not self._has_room(max(0, size - display.size), printed=False):
                self._dropped.setdefault(_named(output["data"]), size)
                continue
            display.output["data"] = output["data"]
            display.size = max(size, display.size)


def _notice(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stderr", "text": f"[grader] {text}\n"}


def _named(kinds: Iterable[str]) -> str:
    """Return what a person would call an output with these MIME types."""
    kinds = list(kinds)
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
    if kind not in ("display_data", "execute_result", "update_display_data"):
        return None
    data = content.get("data")
    kept = {
        mime: _text(data[mime])
        for mime in KEPT_MIME_TYPES
        if isinstance(data, dict) and isinstance(data.get(mime), str)
    }
    shown = "execute_result" if kind == "execute_result" else "display_data"
    output: dict[str, Any] = {"output_type": shown, "data": kept, "metadata": {}}
    if kind == "execute_result":
        count = content.get("execution_count")
        output["execution_count"] = count if type(count) is int else None
    return output if kept else None
