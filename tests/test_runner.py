"""The runner: one lost kernel, one spent limit, one bad answer cost only themselves."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import pytest

from grader import runner, wire
from grader.check.key import AnswerKey
from grader.errors import KernelDied, KernelFault, KernelLost, LimitExceeded, WireError
from grader.limits import Limits
from grader.model import Case, CellRun, Exercise, Prepared, PreparedCell
from grader.runner import execute

LIMITS = Limits(cell_s=10, submission_s=100)


class Clock:
    """Time that passes only when a cell takes it."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@dataclass
class Script:
    """What the kernels do: source -> what happens, one entry for each run of it."""

    happens: dict[str, list[Any]] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    kernels: list[FakeSession] = field(default_factory=list)
    asked: list[tuple[str, list[str]]] = field(default_factory=list)
    """Each function asked for, and the cells that its kernel had run by then."""
    along: bool = False
    """Kernels answer the exercise after a cell along with the cell."""

    def take(self) -> FakeSession:
        kernel = FakeSession(self)
        self.kernels.append(kernel)
        return kernel

    def put_away(self, kernel: FakeSession) -> None:
        kernel.close()

    def next(self, source: str) -> Any:
        """What this run of a cell or request does; nothing if nothing is left."""
        queue = self.happens.get(source, [])
        return queue.pop(0) if queue else None


@dataclass
class Takes:
    """The cell takes this many seconds, or its whole limit."""

    seconds: float


class FakeSession:
    """A kernel that remembers what it ran; same interface as `KernelSession`."""

    isolation = "fake"

    def __init__(self, script: Script) -> None:
        self.script = script
        self.ran: list[str] = []
        self.early: tuple[bytes, Any] | None = None
        self.closed = 0

    def run(
        self, source: str, *, timeout_s: float, ahead: bytes = b"", until: float = 0
    ) -> CellRun:
        self.ran.append(source)
        self.early = None
        event = self._event(source, timeout_s)
        outputs = ({"output_type": "stream", "name": "stdout", "text": source},)
        result = event if isinstance(event, CellRun) else CellRun(outputs=outputs, ok=True)
        left = min(timeout_s, until - self.script.clock.now)
        if self.script.along and ahead and result.ok and left > 0:
            try:
                self.early = ahead, self._answer(ahead, left)
            except (KernelFault, LimitExceeded, WireError) as error:
                self.early = ahead, error
        return result

    def has_answer(self, request: bytes) -> bool:
        return self.early is not None and self.early[0] == request

    def ask(self, request: bytes, *, timeout_s: float) -> dict[str, Any]:
        if self.has_answer(request):
            answer, self.early = self.early[1], None
            if isinstance(answer, Exception):
                raise answer
            return answer
        return self._answer(request, timeout_s)

    def _answer(self, request: bytes, timeout_s: float) -> dict[str, Any]:
        task = wire.decode(request)
        self.script.asked.append((task["function"], [*self.ran]))
        event = self._event(task["function"], timeout_s)
        if event is not None and not isinstance(event, Takes):
            return event
        defined = f"def {task['function']}" in self.ran
        outcomes = [("returned", 1.0, ())] * (len(task["cases"]) + 1)
        return {"missing": not defined, "outcomes": outcomes if defined else []}

    def close(self) -> None:
        self.closed += 1

    def _event(self, name: str, timeout_s: float) -> Any:
        assert timeout_s > 0, "a request without any time"
        assert not self.closed, "a request to a closed kernel"
        event = self.script.next(name)
        if isinstance(event, Takes):
            self.script.clock.now += min(event.seconds, timeout_s)
        if isinstance(event, BaseException):
            raise event
        return event


@pytest.fixture(params=[False, True], ids=["asked alone", "asked along"])
def script(monkeypatch, request):
    """A script whose clock is the runner's."""
    made = Script(along=request.param)
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
    return AnswerKey(exercise, seed=0)


def run(script, *sources, limits=LIMITS):
    """Run cells; ``f?`` stands for the test cell of the function ``f``."""
    tests = [source[:-1] for source in sources if source.endswith("?")]
    cells = tuple(
        cell("", kind="test", key=source[:-1], runs=False)
        if source.endswith("?")
        else cell(source)
        for source in sources
    )
    keys = {name: answer_key(name) for name in tests}
    prepared = Prepared(cells=cells, repairs=())
    execution = execute(prepared, keys, limits, script)
    assert [kernel.closed for kernel in script.kernels] == [1] * len(script.kernels)
    return execution


def answered(execution):
    """Return the functions that gave an answer."""
    return {name[2:] for name, answer in execution.answers.items() if answer.outcomes}


# --- an ordinary submission --------------------------------------------------------


def test_cells_run_in_order_in_one_kernel(script):
    execution = run(script, "a", "def f", "f?", "b")
    (kernel,) = script.kernels
    assert kernel.ran == ["a", "def f", "b"]
    assert sorted(execution.runs) == [0, 1, 3]
    assert answered(execution) == {"f"}
    assert execution.isolation == "fake"


def test_cells_that_do_not_run_and_tests_without_exercise_are_passed_over(script):
    cells = (cell("a", runs=False), cell("b", kind="test", key="unknown", runs=False))
    execution = execute(Prepared(cells=cells, repairs=()), {}, LIMITS, script)
    assert script.kernels[0].ran == []
    assert (execution.runs, execution.answers) == ({}, {})


def test_an_exercise_is_asked_where_its_test_cell_stands(script):
    execution = run(script, "f?", "def f")
    assert execution.answers["G.f"].missing


def test_an_exception_in_a_cell_stops_nothing(script):
    script.happens["bad"] = [CellRun(outputs=(), ok=False)]
    execution = run(script, "bad", "def f", "f?")
    assert len(script.kernels) == 1
    assert answered(execution) == {"f"}


def test_no_cell_gets_more_than_what_is_left_for_all(script):
    script.happens = {"a": [Takes(99)], "b": [Takes(99)]}
    run(script, "a", "b", "c", limits=Limits(cell_s=60, submission_s=70))
    assert script.clock.now == 70


# --- a kernel that is lost ---------------------------------------------------------


@pytest.mark.parametrize("error", [KernelDied("ended by x"), KernelLost("was stopped")])
def test_answers_before_a_lost_kernel_are_kept_and_those_after_it_given(script, error):
    script.happens["killer"] = [error]
    execution = run(script, "def f", "f?", "killer", "def g", "g?")
    assert answered(execution) == {"f", "g"}
    assert execution.runs[2].fault == str(error)
    assert not execution.runs[2].ok


def test_the_cell_that_killed_the_kernel_does_not_run_again(script):
    script.happens["killer"] = [KernelDied("died")]
    run(script, "a", "killer", "b", "c")
    assert [kernel.ran for kernel in script.kernels] == [["a", "killer"], ["a", "b", "c"]]


def test_a_cell_that_ran_into_its_limit_does_not_run_again_either(script):
    script.happens["slow"] = [CellRun(outputs=(), ok=False, fault="stopped at 10 s")]
    script.happens["killer"] = [KernelDied("died")]
    run(script, "slow", "a", "killer", "b")
    assert script.kernels[1].ran == ["a", "b"]


def test_a_cell_that_ended_in_an_exception_does(script):
    script.happens["bad"] = [CellRun(outputs=(), ok=False)]
    script.happens["killer"] = [KernelDied("died")]
    run(script, "bad", "killer", "b")
    assert script.kernels[1].ran == ["bad", "b"]


def test_a_dead_kernel_is_not_replaced_while_nothing_needs_one(script):
    script.happens["killer"] = [KernelDied("died")]
    run(script, "a", "killer")
    assert len(script.kernels) == 1


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


def test_a_cell_that_kills_the_kernel_only_in_the_replay_is_left_out_then(script):
    script.happens["moody"] = [None, KernelDied("died again")]
    script.happens["killer"] = [KernelDied("died")]
    execution = run(script, "a", "moody", "killer", "def g", "g?")
    assert script.kernels[2].ran == ["a", "def g"]
    assert execution.runs[1].fault == "died again"
    assert execution.runs[1].outputs
    assert answered(execution) == {"g"}


def test_kernels_that_die_in_every_cell_end_nevertheless(script):
    names = [f"c{n}" for n in range(30)]
    script.happens = {name: [KernelDied("died")] for name in names}
    execution = run(script, *names, "def f", "f?")
    assert answered(execution) == {"f"}
    assert len(script.kernels) == 31


def test_replays_of_moody_cells_end_nevertheless(script):
    names = [f"c{n}" for n in range(200)]
    script.happens = {name: [None, KernelDied("died")] for name in names}
    script.happens["killer"] = [KernelDied("died")]
    assert answered(run(script, *names, "killer", "def f", "f?")) == {"f"}


# --- requests ----------------------------------------------------------------------


def test_a_request_that_runs_into_its_limit_keeps_the_kernel(script):
    script.happens["f"] = [LimitExceeded("stopped at its time limit of 10 s")]
    execution = run(script, "def f", "f?", "def g", "g?")
    assert len(script.kernels) == 1
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
def test_a_request_without_a_proper_answer_drops_the_kernel(script, event):
    script.happens["f"] = [event]
    execution = run(script, "def f", "f?", "def g", "g?")
    assert [kernel.ran for kernel in script.kernels] == [["def f"], ["def f", "def g"]]
    assert execution.answers["G.f"].fault.startswith("your function gave no answer: ")
    assert answered(execution) == {"g"}


def test_a_function_that_kills_its_kernel_is_not_asked_again(script):
    script.happens["f"] = [KernelDied("died"), KernelDied("asked again")]
    run(script, "def f", "f?", "def g", "g?")
    assert len(script.happens["f"]) == 1


# --- time --------------------------------------------------------------------------


def test_an_answer_that_took_the_last_of_the_time_counts(script):
    script.happens = {"slow": [Takes(90)], "f": [Takes(10)]}
    limits = Limits(cell_s=95, submission_s=100)
    execution = run(script, "slow", "def f", "f?", "def g", "g?", limits=limits)
    assert answered(execution) == {"f"}
    assert "not run" in execution.answers["G.g"].fault


def test_an_answer_belongs_to_the_cell_right_before(script):
    """What runs in between may still change the function."""
    run(script, "def f", "b", "f?", "g?")
    assert script.asked == [("f", ["def f", "b"]), ("g", ["def f", "b"])]


def test_what_does_not_fit_into_the_time_is_not_run_and_says_so(script):
    script.happens["slow"] = [Takes(100)]
    limits = Limits(cell_s=100, submission_s=100)
    execution = run(script, "def f", "f?", "slow", "def g", "g?", limits=limits)
    reason = "not run: the submission's time limit of 100 s was used up before"
    assert execution.runs[3].fault == reason
    assert execution.answers["G.g"].fault == reason
    assert answered(execution) == {"f"}
    assert script.kernels[0].ran == ["def f", "slow"]


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
    assert "def f" not in script.kernels[1].ran
    assert "not run" in execution.runs[2].fault
    assert "not run" in execution.answers["G.f"].fault


def test_without_time_no_new_kernel_is_started(script):
    script.happens["killer"] = [KernelDied("died")]
    script.happens["a"] = [Takes(100)]
    limits = Limits(cell_s=100, submission_s=100)
    run(script, "a", "b", "f?", limits=limits)
    assert len(script.kernels) == 1


# --- faults of the grader itself ---------------------------------------------------


def test_the_kernel_is_closed_when_the_grader_fails(script):
    script.happens["a"] = [RuntimeError("a fault of ours")]
    with pytest.raises(RuntimeError, match="a fault of ours"):
        run(script, "a")
    assert [kernel.closed for kernel in script.kernels] == [1]


def test_an_interrupted_run_closes_its_kernel(script):
    script.happens["a"] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        run(script, "a")
    assert [kernel.closed for kernel in script.kernels] == [1]


def test_a_kernel_that_cannot_be_replaced_is_no_fault_of_the_student(script):
    script.happens["killer"] = [KernelDied("died")]
    start, count = script.take, itertools.count()

    def once():
        if next(count):
            raise KernelDied("the kernel did not get ready within 60 s")
        return start()

    script.take = once
    with pytest.raises(KernelDied, match="did not get ready"):
        run(script, "def f", "killer", "f?")
    assert [kernel.closed for kernel in script.kernels] == [1]
