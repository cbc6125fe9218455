"""Outputs are counted while they arrive, and only harmless ones are kept."""

from __future__ import annotations

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.kernel.outputs import FIGURES_PER_TEXT, FLOOD_FACTOR, OutputCollector
from grader.limits import MIB, Limits

LIMITS = Limits(cell_text_bytes=1000, cell_output_bytes=2000, output_bytes=2500)


@pytest.fixture
def collector():
    """A collector that keeps 1000 bytes of a cell's text, 2000 of it, and 2500 of all."""
    return OutputCollector(LIMITS)


def stream(collector, text, name="stdout", size=None):
    """Let a stream message arrive."""
    collector.add(
        "stream", {"name": name, "text": text}, len(text) if size is None else size
    )


def display(collector, data, kind="display_data", **fields):
    """Let a rich output arrive."""
    collector.add(kind, {"data": data, "metadata": {}, **fields}, 10)


def texts(outputs):
    """Return the texts of all streams."""
    return [output["text"] for output in outputs if output["output_type"] == "stream"]


def test_neighbouring_pieces_of_a_stream_are_joined(collector):
    for piece, name in (("a", "stdout"), ("b", "stdout"), ("c", "stderr"), ("d", "stdout")):
        stream(collector, piece, name)
    assert texts(collector.end_cell()) == ["ab", "c", "d"]


def test_a_cell_keeps_only_its_share_and_says_so(collector):
    for _ in range(5):
        stream(collector, "x" * 400)
    kept, notice = texts(collector.end_cell())[0], texts(collector.end_cell())[-1]
    assert len(kept) == 800
    assert notice == "[grader] further output was dropped: limit reached\n"


def test_all_cells_together_keep_only_their_share(collector):
    kept = 0
    for _ in range(6):
        collector.begin_cell()
        stream(collector, "x" * 900)
        kept += sum(text.count("x") for text in texts(collector.end_cell()))
    assert kept == 1800


def test_one_large_message_is_dropped_and_a_small_one_after_it_kept(collector):
    stream(collector, "x" * 5000)
    stream(collector, "end")
    assert texts(collector.end_cell())[0] == "end"


def test_dropped_output_still_counts_towards_the_flood(collector):
    for _ in range(FLOOD_FACTOR):
        stream(collector, "x" * 1000)
    assert not collector.flooded
    stream(collector, "x")
    assert collector.flooded


def test_a_new_cell_starts_dry(collector):
    stream(collector, "x", size=10**9)
    collector.begin_cell()
    assert not collector.flooded
    assert collector.end_cell() == ()


def test_unknown_messages_count_too(collector):
    collector.add("comm_msg", {"data": {}}, 10**9)
    assert collector.flooded
    assert collector.end_cell() == ()


def test_silence_keeps_nothing_and_stops_nothing(collector):
    stream(collector, "before")
    collector.begin_silence()
    stream(collector, "x", size=10**9)
    assert not collector.flooded
    assert collector.end_cell() == ()


def test_silence_can_spare_what_was_there(collector):
    stream(collector, "before")
    collector.begin_silence(keep=True)
    stream(collector, "after")
    assert texts(collector.end_cell()) == ["before"]


def test_a_fault_stands_last(collector):
    stream(collector, "x")
    assert texts(collector.end_cell("stopped"))[-1] == "[grader] this cell was stopped\n"


@pytest.mark.parametrize("wait", [True, False, None, "x"])
def test_cleared_outputs_are_gone_and_make_room(collector, wait):
    stream(collector, "x" * 900)
    stream(collector, "x" * 900)
    for _ in range(10):
        collector.add("clear_output", {"wait": wait}, 10)
        stream(collector, "y" * 900)
        assert texts(collector.end_cell()) == ["y" * 900]


def test_what_waits_to_be_cleared_stays_until_something_else_is_shown(collector):
    stream(collector, "x")
    collector.add("clear_output", {"wait": True}, 10)
    assert texts(collector.end_cell()) == ["x"]
    collector.begin_cell()
    stream(collector, "y")
    assert texts(collector.end_cell()) == ["y"]


def test_a_display_is_exchanged_wherever_it_stands(collector):
    display(collector, {"text/plain": "a"}, display_id="one")
    display(collector, {"text/plain": "b"}, display_id="two")
    display(collector, {"text/plain": "c"}, "update_display_data", display_id="one")
    first = collector.end_cell()
    collector.begin_cell()
    display(collector, {"text/plain": "d"}, "update_display_data", display_id="two")
    display(collector, {"text/plain": "e"}, "update_display_data", display_id="three")
    assert collector.end_cell() == ()
    assert [output["data"]["text/plain"] for output in first] == ["c", "d"]
    assert {output["output_type"] for output in first} == {"display_data"}


def test_exchanging_for_ever_keeps_the_largest_only(collector):
    display(collector, {"text/plain": "x"}, display_id="bar")
    for size in (500, 400, 600) * 100:
        content = {"data": {"text/plain": f"{size}"}, "display_id": "bar"}
        collector.add("update_display_data", content, size)
    stream(collector, "y" * 900)
    collector.add("update_display_data", {**content, "data": {"text/plain": "n"}}, 2000)
    shown, text, notice = collector.end_cell()
    assert shown["data"]["text/plain"] == "600"
    assert (text["text"], "dropped" in notice["text"]) == ("y" * 900, True)


def test_what_a_box_could_not_send_is_named(collector):
    collector.drop(["text/plain", "image/png"], 20 * MIB)
    assert "a figure of 20.0 MiB was dropped" in texts(collector.end_cell())[0]


@pytest.mark.parametrize(
    "mime",
    [
        "application/javascript",
        "application/vnd.jupyter.widget-view+json",
        "application/json",
        "video/mp4",
        "text/html; charset=utf-8",
        "TEXT/HTML",
        "../../x",
    ],
)
def test_other_forms_are_not_kept(collector, mime):
    display(collector, {mime: "x", "text/plain": "y"})
    display(collector, {mime: "x"})
    (output,) = collector.end_cell()
    assert output["data"] == {"text/plain": "y"}


def figure(collector, size):
    """Let a figure arrive."""
    collector.add("display_data", {"data": {"image/png": "x"}, "metadata": {}}, size)


def test_a_figure_may_be_larger_than_any_text(collector):
    figure(collector, 1900)
    assert [out["output_type"] for out in collector.end_cell()] == ["display_data"]


def test_a_figure_that_is_dropped_is_named_with_its_size():
    collector = OutputCollector(Limits())
    figure(collector, 20 * MIB)
    figure(collector, MIB)
    kept, notice = collector.end_cell()
    assert kept["output_type"] == "display_data"
    assert notice["text"] == (
        "[grader] a figure of 20.0 MiB was dropped: of a cell 16 MiB are kept, "
        "of all cells 32 MiB\n"
    )


def test_figures_count_a_fourth_towards_the_flood(collector):
    for _ in range(FIGURES_PER_TEXT * FLOOD_FACTOR):
        figure(collector, 1000)
    assert not collector.flooded
    figure(collector, 8)
    assert collector.flooded


@pytest.mark.parametrize(
    "mime", ["text/plain", "text/html", "image/png", "text/latex", "image/svg+xml"]
)
def test_usual_forms_are_kept(collector, mime):
    display(collector, {mime: "x"}, "execute_result", execution_count=3)
    (output,) = collector.end_cell()
    assert (output["data"], output["execution_count"]) == ({mime: "x"}, 3)


def test_metadata_is_left_behind(collector):
    display(collector, {"text/plain": "x"}, metadata={"text/plain": {"a": 1}}, transient={})
    (output,) = collector.end_cell()
    assert output["metadata"] == {}
    assert "transient" not in output


def test_an_error_keeps_its_traceback(collector):
    content = {"ename": "ValueError", "evalue": "no", "traceback": ["a", "b"]}
    collector.add("error", content, 10)
    assert collector.end_cell() == ({"output_type": "error", **content},)


json_values = st.recursive(
    st.none() | st.integers() | st.text() | st.just("a\ud800"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)
fields = st.sampled_from(
    [
        "name",
        "text",
        "data",
        "metadata",
        "ename",
        "evalue",
        "traceback",
        "execution_count",
        "text/plain",
    ]
)
contents = st.dictionaries(fields, json_values) | st.dictionaries(
    st.just("data"),
    st.dictionaries(st.sampled_from(["text/plain", "image/png"]), json_values),
)
kinds = st.sampled_from(
    [
        "stream",
        "error",
        "display_data",
        "execute_result",
        "clear_output",
        "update_display_data",
    ]
)


@given(st.lists(st.tuples(kinds, contents), max_size=6))
def test_malformed_messages_leave_valid_outputs_that_can_be_written(messages):
    collector = OutputCollector(Limits())
    for kind, content in messages:
        collector.add(kind, content, 100)
    outputs = [nbformat.from_dict(output) for output in collector.end_cell()]
    cell = nbformat.v4.new_code_cell("", outputs=outputs)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode("utf-8")


@pytest.mark.parametrize("field", ["text", "ename"])
def test_a_text_that_is_nested_lists_does_no_harm(collector, field):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    for kind in ("stream", "error", "display_data"):
        collector.add(kind, {field: deep, "traceback": [deep], "data": deep}, 10)
    assert len(str(collector.end_cell())) < 1000
    while deep:  # undone level by level: freeing it at once recurses
        deep = deep.pop()
