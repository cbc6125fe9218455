"""How well student code is confined, as a value that goes into every result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["full", "namespaces", "none"]
"""`full`: namespaces, Landlock and seccomp. `namespaces`: Landlock or seccomp is
missing on this machine. `none`: an ordinary process, for trusted code only."""

LEVELS: tuple[Level, ...] = ("none", "namespaces", "full")
"""From the weakest to the strongest."""


def is_enough(level: str, wanted: Level) -> bool:
    """Whether a level confines at least as much as the one asked for.

    A text that is no level, as a damaged file may hold it, confines nothing.
    """
    return level in LEVELS and LEVELS.index(level) >= LEVELS.index(wanted)


@dataclass(frozen=True)
class Applied:
    """What a box reported about itself after it had locked itself in."""

    landlock: int
    """Landlock version in force, 0 if the system has none."""
    seccomp: bool
    """Whether the system-call filter is loaded."""

    @property
    def level(self) -> Level:
        """The level these layers amount to; the namespaces are a given."""
        return "full" if self.landlock and self.seccomp else "namespaces"


@dataclass(frozen=True)
class Layer:
    """One layer of confinement, as found by trying it."""

    name: str
    works: bool
    detail: str
    """Version, or why it does not work and what would help."""


@dataclass(frozen=True)
class Report:
    """What this machine can do; made by `grader.sandbox.probe`."""

    system: str
    """Operating system, its version and the architecture."""
    level: Level
    """The best level `course-confined` reaches here."""
    layers: tuple[Layer, ...]
