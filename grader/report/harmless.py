"""What students wrote, made harmless for whatever shows it: pure, text in, text out.

Applied when `autograded/` is written, so that nbgrader's formgrader (which prints Markdown
as HTML), JupyterLab and our own pages show the same harmless text. Nothing here parses
Markdown or HTML to decide what is dangerous: two parsers never agree, and the gap between
them is where scripts live. What could act is broken by one blank, wherever it stands, in
code and mathematics too, where the blank changes nothing that is read.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from html.entities import html5
from typing import Any

import nh3

from grader.course.pictures import kind_of

# --- characters --------------------------------------------------------------------

_INVISIBLE = (
    "\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
"""Of no width, or turning the direction of what follows: a name that reads like another."""
_STRINGS = (
    r"(?:\x1b[PX\]^_]|[\x90\x98\x9d\x9e\x9f])"
    r"(?:[^\x07\x1b\x90-\x9f\n]{0,4096}(?:\x07|\x1b\\|\x9c))?"
)
"""Commands with a text: window titles, links, the clipboard. Without an end, the text is
kept: an unfinished command must not swallow evidence."""
_SEQUENCE = (
    rf"{_STRINGS}|(?:\x1b\[|\x9b)[0-?]{{0,64}}[ -/]{{0,8}}[@-~]?|\x1b[ -/]{{0,8}}[0-~]?"
)
_COLOUR = r"\x1b\[(?:\d{1,3}(?:;\d{1,3}){0,8})?m"
_SEQUENCES = re.compile(_SEQUENCE)
_BUT_COLOURS = re.compile(rf"({_COLOUR})|{_SEQUENCE}")
_CONTROLS = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_INVISIBLE}]+")
_IN_LINES = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_INVISIBLE}]+")
_IN_COLOUR = re.compile(f"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\ud800-\udfff{_INVISIBLE}]+")
_NOT_PLAIN = re.compile(
    f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_INVISIBLE}]"
)
"""Looked for first: most text has none, and megabytes are searched once, not thrice."""
_LINE_ENDS = re.compile(r"\r\n?|[\x85\u2028\u2029]")


def printable(text: str) -> str:
    """Return the text as one line in which nothing acts.

    Against terminal commands, and names that break a table or read backwards.
    """
    return _CONTROLS.sub(" ", _SEQUENCES.sub("", text))


def lines(text: str) -> str:
    """Return the text with its line ends and tabs and no other control character.

    Against the same as `printable`, where a text may have several lines: a cell's source,
    a page, a log.
    """
    if not _NOT_PLAIN.search(text):
        return text
    return _IN_LINES.sub("", _SEQUENCES.sub("", _LINE_ENDS.sub("\n", text)))


def coloured(text: str) -> str:
    """Return `lines` of an output with its colours, which notebooks show.

    Against the other terminal commands, for those who print a notebook in a terminal.
    """
    if not _NOT_PLAIN.search(text):
        return text
    text = _BUT_COLOURS.sub(lambda found: found[1] or "", _LINE_ENDS.sub("\n", text))
    return _IN_COLOUR.sub("", text)


# --- formulas ----------------------------------------------------------------------

_ACTING = (
    *("href", "url", "style", "class", "cssId", "data", "require", "includegraphics"),
    *("mmlToken", "bbox", "toggle", "mathtip", "texttip", "tooltip", "csname"),
    *("htmlClass", "htmlId", "htmlStyle", "htmlData"),
)
"""Commands of MathJax and KaTeX that link, load, or set attributes and styles."""
_COMMANDS = re.compile(rf"\\(?=(?:{'|'.join(_ACTING)})(?![A-Za-z]))")


def formula(text: str) -> str:
    r"""Return a text with mathematics that only shows.

    Against ``\href{javascript:…}``, ``\style{background:url(…)}`` and their kind: MathJax
    reads every text of a page, and what it makes of it nobody sanitises afterwards.
    """
    return _COMMANDS.sub(r"\\ ", lines(text))


def markup(text: str) -> str:
    """Return the HTML of a text in which neither tags nor formulas act."""
    return html.escape(formula(text))


# --- Markdown ----------------------------------------------------------------------

_KEPT_TAGS = r"(?:br ?/?|/?(?:b|i|u|p|sub|sup|center|details|summary))>"
_TAG = re.compile(rf"<(?!{_KEPT_TAGS})(?=[A-Za-z/!?])", re.I)
"""The start of anything but text, as every HTML parser agrees: `<` and one of these."""
_NAME = r"[\w.-]+(?:%20[\w.-]+)*"
"""A file beside the notebook: no folder, no scheme, nothing that is decoded later."""
_IMG = re.compile(  # bounded: an unbounded search from every start is quadratic
    r"""<img\s[^<>]{0,200}?\bsrc\s{0,9}=\s{0,9}(["']?)attachment:"""
    rf"""({_NAME})\1(?=[\s/>])[^<>]{{0,200}}>""",
    re.I,
)
_IMAGE = re.compile(
    r"!\[(?P<alt>[^\[\]\n]*)\]\((?:\./)?(?P<place>"
    rf"attachment:(?P<attachment>{_NAME})|{_NAME}|"
    r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+"
    r""")(?:[ \t]+"[^"\n]*"|[ \t]+'[^'\n]*')?\)|!(?=\[)"""
)
_NOT_IN_ALT = re.compile(r"[^\w .,;:()+=/%'-]")
"""A backtick or a dollar sign there starts something that takes precedence in some
parsers; then the brackets are paired differently, and the image is another one."""
_READABLE = {"lt", "gt", "amp", "quot", "apos", "nbsp", "LT", "GT", "AMP", "QUOT"}
_NAMES = sorted(
    name[:-1]
    for name, value in html5.items()
    if name.endswith(";")
    and name[:-1] not in _READABLE
    and (any(char < "\x80" for char in value) or _CONTROLS.search(value))
)
"""Names of ASCII characters and of invisible ones; letters and signs are left alone."""
_REFERENCE = re.compile(rf"&(?:amp;?)*(?=#[0-9xX]|(?:{'|'.join(_NAMES)});)", re.I)
"""With any number of `amp` between: some parsers decode twice, and take `&ampcolon;` for
`&amp;colon;`."""
_GAP = r"[\t\n]*"
"""Browsers leave tabs and line ends out of an address."""
_SCHEMES = re.compile(
    rf"(?:{_GAP.join('java')}|{_GAP.join('vb')}|{_GAP.join('live')}){_GAP}"
    rf"{_GAP.join('script')}(?=[\t\n\\]*[:&])"
    r"|d\t*a\t*t\t*a(?=[\t\\]*[:&](?!image/(?:png|jpeg|gif|webp);base64,)"
    r"\t*(?:[,;]|[\w.+-]+/))",
    re.I,
)
MAX_MARKDOWN = 100_000
"""Characters of one notebook that are rendered: a hostile one costs nbconvert up to thirty
microseconds, and all of formgrader waits for it."""
_EMBEDDED = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+")
_TICKS = re.compile(r"`+")
_DIAGRAM = re.compile(r"(`{3}|~{3})(?=[^\S\n]*mermaid)", re.I)


def markdown(text: str, attachments: Collection[str] = ()) -> str:
    """Return Markdown that shows the same, runs nothing and loads nothing.

    Against what a Markdown renderer passes on: tags with handlers, `javascript:` links in
    every spelling, images that tell a foreign server who opened the page, commands of
    MathJax, and diagrams, which nbconvert prints unescaped and JupyterLab draws. Links
    stay: nothing follows them but a person.

    Args:
        text: the source of a cell or a Markdown output.
        attachments: names of pictures that travel in the cell; an image of another one is
            left as a link, as nbconvert refuses the whole notebook for it.
    """
    text = _IMG.sub(lambda found: f"![{found[2]}](attachment:{found[2]})", lines(text))
    text = _IMAGE.sub(lambda found: _image(found, attachments), text)
    text = _TAG.sub("< ", text)
    text = _REFERENCE.sub(lambda found: f"{found[0]} ", text)
    text = _SCHEMES.sub(lambda found: f"{found[0]} ", text)
    text = _COMMANDS.sub(r"\\ ", text)
    return _DIAGRAM.sub(r"\1text ", text)


def _image(found: re.Match[str], attachments: Collection[str]) -> str:
    """Return an image that holds its picture or lies beside the notebook, else a link."""
    attached = found["attachment"]
    if not found["place"] or (attached and attached not in attachments):
        return f"! {found[0][1:]}"
    return f"![{_NOT_IN_ALT.sub(' ', found['alt'])}]({found['place']})"


class Rendering:
    """`markdown` for the texts of one notebook, in their order.

    Against texts that take minutes to render: what exceeds the room is shown unrendered.
    """

    def __init__(self, room: int = MAX_MARKDOWN) -> None:
        self._room = room

    def __call__(self, text: str, attachments: Collection[str] = ()) -> str:
        """Return harmless Markdown; pictures within the text are not counted."""
        self._room -= len(_EMBEDDED.sub("", text))
        if self._room >= 0:
            return markdown(text, attachments)
        return _unrendered(text)


def _unrendered(text: str) -> str:
    """Return Markdown that shows a text as it is, whole, in a fence of its own."""
    clean = markdown(text)
    fence = "`" * (1 + max((2, *map(len, _TICKS.findall(clean)))))
    said = f"[grader] {len(text):,} characters are shown as plain text."
    return f"{said}\n\n{fence}text\n{clean}\n{fence}"


# --- HTML and pictures -------------------------------------------------------------

TAGS = frozenset(
    ("table", "caption", "thead", "tbody", "tr", "th", "td", "div", "strong", "ul", "li")
)
"""What is left of a student's HTML."""
MAX_HTML_CHARACTERS, MAX_HTML_TAGS = 50_000, 2000
"""Of one HTML output; what is larger costs too much to clean, and to read."""
MAX_ALT = 500
_SPANS = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}}
"""What cells of tables keep: pandas writes groups of columns with it."""
_SPAN = re.compile(r"[1-9]\d?|(?:col|row)(?:group)?")
_PICTURES = ("image/png", "image/jpeg")
_AS_IMAGE = ("image/svg+xml", "image/gif", "image/webp")
"""Pictures that pages show only as an image: within one, nothing of SVG acts."""
_IMAGE_ONLY = re.compile(
    r'<img alt="[^"<>&]*" src="data:image/(?:svg\+xml|gif|webp);base64,[A-Za-z0-9+/=]+">'
)
_IN_HTML = re.compile(r"data:(image/(?:png|jpeg));base64,((?:[A-Za-z0-9+/=]|\\?\n|\\n)+)")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]")


def table(text: str) -> str:
    """Return HTML of tables and lists and nothing else; nothing if it is too large.

    Against handlers, styles, frames, forms and pictures from elsewhere.
    """
    if _IMAGE_ONLY.fullmatch(text):
        return text
    if len(text) > MAX_HTML_CHARACTERS or text.count("<") > MAX_HTML_TAGS:
        return ""
    return formula(
        nh3.clean(
            text, tags=set(TAGS), attributes=_SPANS, attribute_filter=_span, link_rel=None
        )
    )


def _span(_: str, __: str, value: str) -> str | None:
    """Return the value of an attribute, none if a page would break under it."""
    return value if _SPAN.fullmatch(value) else None


def encoded(text: str, kind: str) -> str:
    """Return base64 of a picture, nothing if its content is not that kind's.

    Against text that ends the attribute it is printed in, and pages under another name.
    """
    packed = _NOT_BASE64.sub("", text)
    try:
        data = base64.b64decode(packed, validate=True)
    except binascii.Error:
        return ""
    return packed if kind_of(data) == kind else ""


def image(text: str, kind: str) -> str:
    """Return HTML that shows SVG, a GIF or WebP as an image; nothing if it is none.

    Against scripts and links of SVG, which no image runs or follows.
    """
    if kind == "image/svg+xml":
        text = base64.b64encode(text.encode("utf-8", "replace")).decode()
    packed = encoded(text, kind)
    alt = "figure of this cell"
    return f'<img alt="{alt}" src="data:{kind};base64,{packed}">' if packed else ""


def _first_picture(text: str) -> tuple[str, str]:
    """Return kind and base64 of the first picture within HTML that is not shown itself.

    Animations of matplotlib hold their frames so, other libraries their figures.
    """
    for found in _IN_HTML.finditer(text):
        packed = encoded(found[2].replace("\\n", ""), found[1])
        if packed:
            return found[1], packed
    return "", ""


# --- outputs -----------------------------------------------------------------------

_FORMS: Mapping[str, Callable[[str], str]] = {
    "text/plain": coloured,
    "text/html": table,
    "text/latex": formula,
    **{kind: partial(encoded, kind=kind) for kind in _PICTURES},
}
"""Every form of an output that is written, but Markdown, and what is made of it."""


def outputs(
    found: Iterable[Mapping[str, Any]], render: Callable[[str], str] = markdown
) -> list[dict[str, Any]]:
    """Return the outputs of a student's cell for a notebook that people open.

    Args:
        found: as they were collected.
        render: what to make of Markdown, `markdown` or a `Rendering`.
    """
    forms = {**_FORMS, "text/markdown": render}
    return [
        _OUTPUTS[out["output_type"]](out)
        if out["output_type"] in _OUTPUTS
        else _rich(out, forms)
        for out in found
    ]


def _stream(output: Mapping[str, Any]) -> dict[str, Any]:
    return {**output, "text": coloured(output["text"])}


def _error(output: Mapping[str, Any]) -> dict[str, Any]:
    named = {key: printable(output[key]) for key in ("ename", "evalue")}
    return {**output, **named, "traceback": list(map(coloured, output["traceback"]))}


def _rich(
    output: Mapping[str, Any], forms: Mapping[str, Callable[[str], str]]
) -> dict[str, Any]:
    """Return the forms that are known, harmless; their names where none is left."""
    data = {
        kind: clean
        for kind, text in output["data"].items()
        if kind in forms and (clean := forms[kind](text))
    }
    given = output["data"].get("text/html", "")
    if given and not data.get("text/html"):
        data |= _instead(given, data.get("text/plain", ""))
    for kind in _AS_IMAGE:
        if kind in output["data"] and (shown := image(output["data"][kind], kind)):
            data["text/html"] = shown
    if not data:
        kinds = printable(", ".join(output["data"]))[:MAX_ALT]
        data = {"text/plain": f"[grader] an output is not shown: {kinds}"}
    return {**output, "data": data, "metadata": _descriptions(output, data)}


def _instead(text: str, plain: str) -> dict[str, str]:
    """Return what is shown in place of HTML of which nothing is left: a picture, a note."""
    kind, packed = _first_picture(text)
    if packed:
        note = f"[grader] of {len(text):,} characters of HTML only a picture is shown"
        return {"text/plain": note, kind: packed}
    if plain and not plain.startswith("<"):
        return {}
    return {"text/plain": f"[grader] {len(text):,} characters of HTML are not shown"}


def _descriptions(output: Mapping[str, Any], kinds: Iterable[str]) -> dict[str, Any]:
    """Return what is said in place of a picture; no other metadata means anything."""
    given = output.get("metadata")
    found = {}
    for kind in set(kinds) & set(_PICTURES):
        entry = given.get(kind) if isinstance(given, Mapping) else None
        if isinstance(entry, Mapping) and isinstance(entry.get("alt"), str):
            found[kind] = {"alt": printable(entry["alt"])[:MAX_ALT]}
    return found


_OUTPUTS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "stream": _stream,
    "error": _error,
}
