"""What pages and notebooks may contain: nothing that acts, nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

_FORBIDDEN_TAGS = frozenset(
    (
        *("script", "iframe", "object", "embed", "form", "input", "button", "base"),
        *("link", "svg", "math", "template", "audio", "video", "source", "frame"),
        *("noscript", "textarea", "select", "portal", "applet", "marquee"),
    )
)
_ADDRESS_ATTRIBUTES = frozenset(
    ("href", "src", "srcset", "action", "data", "poster", "background", "formaction")
)
_OWN_ADDRESS = re.compile(r"\.\./\.\./\.\./lectures/[\w.#%-]+|data:image/png;base64,")
_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,")
"""Within an image, and only there, browsers run no script and load nothing."""
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that act in a terminal or turn the direction of text."""


class _Watch(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._styles = 0
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _FORBIDDEN_TAGS:
            self.found.append(f"<{tag}>")
        if tag == "style":
            self._styles += 1
            self._in_style = True
            if self._styles > 1:
                self.found.append("a second <style>")
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        bare = re.sub(r"[\x00-\x20]", "", value).lower()
        policy = tag == "meta" and "default-src'none'" in bare
        if name.startswith("on") or "javascript:" in bare or "vbscript:" in bare:
            self.found.append(f"{tag} {name}={value[:60]}")
        if name == "style" and ("url(" in bare or "expression(" in bare):
            self.found.append(f"{tag} {name}={value[:60]}")
        if name == "http-equiv" and bare != "content-security-policy":
            self.found.append(f"meta {value}")
        own = _IMAGE if (tag, name) == ("img", "src") else _OWN_ADDRESS
        if name in _ADDRESS_ATTRIBUTES and not policy and not own.match(value):
            self.found.append(f"{tag} {name}={value[:60]}")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style and ("url(" in data or "@import" in data):
            self.found.append("a style sheet that loads something")


def active_content(page: str) -> list[str]:
    """Return everything in an HTML page that could act or load something."""
    watch = _Watch()
    watch.feed(page)
    watch.close()
    return watch.found


_LOADING_TAGS = frozenset(
    ("script", "svg", "iframe", "math", "style", "form", "link", "object", "embed")
)


class _Act(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LOADING_TAGS or (tag == "pre" and ("class", "mermaid") in attrs):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            bare = re.sub(r"[\x00-\x20]", "", value or "").lower()
            loads = name in ("src", "poster", "background", "srcset")
            script = re.match(r"(java|vb)script:|data:(?!image/png)", bare)
            if name.startswith("on") or (script and not loads):
                self.found.append(f"{tag} {name}={value}")
            if loads and not re.match(r"[\w.%-]+$|data:image/", bare):
                self.found.append(f"{tag} {name}={value}")


def acting(page: str) -> list[str]:
    """Return what a browser does with HTML by itself, and scripts behind a click."""
    watch = _Act()
    watch.feed(page)
    watch.close()
    return watch.found


_COMMANDS = re.compile(r"\\(?:href|style|class|cssId|require|bbox|mmlToken)(?![A-Za-z])")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def shown_faults(notebook: str) -> Iterator[str]:
    """Yield what acts in a notebook as formgrader shows it, and commands of terminals."""
    for cell in json.loads(notebook)["cells"]:
        for part in _parts(cell):
            yield from acting(part)
            yield from _COMMANDS.findall(part)
        texts = json.dumps(cell, ensure_ascii=False), *_texts(cell)
        control = CONTROLS.search(_COLOUR.sub("", "".join(texts)))
        if control:
            yield f"the control character {control[0]!r}"


def _parts(cell: dict[str, Any]) -> Iterator[str]:
    """Yield everything of a cell that nbgrader's template prints without escaping it."""
    from nbconvert.filters import markdown2html
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    if cell["cell_type"] == "markdown":
        pictures = IPythonRenderer(escape=False, attachments=cell.get("attachments", {}))
        yield MarkdownWithMath(renderer=pictures).render("".join(cell["source"]))
    if cell["cell_type"] == "raw":
        yield "".join(cell["source"])
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        yield data.get("text/html", "")
        yield markdown2html(data.get("text/markdown", ""))
        yield "".join(_COMMANDS.findall(data.get("text/latex", "")))
        yield f'<img src="data:image/png;base64,{data.get("image/png", "")}">'
        yield f'<img src="data:image/jpeg;base64,{data.get("image/jpeg", "")}">'
        yield "<svg>" if "image/svg+xml" in data else ""


def _texts(cell: dict[str, Any]) -> Iterator[str]:
    """Yield the texts of a cell as they are after reading, escapes undone."""
    yield "".join(cell["source"])
    for output in cell.get("outputs", ()):
        for name in ("text", "ename", "evalue"):
            yield output.get(name, "")
        yield from output.get("traceback", ())
        yield from output.get("data", {}).values()
