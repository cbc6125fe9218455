"""Whatever is handed in becomes a clean notebook or a reason."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import warnings
from unittest import mock

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.course import notebooks
from grader.course.notebooks import (
    MAX_CELLS,
    MAX_CONTAINERS,
    MAX_SOURCE_CHARACTERS,
    MAX_VALUES,
    grade_id,
    parse_submission,
    read_source,
)
from grader.errors import DamagedNotebook


def notebook(*cells, **fields):
    """Return the bytes of a notebook of format 4 with these raw cells."""
    raw = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}
    return json.dumps(raw | fields).encode()


def code(source="x = 1", **fields):
    """Return a raw code cell."""
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": []}
    return cell | {"source": source, "execution_count": None} | fields


def only_cell(data):
    """Return the one cell of a parsed notebook."""
    (cell,) = parse_submission(data).cells
    return cell


def written(parsed):
    """Return the JSON text of a parsed notebook."""
    return json.dumps(parsed, ensure_ascii=False)


def nested(levels, inside=""):
    """Return JSON text of nested lists."""
    return "[" * levels + inside + "]" * levels


DAMAGED = {
    "empty": (b"", "is empty"),
    "blank": (b"\xef\xbb\xbf \n\n", "is empty"),
    "not JSON": (b"I could not do it", "no valid JSON line 1"),
    "script": (b"# coding: utf-8\nimport numpy", "a script"),
    "imports": (b"import numpy", "a script"),
    "zip": (b"PK\x03\x04\x14\x00", "a zip archive"),
    "gzip": (b"\x1f\x8b\x08\x00", "a compressed archive"),
    "pdf": (b"%PDF-1.7\n", "a PDF"),
    "login": (b"\n<!DOCTYPE html>\n<title>Sign in", "a web page"),
    "page": (b"<html lang=zh>", "a web page"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d", "Git LFS"),
    "conflict": (
        b'{\n<<<<<<< HEAD\n "cells": [],\n=======\n "cells": [1],\n>>>>>>> b\n}',
        "both sides of a conflict",
    ),
    "truncated": (notebook(code())[:-20], "was the upload cut off"),
    "null bytes": (b"\0" * 100, "no valid JSON"),
    "UTF-16": (notebook(code()).decode().encode("utf-16"), "not UTF-8"),
    "latin-1": ('{"nbformat": 4, "é": 1}'.encode("latin-1"), "not UTF-8"),
    "a number": (b"4", "no 'nbformat'"),
    "a list": (b"[]", "no 'nbformat'"),
    "no format": (b"{}", "no 'nbformat'"),
    "format in words": (b'{"nbformat": "4"}', "no 'nbformat'"),
    "format true": (b'{"nbformat": true, "cells": []}', "not supported"),
    "format 2": (b'{"nbformat": 2}', "format 2 is not supported"),
    "format 5": (notebook(code(), nbformat=5), "format 5 is not supported"),
    "endless number": (b'{"nbformat": ' + b"9" * 5000 + b"}", "damaged"),
    "long number": (b'{"nbformat": ' + b"9" * 4000 + b"}", "not supported"),
    "cells no list": (notebook(cells={"a": 1}), "expected 4"),
    "no cells": (b'{"nbformat": 4}', "expected 4"),
    "deep": (nested(10_000).encode(), "nested too deeply"),
    "deep cells": (
        b'{"nbformat": 4, "cells": ' + nested(10_000).encode() + b"}",
        "nested too deeply",
    ),
    "10 000 cells": (notebook(*[code()] * 10_000), "at most 2000"),
    "format 3, empty": (b'{"nbformat": 3}', "could not be converted"),
    "format 3, nonsense": (
        b'{"nbformat": 3, "worksheets": [1, {"cells": 2}]}',
        "could not be converted",
    ),
}


@pytest.mark.parametrize(("data", "reason"), DAMAGED.values(), ids=DAMAGED.keys())
def test_what_is_no_notebook_is_refused_with_a_reason(data, reason):
    with pytest.raises(DamagedNotebook, match=reason) as caught:
        parse_submission(data)
    assert len(str(caught.value)) < 300


def test_a_byte_order_mark_does_no_harm():
    assert only_cell(b"\xef\xbb\xbf" + notebook(code())).source == "x = 1"


def test_windows_line_ends_become_plain_ones():
    data = notebook(code("a = 1\r\nb = 2")).replace(b", ", b",\r\n")
    assert only_cell(data).source == "a = 1\nb = 2"


def test_format_3_is_converted():
    old = nbformat.v3.new_notebook(
        worksheets=[
            nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell(input="x = 1")])
        ]
    )
    assert only_cell(nbformat.v3.writes_json(old).encode()).source == "x = 1"


@pytest.mark.parametrize("levels", [50, 200, 400, 700, 960])
@pytest.mark.parametrize("place", ["nbgrader", "metadata", "outputs", "cell", "top"])
def test_deep_metadata_is_dropped_or_refused(levels, place):
    deep = {"nbgrader": {"grade_id": "a", "x": "@"}} if place == "nbgrader" else {"x": "@"}
    field = {"outputs": "@"} if place == "outputs" else {"metadata": deep}
    cell = "@" if place == "cell" else code(**field)
    data = notebook(cell, metadata="@" if place == "top" else {})
    data = data.replace(b'"@"', nested(levels).encode())
    try:
        parsed = parse_submission(data)
    except DamagedNotebook:
        return
    assert len(written(parsed)) < 600


@pytest.mark.parametrize("value", [None, 7, [], "text", {"a": {}}, True])
@pytest.mark.parametrize("field", ["metadata", "outputs", "id", "attachments", "foo"])
def test_a_field_of_any_type_leaves_a_valid_cell(field, value):
    cell = only_cell(notebook(code(**{field: value})))
    cell["id"] = "a"  # an empty id says that there was none
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    assert cell.source == "x = 1"


@pytest.mark.parametrize("value", [None, 7, [], "text", {"kernelspec": 3}])
def test_notebook_metadata_of_any_type_is_left_behind(value):
    parsed = parse_submission(notebook(code(), metadata=value))
    assert not parsed.get("metadata")


@pytest.mark.parametrize("value", [None, 7, "code", [], True])
def test_an_entry_that_is_no_cell_is_damage(value):
    with pytest.raises(DamagedNotebook, match="entry 1 is no cell"):
        parse_submission(notebook(value, code()))


@pytest.mark.parametrize(
    ("source", "text"), [(["a\n", "b"], "a\nb"), ([], ""), ("", "")], ids=str
)
def test_a_source_is_text_or_a_list_of_lines(source, text):
    assert only_cell(notebook(code(source))).source == text


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (["a", 1, None, ["b"], "c"], "the source of cell 1 is no text"),
        (None, "the source of cell 1 is no text"),
        ({"a": 1}, "the source of cell 1 is no text"),
        ("x" * (MAX_SOURCE_CHARACTERS + 1), "cell 1 of the notebook has 1,000,001 char"),
    ],
    ids=["mixed list", "null", "dict", "huge"],
)
def test_an_answer_that_cannot_be_read_is_no_other_answer(source, reason):
    """Whoever looks decides; a text that stands for it would earn a zero."""
    with pytest.raises(DamagedNotebook, match=reason):
        parse_submission(notebook(code(source)))


@pytest.mark.parametrize("kind", ["heading", "", None, 3, ["code"], "CODE"])
def test_a_cell_of_unknown_type_does_not_run(kind):
    assert only_cell(notebook(code(cell_type=kind))).cell_type == "markdown"


@pytest.mark.parametrize("raw", [None, 5, ["a"], {}])
def test_an_id_that_is_no_text_counts_as_missing(raw):
    assert only_cell(notebook(code(id=raw)))["id"] == ""


@pytest.mark.parametrize("raw", [None, 5, ["a"], {"b": 1}])
def test_a_grade_id_that_is_no_text_counts_as_missing(raw):
    cell = only_cell(notebook(code(metadata={"nbgrader": {"grade_id": raw}})))
    assert grade_id(cell) == ""


def test_duplicate_ids_are_kept_for_the_sanitizer_to_see():
    cells = parse_submission(notebook(code("a"), code("b"))).cells
    assert [cell["id"] for cell in cells] == ["a", "a"]


@pytest.mark.parametrize("place", ["source", "id", "grade id", "other metadata"])
def test_lone_surrogates_do_not_come_in(place):
    text = "a\ud800b"
    cell = {
        "source": code(text),
        "id": code(id=text),
        "grade id": code(metadata={"nbgrader": {"grade_id": text}}),
        "other metadata": code(metadata={"nbgrader": {text: text}}),
    }[place]
    written(parse_submission(notebook(cell))).encode("utf-8")


def test_the_largest_notebook_is_read():
    assert len(parse_submission(notebook(*[code()] * MAX_CELLS)).cells) == MAX_CELLS


# --- sizes ------------------------------------------------------------------------

MIB = 1 << 20
PEAK_BYTES = 300 * MIB
MEASURE = """
import re, sys
from pathlib import Path
from grader.errors import DamagedNotebook
from grader.course.notebooks import parse_submission
for name in sys.argv[1:]:
    data = Path(name).read_bytes()
    Path("/proc/self/clear_refs").write_text("5")  # forget the largest memory so far
    try:
        said = len(parse_submission(data).cells), "cells"
    except DamagedNotebook as error:
        said = [error]
    status = Path("/proc/self/status").read_text()
    print(re.search(r"VmHWM:\\s*(\\d+)", status)[1], *said)
"""


def measured(tmp_path, *many):
    """Parse in a process of its own; return what came of each and the largest memory.

    Not by getrusage: what a process inherits counts there.
    """
    if sys.platform != "linux":
        pytest.skip("memory is measured as Linux tells it")
    paths = [tmp_path / f"{number}.ipynb" for number in range(len(many))]
    for path, data in zip(paths, many, strict=True):
        path.write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *paths], capture_output=True, text=True, check=True
    )
    for line in done.stdout.splitlines():
        peak, _, said = line.partition(" ")
        yield said, int(peak) * 1024


def in_format(number, inside):
    """Return a notebook of a format with a text in its outputs."""
    cells = b'[{"cell_type": "code", "source": "", "input": "", "outputs": [%s]}]' % inside
    sheets = b'[{"cells": %s}]' % cells if number == 3 else b"[]"
    head = b'{"nbformat": %d, "worksheets": %s, "cells": ' % (number, sheets)
    return head + (b"[]" if number == 3 else cells) + b"}"


def repeated(part, size):
    return (part + b",") * (size // (len(part) + 1)) + part


BOMBS = {
    "objects": b"{}",
    "lists": b"[]",
    "filled objects": b'{"":0}',
    "nested lists": b"[[[[]]]]",
    "numbers": b"0",
    "long numbers": b"123456789",
    "texts": b'""',
    "wide texts": '"😀"'.encode(),
    "escapes in texts": rb'"\\\\",{}',
    "brackets after an escaped mark": rb'"\\"[{",{}',
}


def test_a_small_text_does_not_fill_the_memory(tmp_path):
    formats = [in_format(number, repeated(b"{}", 31 * MIB)) for number in (2, 3, 4, 5)]
    kinds = [in_format(4, repeated(part, 16 * MIB)) for part in BOMBS.values()]
    outcomes = list(measured(tmp_path, *formats, *kinds))
    assert len(outcomes) == len(formats) + len(kinds)
    for said, peak in outcomes:
        assert "are read: clear all outputs" in said
        assert peak < PEAK_BYTES


def test_just_what_is_accepted_does_not_fill_the_memory(tmp_path):
    """Objects and texts up to their limits, in every format that is read."""
    objects = repeated(b'{"":0}', 7 * (MAX_CONTAINERS - 11))
    texts = repeated(b'"aaaaaaaaaa"', 13 * (MAX_VALUES - 2 * MAX_CONTAINERS - 10))
    most = objects + b"," + texts
    for said, peak in measured(tmp_path, in_format(3, most), in_format(4, most)):
        assert said == "1 cells"
        assert peak < PEAK_BYTES


HONEST = {
    "figures": lambda: {"image/png": ["iVBORw0KGgo" * 200_000] * 8},
    "a plot of 400,000 numbers": lambda: {"x": [0.12345] * 200_000, "y": [1e-9] * 200_000},
    "100,000 points": lambda: {"data": [{"x": 1.5, "y": 2.5}] * 100_000},
    "an image of 700 x 700": lambda: {"z": [[0.25] * 700] * 700},
    "5 MB of short lines": lambda: {"text": ["0.1234\n"] * 700_000},
    "brackets in a text": lambda: {"text": "[{,}]" * 1_000_000},
    "marks and backslashes": lambda: {"text": '\\"[{,' * 1_000_000 + "\\"},
    "Chinese": lambda: {"text": "误差[{," * 500_000},
}


@pytest.mark.parametrize("kind", HONEST)
def test_honest_outputs_are_read_whatever_their_size(kind):
    for ascii_only in (True, False):
        raw = {"nbformat": 4, "cells": [code(outputs=[HONEST[kind]()])]}
        data = json.dumps(raw, ensure_ascii=ascii_only).encode()
        assert only_cell(data).source == "x = 1"


@given(
    st.recursive(
        st.none() | st.integers() | st.text(st.sampled_from('ab"\\[]{},é')),
        lambda inner: st.lists(inner) | st.dictionaries(st.text('ab"\\[{,'), inner),
    ),
    st.booleans(),
    st.sampled_from([1, 2, 3, 7, 1 << 20]),
)
def test_structure_is_counted_and_nothing_else(value, ascii_only, piece):
    def containers(part):
        if isinstance(part, dict):
            part = list(part.values())
        return 1 + sum(map(containers, part)) if isinstance(part, list) else 0

    def commas(part):
        if isinstance(part, dict):
            part = list(part.values())
        return (
            max(len(part) - 1, 0) + sum(map(commas, part)) if isinstance(part, list) else 0
        )

    data = json.dumps(value, ensure_ascii=ascii_only).encode()
    with mock.patch.object(notebooks, "PIECE_BYTES", piece):
        counted = notebooks._structure(data)
    assert counted == (containers(value), containers(value) + commas(value))


@pytest.mark.parametrize(
    "number", [b"9" * 10_000_000, b"-" + b"1" * 4301, b"1" * 10_000_000 + b".5"]
)
def test_an_enormous_number_is_refused_or_read_at_once(number):
    data = b'{"nbformat": 4, "cells": [], "metadata": {"n": ' + number + b"}}"
    with contextlib.suppress(DamagedNotebook):
        assert parse_submission(data).cells == []


def test_of_two_fields_of_one_name_the_last_counts_as_in_jupyterlab():
    data = notebook(code("first")).replace(b'"cell_type"', b'"source": "zero", "cell_type"')
    assert only_cell(data[:-1] + b', "cells": [{"source": "last"}]}').source == "last"


def test_format_3_is_converted_as_nbformat_does():
    made = nbformat.v3
    cells = [
        made.new_code_cell(input="x = 1", outputs=[made.new_output("stream", "1")]),
        made.new_text_cell("markdown", source="*a*"),
        made.new_text_cell("html", source="<b>a</b>"),
        made.new_text_cell("raw", source="raw"),
        made.new_heading_cell(source="Title", level=3),
    ]
    old = made.new_notebook(worksheets=[made.new_worksheet(cells=cells)])
    data = made.writes_json(old).encode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = nbformat.convert(nbformat.reads(data.decode(), as_version=3), 4).cells
    found = parse_submission(data).cells
    assert [(c.cell_type, c.source) for c in found] == [
        (c.cell_type, c.source) for c in wanted
    ]


json_keys = st.sampled_from(
    [
        "nbformat",
        "nbformat_minor",
        "metadata",
        "cells",
        "worksheets",
        "cell_type",
        "source",
        "input",
        "id",
        "nbgrader",
        "grade_id",
        "outputs",
        "code",
        "markdown",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 5) | st.floats() | st.text() | json_keys,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(json_keys, inner),
    max_leaves=30,
)


@given(st.fixed_dictionaries({"nbformat": st.just(4) | st.integers(2, 5)}), json_values)
@settings(max_examples=400)
def test_any_json_becomes_a_notebook_or_a_reason(head, rest):
    raw = (rest if isinstance(rest, dict) else {"cells": rest}) | head
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbformat's, on converting format 3
            parsed = parse_submission(json.dumps(raw).encode())
    except DamagedNotebook:
        return
    assert all(isinstance(cell.source, str) for cell in parsed.cells)


@given(st.lists(json_values, max_size=6))
@settings(max_examples=400)
def test_any_cells_become_cells_or_a_reason(cells):
    try:
        parsed = parse_submission(notebook(*cells))
    except DamagedNotebook:
        return
    written(parsed).encode("utf-8")
    assert all(isinstance(grade_id(cell), str) for cell in parsed.cells)


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_are_refused(data):
    with pytest.raises(DamagedNotebook):
        parse_submission(data)


def test_the_released_notebook_is_read_as_it_is(course, assignment):
    path = course.released(assignment.name)
    source, parsed = read_source(path), parse_submission(path.read_bytes())
    assert [c.source for c in parsed.cells] == [c.source for c in source.cells]
    assert [grade_id(c) for c in parsed.cells] == [grade_id(c) for c in source.cells]
