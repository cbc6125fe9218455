"""When something was handed in: the student's word, and whether it can be true."""

from __future__ import annotations

from datetime import UTC, datetime

from nbgrader.utils import parse_utc

LENIENCE_S = 300
"""Clocks of two machines differ by minutes."""
_MOST = 100
"""Characters of a date that nobody could read, in the sentence about it."""


def parsed(text: str) -> datetime | None:
    """Return the date nbgrader reads in a ``timestamp.txt``, in UTC; None if none."""
    try:
        found = parse_utc(text)
        return datetime.fromtimestamp(found.replace(tzinfo=UTC).timestamp(), UTC)
    except Exception:  # dateutil and decimal raise whatever a text leads them to
        return None


def doubts(text: str, released: datetime | None, arrived: datetime) -> str:
    """Return what is wrong with a date; empty if it can be true.

    Args:
        text: content of ``timestamp.txt``.
        released: when the assignment first went out, if that is known.
        arrived: when the file came to lie where submissions are collected.
    """
    said = parsed(text)
    if said is None:
        return f"no date could be read in timestamp.txt ('{text[:_MOST]}'): never late"
    if released and (released - said).total_seconds() > LENIENCE_S:
        return (
            f"timestamp.txt says {_shown(said)}, before the release at {_shown(released)}"
        )
    if (said - arrived).total_seconds() > LENIENCE_S:
        return (
            f"timestamp.txt says {_shown(said)}, after it was collected at "
            f"{_shown(arrived)}"
        )
    return ""


def _shown(date: datetime) -> str:
    return f"{date:%Y-%m-%d %H:%M:%S} UTC"
