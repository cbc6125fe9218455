"""The lines that call a student's function, in this process."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
import torch

from grader.kernel.inside import agent, codec


def test_an_answer_that_switched_recording_off_does_so_for_itself_alone() -> None:
    request = codec.encode({"function": "f", "driver": "", "cases": [(1.0,)]})
    with torch.no_grad():  # as an earlier answer may have left it
        reply = codec.decode(
            agent.answer({"f": lambda x: torch.is_grad_enabled()}, request)
        )
    assert [outcome[1] for outcome in reply["outcomes"]] == [True, True]


@pytest.mark.parametrize("stranger", [None, ModuleType("torch"), 7], ids=repr)
def test_what_stands_in_the_place_of_torch_stops_nothing(
    stranger: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", stranger)
    request = codec.encode({"function": "f", "driver": "", "cases": [(1.0,)]})
    reply = codec.decode(agent.answer({"f": lambda x: x + 1}, request))
    assert [outcome[1] for outcome in reply["outcomes"]] == [2.0, 2.0]


@pytest.mark.parametrize(("helper", "line"), [("1 / 0", 3), ("0", 4)])
def test_an_error_in_another_cell_is_told_with_the_line_of_the_call(
    helper: str, line: int
) -> None:
    names: dict[str, object] = {}
    cells = [f"\n\n\n\n\ndef helper(x):\n    return {helper}"]
    cells += ["def f(x):\n    x = x\n    y = helper(x)\n    return 1 / y"]
    for number, cell in enumerate(cells):
        exec(compile(cell, f"<ipython-input-{number}-1>", "exec"), names)
    request = codec.encode({"function": "f", "driver": "", "cases": [(1.0,)]})
    reply = codec.decode(agent.answer(names, request))
    assert [outcome[3] for outcome in reply["outcomes"]] == [line, line]
