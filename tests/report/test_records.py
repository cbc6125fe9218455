"""Results that are kept come back as they were, or are refused in words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from report_records import exercise, finding, record

from grader.errors import UnsettledError
from grader.report.cell import plain, rich
from grader.report.records import as_json, from_json, read_record, write_record

EXAMPLE = "x = [1, 2]\ny, expected: 3\ny, yours: <b>4</b>"
FULL = record(
    exercise(1, 2.5, finding(output="dW", lecture="08#x"), finding("Loops.", remark=True)),
    exercise(2, 0, finding(named=False, code="value", example=EXAMPLE), behaviour="ab12"),
    limits=("cell 3 stopped",),
    repairs=("a test was restored",),
    untouched=("D08-1",),
    problem="读不出来",
    status="failed",
)


def test_a_result_comes_back_from_json() -> None:
    assert from_json(json.loads(json.dumps(as_json(FULL)))) == FULL


def test_a_kept_result_forgets_what_differs_from_run_to_run(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_record(path, FULL)
    text = path.read_bytes()
    write_record(path, replace(FULL, seconds=9.0, executed=False, notebook="{}"))
    assert path.read_bytes() == text
    assert read_record(path) == replace(FULL, seconds=0.0, executed=False)


def test_codes_of_a_terminal_do_not_reach_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_record(path, record(exercise(1, 0, finding("\x1b[2J\u202egone"))))
    assert not {"\x1b", "\u202e"} & set(read_record(path).scores[0].findings[0].message)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("untouched"),
        lambda data: data["exercises"][0].pop("parts"),
        lambda data: data["exercises"][0].update(grade=1),
        lambda data: data["exercises"][0]["findings"][0].pop("message"),
        lambda data: data.update(exercises=None),
    ],
)
def test_a_record_of_another_version_is_refused(spoil, tmp_path: Path) -> None:
    data = as_json(FULL)
    spoil(data)
    path = tmp_path / "hw1" / "ada" / "result.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(data))
    with pytest.raises(UnsettledError, match=r"result.json' is damaged .* autograde hw1'"):
        read_record(path)


@pytest.mark.parametrize("text", ["", "[]", '{"student": "ada"', "null", "\udcff"])
def test_a_damaged_record_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "hw1" / "ada" / "result.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UnsettledError, match="damaged"):
        read_record(path)


def test_an_example_stands_in_the_cell_line_by_line() -> None:
    score = FULL.scores[1]
    assert plain(score).splitlines()[-3:] == [
        f"    {line}" for line in EXAMPLE.splitlines()
    ]
    assert "<code>y, yours: &lt;b&gt;4&lt;/b&gt;</code>" in rich(score)
