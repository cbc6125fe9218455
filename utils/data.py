"""Data sets of the course, packaged with it: no network, the same bytes everywhere.

Each function reads files of `utils/datasets/`, whose README names source and licence,
and refuses a file that has changed.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).with_name("datasets")

SHA256 = {
    "analogies.txt": "8a23344f19234a594135f6e3ebe534cad2fab95d24fb2985d465757695eccf86",
    "glove.npz": "a9ac8207c968566cbd797fd41fce957866b6ec3486ebe5e38166c8acf83ef133",
    "gongji.txt": "906949fff7d05b8ba437a0c5f1b7cd0e53cc83e43d4dbf2763c5fe66d46709f5",
    "iris.csv": "9cc1c345c71bcc9b486b74cbf6063fa66f4bb5e0f603a4b3c3471ec2e5e8e355",
    "ner.txt": "cc421b22fe1a560e14f35917ee43079d64a933d046968206b94d0aeb5ab8a21d",
    "wordsim353.tsv": "f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d",
}

# In the published list of analogies a pair is asked together with the 39 pairs after it.
PARTNERS = 39


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


@dataclass(frozen=True)
class Glove:
    """Word vectors (词向量) of 50 numbers, for 20,000 English words in small letters.

    Attributes:
        words: the most frequent word first.
        vectors: (V, 50) float64, one row per word, in the order of `words`.
        index: word -> its row.
    """

    words: tuple[str, ...]
    vectors: np.ndarray
    index: Mapping[str, int]


def glove() -> Glove:
    """Return a slice of GloVe, trained on 6 billion words of Wikipedia and news.

    The numbers were rounded to 8 bits, with one scale per word; the cosine of a row
    with the original is above 0.9999.

    Raises:
        FileNotFoundError: the file is missing from the installation.
        ValueError: the file is not the one that came with the course.

    Ref: lecture 14; Pennington, Socher and Manning 2014.
    """
    with np.load(io.BytesIO(read_bytes("glove.npz"))) as stored:
        words = tuple(stored["words"].tobytes().decode("utf-8").split("\n"))
        vectors = stored["vectors"] * stored["scale"][:, None].astype(np.float64)
    return Glove(words, vectors, {word: row for row, word in enumerate(words)})


def wordsim353() -> list[tuple[str, str, float]]:
    """Return 353 pairs of words, each with the similarity people gave it, from 0 to 10.

    Raises:
        FileNotFoundError: the file is missing from the installation.
        ValueError: the file is not the one that came with the course.

    Ref: lecture 14, T14.5, B16; Finkelstein et al. 2002.
    """
    lines = [line for line in read("wordsim353.tsv").splitlines() if line[0] != "#"]
    return [(a, b, float(mean)) for a, b, mean in csv.reader(lines, delimiter="\t")]


def analogies() -> dict[str, list[tuple[str, str, str, str]]]:
    """Return 19,544 questions "a is to b as c is to ?" with answer d, by section.

    The words are in small letters, and all of them have a vector in `glove()`. Only
    pairs (a, b) are stored: each makes a question with each of the 39 pairs after it,
    in a circle. As in the published list, a question whose answer stands in the
    question is left out.

    Raises:
        FileNotFoundError: the file is missing from the installation.
        ValueError: the file is not the one that came with the course.

    Ref: lecture 14, T14.3; Mikolov et al. 2013.
    """
    pairs: dict[str, list[tuple[str, str]]] = {}
    for line in read("analogies.txt").splitlines():
        first, second = line.split()
        if first == ":":
            section = pairs.setdefault(second, [])
        else:
            section.append((first, second))
    return {name: _questions(section) for name, section in pairs.items()}


def _questions(pairs: list[tuple[str, str]]) -> list[tuple[str, str, str, str]]:
    """Return each pair with those after it, as analogies."""
    partners = min(PARTNERS, len(pairs) - 1)
    asked = [
        (*pair, *pairs[(i + step) % len(pairs)])
        for i, pair in enumerate(pairs)
        for step in range(1, partners + 1)
    ]
    return [(a, b, c, d) for a, b, c, d in asked if a != c and d not in (a, b, c)]


@dataclass(frozen=True)
class Labelled:
    """A sentence whose words carry labels.

    Attributes:
        words: as written; Chinese sentences are cut into words.
        labels: one per word: PER (person), LOC (place), ORG (organisation), DATE, or O
            for other words.
        language: "en" or "zh".
        is_test: whether the sentence is for testing, not for training.
    """

    words: tuple[str, ...]
    labels: tuple[str, ...]
    language: str
    is_test: bool


def ner() -> list[Labelled]:
    """Return 391 short sentences with named entities (命名实体), 109 of them Chinese.

    Many names are ambiguous on purpose: Paris Hilton is a person, the Hilton Hotel in
    Paris a place, and 小米 a company or millet.

    Raises:
        FileNotFoundError: the file is missing from the installation.
        ValueError: the file is not the one that came with the course.

    Ref: lecture 14, T14.8.
    """
    sentences = []
    for line in read("ner.txt").splitlines():
        language, part, text = line.split("\t")
        tokens = [token.partition("/") for token in text.split()]
        words = tuple(word for word, _, _ in tokens)
        labels = tuple(label or "O" for _, _, label in tokens)
        sentences.append(Labelled(words, labels, language, part == "test"))
    return sentences


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
