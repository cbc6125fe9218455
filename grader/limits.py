"""What one submission may use: the only place where the defaults stand."""

from __future__ import annotations

from dataclasses import dataclass, fields

MIB = 1 << 20
GIB = 1 << 30
WALL_FACTOR = 4.0
"""How much longer than its processor time anything may take on the clock."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Resources of one submission; an assignment may replace single fields."""

    cell_s: float = 30.0
    """Processor seconds that one cell, or all calls of one exercise, may take."""
    submission_s: float = 120.0
    """Processor seconds that all cells and calls of a submission may take together."""
    memory_bytes: int = 2 * GIB
    """Resident memory over all processes of the submission."""
    processes: int = 64
    """Processes and threads alive at once."""
    files_bytes: int = 64 * MIB
    """Bytes in its private folders."""
    cell_text_bytes: int = MIB
    """Bytes of printed text kept of one cell."""
    cell_output_bytes: int = 16 * MIB
    """Bytes of output kept of one cell, figures included."""
    output_bytes: int = 32 * MIB
    """Bytes of output kept of all cells together."""

    def __post_init__(self) -> None:
        """Refuse what would stop every submission before it begins."""
        for name in (field.name for field in fields(self)):
            value = getattr(self, name)
            kinds = (int, float) if name.endswith("_s") else (int,)
            if type(value) not in kinds or not value > 0:
                kind = "seconds" if name.endswith("_s") else "a whole number"
                raise ValueError(f"the limit {name} is {value!r}, expected {kind} above 0")
