"""Puts small faults into the code that scores rest on, and runs the tests that reach them.

    python tests/mutation/mutation.py [--jobs 2] [--quick] [MODULE …]

A fault that no test notices is a survivor: it changes nothing that anybody could see, and
`survivors.toml` says why, or a test is missing. A run takes about an hour on two cores.

Tests run once, and once more, watched, to see which of them call which functions. Then a
process is forked for each fault: it exchanges the code of one function and runs the tests
that call it, the quick ones first, until one fails. Random examples are the same each time,
and the first that fails is enough.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import importlib
import os
import pickle
import resource
import signal
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.nodes import Node
from _pytest.runner import runtestprotocol

from grader.vetting.mutants import mutants

ROOT = Path(__file__).resolve().parents[2]
SURVIVORS = Path(__file__).with_name("survivors.toml")
TESTS = {
    **{
        f"grader.judge.{name}": ("tests/judge",)
        for name in ("behaviour", "compare", "diagnose", "key", "memory", "observe")
    },
    **{
        f"grader.judge.{name}": ("tests/judge",)
        for name in ("parts", "relations", "score", "torch_errors")
    },
    "grader.grading.sanitize": (
        "tests/grading/test_sanitize.py",
        "tests/judge/test_score_rules.py",
    ),
    "grader.course.changes": ("tests/course/test_gradebook.py",),
    "grader.course.gradebook": (
        "tests/course/test_recorded.py",
        "tests/course/test_gradebook.py",
        "tests/report",
    ),
    "grader.course.timestamps": ("tests/course",),
    "grader.model": ("tests/judge", "tests/report"),
}
"""The modules, and where their tests are."""
SPARE_S = 5.0
"""Above five times what a test took, watched, a fault has made something endless."""
QUICK_S = 0.5
"""What a test may take, watched, in a first look, unless no other one reaches a fault."""
ADDRESS_BYTES = 8 << 30


OUTCOMES = ("noticed", "endless", "survived", "untested")


@dataclass(frozen=True)
class Fault:
    """One mutant: a function's other code."""

    module: str
    function: str
    name: str
    code: CodeType

    @property
    def label(self) -> str:
        """As `survivors.toml` has it."""
        return f"{self.function}: {self.name}"


def codes(text: str) -> dict[str, CodeType]:
    """Return the code of each function and method of a module, by qualified name."""
    found: dict[str, CodeType] = {}
    waiting = [compile(text, "<mutant>", "exec", dont_inherit=True)]
    while waiting:
        for constant in waiting.pop().co_consts:
            if isinstance(constant, CodeType):
                if "<locals>" not in constant.co_qualname:
                    found[constant.co_qualname] = constant
                    waiting.append(constant)
    return found


def faults(module: str) -> Iterator[Fault]:
    """Yield every fault in a module's functions; those of class bodies are no code.

    ``strict=True`` is a claim that a zip comes out even: right code does the same without.
    """
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    for body in ast.parse(path.read_text("utf-8")).body:
        text = f"from __future__ import annotations\n{ast.unparse(body)}"
        text = ast.unparse(ast.parse(text))  # as it is where something is exchanged in it
        before = codes(text)
        for mutant in mutants(text):
            if mutant.source.replace("strict=False", "strict=True") == text:
                continue
            for name, code in codes(mutant.source).items():
                if _does_other(code, before[name]) and not _is_class(code):
                    yield Fault(module, name, mutant.name, code)


def _does_other(code: CodeType, before: CodeType) -> bool:
    """Whether two codes differ in more than the lines they stand on."""
    if (code.co_code, code.co_names) != (before.co_code, before.co_names):
        return True
    pairs = zip(code.co_consts, before.co_consts, strict=False)
    return len(code.co_consts) != len(before.co_consts) or any(
        _does_other(one, other)
        if isinstance(one, CodeType) and isinstance(other, CodeType)
        else (type(one), one) != (type(other), other)
        for one, other in pairs
    )


def _is_class(code: CodeType) -> bool:
    return "__module__" in code.co_names


def function_of(module: ModuleType, name: str) -> FunctionType | None:
    """Return the function with a qualified name, unwrapped; None for a class body."""
    found: Any = module
    for part in name.split("."):
        found = vars(found).get(part)
    for attribute in ("fget", "func", "__func__", "__wrapped__"):
        found = getattr(found, attribute, found)
    return found if isinstance(found, FunctionType) else None


@dataclass
class Watch:
    """Which functions of the modules each test calls, and how long it takes."""

    files: frozenset[str]
    seconds: dict[str, float] = field(default_factory=dict)
    calls: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    failed: str = ""
    """The first test that fails."""

    def run(self, item: pytest.Item, following: Node) -> None:
        """Run a test, watched."""
        seen: set[tuple[str, str]] = set()

        def look(frame: Any, event: str, _: Any) -> None:
            if event == "call" and frame.f_code.co_filename in self.files:
                seen.add((frame.f_code.co_filename, frame.f_code.co_qualname))

        started = time.monotonic()
        sys.setprofile(look)
        try:
            if not passes(item, following):
                self.failed = self.failed or item.nodeid
        finally:
            sys.setprofile(None)
        self.seconds[item.nodeid] = time.monotonic() - started
        self.calls[item.nodeid] = seen


def passes(item: pytest.Item, following: Node) -> bool:
    """Run one test, keep what the next node needs, too; return whether it passed."""
    reports = runtestprotocol(item, log=False, nextitem=following)  # type: ignore[arg-type]
    return not any(report.failed for report in reports)


class Mutation:
    """The plugin that takes over after collection."""

    def __init__(self, modules: list[str], jobs: int, *, quick: bool) -> None:
        self.modules = {name: importlib.import_module(name) for name in modules}
        self.jobs = jobs
        self.quick = quick
        self.running: dict[int, Fault] = {}
        self.survivors: list[Fault] = []
        self.counts = {name: dict.fromkeys(OUTCOMES, 0) for name in modules}

    @cached_property
    def paths(self) -> dict[str, str]:
        """Each module's file."""
        return {name: str(module.__file__) for name, module in self.modules.items()}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Make random examples the same for all faults, and look for no smaller ones."""
        from hypothesis import Phase, settings

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile(
            "faults", settings.default, derandomize=True, database=None, phases=phases
        )
        settings.load_profile("faults")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run every test once, watch it once more, then try every fault."""
        items = [i for i in session.items if not i.get_closest_marker("kernel")]
        items = [i for i in items if not i.get_closest_marker("slow")]
        for item, following in _in_order(items):
            if not passes(item, following):
                raise SystemExit(f"{item.nodeid} fails without any fault")
        self._forget({item.module for item in items})  # type: ignore[attr-defined]
        gc.freeze()
        watch = self._watched(items)
        print(
            f"{len(items)} tests, {sum(watch.seconds.values()):.0f} s watched", flush=True
        )
        for module in self.modules:
            for fault in faults(module):
                self._start(fault, items, watch)
        while self.running:
            self._wait()
        return True

    def _forget(self, tests: set[ModuleType]) -> None:
        """Forget what was worked out with the modules: a fault would not count."""
        for module in tests:
            for value in vars(module).values():
                if getattr(value, "__module__", "") == module.__name__:
                    getattr(value, "cache_clear", lambda: None)()
        for found in gc.get_objects():
            if type(found).__module__ in self.modules:
                for name, value in vars(type(found)).items():
                    if isinstance(value, cached_property):
                        vars(found).pop(name, None)

    def _watched(self, items: list[pytest.Item]) -> Watch:
        """Watch the tests as faults will meet them: in a process of their own.

        What is set up once for all tests is there already and calls nothing any more.
        """
        watch = Watch(frozenset(self.paths.values()))
        reading, writing = os.pipe()
        process = os.fork()
        if not process:
            _silence()
            for item, following in _in_order(items):
                watch.run(item, following)
            with open(writing, "wb") as pipe:
                pickle.dump((watch.seconds, watch.calls, watch.failed), pipe)
            os._exit(0)
        os.close(writing)
        with open(reading, "rb") as pipe:
            watch.seconds, watch.calls, watch.failed = pickle.load(pipe)
        os.waitpid(process, 0)
        if watch.failed:
            raise SystemExit(f"{watch.failed} fails the second time, without any fault")
        return watch

    def _start(self, fault: Fault, items: list[pytest.Item], watch: Watch) -> None:
        key = self.paths[fault.module], fault.function
        reached = [i for i in items if key in watch.calls[i.nodeid]]
        reached.sort(key=lambda item: watch.seconds[item.nodeid])
        if self.quick:
            quick = [i for i in reached if watch.seconds[i.nodeid] <= QUICK_S]
            reached = quick or reached[:1]
        target = function_of(self.modules[fault.module], fault.function)
        if target is None or target.__code__.co_freevars != fault.code.co_freevars:
            return
        if not reached:
            self._count(fault, "untested")
            return
        while len(self.running) >= self.jobs:
            self._wait()
        process = os.fork()
        if not process:
            target.__code__ = fault.code
            os._exit(_notices(reached, watch.seconds))
        self.running[process] = fault

    def _wait(self) -> None:
        process, status = os.wait()
        fault = self.running.pop(process)
        if os.WIFSIGNALED(status):
            endless = os.WTERMSIG(status) == signal.SIGALRM
            self._count(fault, "endless" if endless else "noticed")
        else:
            self._count(fault, "survived" if os.WEXITSTATUS(status) == 0 else "noticed")

    def _count(self, fault: Fault, how: str) -> None:
        self.counts[fault.module][how] += 1
        if how in ("survived", "untested"):
            self.survivors.append(fault)
        if how != "noticed":
            print(f"{how}: {fault.module}: {fault.label}", flush=True)


def _in_order(items: list[pytest.Item]) -> Iterator[tuple[pytest.Item, Node]]:
    """Yield each test with the one after it; what the session has is kept to its end."""
    yield from zip(items, [*items[1:], items[0].session], strict=True)


def _silence() -> None:
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)


def _notices(items: list[pytest.Item], seconds: Mapping[str, float]) -> bool:
    """In a process of its own: whether some test fails.

    A test that takes far longer than it did ends the process.
    """
    with contextlib.suppress(BaseException):
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_BYTES, ADDRESS_BYTES))
        _silence()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        for item, following in _in_order(items):
            signal.setitimer(signal.ITIMER_REAL, SPARE_S + 5 * seconds[item.nodeid])
            if not passes(item, following):
                return True
        return False
    return True


def reasons() -> dict[str, dict[str, str]]:
    """Return the survivors that are known, with the reasons, by module."""
    return tomllib.loads(SURVIVORS.read_text("utf-8"))


def main() -> int:
    """Run; return 1 if something survived without a reason, or a reason is out of date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", default=list(TESTS), metavar="MODULE")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--quick", action="store_true", help="a first look: leave out what takes long"
    )
    arguments = parser.parse_args()
    folders = dict.fromkeys(path for name in arguments.modules for path in TESTS[name])
    os.chdir(ROOT)
    os.environ["OMP_NUM_THREADS"] = "1"  # a forked process waits for threads it has not
    mutation = Mutation(arguments.modules, arguments.jobs, quick=arguments.quick)
    failed = pytest.main(
        ["-q", "-p", "no:cacheprovider", "--timeout=0", *folders], plugins=[mutation]
    )
    known = {(m, label) for m, found in reasons().items() for label in found}
    survived = {(f.module, f.label) for f in mutation.survivors}
    new = sorted(survived - known)
    gone = sorted(k for k in known - survived if k[0] in arguments.modules)
    for what, entries in (("no reason", new), ("noticed now", gone)):
        for module, label in entries:
            print(f"{what}: {module}: {label}")
    for module, counts in mutation.counts.items():
        print(f"{module}:", ", ".join(f"{count} {how}" for how, count in counts.items()))
    return 1 if failed or new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
