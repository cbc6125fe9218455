"""Text of students acts nowhere, and reads as before."""

from __future__ import annotations

import base64
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbconvert.filters import markdown2html

sys.path.insert(0, str(Path(__file__).parents[1] / "corpus"))
from corpus_page import acting, active_content

from grader.report import harmless

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(20)).decode()

ACTIVE = [
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)",
    "<SCRIPT>alert(1)</SCRIPT >",
    "<!--><img src=x onerror=alert(1)>-->",
    "<?x><img src=x onerror=alert(1)>",
    "</div></div><iframe src=//example.org>",
    "<b onmouseover=alert(1)>b</b>",
    "<br onfocus=alert(1) autofocus>",
    "<img src='attachment:a.png' onerror=alert(1)>",
    "<\x00img src=x onerror=alert(1)>",
    "<\u200bimg src=x onerror=alert(1)>",
    "<javascript:alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java&#115;cript:alert(1))",
    "[a](java&#x73cript:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](javascript&amp;colon;alert(1))",
    "[a](javascript&ampcolon;alert(1))",
    "[a](java&ampTab;script:alert(1))",
    "[a](java&amp;amp;#115;cript:alert(1))",
    "[a](javascript\\:alert(1))",
    "[a](<java\tscript:alert(1)>)",
    "[a](&Tab;javascript:alert(1))",
    "[a](vbscript:x)",
    "[a][r]\n\n[r]: javascript:alert(1)",
    "[r]\n\n[r]: <javascript:alert(1)> 'title'",
    "![a](http://example.org/x.png)",
    "![a](//example.org/x.png)",
    "![a](\\\\example.org\\x.png)",
    "![a](<http://example.org/x.png>)",
    "![a](attachment:missing.png)",
    "![a][r]\n\n[r]: http://example.org/x.png",
    "![r]\n\n[r]: http://example.org/x.png",
    "![`](x.png)` ][r]\n\n[r]: http://example.org/x.png",
    "![$](x.png)$ ][r]\n\n[r]: http://example.org/x.png",
    "![a\nb](http://example.org/x.png)",
    "[![a](http://example.org/x.png)](http://example.org)",
    "![a](data:image/svg+xml;base64,PHN2Zz4=)",
    "```mermaid\n</pre><img src=x onerror=alert(1)>\n```",
    "~~~ Mermaid\ngraph TD; a@{ img: 'http://example.org/x' }\n~~~",
    "# <img src=x onerror=alert(1)>",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
]


@pytest.mark.parametrize("text", ACTIVE)
def test_nothing_of_markdown_acts_in_formgraders_renderer(text: str) -> None:
    assert not acting(markdown2html(harmless.markdown(text)))


def test_most_of_these_act_without_it() -> None:
    """nbconvert passes them on; the others aim at other renderers."""
    missing = "![a](attachment:missing.png)"
    with pytest.raises(Exception, match="missing attachment"):
        markdown2html(missing)
    found = [text for text in ACTIVE if text != missing and acting(markdown2html(text))]
    assert len(found) >= 30, sorted(set(ACTIVE) - set(found))


@pytest.mark.parametrize("text", ACTIVE)
def test_no_tag_is_left_that_could_hold_an_attribute(text: str) -> None:
    left = re.findall(r"<[A-Za-z/!?][^>]*>?", harmless.markdown(text))
    assert all(re.fullmatch(r"</?[a-z]+ ?/?>", tag) for tag in left)


@pytest.mark.parametrize(
    "command",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(//example.org)}{x}",
        r"\class{a}{x}",
        r"\cssId{a}{x}",
        r"\require{html}",
        r"\bbox[background:url(//example.org)]{x}",
        r"\mmlToken{mi}[href=javascript:1]{x}",
        r"\includegraphics{//example.org/x}",
        r"\let\h=\href \h{javascript:1}{x}",
    ],
)
@pytest.mark.parametrize("clean", [harmless.markdown, harmless.formula, harmless.table])
def test_commands_of_mathjax_are_broken(clean, command: str) -> None:
    name = re.findall(r"\\([A-Za-z]+)", command.replace(r"\let\h=", ""))[0]
    assert not re.search(rf"\\{name}(?![A-Za-z])", clean(f"<td>${command}$"))


def test_a_command_split_by_a_tag_that_goes_is_broken_too() -> None:
    assert r"\href" not in harmless.table(r"$\hr<wbr>ef{javascript:1}{x}$")
    assert r"\href" not in harmless.table("$&bsol;href{javascript:1}{x}$")


BENIGN = [
    r"$\sum_{i=1}^n x_i$",
    r"$$\frac{\partial L}{\partial W} = \delta x^\top$$",
    "`a[i] < b`",
    "a < b",
    "x<0",
    "$x < y$",
    "```python\nif x <= 3:\n    y = a[1:]\n```",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "> quoted *text*",
    "- [link](https://example.org/a?b=1&c=2)",
    "因为 $\\sigma' = \\sigma(1-\\sigma)$，所以",
    "H<sub>2</sub>O, 10<sup>3</sup><br>",
    "<details>\n<summary>more</summary>\n\ntext\n</details>",
    "&lt; &amp; &alpha; &nbsp; &mdash;",
    "R&D, AT&T",
    "![figure.png](figure.png)",
    f"![mine](data:image/png;base64,{PNG})",
    "[1]: https://example.org",
    "line one\\\nline two",
    "the data: see below",
    "Wow! [a link](https://example.org)",
    r"\begin{align} a &= b \\ c &= d \end{align}",
]


@given(st.lists(st.sampled_from(BENIGN), max_size=6).map("\n\n".join))
def test_what_people_write_is_unchanged(text: str) -> None:
    assert harmless.markdown(text) == text


PIECES = [*ACTIVE, *BENIGN, *"<>!?/[]()\\&;:`~$\"' \t\n", "amp;", "#1", "java", "script"]
PIECES += ["data", "mermaid", "attachment:a.png", "<img src=", "href", "\x1b", "]8;;", "\r"]
soup = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


@given(soup)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = harmless.markdown(text, {"a.png"})
    assert harmless.markdown(once, {"a.png"}) == once


@given(soup)
def test_nothing_acts_however_it_is_put_together(text: str) -> None:
    assert not acting(markdown2html(harmless.markdown(text)))


@given(soup)
def test_cleaned_text_keeps_every_letter(text: str) -> None:
    """Blanks are added, nothing is swallowed but what has no place on a page."""
    text = harmless.lines(re.sub("<img", "", text, flags=re.I))
    if "![" not in text:
        renamed = re.compile(r"(`{3}|~{3})text (?=[^\S\n]*mermaid)", re.I)
        kept = renamed.sub(r"\1", harmless.markdown(text))
        assert kept.replace(" ", "") == renamed.sub(r"\1", text).replace(" ", "")


def test_mathematics_reads_the_same() -> None:
    assert harmless.markdown(r"$\sum_{i<n} x$, $a<b$") == r"$\sum_{i< n} x$, $a< b$"


def test_an_attached_picture_stays_a_picture() -> None:
    html = '<img src="attachment:my%20plot.png" width="300" onerror="alert(1)">'
    kept = harmless.markdown(html, {"my%20plot.png"})
    assert kept == "![my%20plot.png](attachment:my%20plot.png)"
    assert (
        harmless.markdown("![a](attachment:b.png)", {"b.png"}) == "![a](attachment:b.png)"
    )
    assert harmless.markdown('![a](./b.png "t")') == "![a](b.png)"


def test_a_picture_that_does_not_travel_is_named_and_ends_no_page() -> None:
    """nbconvert refuses the whole notebook for an attachment that is missing."""
    text = harmless.markdown("see ![a](attachment:b.png)")
    assert text == "see ! [a](attachment:b.png)"
    assert "attachment:b.png" in markdown2html(text)


def test_a_text_too_long_to_render_is_shown_whole_and_said() -> None:
    text = harmless.Rendering(46)("a ``` b\n<img src=x onerror=alert(1)>\n```` c\n# d")
    assert text.startswith("[grader] 47 characters are shown as plain text.\n\n`````text\n")
    page = markdown2html(text)
    assert not acting(page)
    assert page.count("<p>") == 1
    assert "# d" in page


def test_what_is_rendered_of_a_notebook_is_bounded() -> None:
    render = harmless.Rendering(8)
    assert [render("*one*"), render("*2*")] == ["*one*", "*2*"]
    assert "<em>" not in markdown2html(render("*3*"))
    output = {"output_type": "display_data", "data": {"text/markdown": "*4*"}}
    (written,) = harmless.outputs([output], render)
    assert "<em>" not in markdown2html(written["data"]["text/markdown"])


def test_a_picture_in_the_text_is_not_counted() -> None:
    text = f"ab ![c](data:image/png;base64,{PNG})"
    assert harmless.Rendering(len("ab ![c]()"))(text) == text


# --- characters --------------------------------------------------------------------

CODES = "a\x1b]0;title\x07b\x1b[2Jc\x9b1Ad\x1b]8;;http://x\x1b\\e\x1bPq\x1b\\f\x1b(0g"


@pytest.mark.parametrize("clean", [harmless.printable, harmless.lines, harmless.coloured])
def test_commands_of_terminals_go_as_a_whole(clean) -> None:
    assert clean(CODES) == "abcdefg"


def test_an_unfinished_command_swallows_nothing() -> None:
    assert harmless.lines("\x1b]0;my derivation\nis here") == "0;my derivation\nis here"


def test_one_line_stays_one_line() -> None:
    assert harmless.printable("eve\nadmin\t27\u202e/\u200b27\ud800") == "eve admin 27 / 27 "


def test_lines_keep_line_ends_and_tabs() -> None:
    assert harmless.lines("a\r\n\tb\rc\u2028d\x08\ufeff\u202e") == "a\n\tb\nc\nd"


def test_outputs_keep_their_colours_and_no_more() -> None:
    text = "\x1b[1;31mred\x1b[0m \x1b[38;5;200mx\x1b[m\x1b[5A\x1b[" + "9" * 99 + "m"
    assert harmless.coloured(text).startswith("\x1b[1;31mred\x1b[0m \x1b[38;5;200mx\x1b[m")
    assert "\x1b[5A" not in harmless.coloured(text)
    assert harmless.coloured(text).count("\x1b") == 4


@given(st.text() | soup)
def test_no_control_character_is_left(text: str) -> None:
    forbidden = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ud800-\udfff]"
    assert not re.search(forbidden, harmless.lines(text))
    assert not re.search(forbidden + "|[\n\t]", harmless.printable(text))
    assert not re.search(forbidden, re.sub(r"\x1b\[[\d;]*m", "", harmless.coloured(text)))


# --- outputs -----------------------------------------------------------------------


def rich(**data: str):
    """Return what is written of one rich output; underscores stand for slashes."""
    named = {kind.replace("_", "/"): text for kind, text in data.items()}
    output = {"output_type": "display_data", "data": named, "metadata": {}}
    (written,) = harmless.outputs([output])
    return written["data"]


def test_html_keeps_tables_and_lists_and_spans() -> None:
    html = '<table class=x><tr><th colspan=2 onclick=y scope="col">a<td rowspan=999>b'
    assert rich(text_html=html) == {
        "text/html": "<table><tbody><tr>"
        '<th colspan="2" scope="col">a</th><td>b</td></tr></tbody></table>'
    }


@pytest.mark.parametrize("text", [a for a in ACTIVE if "<" in a])
def test_nothing_of_html_acts(text: str) -> None:
    assert not active_content(rich(text_html=text, text_plain="x").get("text/html", ""))


def test_large_html_gives_way_to_text() -> None:
    for html in ("<b>" * 3000, "x" * 60_000):
        assert rich(text_html=html, text_plain="plain") == {"text/plain": "plain"}
        assert rich(text_html=html) == {
            "text/plain": f"[grader] {len(html):,} characters of HTML are not shown"
        }


def test_html_that_is_not_shown_gives_its_first_picture() -> None:
    """Animations of matplotlib hold their frames so."""
    broken = "\\\n".join(PNG[i : i + 8] for i in range(0, len(PNG), 8))
    html = f'<script>frames[0] = "data:image/png;base64,{broken}"</script>' * 2
    for data in (html, f"<img src='data:image/png;base64,{PNG}'>"):
        found = rich(text_html=data, text_plain="<IPython.core.display.HTML object>")
        assert found["image/png"] == PNG
        assert found["text/plain"].endswith("characters of HTML only a picture is shown")
    only_name = rich(text_html="<script>", text_plain="<IPython.core.display.HTML object>")
    assert only_name == {"text/plain": "[grader] 8 characters of HTML are not shown"}


def test_a_drawing_is_shown_as_an_image_within_which_nothing_acts() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><path onclick="alert(1)"/></svg>'
    (html,) = rich(**{"image_svg+xml": svg}).values()
    assert base64.b64decode(html.split("base64,")[1].split('"')[0]).decode() == svg
    assert active_content(html) == []
    assert harmless.table(html) == html
    acting = svg.replace("path", "script")
    assert list(rich(**{"image_svg+xml": acting})) == ["text/plain"]


@pytest.mark.parametrize(("kind", "data"), [("image_png", PNG), ("image_jpeg", JPEG)])
def test_a_picture_is_what_it_says(kind: str, data: str) -> None:
    shown = kind.replace("_", "/")
    assert rich(**{kind: data}) == {shown: data}
    lines = "\n".join(data[i : i + 8] for i in range(0, len(data), 8))
    assert rich(**{kind: f"{lines}\n"}) == {shown: data}
    for wrong in ('"><script>alert(1)</script>', "PHN2Zz4=", "", "A"):
        assert shown not in rich(**{kind: wrong})


@pytest.mark.parametrize("kind", ["image_gif", "application_javascript", "text_x"])
def test_other_forms_are_only_named(kind: str) -> None:
    data = rich(**{kind: "<svg/>"})
    assert list(data) == ["text/plain"]
    assert "<svg" not in data["text/plain"]


def test_descriptions_are_short_text_and_other_metadata_goes() -> None:
    output = {
        "output_type": "execute_result",
        "execution_count": 3,
        "data": {"image/png": PNG, "text/plain": "x"},
        "metadata": {
            "image/png": {"alt": "a\x1b[2J" * 900, "width": '"><script>'},
            "text/html": {"isolated": True},
            "filenames": {"image/png": "//example.org/x"},
        },
    }
    (written,) = harmless.outputs([output])
    assert written["metadata"] == {"image/png": {"alt": "a" * 500}}
    assert written["execution_count"] == 3


def test_streams_and_errors_keep_their_text() -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": "\x1b[31mr\x1b[0m\x1b[2J"}
    error = {"output_type": "error", "ename": "E\x1b[2J", "evalue": "a\nb"}
    found = harmless.outputs([stream, {**error, "traceback": ["\x1b[0;31mE\x1b[2J"]}])
    assert found == [
        {**stream, "text": "\x1b[31mr\x1b[0m"},
        {**error, "ename": "E", "evalue": "a b", "traceback": ["\x1b[0;31mE"]},
    ]
