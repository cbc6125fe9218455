"""The runner: one lost box, one spent limit, one bad answer cost only themselves."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from grader.errors import KernelDied, KernelLost, LimitExceeded, WireError
from grader.grading import runner
from grader.grading.runner import execute
from grader.judge.key import AnswerKey, Question
from grader.kernel.driver import Allowance
from grader.kernel.inside import codec
from grader.limits import WALL_FACTOR, Limits
from grader.model import Answer, Case, CellRun, Exercise, Prepared, PreparedCell

LIMITS = Limits(cell_s=10, submission_s=100)


class Clock:
    """Time that passes only when a cell takes it."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@dataclass
class Script:
    """What the boxes do: source -> what happens, one entry for each run of it."""

    happens: dict[str, list[Any]] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    boxes: list[FakeBox] = field(default_factory=list)

    def take(self) -> FakeBox:
        box = FakeBox(self)
        self.boxes.append(box)
        return box

    def put_away(self, box: FakeBox) -> None:
        box.close()

    def next(self, source: str) -> Any:
        """What this run of a cell or request does; nothing if nothing is left."""
        queue = self.happens.get(source, [])
        return queue.pop(0) if queue else None


@dataclass
class Takes:
    """The cell takes this many seconds of the processor, or its whole limit."""

    seconds: float
    waits: float = 0.0
    """And so many more on the clock."""


class FakeBox:
    """A box that remembers what it ran; same interface as `BoxDriver`."""

    isolation = "fake"

    def __init__(self, script: Script) -> None:
        self.script = script
        self.ran: list[str] = []
        self.closed = 0
        self.used_s = 0.0

    def run(self, source: str, allowance: Allowance) -> CellRun:
        self.ran.append(source)
        event = self._event(source, allowance)
        outputs = ({"output_type": "stream", "name": "stdout", "text": source},)
        return event if isinstance(event, CellRun) else CellRun(outputs=outputs, ok=True)

    def ask(self, request: bytes, allowance: Allowance) -> dict[str, Any]:
        task = codec.decode(request)
        event = self._event(task["function"], allowance)
        if event is not None and not isinstance(event, Takes):
            return event
        defined = f"def {task['function']}" in self.ran
        outcomes = [("returned", 1.0, ())] * (len(task["cases"]) + 1)
        return {"missing": not defined, "outcomes": outcomes if defined else []}

    def close(self) -> None:
        self.closed += 1

    def _event(self, name: str, allowance: Allowance) -> Any:
        assert allowance.processor_s > 0 < allowance.wall_s, "a step without any time"
        assert not self.closed, "a step for a closed box"
        event = self.script.next(name)
        if isinstance(event, Takes):
            took = min(event.seconds, allowance.processor_s)
            self.used_s += took
            self.script.clock.now += min(took + event.waits, allowance.wall_s)
        if isinstance(event, BaseException):
            raise event
        return event


@pytest.fixture
def script(monkeypatch):
    """A script whose clock is the runner's."""
    made = Script()
    monkeypatch.setattr(runner, "time", made.clock)
    return made


def cell(source, *, kind="plain", key="", runs=True):
    """Return a prepared code cell."""
    return PreparedCell(
        key=key, kind=kind, cell_type="code", source=source, metadata={}, runs=runs
    )


def answer_key(function):
    """Return the key of an exercise with one case."""
    exercise = Exercise(
        id=f"G.{function}",
        function=function,
        points=1,
        reference=lambda: 1.0,
        inputs=lambda rng: [Case(name="only", args=())],
        outputs=("value",),
    )
    return Question(AnswerKey(exercise, seed=0))


def prepare(*sources):
    """Return cells and keys; ``f?`` stands for the test cell of the function ``f``."""
    tests = [source[:-1] for source in sources if source.endswith("?")]
    cells = tuple(
        cell("", kind="test", key=source[:-1], runs=False)
        if source.endswith("?")
        else cell(source)
        for source in sources
    )
    keys = {name: answer_key(name) for name in tests}
    return Prepared(cells=cells, repairs=()), keys


def run(script, *sources, limits=LIMITS):
    """Run cells; ``f?`` stands for the test cell of the function ``f``."""
    execution = execute(*prepare(*sources), limits, script)
    assert [box.closed for box in script.boxes] == [1] * len(script.boxes)
    return execution


def answered(execution):
    """Return the functions that gave an answer."""
    return {name[2:] for name, answer in execution.answers.items() if answer.outcomes}


# --- an ordinary submission --------------------------------------------------------


def test_cells_run_in_order_in_one_box(script):
    execution = run(script, "a", "def f", "f?", "b")
    (box,) = script.boxes
    assert box.ran == ["a", "def f", "b"]
    assert sorted(execution.runs) == [0, 1, 3]
    assert answered(execution) == {"f"}
    assert execution.isolation == "fake"


def test_cells_that_do_not_run_and_tests_without_exercise_are_passed_over(script):
    cells = (cell("a", runs=False), cell("b", kind="test", key="unknown", runs=False))
    prepared = Prepared(cells=cells, repairs=())
    execution = execute(prepared, {}, LIMITS, script)
    assert script.boxes[0].ran == []
    assert (execution.runs, execution.answers) == ({}, {})


def test_an_exercise_is_asked_where_its_test_cell_stands(script):
    execution = run(script, "f?", "def f")
    assert execution.answers["G.f"].missing


def test_an_exception_in_a_cell_stops_nothing(script):
    script.happens["bad"] = [CellRun(outputs=(), ok=False)]
    execution = run(script, "bad", "def f", "f?")
    assert len(script.boxes) == 1
    assert answered(execution) == {"f"}


def test_no_cell_gets_more_than_what_is_left_for_all(script):
    script.happens = {"a": [Takes(99)], "b": [Takes(99)]}
    run(script, "a", "b", "c", limits=Limits(cell_s=60, submission_s=70))
    assert script.clock.now == 70


def test_the_visible_half_of_a_test_runs_before_its_exercise_is_asked(script):
    script.happens["f"] = [{"missing": True}]
    prepared, keys = prepare("def f", "f?", "b")
    cells = (prepared.cells[0], cell("check f", kind="test", key="f"), prepared.cells[2])
    execution = execute(replace(prepared, cells=cells), keys, LIMITS, script)
    assert script.boxes[0].ran == ["def f", "check f", "b"]
    assert execution.answers["G.f"].missing


def test_a_visible_half_that_ends_the_box_costs_nothing(script):
    script.happens["check f"] = [KernelDied("died")]
    prepared, keys = prepare("def f", "f?")
    cells = (prepared.cells[0], cell("check f", kind="test", key="f"))
    execution = execute(replace(prepared, cells=cells), keys, LIMITS, script)
    assert [box.ran for box in script.boxes] == [["def f", "check f"], ["def f"]]
    assert answered(execution) == {"f"}


def test_what_a_visible_half_defines_exists_after_a_box_was_lost(script):
    script.happens["killer"] = [KernelDied("died")]
    prepared, keys = prepare("def f", "f?", "killer", "def g", "g?")
    cells = list(prepared.cells)
    cells[1] = cell("check f", kind="test", key="f")
    execute(replace(prepared, cells=tuple(cells)), keys, LIMITS, script)
    assert script.boxes[1].ran == ["def f", "check f", "def g"]


# --- a box that is lost ---------------------------------------------------------


@pytest.mark.parametrize("error", [KernelDied("ended by x"), KernelLost("was stopped")])
def test_answers_before_a_lost_box_are_kept_and_those_after_it_given(script, error):
    script.happens["killer"] = [error]
    execution = run(script, "def f", "f?", "killer", "def g", "g?")
    assert answered(execution) == {"f", "g"}
    assert execution.runs[2].fault == str(error)
    assert not execution.runs[2].ok


def test_the_cell_that_killed_the_box_does_not_run_again(script):
    script.happens["killer"] = [KernelDied("died")]
    run(script, "a", "killer", "b", "c")
    assert [box.ran for box in script.boxes] == [["a", "killer"], ["a", "b", "c"]]


def test_a_cell_that_ran_into_its_limit_does_not_run_again_either(script):
    script.happens["slow"] = [CellRun(outputs=(), ok=False, fault="stopped at 10 s")]
    script.happens["killer"] = [KernelDied("died")]
    run(script, "slow", "a", "killer", "b")
    assert script.boxes[1].ran == ["a", "b"]


def test_a_cell_that_ended_in_an_exception_does(script):
    script.happens["bad"] = [CellRun(outputs=(), ok=False)]
    script.happens["killer"] = [KernelDied("died")]
    run(script, "bad", "killer", "b")
    assert script.boxes[1].ran == ["bad", "b"]


def test_a_dead_box_is_not_replaced_while_nothing_needs_one(script):
    script.happens["killer"] = [KernelDied("died")]
    run(script, "a", "killer")
    assert len(script.boxes) == 1


def test_outputs_before_the_death_are_kept(script):
    error = KernelDied("died")
    error.outputs = ({"output_type": "stream", "name": "stdout", "text": "last words"},)
    script.happens["killer"] = [error]
    assert run(script, "killer").runs[0].outputs == error.outputs


def test_replaying_does_not_change_the_outputs_of_the_first_run(script):
    script.happens["a"] = [None, CellRun(outputs=(), ok=False)]
    script.happens["killer"] = [KernelDied("died")]
    execution = run(script, "a", "killer", "b")
    assert execution.runs[0].outputs[0]["text"] == "a"
    assert execution.runs[0].ok


def test_a_cell_that_kills_the_box_only_in_the_replay_is_left_out_then(script):
    script.happens["moody"] = [None, KernelDied("died again")]
    script.happens["killer"] = [KernelDied("died")]
    execution = run(script, "a", "moody", "killer", "def g", "g?")
    assert script.boxes[2].ran == ["a", "def g"]
    assert execution.runs[1].fault == "died again"
    assert execution.runs[1].outputs
    assert answered(execution) == {"g"}


def test_boxes_that_die_in_every_cell_end_nevertheless(script):
    names = [f"c{n}" for n in range(30)]
    script.happens = {name: [KernelDied("died")] for name in names}
    execution = run(script, *names, "def f", "f?")
    assert answered(execution) == {"f"}
    assert len(script.boxes) == 31


def test_replays_of_moody_cells_end_nevertheless(script):
    names = [f"c{n}" for n in range(200)]
    script.happens = {name: [None, KernelDied("died")] for name in names}
    script.happens["killer"] = [KernelDied("died")]
    assert answered(run(script, *names, "killer", "def f", "f?")) == {"f"}


# --- requests ----------------------------------------------------------------------


def test_a_request_that_runs_into_its_limit_keeps_the_box(script):
    script.happens["f"] = [LimitExceeded("stopped at its time limit of 10 s")]
    execution = run(script, "def f", "f?", "def g", "g?")
    assert len(script.boxes) == 1
    assert execution.answers["G.f"].fault == (
        "your function was stopped at its time limit of 10 s"
    )
    assert answered(execution) == {"g"}


@pytest.mark.parametrize(
    "event",
    [
        WireError("no message of ours"),
        KernelDied("ended by its death"),
        KernelLost("could not be interrupted"),
        {"outcomes": []},
        {"missing": False, "outcomes": [("returned", 1.0, ())]},
        {"missing": False, "outcomes": [("passed",)] * 2},
        {"missing": 1, "outcomes": ["returned"] * 2},
        {"missing": False, "outcomes": [("raised", "E", "text", "line")] * 2},
    ],
    ids=str,
)
def test_a_request_without_a_proper_answer_drops_the_box(script, event):
    script.happens["f"] = [event]
    execution = run(script, "def f", "f?", "def g", "g?")
    assert [box.ran for box in script.boxes] == [["def f"], ["def f", "def g"]]
    assert execution.answers["G.f"].fault.startswith("your function gave no answer: ")
    assert answered(execution) == {"g"}


def test_a_function_that_kills_its_box_is_not_asked_again(script):
    script.happens["f"] = [KernelDied("died"), KernelDied("asked again")]
    run(script, "def f", "f?", "def g", "g?")
    assert len(script.happens["f"]) == 1


# --- time --------------------------------------------------------------------------


def test_what_does_not_fit_into_the_time_is_not_run_and_says_so(script):
    script.happens["slow"] = [Takes(100)]
    limits = Limits(cell_s=100, submission_s=100)
    execution = run(script, "def f", "f?", "slow", "def g", "g?", limits=limits)
    reason = "not run: the submission's time limit of 100 s was used up before"
    assert execution.runs[3].fault == reason
    assert execution.answers["G.g"] == Answer(fault=reason, not_run=True)
    assert answered(execution) == {"f"}
    assert script.boxes[0].ran == ["def f", "slow"]


def test_waiting_is_not_computing(script):
    script.happens["waits"] = [Takes(1, waits=350)]
    execution = run(script, "waits", "def f", "f?")
    assert answered(execution) == {"f"}


def test_the_clock_ends_what_waits_for_ever(script):
    script.happens = {name: [Takes(1, waits=1e9)] for name in ("a", "b")}
    execution = run(script, "a", "b")
    assert script.clock.now == WALL_FACTOR * LIMITS.submission_s
    assert "not run" in execution.runs[1].fault


def test_time_spent_in_a_replay_counts(script):
    script.happens["a"] = [Takes(40), Takes(40)]
    script.happens["killer"] = [KernelDied("died")]
    script.happens["b"] = [Takes(40)]
    limits = Limits(cell_s=50, submission_s=100)
    execution = run(script, "a", "killer", "b", "def f", "f?", limits=limits)
    assert script.clock.now == 100
    assert "not run" in execution.answers["G.f"].fault


def test_when_the_replay_uses_up_the_time_nothing_runs_half_prepared(script):
    script.happens["a"] = [Takes(60), Takes(60)]
    script.happens["killer"] = [KernelDied("died")]
    limits = Limits(cell_s=100, submission_s=100)
    execution = run(script, "a", "killer", "def f", "f?", limits=limits)
    assert "def f" not in script.boxes[1].ran
    assert "not run" in execution.runs[2].fault
    assert "not run" in execution.answers["G.f"].fault


def test_without_time_no_new_box_is_started(script):
    script.happens["killer"] = [KernelDied("died")]
    script.happens["a"] = [Takes(100)]
    limits = Limits(cell_s=100, submission_s=100)
    run(script, "a", "b", "f?", limits=limits)
    assert len(script.boxes) == 1


# --- faults of the grader itself ---------------------------------------------------


def test_the_box_is_closed_when_the_grader_fails(script):
    script.happens["a"] = [RuntimeError("a fault of ours")]
    with pytest.raises(RuntimeError, match="a fault of ours"):
        run(script, "a")
    assert [box.closed for box in script.boxes] == [1]


def test_an_interrupted_run_closes_its_box(script):
    script.happens["a"] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        run(script, "a")
    assert [box.closed for box in script.boxes] == [1]


def test_a_box_that_cannot_be_replaced_is_no_fault_of_the_student(script):
    script.happens["killer"] = [KernelDied("died")]
    start, count = script.take, itertools.count()

    def once():
        if next(count):
            raise KernelDied("the box did not get ready within 60 s")
        return start()

    script.take = once
    with pytest.raises(KernelDied, match="did not get ready"):
        run(script, "def f", "killer", "f?")
    assert [box.closed for box in script.boxes] == [1]
