"""Pictures of an answer, wherever they came from: pasted, in the text, beside the notebook.

Editors keep a pasted picture among a cell's attachments, others write it into the text as
base64, and some students put the file beside the notebook. Whoever marks must see it in
each case, so all of them become attachments under names of our own. A name holds a digest
of the picture: another picture is another answer.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

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
_ENDING = r"\.(?:png|jpe?g|gif|webp|svg|bmp|tiff?|heic|heif|pdf)"
_DATA = r"data:image/[a-z.+-]{1,20};base64,[A-Za-z0-9+/=\s]*"
_REFERENCE = re.compile(
    rf"!\[(?P<alt>[^\[\]\n]{{0,500}})\]\([ \t]*<?(?P<markdown>{_DATA}|"
    r"attachment:[^\n()<>\"]{1,300}?(?:\([^\n()<>\"]{0,50}\)[^\n()<>\"]{0,50}?)?|"
    rf"[^\n<>\"\[\]]{{1,300}}?{_ENDING})>?"
    r"(?:[ \t]+(?:\"[^\"\n]{0,300}\"|'[^'\n]{0,300}'))?[ \t]*\)"
    rf"|<img\s[^<>]{{0,300}}?\bsrc\s{{0,9}}=\s{{0,9}}[\"']?"
    rf"(?P<html>{_DATA}|attachment:[^\n\"'<>]{{1,300}}|[^\n\"'<>]{{1,300}}?{_ENDING})"
    r"[\"']?[^<>]{0,300}>",
    re.I,
)
"""Bounded: an unbounded search from every start is quadratic."""
_EMBEDDED = re.compile(rf"\b{_DATA}", re.I)


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
        data = _decoded(match[0].partition(",")[2])
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
    """Files handed in with the notebook, by their path from there."""
    remarks: list[str] = field(default_factory=list)
    """Which pictures are not shown, and why."""
    used: set[str] = field(default_factory=set)
    """Files beside the notebook that some answer shows."""
    _room: int = MOST_BYTES

    def __post_init__(self) -> None:
        self._paths = {_folded(path): path for path in self.beside}

    def placed(self, source: str, pictures: Mapping[str, bytes]) -> tuple[str, Attachments]:
        """Return a Markdown cell's text and the attachments it shows.

        Args:
            source: the student's text.
            pictures: the cell's own attachments.
        """
        shown: Attachments = {}

        def place(match: re.Match[str]) -> str:
            target = match["markdown"] or match["html"]
            name = self._kept(target.strip(), pictures, shown)
            return f"![{match['alt'] or ''}](attachment:{name})" if name else match[0]

        return _REFERENCE.sub(place, source), shown

    def page(self) -> tuple[str, Attachments]:
        """Return a Markdown cell with what lies beside the notebook and no answer shows."""
        shown: Attachments = {}
        lines = []
        for path, data in self.beside.items():
            if path in self.used:
                continue
            text = path
            if data.startswith(b"%PDF-"):
                text = f"[{path}]({path.replace(' ', '%20')})"
            elif data and (name := self._added(path, data, shown)):
                text = f"![{path}](attachment:{name})"
            lines.append(text)
        return "\n\n".join(
            ["Handed in beside the notebook:", *lines] if lines else []
        ), shown

    def _kept(self, target: str, pictures: Mapping[str, bytes], shown: Attachments) -> str:
        """Return the name of the attachment a reference means from now on."""
        if target[:5].lower() == "data:":
            return self._added("in the text", _decoded(target.partition(",")[2]), shown)
        if target[:11].lower() == "attachment:":
            name = target[11:]
            data = pictures.get(name, pictures.get(unquote(name)))
            return self._added(name, data, shown)
        if re.match(r"(?i)[a-z][\w+.-]+:|//|/", target):
            return ""  # elsewhere: nobody's page loads it
        path = self._paths.get(_folded(target), self._paths.get(_folded(unquote(target))))
        if path is None:
            self._remark(f"the picture '{target}' was not handed in with the notebook")
            return ""
        self.used.add(path)
        return self._added(path, self.beside[path], shown)

    def _added(self, name: str, data: bytes | None, shown: Attachments) -> str:
        """Add a picture to those that are shown; return its name, empty if it cannot be."""
        called = name if name == "in the text" else f"'{name}'"
        if data is None:
            self._remark(f"the picture {called} was not handed in: only its name was")
            return ""
        kind = kind_of(data)
        if not kind:
            self._remark(f"the picture {called} cannot be shown: hand in PNG or JPEG")
            return ""
        own = f"picture-{_digest(data)}.{ENDINGS[kind]}"
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
        if text not in self.remarks:
            self.remarks.append(text[:500])


def plain_files(names: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the files that may lie beside a notebook that people open.

    Pictures and PDFs by their content and ending: nothing that a server would hand to a
    browser as a page.
    """
    for path, data in names.items():
        kind = "pdf" if data.startswith(b"%PDF-") else ENDINGS.get(kind_of(data), "")
        ending = path.rpartition(".")[2].lower().replace("jpeg", "jpg")
        if kind and kind != "svg" and kind == ending:
            yield path, data


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
    path = unicodedata.normalize("NFC", path.replace("\\", "/")).casefold()
    return path.removeprefix("./")
