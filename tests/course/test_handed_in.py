"""Whatever lies in a submission's folder: the notebook that is meant, or a reason."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from grader.course.submission import read_submission


def notebook(*cells):
    """Return the bytes of a notebook with these raw cells."""
    raw = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}
    return json.dumps(raw).encode()


def code(source="x = 1", **fields):
    """Return a raw code cell."""
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": []}
    return cell | {"source": source, "execution_count": None} | fields


def nested(levels):
    """Return JSON text of nested lists."""
    return "[" * levels + "]" * levels


def worked(released, answer="def output_delta(p, y):\n    return p - y", **changed):
    """Return the released notebook with one task filled in, every cell changed."""
    raw = json.loads(released)
    for number, cell in enumerate(raw["cells"]):
        if (
            cell["metadata"]
            .get("nbgrader", {})
            .get("grade_id", "")
            .endswith("output_delta-solution")
        ):
            cell["source"] = answer
        if changed.get("stripped"):
            cell["metadata"], cell["id"] = {}, f"n{number}"
    return json.dumps(raw).encode()


@pytest.fixture
def hand_in(course, assignment, request):
    """A function that hands in files by name; a folder of its own for each test."""
    student = f"student-{zlib.crc32(request.node.name.encode())}"
    folder = course.submission(student, assignment.name)

    def again():
        return read_submission(course, student, assignment)

    def put(files):
        folder.mkdir(parents=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        return again()

    put.folder, put.again = folder, again
    yield put
    if folder.parent.is_symlink():
        folder.parent.unlink()
    shutil.rmtree(folder.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def released(course, assignment):
    """The bytes of the released notebook."""
    return course.released(assignment.name).read_bytes()


NAME = "a07_backpropagation.ipynb"


def test_the_notebook_is_found_by_its_name(hand_in, released):
    found = hand_in({NAME: released})
    assert (found.notebook, found.problem, found.repairs) == (released, "", ())


@pytest.mark.parametrize(
    "name", ["作业.ipynb", "A07_BACKPROPAGATION.IPYNB", "a07 (1).ipynb", ".a.ipynb"]
)
def test_a_renamed_notebook_is_found_by_its_cells(hand_in, released, name):
    found = hand_in({name: released, "notes.ipynb": notebook(code())})
    assert found.notebook == released
    assert found.repairs == (
        f"'{name}' was read as '{NAME}': please keep the file's name",
        "further notebooks were ignored: 'notes.ipynb'",
    )


def test_a_name_that_is_no_unicode_can_still_be_reported(hand_in, released):
    found = hand_in(
        {"作业.ipynb".encode("gbk").decode("utf-8", "surrogateescape"): released}
    )
    assert found.notebook == released
    found.repairs[0].encode("utf-8")


def test_reasons_with_names_that_are_no_unicode_can_be_written(hand_in):
    found = hand_in({"作业.ipynb\udcff": b""})
    assert found.notebook is None
    found.problem.encode("utf-8")


def test_further_notebooks_are_reported(hand_in, released):
    found = hand_in({NAME: released, "b.ipynb": b"", "a.ipynb": released})
    assert found.notebook == released
    assert found.repairs == ("further notebooks were ignored: 'a.ipynb', 'b.ipynb'",)


def test_the_notebook_with_most_of_the_cells_counts(hand_in, released):
    part = json.loads(released)
    part["cells"] = part["cells"][: len(part["cells"]) // 2]
    found = hand_in({"x.ipynb": json.dumps(part).encode(), "b.ipynb": released})
    assert found.notebook == released


COPY = "a07_backpropagation (1).ipynb"


def test_work_in_a_copy_beside_an_untouched_notebook_counts(hand_in, released):
    """The browser's second download."""
    found = hand_in({NAME: released, COPY: worked(released)})
    assert found.notebook == worked(released)
    assert found.repairs == (
        f"'{COPY}' was read as '{NAME}', because '{NAME}' is as it was released: please "
        "keep the file's name",
    )


def test_work_under_the_right_name_counts_and_other_work_is_named(hand_in, released):
    other = worked(released, "def output_delta(p, y): ...")
    found = hand_in({NAME: worked(released), COPY: other, "z.ipynb": released})
    assert found.notebook == worked(released)
    assert found.repairs == (
        f"'{COPY}' has answers, too; '{NAME}' was graded: hand in one notebook",
    )


def test_of_two_with_work_under_other_names_the_newest_counts(hand_in, released):
    files = {
        "作业七.ipynb": worked(released, "def output_delta(p, y): return 1"),
        "草稿.ipynb": worked(released, "def output_delta(p, y): return 2"),
        "z.ipynb": released,
    }
    hand_in(files)
    for newest, older in (("作业七.ipynb", "草稿.ipynb"), ("草稿.ipynb", "作业七.ipynb")):
        os.utime(hand_in.folder / newest, (2e9, 2e9))
        os.utime(hand_in.folder / older, (1e9, 1e9))
        found = hand_in.again()
        assert found.notebook == files[newest]
        assert found.repairs[0].startswith(f"'{newest}' was read as")
        assert f"'{older}' has answers, too" in found.repairs[1]


def test_a_renamed_notebook_without_metadata_is_known_by_its_texts(hand_in, released):
    data = worked(released, stripped=True)
    found = hand_in({"wang_hw7.ipynb": data, "other.ipynb": notebook(code())})
    assert found.notebook == data
    assert found.repairs[0].startswith("'wang_hw7.ipynb' was read as")


def test_a_notebook_of_functions_alone_is_known_by_their_names(hand_in):
    data = notebook(code("def output_delta(p, y):\n    return p - y"))
    assert hand_in({"mine.ipynb": data}).notebook == data


def test_a_damaged_notebook_gives_way_to_a_copy(hand_in, released):
    found = hand_in({NAME: released[:-50], COPY: worked(released)})
    assert found.notebook == worked(released)
    assert "is damaged or another notebook" in found.repairs[0]


def test_a_damaged_notebook_alone_is_what_was_handed_in(hand_in, released):
    assert hand_in({NAME: released[:-50]}).notebook == released[:-50]


def test_an_empty_folder_has_a_reason(hand_in):
    found = hand_in({})
    assert found.notebook is None
    assert "found: nothing" in found.problem


def test_a_foreign_notebook_is_not_taken(hand_in):
    found = hand_in({"other.ipynb": notebook(code())})
    assert found.notebook is None
    assert "found: other.ipynb" in found.problem


def test_a_wrong_kind_of_file_is_named(hand_in, released):
    found = hand_in({"a07_backpropagation.ipynb.txt": released})
    assert "found: a07_backpropagation.ipynb.txt" in found.problem


@pytest.mark.parametrize("level", ["folder", "parent"])
def test_a_linked_folder_is_not_followed(hand_in, released, tmp_path, level):
    (tmp_path / hand_in.folder.name).mkdir()
    (tmp_path / hand_in.folder.name / NAME).write_bytes(released)
    if level == "folder":
        hand_in.folder.parent.mkdir(parents=True)
        hand_in.folder.symlink_to(tmp_path / hand_in.folder.name)
    else:
        hand_in.folder.parent.parent.mkdir(parents=True, exist_ok=True)
        hand_in.folder.parent.symlink_to(tmp_path)
    found = hand_in.again()
    assert found.notebook is None
    assert "is no folder" in found.problem


def test_a_linked_notebook_is_refused(hand_in, released, tmp_path):
    (tmp_path / "secret").write_bytes(released)
    hand_in.folder.mkdir(parents=True)
    (hand_in.folder / NAME).symlink_to(tmp_path / "secret")
    found = hand_in.again()
    assert found.notebook is None
    assert "a link" in found.problem


@pytest.mark.parametrize("name", [NAME, "other.ipynb", "timestamp.txt"])
def test_a_folder_in_place_of_a_file_ends_in_a_reason(hand_in, name):
    (hand_in.folder / name).mkdir(parents=True)
    found = hand_in.again()
    assert found.notebook is None
    assert found.problem


@pytest.mark.parametrize("levels", [100, 500, 900])
def test_a_hostile_notebook_under_another_name_ends_in_a_reason(hand_in, levels):
    cell = code(metadata={"nbgrader": {"x": "@"}})
    found = hand_in({"x.ipynb": notebook(cell).replace(b'"@"', nested(levels).encode())})
    assert found.notebook is None
    assert found.problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{now:%Y-%m-%d %H:%M:%S.%f} UTC\n", ""),
        ("\ufeff{now:%Y-%m-%d %H:%M:%S} UTC", ""),
        ("{in_china:%Y-%m-%d %H:%M:%S}+08:00", ""),
        ("9999-01-01", "after it was collected at"),
        ("1999-12-31 23:59:59 UTC", "1999-12-31 23:59:59 UTC, before the release at"),
    ],
    ids=["now", "with a mark", "with an offset", "future", "past"],
)
def test_the_timestamp_is_the_students_word_and_doubts_are_said(
    hand_in, released, text, said
):
    now = datetime.now(UTC)
    data = text.format(now=now, in_china=now + timedelta(hours=8)).encode()
    found = hand_in({NAME: released, "timestamp.txt": data})
    assert found.notebook == released
    assert found.timestamp is not None
    assert [said in text for text in found.repairs] == ([True] if said else [])


@pytest.mark.parametrize(
    "data", [b"2030-01-01 \xff", b"12:" + b"9" * 50, b"1e999", b"x" * 999, b""]
)
def test_an_unreadable_timestamp_is_said(hand_in, released, data):
    found = hand_in({NAME: released, "timestamp.txt": data})
    assert (found.notebook, found.timestamp) == (released, None)
    assert "no date could be read" in found.repairs[0]


def test_reading_changes_nothing(hand_in, released):
    hand_in({NAME: released})
    assert [p.name for p in hand_in.folder.iterdir()] == [NAME]
    assert (hand_in.folder / NAME).read_bytes() == released


def test_a_changed_title_is_no_work(hand_in, released):
    """Students write their name there, into the copy that is empty otherwise, too."""
    named = json.loads(released)
    named["cells"][0]["source"] = "# 张霞"
    found = hand_in({NAME: json.dumps(named).encode(), "a (1).ipynb": worked(released)})
    assert found.notebook == worked(released)
    assert "because 'a07_backpropagation.ipynb' is as it was released" in found.repairs[0]


COMPOSED, APART = "Zoé", "Zoe\u0301"


@pytest.fixture
def zoe(own_course, released):
    """A function that hands in under a folder's name and returns the course."""

    def put(folder, data=released):
        place = own_course.root / "submitted" / folder / "a07_backpropagation"
        place.mkdir(parents=True)
        (place / NAME).write_bytes(data)
        return own_course

    return put


@pytest.mark.parametrize(
    ("folder", "student"),
    [(COMPOSED, COMPOSED), (APART, COMPOSED), ("\u212aelvin", "Kelvin")],
    ids=["composed", "apart", "another sign"],
)
def test_a_name_is_one_student_whatever_wrote_it(
    zoe, assignment, released, folder, student
):
    """macOS takes é apart; a class list from elsewhere does not."""
    course = zoe(folder)
    assert course.students(assignment.name) == (student,)
    found = read_submission(course, student, assignment)
    assert (found.notebook, found.problem) == (released, "")


def test_two_folders_of_one_name_wait_for_a_person(zoe, assignment):
    zoe(APART)
    course = zoe(COMPOSED)
    assert course.students(assignment.name) == (COMPOSED,)
    found = read_submission(course, COMPOSED, assignment)
    assert found.notebook is None
    assert f"two folders are called '{COMPOSED}'" in found.problem
