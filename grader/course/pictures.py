"""Pictures of an answer, wherever they came from: pasted, in the text, beside the notebook.

Editors keep a pasted picture among a cell's attachments, others write it into the text as
base64, and some students put the file beside the notebook. Whoever marks must see it in
each case, so all of them become attachments under names of our own. A name holds a digest
of the picture: another picture is another answer.

Only where a picture comes from is looked for in a text, never a whole image: Markdown has
too many ways of writing one. What is attached and no image shows is put below the text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from grader.limits import MIB

ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/svg+xml": "svg",
}
"""The kinds of pictures that browsers show, with the ending of a file."""
MOST_BYTES = 16 * MIB
"""Of all pictures of one notebook; a photo of a phone has about 4 MiB."""
MOST_REMARKS = 20
MOST_ODD = 50
"""Attachments of one cell with blanks or brackets in their names."""
MOST_REFERENCES = 2000
"""Places in one notebook's texts that are looked at for names of files."""
_LONGEST_PATH = 300
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)
_ACTIVE = re.compile(
    rb"<!ENTITY|<(?:[\w.-]{0,20}:)?(?:script|foreignObject|filter|animate|set|iframe)\b",
    re.I,
)
"""Parts of SVG that act or take endless time; matplotlib writes none of them."""
_EMBEDDED = re.compile(
    r"data:image/[a-z.+-]{1,20};base64,([A-Za-z0-9+/=]*"
    r"(?:(?<=[A-Za-z0-9+/]{60})\r?\n[A-Za-z0-9+/=]{60,})*"
    r"(?:(?<=[A-Za-z0-9+/]{60})\r?\n[A-Za-z0-9+/]{1,59}={0,2}(?=[ \t\r\n]*[)\"'>]))?)",
    re.I,
)
"""Base64 may be broken into full lines; the student's words are not taken with it."""
_PLAIN_NAME = re.compile(r"[^\s()<>\"']{1,300}")
_ATTACHED = re.compile(rf"attachment:({_PLAIN_NAME.pattern})")
_ENDING = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|bmp|tiff?|heic|heif|pdf)(?![\w.])", re.I)
_OPENINGS = ("](", "]:", "src=", "SRC=")
"""What stands in front of an address in Markdown and HTML."""
_ELSEWHERE = re.compile(r"[a-z][\w+.-]+:|/", re.I)


def kind_of(data: bytes) -> str:
    """Return the MIME type of a picture by its first bytes; empty if it is none to show."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if b"<svg" in data[:2000] and not _ACTIVE.search(data):
        return "image/svg+xml"
    return ""


def attached(raw: Any) -> dict[str, bytes]:
    """Return the pictures among a cell's attachments by name; what is malformed is none."""
    found = {}
    for name, forms in raw.items() if isinstance(raw, dict) else ():
        for text in forms.values() if isinstance(forms, dict) else ():
            if isinstance(text, list):
                text = "".join(part for part in text if isinstance(part, str))
            data = _decoded(text) if isinstance(text, str) else b""
            if data:
                found[str(name)] = data
    return found


def lifted(source: str) -> tuple[str, dict[str, bytes]]:
    """Take pictures written as base64 out of a text.

    Returns:
        The text, which names them as attachments, and the pictures by that name.
    """
    found: dict[str, bytes] = {}

    def name(match: re.Match[str]) -> str:
        data = _decoded(match[1])
        if not data:
            return match[0]
        known = f"embedded-{_digest(data)}"
        found[known] = data
        return f"attachment:{known}"

    return _EMBEDDED.sub(name, source), found


Attachments = dict[str, dict[str, str]]
"""A cell's pictures as notebooks keep them: base64 by MIME type, by name."""


@dataclass
class Album:
    """The pictures of one notebook's answers, in their order, while there is room."""

    beside: Mapping[str, bytes] = field(default_factory=dict)
    """Files handed in with the notebook, by their path from there; empty: not read."""
    remarks: list[str] = field(default_factory=list)
    """Which pictures are not shown, and why."""
    _used: set[str] = field(default_factory=set)
    """Files beside the notebook that some answer names."""
    _room: int = MOST_BYTES
    _left: int = MOST_REFERENCES

    def __post_init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}  # path: kind, and name as attachment
        self._folded: dict[str, str] = {}
        for path in self.beside:
            self._folded.setdefault(_folded(path), path)

    def placed(self, source: str, pictures: Mapping[str, bytes]) -> tuple[str, Attachments]:
        """Return a Markdown cell's text and the pictures that belong to it.

        Args:
            source: the student's text.
            pictures: the cell's own attachments.
        """
        shown: Attachments = {}
        text, embedded = lifted(source)
        own: dict[str, str] = {}
        for name, data in {**pictures, **embedded}.items():
            own[name] = own[quote(name)] = self._added(f"'{name}'", data, shown)
        for name in [name for name in own if not _PLAIN_NAME.fullmatch(name)][:MOST_ODD]:
            text = text.replace(f"attachment:{name}", f"attachment:{own[name]}")

        def renamed(match: re.Match[str]) -> str:
            if match[1] not in own and match[1] not in shown:
                self._remark(
                    f"the picture '{match[1]}' was not handed in: only its name was"
                )
            return f"attachment:{own.get(match[1]) or match[1]}"

        text = _ATTACHED.sub(renamed, text)
        return self._with_files(text, shown), shown

    def page(self) -> tuple[str, Attachments]:
        """Return a Markdown cell with what lies beside the notebook and no answer names."""
        shown: Attachments = {}
        lines = []
        for path, data in self.beside.items():
            if path in self._used:
                continue
            text = re.sub(r"[\[\]()!<>`*_]", " ", path)
            if data.startswith(b"%PDF-"):
                text = f"[{text}]({quote(path)}#{_digest(data)})"
            elif data and (name := self._file(path, shown)):
                text = f"![{text}](attachment:{name})"
            lines.append(text)
        text = "\n\n".join(["Handed in beside the notebook:", *lines]) if lines else ""
        return text, shown

    def _with_files(self, text: str, shown: Attachments) -> str:
        """Return the text with attachments in place of files beside the notebook."""
        parts, done = [], 0
        for ending in _ENDING.finditer(text):
            self._left -= 1
            if self._left < 0:
                break
            start, path = _address(
                text, max(done, ending.end() - _LONGEST_PATH), ending.end()
            )
            if not path or _ELSEWHERE.match(path):
                continue
            known = self._find(path)
            if known is None:
                self._remark(f"the picture '{path}' was not handed in with the notebook")
                continue
            self._used.add(known)
            if self.beside[known].startswith(b"%PDF-"):
                new = f"{quote(known)}#{_digest(self.beside[known])}"
            else:
                name = self._file(known, shown)
                new = f"attachment:{name}" if name else ""
            if new:
                parts += [text[done:start], new]
                done = ending.end()
        return "".join([*parts, text[done:]])

    def _find(self, path: str) -> str | None:
        """Return the file that is meant, spelt exactly or as other systems spell it."""
        for spelt in (path, unquote(path)):
            plain = spelt.replace("\\", "/").removeprefix("./")
            if plain in self.beside:
                return plain
            if _folded(plain) in self._folded:
                return self._folded[_folded(plain)]
        return None

    def _file(self, path: str, shown: Attachments) -> str:
        """Add a file beside the notebook; it is looked into once."""
        data = self.beside[path]
        if not data:
            self._remark(f"'{path}' was not read: it is too large, a link, or no picture")
            return ""
        if path not in self._known:
            kind = kind_of(data)
            self._known[path] = kind, _own_name(data, kind)
        return self._added(f"'{path}'", data, shown, self._known[path])

    def _added(
        self,
        called: str,
        data: bytes,
        shown: Attachments,
        known: tuple[str, str] | None = None,
    ) -> str:
        """Add a picture to those of a cell; return its name, empty if it cannot be."""
        kind = known[0] if known else kind_of(data)
        if not kind:
            self._remark(f"the picture {called} cannot be shown: hand in PNG or JPEG")
            return ""
        own = known[1] if known else _own_name(data, kind)
        if own not in shown:
            if len(data) > self._room:
                self._remark(
                    f"the picture {called} has {len(data) / MIB:.1f} MiB and is not shown: "
                    f"all pictures together may have {MOST_BYTES // MIB} MiB"
                )
                return ""
            self._room -= len(data)
            shown[own] = {kind: base64.b64encode(data).decode()}
        return own

    def _remark(self, text: str) -> None:
        if len(self.remarks) < MOST_REMARKS and text not in self.remarks:
            self.remarks.append(text[:500])


def below(text: str, attachments: Collection[str]) -> str:
    """Return the text with those attachments below it that no image in it shows."""
    shown = set(re.findall(r"!\[[^\[\]\n]*\]\(attachment:([\w.-]+)", text))
    missing = [name for name in attachments if name not in shown]
    return text + "".join(f"\n\n![](attachment:{name})" for name in missing)


def plain_files(names: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the files that may lie beside a notebook that people open.

    Pictures and PDFs by their content and ending: nothing that a server would hand to a
    browser as a page.
    """
    for path, data in names.items():
        ending = path.rpartition(".")[2].lower().replace("jpeg", "jpg")
        if ending == "svg":
            continue
        kind = "pdf" if data.startswith(b"%PDF-") else ENDINGS.get(kind_of(data), "")
        if kind and kind == ending:
            yield path, data


def _address(text: str, low: int, end: int) -> tuple[int, str]:
    """Return where an address that ends somewhere begins, and the address itself."""
    openings = [(text.rfind(sign, low, end), len(sign)) for sign in _OPENINGS]
    place, length = max(openings)
    if place < 0:
        return 0, ""
    start = place + length
    while start < end and text[start] in " \t<\"'":
        start += 1
    path = text[start:end]
    ended = re.search(r"[\n<>\"|]", path) or re.search(
        r"\)", re.sub(r"\([^()]*\)", "", path)
    )
    return (0, "") if ended else (start, path)


def _own_name(data: bytes, kind: str) -> str:
    return f"picture-{_digest(data)}.{ENDINGS[kind]}" if kind else ""


def _decoded(text: str) -> bytes:
    """Return what base64 stands for; nothing if it is none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _folded(path: str) -> str:
    """Return a path as systems compare it that do not mind case or composition."""
    return unicodedata.normalize("NFC", path).casefold()
