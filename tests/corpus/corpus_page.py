"""What a feedback page may contain: nothing that acts, nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

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
        if name in _ADDRESS_ATTRIBUTES and not policy and not _OWN_ADDRESS.match(value):
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
