"""Data sets of the course, packaged with it: no network, the same bytes everywhere.

Each function reads files of `utils/datasets/`, whose README names source and licence,
and refuses a file that has changed.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).with_name("datasets")

SHA256 = {
    "gongji.txt": "906949fff7d05b8ba437a0c5f1b7cd0e53cc83e43d4dbf2763c5fe66d46709f5",
    "iris.csv": "9cc1c345c71bcc9b486b74cbf6063fa66f4bb5e0f603a4b3c3471ec2e5e8e355",
}


@dataclass(frozen=True)
class Iris:
    """The irises of Fisher (鸢尾花).

    Attributes:
        X: (150, 4) float64, lengths in cm, in the order of `features`.
        y: (150,) int64, 0, 1 or 2, in the order of `species`.
        features: names of the four columns.
        species: names of the three classes.
    """

    X: np.ndarray
    y: np.ndarray
    features: tuple[str, ...]
    species: tuple[str, ...]


def iris() -> Iris:
    """Return 150 irises, 50 of each species, ordered by species.

    Raises:
        FileNotFoundError: the file is missing from the installation.
        ValueError: the file is not the one that came with the course.

    Ref: lecture 13, B11; Fisher 1936.
    """
    header, *rows = csv.reader(read("iris.csv").splitlines())
    species = tuple(dict.fromkeys(row[-1] for row in rows))
    X = np.array([[float(length) for length in row[:-1]] for row in rows])
    y = np.array([species.index(row[-1]) for row in rows])
    return Iris(X, y, tuple(name.replace("_", " ") for name in header[:-1]), species)


def gongji() -> list[list[str]]:
    """Return 50 short Chinese sentences about 公鸡 and 供给, cut into words.

    Both words are typed gongji. The first 40 sentences are for training, the last 10
    for testing.

    Raises:
        FileNotFoundError: the file is missing from the installation.
        ValueError: the file is not the one that came with the course.

    Ref: lecture 01, T01.13 to T01.15.
    """
    return [line.split() for line in read("gongji.txt").splitlines()]


def read(name: str) -> str:
    """Return the text of a packaged file after checking it.

    Args:
        name: of a file in `utils/datasets/`.

    Raises:
        FileNotFoundError: it is missing from the installation.
        ValueError: its bytes are not those that came with the course.
    """
    return read_bytes(name).decode("utf-8")


def read_bytes(name: str) -> bytes:
    """Return the bytes of a packaged file after checking them; see `read`."""
    raw = (FOLDER / name).read_bytes()
    found = hashlib.sha256(raw).hexdigest()
    if found != SHA256[name]:
        raise ValueError(
            f"{FOLDER / name} has changed: its SHA-256 starts with {found[:12]}, "
            f"expected {SHA256[name][:12]}. Reinstall the course, or restore the file."
        )
    return raw
