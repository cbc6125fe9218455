"""Long tests are left out while all they rest on is as it was when they passed.

    @pytest.mark.rests_on("solutions/{assignment}")

A test with this mark says the same until a file changes: one in the places named, one that
Python files there import, or one of the test's module and all it imports. `records.toml`
holds a digest of these files for each such test that passed. Pytest leaves out what has its
digest there, says how many these are, and runs everything else.

``--anew`` runs them all the same; ``--record`` writes down what passed (`make records`).
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from digests import digest, named, versions, with_imports

RECORD = "tests/records.toml"
MARK = "rests_on"
PROPERTY = "rests on"
RENEW = "make records"


def add_options(parser: pytest.Parser) -> None:
    """Add the options of this plugin."""
    group = parser.getgroup("records")
    group.addoption("--anew", action="store_true", help=f"run what {RECORD} holds, too")
    group.addoption("--record", action="store_true", help=f"write to {RECORD} what passed")


class Records:
    """Leaves out what has passed, and writes down what passes.

    Args:
        config: of this run; in a process of pytest-xdist, of that process.
        root: the folder that places are named from.
    """

    def __init__(self, config: pytest.Config, root: Path) -> None:
        self.config, self.root = config, root
        self.path = root / RECORD
        self.known = read(self.path)
        self.left_out: dict[str, str] = {}
        self.passed: dict[str, str] = {}
        self.failed: set[str] = set()

    @pytest.hookimpl(tryfirst=True)  # xdist adds the names of its groups to those of tests
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        kept, left = [], []
        for item in items:
            if mark := item.get_closest_marker(MARK):
                found = rests_on(item, mark, self.root)
                item.user_properties.append((PROPERTY, [item.nodeid, found]))
                if self.known.get(item.nodeid) == found and not self.config.option.anew:
                    self.left_out[item.nodeid] = found
                    left.append(item)
                    continue
            kept.append(item)
        items[:] = kept
        self.config.hook.pytest_deselected(items=left)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == PROPERTY:
                test, found = value
                if report.when == "call" and report.passed:
                    self.passed[test] = found
                if report.failed:
                    self.failed.add(test)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput[MARK] = self.left_out
        elif self.config.option.record:
            self.write()

    def write(self) -> None:
        """Write down what is known; what failed, or is no test any more, is not."""
        found = {
            test: what
            for test, what in (self.known | self.passed).items()
            if test not in self.failed and exists(test, self.root)
        }
        self.path.write_text("\n".join(lines(found)) + "\n", "utf-8")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A process of pytest-xdist ends: each has looked at all tests."""
        self.left_out |= getattr(node, "workeroutput", {}).get(MARK, {})

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        new = self.passed.keys() - self.failed
        if not (new or self.left_out):
            return
        terminalreporter.section("records", "-")
        if self.left_out:
            terminalreporter.write_line(
                f"{len(self.left_out)} tests left out: they passed, and nothing they rest "
                f"on has changed since ({RECORD}; --anew runs them)."
            )
        if new and not self.config.option.record:
            terminalreporter.write_line(
                f"{len(new)} tests ran because something changed: `{RENEW}` runs what is "
                "left of these and writes down what passes."
            )


def rests_on(item: pytest.Item, mark: pytest.Mark, root: Path) -> str:
    """Return a digest of all that decides what a test says.

    Args:
        item: the test; places in its mark may name its parameters in braces.
        mark: files and folders below `root`. ``code`` names those that count in place of
            the test's module and all that is imported by whole names.
        root: where names of places begin.

    Raises:
        FileNotFoundError: a place is nowhere.
    """
    values = parameters(item)
    places = tuple(place.format_map(values) for place in mark.args)
    if (code := mark.kwargs.get("code")) is not None:
        texts = (*_contents(root, places, ()), *_contents(root, code, ()))
    else:
        folders = (root, root / "tests", item.path.parent)
        own = item.path.relative_to(root).as_posix()
        texts = _contents(root, (own, *places), folders)
    return digest([item.nodeid, versions(), *texts])


def parameters(item: pytest.Item) -> dict[str, Any]:
    """Return the values of a test's parameters."""
    return item.callspec.params if isinstance(item, pytest.Function) else {}


@cache
def _contents(
    root: Path, places: tuple[str, ...], folders: tuple[Path, ...]
) -> tuple[str, ...]:
    """Return names and contents of files, and of what Python files among them import."""
    files = [path for place in places for path in files_of(root / place)]
    modules = [path for path in files if path.suffix == ".py"]
    found = sorted({*files, *with_imports(modules, folders)})
    return tuple(part for path in found for part in named(root, path))


def files_of(place: Path) -> list[Path]:
    """Return a file, or the files of a folder but for what running left there."""
    if not place.exists():
        raise FileNotFoundError(f"{place}: a test rests on it, and it is not there")
    if place.is_file():
        return [place]
    below = (p for p in place.rglob("*") if p.is_file() and p.suffix != ".pyc")
    return [p for p in below if not any(n[0] == "." for n in p.relative_to(place).parts)]


def exists(test: str, root: Path) -> bool:
    """Whether a test still stands in its file; its parameters are not looked at."""
    file, _, name = test.partition("::")
    path = root / file
    return path.is_file() and f"def {name.partition('[')[0]}(" in path.read_text("utf-8")


def read(path: Path) -> dict[str, str]:
    """Return the digests of what passed by the names of tests; none without a file."""
    found = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    return {
        f"{file}::{test}": what
        for file, held in found.items()
        for test, what in held.items()
    }


def lines(record: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a record, in the order of names."""
    yield "# Long tests that passed, by a digest of all they rest on (see records.py)."
    yield f"# Written by: {RENEW}"
    before = ""
    for name in sorted(record):
        file, _, test = name.partition("::")
        if file != before:
            yield f"\n[{json.dumps(file)}]"
        yield f"{json.dumps(test)} = {json.dumps(record[name])}"
        before = file
