"""Whatever was done to the notebook, the assignment's structure comes back, and is said."""

from __future__ import annotations

import copy
from dataclasses import replace

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.course.notebooks import grade_id, parse_submission
from grader.grading.sanitize import answered_elsewhere, defines, sanitize
from grader.model import Prepared, PreparedCell

SOLUTION = "G08-2-hidden_delta-solution"
TEST = "G08-2-hidden_delta"
GIVEN = "given-helpers"
MANUAL = "D08-1-derivation"


@pytest.fixture(scope="session")
def released(course, assignment):
    """The released notebook as it is parsed from a submission."""
    return parse_submission(course.released(assignment.name).read_bytes())


@pytest.fixture
def notebook(released):
    """A copy of it, to be changed."""
    return copy.deepcopy(released)


@pytest.fixture
def source(assignment):
    """The assignment's cells by key."""
    return {cell.key: cell for cell in assignment.cells}


def find(notebook, key):
    """Return the first cell with a grade id or id."""
    return next(c for c in notebook.cells if key in (grade_id(c), c["id"]))


def drop(notebook, key):
    """Delete a cell."""
    notebook.cells.remove(find(notebook, key))


def add(notebook, source, *, after=None, kind="code"):
    """Add a cell of the student's own behind another one, or in front of all."""
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    at = notebook.cells.index(find(notebook, after)) + 1 if after else 0
    notebook.cells.insert(at, make(source, id=f"mine-{len(notebook.cells)}"))


def prepared_cell(prepared, key):
    """Return the one prepared cell with a key."""
    (cell,) = [cell for cell in prepared.cells if cell.key == key]
    return cell


def assert_structure(prepared, assignment):
    """Every cell of the source once, in order, the instructor's as they were."""
    kept = [cell for cell in prepared.cells if cell.key]
    assert [cell.key for cell in kept] == [cell.key for cell in assignment.cells]
    for cell, wanted in zip(kept, assignment.cells, strict=True):
        assert cell.kind == wanted.kind
        assert cell.metadata == wanted.metadata
        if wanted.kind in ("locked", "test"):
            assert (cell.source, cell.cell_type) == (wanted.source, wanted.cell_type)


# --- an honest submission ----------------------------------------------------------


def test_the_released_notebook_needs_no_repair(assignment, notebook):
    prepared = sanitize(assignment, notebook)
    assert prepared.repairs == ()
    assert [c.source for c in prepared.cells] == [c.source for c in assignment.cells]
    assert_structure(prepared, assignment)


def test_all_code_runs_and_of_test_cells_what_students_see(assignment, notebook):
    prepared = sanitize(assignment, notebook)
    for cell in prepared.cells:
        assert cell.runs == (cell.cell_type == "code")
        assert "grade(" not in cell.source


def test_answers_are_kept_without_a_word(assignment, notebook):
    find(notebook, SOLUTION).source = "def hidden_delta(): ..."
    find(notebook, MANUAL).source = "Because."
    prepared = sanitize(assignment, notebook)
    assert prepared.repairs == ()
    assert prepared_cell(prepared, SOLUTION).source == "def hidden_delta(): ..."
    assert prepared_cell(prepared, MANUAL).source == "Because."


def test_the_submission_itself_is_not_changed(assignment, notebook):
    find(notebook, GIVEN).source = "x"
    before = copy.deepcopy(notebook)
    sanitize(assignment, notebook)
    assert notebook == before


def test_the_instructors_version_with_hidden_tests_is_no_change(
    assignment, notebook, source
):
    find(notebook, TEST).source = source[TEST].full_source
    prepared = sanitize(assignment, notebook)
    assert prepared.repairs == ()
    assert prepared_cell(prepared, TEST).source == source[TEST].source


# --- what belongs to the instructor ------------------------------------------------


@pytest.mark.parametrize("text", ["", "x = 1", "raise SystemExit"])
@pytest.mark.parametrize(
    ("key", "said"), [(GIVEN, "a given cell"), (TEST, "the test")], ids=["given", "test"]
)
def test_an_edited_cell_of_the_instructor_is_restored(
    assignment, notebook, source, key, said, text
):
    find(notebook, key).source = text
    prepared = sanitize(assignment, notebook)
    assert prepared_cell(prepared, key).source == source[key].source
    assert prepared.repairs == (f"{said} '{key}' was changed and has been restored",)


@pytest.mark.parametrize("key", [GIVEN, TEST, SOLUTION, MANUAL])
def test_a_deleted_cell_is_put_back_in_its_place(assignment, notebook, key):
    drop(notebook, key)
    prepared = sanitize(assignment, notebook)
    assert prepared.repairs == (f"cell '{key}' was missing and has been put back",)
    assert_structure(prepared, assignment)


def test_a_deleted_given_cell_runs_again(assignment, notebook):
    drop(notebook, GIVEN)
    assert prepared_cell(sanitize(assignment, notebook), GIVEN).runs


def test_the_blank_of_a_deleted_solution_does_not_run(assignment, notebook, source):
    """The answer may stand in a cell of the student's own, which the blank would undo."""
    drop(notebook, SOLUTION)
    add(notebook, "def hidden_delta(): ...", after="g08-2-hidden-delta-task")
    prepared = sanitize(assignment, notebook)
    blank = prepared_cell(prepared, SOLUTION)
    assert (blank.source, blank.runs) == (source[SOLUTION].source, False)
    assert any(c.runs and c.source == "def hidden_delta(): ..." for c in prepared.cells)


@pytest.mark.parametrize("key", [GIVEN, TEST, SOLUTION])
@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_retyped_cell_gets_its_type_back(assignment, notebook, key, kind):
    find(notebook, key).cell_type = kind
    prepared = sanitize(assignment, notebook)
    assert prepared_cell(prepared, key).cell_type == "code"
    assert prepared_cell(prepared, key).runs
    assert prepared.repairs == (f"cell '{key}' was turned into {kind}; it is code again",)


def test_a_plain_cell_keeps_the_type_its_student_gave_it(assignment, notebook):
    """A note that was turned into code must run: answers may depend on it."""
    note = find(notebook, "part-2")
    note.cell_type, note.source = "code", "helper = 1"
    prepared = sanitize(assignment, notebook)
    assert any(c.runs and c.source == "helper = 1" for c in prepared.cells)


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [
        (TEST, "points", 100),
        (TEST, "points", "3"),
        (TEST, "points", None),
        (TEST, "grade", False),
        (TEST, "locked", False),
        (TEST, "solution", True),
        (GIVEN, "locked", False),
        (SOLUTION, "grade", True),
        (SOLUTION, "solution", False),
        (MANUAL, "points", 50),
    ],
)
def test_a_changed_flag_is_restored(assignment, notebook, key, field, value):
    find(notebook, key).metadata.nbgrader[field] = value
    prepared = sanitize(assignment, notebook)
    said = f"'{field}' of cell '{key}' was changed and has been restored"
    assert said in prepared.repairs
    assert_structure(prepared, assignment)


def test_a_missing_flag_is_restored(assignment, notebook):
    del find(notebook, TEST).metadata.nbgrader["points"]
    prepared = sanitize(assignment, notebook)
    assert "'points' of cell" in prepared.repairs[0]
    assert_structure(prepared, assignment)


def test_dropped_metadata_comes_back(assignment, notebook):
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader")
        cell.metadata = {"nbgrader": nbgrader} if nbgrader else {}
    prepared = sanitize(assignment, notebook)
    assert prepared.repairs == ()
    assert_structure(prepared, assignment)


# --- strays ------------------------------------------------------------------------


def test_an_unknown_grade_id_is_removed_and_its_cell_kept(assignment, notebook):
    add(notebook, "x = 1", after=GIVEN)
    notebook.cells[
        notebook.cells.index(find(notebook, GIVEN)) + 1
    ].metadata = nbformat.from_dict(
        {"nbgrader": {"grade_id": "G99-1-free_points", "points": 99}}
    )
    prepared = sanitize(assignment, notebook)
    assert "unknown grade id 'G99-1-free_points' was removed" in prepared.repairs[0]
    (cell,) = [cell for cell in prepared.cells if cell.source == "x = 1"]
    assert (cell.key, cell.metadata, cell.runs) == ("", {}, True)


def test_an_endless_grade_id_is_not_repeated_at_length(assignment, notebook):
    find(notebook, TEST).metadata.nbgrader["grade_id"] = "x" * 100_000
    assert all(len(text) < 200 for text in sanitize(assignment, notebook).repairs)


def test_renaming_a_grade_id_restores_the_cell(assignment, notebook):
    find(notebook, TEST).metadata.nbgrader["grade_id"] = SOLUTION
    assert_structure(sanitize(assignment, notebook), assignment)


def test_moved_cells_return_and_it_is_said_once(assignment, notebook):
    notebook.cells.reverse()
    prepared = sanitize(assignment, notebook)
    said = "cells were moved; the order of the assignment was restored"
    assert prepared.repairs == (said,)
    assert_structure(prepared, assignment)


def test_added_cells_stay_where_they_are_and_run(assignment, notebook):
    add(notebook, "first = 1")
    add(notebook, "after = 1", after=GIVEN)
    add(notebook, "note", after=GIVEN, kind="markdown")
    prepared = sanitize(assignment, notebook)
    assert prepared.repairs == ()
    sources = [cell.source for cell in prepared.cells]
    at = [cell.key for cell in prepared.cells].index(GIVEN)
    assert sources[0] == "first = 1"
    assert sources[at + 1 : at + 3] == ["note", "after = 1"]
    assert [cell.runs for cell in prepared.cells[at + 1 : at + 3]] == [False, True]


def test_added_cells_move_with_the_cell_above_them(assignment, notebook):
    add(notebook, "after = 1", after=GIVEN)
    at = notebook.cells.index(find(notebook, GIVEN))
    pair = [notebook.cells.pop(at), notebook.cells.pop(at)]
    notebook.cells.extend(pair)
    prepared = sanitize(assignment, notebook)
    at = [cell.key for cell in prepared.cells].index(GIVEN)
    assert prepared.cells[at + 1].source == "after = 1"


# --- copies ------------------------------------------------------------------------


def copy_of(notebook, key, text, *, before):
    """Put a second copy of a cell in front of or behind the first."""
    cell = copy.deepcopy(find(notebook, key))
    cell.source = text
    at = notebook.cells.index(find(notebook, key))
    notebook.cells.insert(at if before else at + 1, cell)


@pytest.mark.parametrize("before", [True, False])
def test_of_a_blank_and_a_filled_copy_the_filled_one_counts(
    assignment, notebook, source, before
):
    find(notebook, SOLUTION).source = "answer = 1"
    copy_of(notebook, SOLUTION, source[SOLUTION].source, before=before)
    prepared = sanitize(assignment, notebook)
    assert prepared_cell(prepared, SOLUTION).source == "answer = 1"
    assert sum("answer" in cell.source for cell in prepared.cells) == 1


def test_of_two_answers_both_run_and_the_last_counts(assignment, notebook):
    find(notebook, SOLUTION).source = "answer = 1"
    copy_of(notebook, SOLUTION, "answer = 2", before=False)
    prepared = sanitize(assignment, notebook)
    assert prepared_cell(prepared, SOLUTION).source == "answer = 2"
    ran = [cell.source for cell in prepared.cells if cell.runs and "answer" in cell.source]
    assert ran == ["answer = 1", "answer = 2"]
    assert "stands 2 times" in prepared.repairs[0]


@pytest.mark.parametrize("key", [GIVEN, TEST])
def test_copies_of_the_instructors_cells_are_removed(assignment, notebook, key):
    copy_of(notebook, key, "cheat = 1", before=True)
    prepared = sanitize(assignment, notebook)
    assert not any("cheat" in cell.source for cell in prepared.cells)
    assert f"cell '{key}' stood 2 times; the copies were removed" in prepared.repairs


def test_a_second_copy_of_the_whole_notebook_changes_nothing(assignment, notebook):
    find(notebook, SOLUTION).source = "answer = 1"
    notebook.cells.extend(copy.deepcopy(notebook.cells))
    prepared = sanitize(assignment, notebook)
    assert_structure(prepared, assignment)
    assert prepared_cell(prepared, SOLUTION).source == "answer = 1"
    assert any(SOLUTION in text and "2 times" in text for text in prepared.repairs)


# --- older and emptied notebooks ---------------------------------------------------


def test_without_cell_ids_all_answers_are_still_found(assignment, notebook):
    find(notebook, SOLUTION).source = "answer = 1"
    for cell in notebook.cells:
        cell["id"] = ""
    prepared = sanitize(assignment, notebook)
    assert_structure(prepared, assignment)
    assert prepared_cell(prepared, SOLUTION).source == "answer = 1"


def test_without_cell_ids_the_prose_is_not_doubled(assignment, notebook):
    for cell in notebook.cells:
        cell["id"] = ""
    prepared = sanitize(assignment, notebook)
    assert len(prepared.cells) == len(assignment.cells)


def test_of_an_empty_notebook_everything_comes_back(assignment, notebook):
    notebook.cells.clear()
    prepared = sanitize(assignment, notebook)
    assert_structure(prepared, assignment)
    assert not any(cell.runs for cell in prepared.cells if cell.kind == "solution")
    assert len(prepared.repairs) == sum(c.kind != "plain" for c in assignment.cells)


# --- any sequence of edits ---------------------------------------------------------


def edit(cells, name, at, to, text):
    """Do one thing to a list of cells that a student could do."""
    if name == "add":
        cells.insert(at, nbformat.v4.new_code_cell(text))
        return
    if not cells:
        return
    at, to = at % len(cells), to % len(cells)
    cell = cells[at]
    metadata = cell.metadata.get("nbgrader")
    if name == "delete":
        del cells[at]
    elif name == "move":
        cells.insert(to, cells.pop(at))
    elif name == "copy":
        cells.insert(to, copy.deepcopy(cell))
    elif name == "edit":
        cell.source = text
    elif name == "retype":
        cell.cell_type = ("code", "markdown", "raw")[to % 3]
    elif name == "swap ids":
        cell["id"], cells[to]["id"] = cells[to]["id"], cell["id"]
    elif name == "lose id":
        cell["id"] = ""
    elif name == "lose metadata":
        cell.metadata.pop("nbgrader", None)
    elif name == "steal metadata":
        cell.metadata.update(copy.deepcopy(cells[to].metadata))
    elif metadata is not None:
        metadata[("points", "grade", "solution", "locked", "grade_id")[to % 5]] = text


NAMES = (
    "add delete move copy edit retype swap,ids lose,id lose,metadata steal,metadata flag"
)
edits = st.lists(
    st.tuples(
        st.sampled_from([name.replace(",", " ") for name in NAMES.split()]),
        st.integers(0, 60),
        st.integers(0, 60),
        st.text(max_size=10),
    ),
    max_size=25,
)


@given(edits)
@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_sequence_of_edits_breaks_the_structure(assignment, released, sequence):
    notebook = copy.deepcopy(released)
    for step in sequence:
        edit(notebook.cells, *step)
    prepared = sanitize(assignment, notebook)
    assert_structure(prepared, assignment)
    tests = [cell for cell in prepared.cells if cell.kind == "test"]
    wanted = [cell for cell in assignment.cells if cell.kind == "test"]
    assert [(c.key, c.source) for c in tests] == [(c.key, c.source) for c in wanted]
    assert all(cell.runs and "HIDDEN" not in cell.source for cell in tests)
    assert all(len(text) < 300 for text in prepared.repairs)


@given(st.text(min_size=1, max_size=20), st.integers(0, 100))
@settings(max_examples=100)
def test_no_added_code_is_lost(assignment, released, text, at):
    notebook = copy.deepcopy(released)
    notebook.cells.insert(at, nbformat.v4.new_code_cell(f"# {text}"))
    prepared = sanitize(assignment, notebook)
    assert any(cell.runs and cell.source == f"# {text}" for cell in prepared.cells)


# --- answers in other cells ----------------------------------------------------------


def elsewhere(assignment, notebook):
    """Return the blank tasks of a person's that may be answered in other cells."""
    return set(answered_elsewhere(assignment, sanitize(assignment, notebook)))


@pytest.mark.parametrize("kind", ["markdown", "code"])
def test_an_answer_below_its_blank_is_for_a_person(assignment, notebook, kind):
    add(notebook, "The quotient rule gives p - y.", after=MANUAL, kind=kind)
    assert elsewhere(assignment, notebook) == {MANUAL}


def test_a_blank_without_anything_below_is_a_blank(assignment, notebook):
    add(notebook, "   \n", after=MANUAL, kind="markdown")
    add(notebook, "print(1)", after=SOLUTION)
    assert elsewhere(assignment, notebook) == set()


def test_an_answer_in_its_place_needs_no_other(assignment, notebook):
    find(notebook, MANUAL)["source"] = "p - y"
    add(notebook, "a note", after=MANUAL, kind="markdown")
    assert elsewhere(assignment, notebook) == set()


def test_where_the_blank_is_gone_any_cell_may_answer_it(assignment, notebook):
    drop(notebook, MANUAL)
    assert elsewhere(assignment, notebook) == set()
    add(notebook, "The quotient rule gives p - y.", kind="markdown")
    assert elsewhere(assignment, notebook) == {MANUAL}


def test_a_cell_above_the_blank_is_no_answer_to_it(assignment, notebook):
    keys = [grade_id(cell) or cell["id"] for cell in notebook.cells]
    add(notebook, "my notes", after=keys[keys.index(MANUAL) - 1], kind="markdown")
    assert elsewhere(assignment, notebook) == set()


# --- found by faults that no test noticed --------------------------------------------


def test_a_given_text_that_was_rewritten_is_known_by_its_id(assignment, notebook):
    find(notebook, "title")["source"] = "# mine"
    prepared = sanitize(assignment, notebook)
    assert prepared_cell(prepared, "title").source == "# mine"
    assert all(cell.key for cell in prepared.cells)


def test_another_version_of_a_test_is_no_cell_of_the_students(assignment, notebook):
    for points in (98, 99):
        twin = copy.deepcopy(find(notebook, TEST))
        twin["source"] = f"points = {points}"
        notebook.cells.append(twin)
    assert all(cell.key for cell in sanitize(assignment, notebook).cells)


def test_a_blank_copy_of_an_answer_does_not_run_after_it(assignment, notebook):
    notebook.cells.append(copy.deepcopy(find(notebook, SOLUTION)))
    find(notebook, SOLUTION)["source"] = "def hidden_delta(): ..."
    prepared = sanitize(assignment, notebook)
    assert prepared_cell(prepared, SOLUTION).source == "def hidden_delta(): ..."
    assert all(cell.key for cell in prepared.cells)


def test_sixty_characters_of_an_unknown_id_are_shown(assignment, notebook):
    find(notebook, SOLUTION)["metadata"]["nbgrader"]["grade_id"] = "x" * 99
    (said,) = [r for r in sanitize(assignment, notebook).repairs if "unknown" in r]
    assert f"'{'x' * 60}'" in said


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(x): return x", True),
        ("class f:\n    pass", True),
        ("f = lambda x: x", True),
        ("f: dict = {}", True),
        ("print(f(1))", False),
        ("f == 1", False),
        ("    def f(x): ...", False),
        ("def f2(x): return x", False),
        ("# def f(x)", False),
    ],
)
def test_an_own_cell_may_define_what_a_task_asks_for(source, found):
    cell = PreparedCell(
        key="", kind="plain", cell_type="code", source=source, metadata={}, runs=True
    )
    assert defines(Prepared(cells=(cell,), repairs=()), "f") is found
    theirs = replace(cell, key="given-setup")
    assert not defines(Prepared(cells=(theirs,), repairs=()), "f")
