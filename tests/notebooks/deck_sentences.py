"""List what the course says about its decks: ``python tests/notebooks/deck_sentences.py``.

The course grew out of four slide decks, D0 to D3. Each sentence of the lectures and the
solutions that speaks of a deck or a slide is listed with notebook, cell and the place that
it names; what it does not name itself, its section may name before it or in the same cell,
and that stands in brackets. Sentences without any place are marked.

With a folder of the decks' text copies (four .txt files, in the order of their names D0 to
D3; they are no part of the repository), words in quotation marks are looked up: in the
lines that the sentence names, else in the decks that it names, else in all. A quotation
beside Chinese words that are found is their translation. Other decks and spaces that
recognition put between letters do not matter.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ("lectures/*.ipynb", "solutions/*/*.ipynb")
SPEAKS = re.compile(
    r"\bslides?\b|\bdecks?\b|\btext cop(y|ies)\b|\bour copy\b", re.IGNORECASE
)
DECK = re.compile(r"\bD[0-3]\b")
LINES = re.compile(r"\b[Ll]ines? (\d+(?:(?:, | and | to |–|-)\d+)*)")
SHORT = 2
"""Up to so many words are a name rather than a sentence."""
END = re.compile(r"(?<=[.!?。？！])[)*\"”]*\s+(?=[(*\"“]*[A-Z0-9*$`])")
"""Where a sentence ends."""
QUOTED = re.compile(r'"([^"]+)"|“([^”]+)”')
CHINESE = re.compile(r"[\u4e00-\u9fff](?:[\w，（）、/]*[\u4e00-\u9fff？！])?")
BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*] |[|>]|\d+\. ))")
NO_SENTENCE = re.compile(
    r"^#.*$|<summary>.*?</summary>|^\|.*\n(?=\|[ :|-]+$)", re.MULTILINE
)
"""Headings, summaries of folded notes, and heads of tables."""

TEXT = re.compile(r"^[a-zA-Z]*[\"']+|[\"']+$")
"""What stands around a text in code."""

Spans = list[tuple[int, int]]
"""First and last lines, counted from 1."""


@dataclass(frozen=True)
class Place:
    """Decks and lines that a sentence names."""

    decks: tuple[str, ...] = ()
    lines: str = ""

    def __str__(self) -> str:
        return f"{'+'.join(self.decks) or '?'}: {self.lines or '-'}"

    def or_else(self, other: Place) -> Place:
        """Return this place with what it lacks taken from another."""
        return Place(self.decks or other.decks, self.lines or other.lines)

    @property
    def spans(self) -> Spans:
        parts = re.split(r", | and ", self.lines) if self.lines else []
        ends = [[int(n) for n in re.findall(r"\d+", part)] for part in parts]
        return [(numbers[0], numbers[-1]) for numbers in ends]


NOWHERE = Place()


@dataclass(frozen=True)
class Sentence:
    """A sentence that speaks of a deck.

    Attributes:
        where: notebook or file, and cell or line.
        place: what the sentence names itself.
        before: the last place named before it in its section, or else in its cell.
    """

    where: str
    text: str
    place: Place
    before: Place


class Deck:
    """The text of a deck without white space; knows the line of every character."""

    def __init__(self, text: str) -> None:
        lines = text.splitlines()
        squeezed = [squeeze(line) for line in lines]
        self.text = "".join(squeezed)
        self._line = [n for n, line in enumerate(squeezed, 1) for _ in line]

    @property
    def length(self) -> int:
        """The number of the last line that is not empty."""
        return self._line[-1]

    def find(self, words: str) -> list[int]:
        """Return the lines in which these words begin."""
        wanted = re.escape(squeeze(words))
        return [self._line[hit.start()] for hit in re.finditer(wanted, self.text)]


def squeeze(text: str) -> str:
    """Return the text in small letters without spaces and marks of emphasis."""
    return re.sub(r"[\s*_`$]|^[-•●◆]+", "", text).lower().rstrip(".,;:")


# --- sentences -----------------------------------------------------------------------


def place_in(text: str) -> Place:
    """Return what decks and lines a text names."""
    decks = tuple(dict.fromkeys(DECK.findall(text)))
    return Place(decks, ", ".join(LINES.findall(text)))


def sentences(where: str, text: str, before: Place = NOWHERE) -> Iterator[Sentence]:
    """Yield the sentences of a cell that speak of a deck; `before` is the place so far."""
    cell = place_in(text)
    for block in BLOCK.split(NO_SENTENCE.sub("\n\n", text)):
        for part in END.split(" ".join(block.split())):
            here = place_in(part)
            speaks = SPEAKS.search(part) or (part.startswith("|") and DECK.search(part))
            if speaks and len(part.split()) > SHORT:
                context = before if before.lines else cell
                yield Sentence(where, part.strip(), here, context)
            before = here.or_else(before)


def said_in_code(code: str) -> str:
    """Return the comments and the texts of code, a paragraph each."""
    code = re.sub(r"^[%!].*$", "", code, flags=re.MULTILINE)
    kinds = (tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", -1))
    try:
        tokens = [*tokenize.generate_tokens(io.StringIO(code).readline)]
    except (tokenize.TokenError, SyntaxError):
        return code
    found, last = "", None
    for token in tokens:
        if token.type in kinds:
            comment = token.type == tokenize.COMMENT
            word = token.string.strip("# ") if comment else TEXT.sub("", token.string)
            found += (" " if last == token.type == tokenize.STRING else "\n\n") + word
        if token.type not in (tokenize.NL, tokenize.NEWLINE):
            last = token.type
    return found


def everywhere(root: Path = ROOT) -> Iterator[Sentence]:
    """Yield the sentences of lectures and solutions in order."""
    notebooks = [path for glob in NOTEBOOKS for path in sorted(root.glob(glob))]
    for path in notebooks:
        before = NOWHERE
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            is_code = cell["cell_type"] == "code"
            text = said_in_code(source) if is_code else source
            if not is_code and re.search(r"^## ", source, re.MULTILINE):
                before = NOWHERE
            yield from sentences(f"{path.stem} {cell['id']}", text, before)
            before = place_in(text).or_else(before)
    for path in sorted(root.glob("solutions/*/exercises/**/*.py")):
        name = path.relative_to(root / "solutions").as_posix()
        yield from sentences(name, said_in_code(path.read_text(encoding="utf-8")))


# --- what is to be marked ------------------------------------------------------------


def marks(sentence: Sentence, decks: dict[str, Deck]) -> list[str]:
    """Return what is to be looked at in a sentence.

    Args:
        sentence: what is said.
        decks: the text copies by name; without them quotations are not looked up.
    """
    place, before = sentence.place, sentence.before
    found = []
    if not place.lines and not before.lines:
        found.append("no line")
    names = place.decks or before.decks or tuple(decks)
    chosen = [decks[name] for name in names if name in decks]
    if chosen and any(last > max(d.length for d in chosen) for _, last in place.spans):
        found.append("no such line")
    originals = CHINESE.findall(sentence.text)
    translates = any(deck.find(words) for deck in chosen for words in originals)
    for quotation in QUOTED.finditer(sentence.text) if chosen else ():
        words = quotation[1] or quotation[2]
        hits = [line for deck in chosen for line in deck.find(words)]
        if not hits and not translates:
            found.append(f"not found: {words}")
        elif hits and place.spans and not within(hits, place.spans):
            found.append(f"in line {', '.join(map(str, hits))}: {words}")
    return found


def within(lines: Sequence[int], spans: Spans) -> bool:
    """Tell whether one of the lines lies in one of the spans."""
    return any(first <= line <= last for line in lines for first, last in spans)


def read_decks(folder: Path) -> dict[str, Deck]:
    """Return the decks of a folder by name.

    Raises:
        ValueError: if there are not four.
    """
    paths = sorted(folder.glob("*.txt"))
    if len(paths) != 4:
        raise ValueError(f"'{folder}' holds {len(paths)} .txt files, expected 4: D0 to D3")
    return {f"D{n}": Deck(p.read_text(encoding="utf-8")) for n, p in enumerate(paths)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("decks", nargs="?", type=Path, help="folder of the text copies")
    parser.add_argument("--marked", action="store_true", help="list only what is marked")
    chosen = parser.parse_args(arguments)
    decks = read_decks(chosen.decks) if chosen.decks else {}
    count = marked = 0
    for sentence in everywhere():
        complaints = marks(sentence, decks)
        count, marked = count + 1, marked + bool(complaints)
        if complaints or not chosen.marked:
            here, before = sentence.place, sentence.before
            place = str(here) if here.decks and here.lines else f"{here} ({before})"
            print(f"{sentence.where}  [{place}]  {sentence.text}")
            for complaint in complaints:
                print(f"    <-- {complaint}")
    print(f"\n{count} sentences speak of a deck, {marked} are marked")
    return 0


if __name__ == "__main__":
    sys.exit(main())
