"""Outputs of a submission, counted and trimmed while they arrive."""

from __future__ import annotations

from typing import Any

from grader.limits import Limits

FLOOD_FACTOR = 32
"""A cell that sends this many times what is kept of it is stopped."""

KEPT_MIME_TYPES = (
    "text/plain",
    "text/html",
    "text/markdown",
    "text/latex",
    "image/png",
    "image/jpeg",
)
"""Rich forms worth keeping; scripts, widgets and SVG are not."""


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
        return (
            not self._silent and self._seen > FLOOD_FACTOR * self._limits.cell_output_bytes
        )

    @property
    def most_bytes(self) -> int:
        """The largest message that could be kept."""
        return 2 * self._limits.cell_output_bytes

    def drop(self, size: int) -> None:
        """Count a message that nobody will look at."""
        self._seen += size
        self._dropped = True

    def begin_cell(self) -> None:
        """Start the outputs of a new cell."""
        self._outputs: list[dict[str, Any]] = []
        self._kept = self._seen = 0
        self._dropped = False
        self._silent = False

    def begin_silence(self, *, keep: bool = False) -> None:
        """From now on only count; ``keep`` spares the outputs collected so far."""
        if not keep:
            self.begin_cell()
        self._seen = 0
        self._silent = True

    def end_cell(self, fault: str = "") -> tuple[dict[str, Any], ...]:
        """Return the cell's outputs, with a last line on what was cut or stopped."""
        if self._dropped:
            self._outputs.append(_notice("further output was dropped: limit reached"))
        if fault:
            self._outputs.append(_notice(f"this cell was {fault}"))
        return tuple(self._outputs)

    def add(self, kind: str, content: dict[str, Any], size: int) -> None:
        """Take one iopub message of ``size`` bytes."""
        self._seen += size
        if self._silent:
            return
        if kind == "clear_output":
            self._outputs.clear()
            return
        output = _output(kind, content)
        if output is None:
            return
        room = min(
            self._limits.cell_output_bytes - self._kept,
            self._limits.output_bytes - self._total,
        )
        if size > room:
            self._dropped = True
            return
        self._kept += size
        self._total += size
        last = self._outputs[-1] if self._outputs else {}
        if kind == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            self._outputs.append(output)


def _notice(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stderr", "text": f"[grader] {text}\n"}


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
