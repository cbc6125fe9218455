"""A picture that belongs to an answer is shown with it, wherever the student put it."""

from __future__ import annotations

import base64
import json
import os
import re

import pytest

from grader.course.beside import files_beside
from grader.course.files import UntrustedFolder
from grader.course.notebooks import parse_submission
from grader.course.pictures import (
    MOST_BYTES,
    MOST_REMARKS,
    Album,
    attached,
    below,
    kind_of,
    lifted,
    plain_files,
)
from grader.report.harmless import markdown

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)
SVG = (
    b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
)
URI = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


def shown(text, *, attachments=None, beside=None):
    """Return the text, the pictures' bytes and the remarks of a Markdown answer."""
    album = Album(beside or {})
    source, found = album.placed(text, attachments or {})
    page = below(markdown(source, found), found)
    for name, forms in found.items():
        assert len(re.findall(rf"!\[[^\]\n]*\]\(attachment:{name}\)", page)) == 1
        assert len(forms) == 1
    data = [base64.b64decode(text) for forms in found.values() for text in forms.values()]
    return source, data, album.remarks


@pytest.mark.parametrize(
    "text",
    [
        "![p.png](attachment:p.png)",
        "![](<attachment:p.png>)",
        '![p](attachment:p.png "my derivation")',
        '<img src="attachment:p.png" width=300>',
        "see ![a](attachment:p.png) and *this*",
        "![delta of $W^{[1]}$](attachment:p.png)",
        "![two\nlines](attachment:p.png)",
        '<img alt="a -> b" src="attachment:p.png">',
        "![][image]\n\n[image]: attachment:p.png",
        "the picture is not named any more",
    ],
)
def test_an_attachment_is_shown(text):
    _, data, remarks = shown(text, attachments={"p.png": PNG})
    assert (data, remarks) == ([PNG], [])


@pytest.mark.parametrize("name", ["截图 2026.png", "photo (1).png", "a%20b.png"])
def test_an_attachment_may_have_any_name(name):
    assert shown(f"![]({'attachment:' + name})", attachments={name: PNG})[1] == [PNG]


def test_an_editor_may_have_encoded_the_name():
    text = "![](attachment:a%20b.png)"
    assert shown(text, attachments={"a b.png": PNG})[1] == [PNG]


@pytest.mark.parametrize(
    "text",
    [
        f"![p]({URI})",
        f'<img alt="" src="{URI}"/>',
        f"<img src={URI} width=300>",
        f"![a][1]\n\n[1]: {URI}\n\nTherefore the error signal is A minus Y over N",
    ],
)
def test_a_picture_in_the_text_is_shown(text):
    source, data, remarks = shown(text)
    assert (data, remarks) == ([PNG], [])
    assert ("Therefore the error signal" in source) == ("Therefore" in text)


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("![](derivation.png)", "derivation.png"),
        ("![](./derivation.png)", "derivation.png"),
        ("![](images/derivation.png)", "images/derivation.png"),
        ("![](images\\derivation.png)", "images/derivation.png"),
        ("![](Derivation.PNG)", "derivation.png"),
        ("![](my photo (1).png)", "my photo (1).png"),
        ("![](my%20photo.png)", "my photo.png"),
        ("![](%E6%8E%A8%E5%AF%BC.png)", "推导.png"),
        ("![](caf\u00e9.png)", "cafe\u0301.png"),
        ('<img src="derivation.png" width="50%">', "derivation.png"),
        ("<img src=derivation.png>", "derivation.png"),
        ('![a](derivation.png "by hand")', "derivation.png"),
        ("![of $W^{[1]}$](derivation.png)", "derivation.png"),
        ("![][1]\n\n[1]: derivation.png", "derivation.png"),
        ("[my photo](derivation.png)", "derivation.png"),
    ],
)
def test_a_file_beside_the_notebook_is_shown(written, file):
    _, data, remarks = shown(written, beside={file: PNG})
    assert (data, remarks) == ([PNG], [])


def test_every_form_of_picture_keeps_its_kind():
    gif, webp = b"GIF89a" + bytes(8), b"RIFF\x10\0\0\0WEBPVP8 "
    for data, ending in ((PNG, "png"), (JPEG, "jpg"), (gif, "gif"), (webp, "webp")):
        source, found = Album({"p.png": data}).placed("![](p.png)", {})
        (name,) = found
        assert name.endswith(f".{ending}")
        assert source == f"![](attachment:{name})"


def test_another_picture_is_another_text():
    """A mark by hand waits again only where the text of an answer changed."""
    one, other = (shown("![](p.png)", beside={"p.png": data})[0] for data in (PNG, JPEG))
    assert one != other


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("![](gone.png)", "the picture 'gone.png' was not handed in with the notebook"),
        ("![](attachment:gone.png)", "'gone.png' was not handed in: only its name was"),
        ("![](photo.heic)", "'photo.heic' was not read: it is too large, a link, or no"),
        ("![](broken.png)", "'broken.png' cannot be shown: hand in PNG or JPEG"),
    ],
)
def test_a_picture_that_is_missing_is_said(text, said):
    source, data, (remark,) = shown(
        text, beside={"photo.heic": b"", "broken.png": b"<html>"}
    )
    assert (source, data) == (text, [])
    assert said in remark


@pytest.mark.parametrize(
    "text",
    [
        "![](https://example.org/a.png)",
        "![](//example.org/a.png)",
        "![](/etc/a.png)",
        "![](file:///etc/a.png)",
        "![](../other/a.png)",
        "no picture: (p.png), p.png",
    ],
)
def test_nothing_is_taken_from_elsewhere(text):
    source, data, _ = shown(text, beside={"a.png": PNG, "p.png": PNG})
    assert (source, data) == (text, [])


@pytest.mark.parametrize(
    "text", ["[a](b.txt) and see c.png", "![](a.png) but not c.png", "f(x)[0](y) = c.png"]
)
def test_a_name_in_the_text_is_no_missing_picture(text):
    assert shown(text, beside={"a.png": PNG})[2] == []


def test_pictures_together_have_a_limit_and_the_rest_is_named():
    large = PNG + bytes(MOST_BYTES // 2)
    album = Album({"a.png": large, "b.png": large + b"x", "c.png": PNG})
    source, found = album.placed("![](a.png) ![](b.png) ![](c.png) ![](a.png)", {})
    assert len(found) == 2
    assert "![](b.png)" in source
    assert len(re.findall("attachment:", source)) == 3
    (remark,) = album.remarks
    assert remark.startswith("the picture 'b.png' has 8.0 MiB and is not shown")


def test_another_pdf_is_another_text_too():
    texts = set()
    for data in (b"%PDF-1", b"%PDF-2"):
        album = Album({"scan.pdf": data})
        texts |= {album.page()[0], album.placed("[see](scan.pdf)", {})[0]}
        assert album.page() == ("", {})
    assert len(texts) == 4


def test_names_with_brackets_and_names_that_differ_in_case():
    text, found = Album({"photo[1].png": PNG}).page()
    (name,) = found
    assert f"![photo 1 .png](attachment:{name})" in text
    text, found = Album({"a](x) ![b](p.png": PNG}).page()
    assert text.count("](") == 1
    both = {"IMG_1.png": PNG, "img_1.PNG": JPEG}
    assert shown("1: ![](IMG_1.png) 2: ![](img_1.PNG)", beside=both)[1] == [PNG, JPEG]


def test_what_no_answer_shows_is_listed():
    beside = {"a.png": PNG, "b.png": PNG, "scan.pdf": b"%PDF-1.4", "notes.docx": b""}
    album = Album(beside)
    album.placed("![](a.png)", {})
    text, found = album.page()
    (name,) = found
    assert f"![b.png](attachment:{name})" in text
    assert "[scan.pdf](scan.pdf#" in text
    assert "notes.docx" in text
    assert "![a.png]" not in text
    assert Album({}).page() == ("", {})


@pytest.mark.parametrize(
    "hostile",
    [
        b"<svg><script>alert(1)</script></svg>",
        b'<svg xmlns:x="a"><x:script/></svg>',
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg/>',
        b"<svg><foreignObject/></svg>",
        b"<svg><filter/></svg>",
        b"<html><body onload=alert(1)>",
        b"",
    ],
)
def test_what_acts_is_no_picture(hostile):
    assert kind_of(SVG) == "image/svg+xml"
    assert kind_of(hostile) == ""


def test_files_that_may_lie_beside_a_page_are_pictures_and_pdfs_by_their_content():
    files = {
        "a.png": PNG,
        "b.jpeg": JPEG,
        "scan.pdf": b"%PDF-1.4",
        "page.png": b"<html>",
        "page.html": PNG,
        "draw.svg": SVG,
        "notes.docx": b"",
    }
    assert [name for name, _ in plain_files(files)] == ["a.png", "b.jpeg", "scan.pdf"]


def test_malformed_attachments_are_none():
    for raw in (None, [], "x", {"a": None}, {"a": {"image/png": 5}}, {"a": {"x": "?"}}):
        assert attached(raw) == {}
    lines = base64.encodebytes(PNG).decode().splitlines(keepends=True)
    assert attached({"a": {"image/png": lines}}) == {"a": PNG}


@pytest.mark.parametrize(
    "text",
    [
        "![" * 300_000,
        "![](" * 200_000,
        "![](attachment:" * 60_000,
        "<img src=" * 100_000,
        "![](data:image/png;base64," * 30_000,
        "![](a" + "(" * 900_000,
        "![](data:image/png;base64," + " " * 900_000,
        "![](a.svg)" * 100_000,
        "".join(f"![](a{i}.png)" for i in range(80_000)),
        "<img " + " src" * 200_000,
    ],
)
@pytest.mark.timeout(60)  # with the square of its length it takes minutes or hours
def test_hostile_text_comes_to_an_end(text):
    album = Album({"a.png": PNG, "a.svg": SVG + bytes(100_000)})
    source, found = album.placed(text, {})
    assert len(found) <= 1
    assert len(album.remarks) <= MOST_REMARKS
    assert len(source) >= len(text) // 2


def notebook(**cell):
    raw = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ""} | cell
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": [raw]}).encode()


def test_large_pictures_in_the_text_do_not_count_as_text():
    data = PNG + bytes(2_000_000)
    uri = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    (cell,) = parse_submission(notebook(source=f"See ![p]({uri}) there")).cells
    assert len(cell.source) < 100
    assert shown(cell.source, attachments=cell.pictures)[1] == [data]
    assert lifted("no picture") == ("no picture", {})


def test_files_beside_are_read_one_folder_deep(tmp_path):
    for path, data in {
        "a07.ipynb": b"{}",
        "data.csv": b"released",
        "timestamp.txt": b"now",
        "推导.png": PNG,
        "images/p.png": PNG,
        "images/deep/er/q.png": PNG,
        "images/deep/er/est/r.png": PNG,
        ".DS_Store": b"x",
        ".ipynb_checkpoints/r.png": PNG,
        "__MACOSX/._p.png": PNG,
        "notes.docx": b"PK",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    (tmp_path / "link.png").symlink_to(tmp_path / "推导.png")
    (tmp_path / "linked").symlink_to(tmp_path / "images")
    gbk = "左图.png".encode("gb18030").decode("utf-8", "surrogateescape")
    (tmp_path / gbk).write_bytes(JPEG)
    with UntrustedFolder(tmp_path) as folder:
        found, (said,) = files_beside(folder, {"data.csv"})
    assert found == {
        "推导.png": PNG,
        "左图.png": JPEG,
        "images/p.png": PNG,
        "images/deep/er/q.png": PNG,
        "images/deep/er/est": b"",
        "link.png": b"",
        "linked": b"",
        "notes.docx": b"",
    }
    assert "'link.png', 'linked', 'notes.docx'" in said


def test_files_that_are_only_named_take_no_ones_place(tmp_path):
    for number in range(45):
        (tmp_path / f"{number}.csv").write_bytes(b"1")
    (tmp_path / "z.png").write_bytes(PNG)
    for name in (b"\xff.png", b"\xfe.png"):
        with open(os.fsencode(tmp_path) + b"/" + name, "wb") as file:
            file.write(PNG)
    with UntrustedFolder(tmp_path) as folder:
        found, _ = files_beside(folder, ())
    assert found["z.png"] == PNG
    assert sum(data == PNG for data in found.values()) == 3


def test_one_file_too_large_does_not_hide_the_others(tmp_path):
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    (tmp_path / "b.png").write_bytes(PNG)
    with UntrustedFolder(tmp_path) as folder:
        found, (said,) = files_beside(folder, ())
    assert found == {"a.png": b"", "b.png": PNG}
    assert "'a.png' (pictures and PDFs of 16 MiB together are)" in said
