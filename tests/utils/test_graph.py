"""The shape of computation graphs: order, places and what PyTorch recorded."""

import pytest
import torch

from utils import graph

EXAMPLE = {"x": (), "y": (), "z": (), "a": "xy", "b": "yz", "f": "ab"}
SKIPPING = {"x": (), "a": "x", "b": "a", "f": "bx"}


def test_an_input_used_twice_has_two_edges():
    assert graph.edges({"x": (), "p": "xx"}) == [("x", "p"), ("x", "p")]


def test_users_are_the_successors_and_results_have_none():
    users = graph.users(EXAMPLE)
    assert users["y"] == ["a", "b"]
    assert users["f"] == []


def test_each_node_stands_one_layer_above_its_highest_input():
    assert graph.layers(SKIPPING) == [["x"], ["a"], ["b"], ["f"]]
    assert graph.layers(EXAMPLE) == [["x", "y", "z"], ["a", "b"], ["f"]]


def test_layers_do_not_depend_on_the_order_of_the_table():
    turned = dict(reversed(SKIPPING.items()))
    assert graph.layers(turned) == graph.layers(SKIPPING)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"a": "b", "b": "a", "x": ()}, r"cycle among \['a', 'b'\]"),
        ({"a": "a"}, "cycle"),
        ({"a": "x"}, "'a' has the input 'x', which is no node"),
    ],
    ids=["cycle", "own input", "unknown input"],
)
def test_what_is_no_graph_is_refused(table, complaint):
    with pytest.raises(ValueError, match=complaint):
        graph.layers(table)


def test_empty_graph_has_no_layers_and_no_places():
    assert graph.layers({}) == []
    assert graph.layout({}).places == {}


def test_no_two_nodes_share_a_place_and_edges_lead_to_the_right():
    plan = graph.layout(EXAMPLE)
    assert len(set(plan.places.values())) == len(EXAMPLE)
    for source, node in graph.edges(EXAMPLE):
        assert plan.places[source][0] < plan.places[node][0]


def test_a_long_edge_passes_beside_the_nodes_it_crosses():
    plan = graph.layout(SKIPPING)
    route = plan.routes["x", "f"]
    assert [x for x, _ in route] == [0, 1, 2, 3]
    assert not set(route[1:-1]) & set(plan.places.values())


def test_a_source_stands_right_before_its_first_use():
    late = {"x": (), "a": "x", "c": (), "f": "ac"}
    assert graph.layout(late).places["c"][0] == 1


def test_columns_are_sorted_so_that_parallel_edges_do_not_cross():
    crossed = {"x": (), "y": (), "b": "y", "a": "x", "f": "ba"}
    places = graph.layout(crossed).places
    assert (places["x"][1] > places["y"][1]) == (places["a"][1] > places["b"][1])


def test_the_record_of_pytorch_has_our_shape():
    x, y, z = (torch.tensor(v, requires_grad=True) for v in (1.0, 2.0, 0.0))
    record = graph.recorded((x + y) * torch.maximum(y, z))
    assert [len(layer) for layer in graph.layers(record)] == [3, 2, 1]
    assert sorted(len(users) for users in graph.users(record).values()) == [
        0, 1, 1, 1, 1, 2,
    ]  # fmt: skip


def test_inputs_without_gradient_leave_no_trace_in_the_record():
    x = torch.tensor(2.0, requires_grad=True)
    record = graph.recorded(x * torch.tensor(3.0))
    assert [name.split()[0] for name in record] == ["MulBackward0", "AccumulateGrad"]
