"""Which files belong to a few installed distributions and to all that those need.

Worked out from the metadata that installers leave, so that a profile names a handful of
distributions and everything else that happens to be installed stays out of a box.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

SITE = ("site-packages", "dist-packages")
"""What folders of installed packages are called."""
_NO_MODULE = ("__pycache__", "..")
"""First parts of installed paths that are not shown: compiled forms of whatever single
modules lie in a folder together, and what is not in the folder at all."""
_OPTIONAL = re.compile(r"; *extra *== *['\"]([^'\"]+)['\"] *$")
_FORMS = ("{}", "{}.py", "{}.libs")
"""What a distribution without a list of its files may consist of."""


@dataclass
class Shown:
    """Where the files of some distributions lie."""

    entries: dict[str, set[str]] = field(default_factory=dict)
    """Folder of installed packages, without links -> names in it, or paths below it."""
    elsewhere: set[str] = field(default_factory=set)
    """Packages that were installed by reference only, where they really are."""


def shown(names: Iterable[str]) -> Shown:
    """Return the files of the named distributions and of those they need."""
    found = Shown()
    for dist in needed(names):
        folder = Path(os.path.realpath(str(dist.locate_file(""))))
        files = _files(dist)
        entries = found.entries.setdefault(str(folder), set())
        entries.update(_entries(folder, files) if files else _guessed(folder, dist))
        if _is_by_reference(dist):
            found.elsewhere.update(_imported_from(dist))
    return found


def links_to(root: Path) -> Iterator[Path]:
    """Yield the ``.pth`` files that put a folder, and nothing else, on the path."""
    for folder in site_folders():
        for path in Path(folder).glob("*.pth"):
            lines = path.read_text(errors="replace").split("\n") if path.is_file() else []
            if {line.strip() for line in lines if line.strip()} == {str(root)}:
                yield path


def site_folders() -> list[str]:
    """Return the folders of installed packages on the path; a source tree is not one."""
    return [p for p in sys.path if os.path.basename(p) in SITE and os.path.isdir(p)]


def needed(names: Iterable[str]) -> list[Distribution]:
    """Return the installed ones of the named distributions, and all they require here."""
    found: dict[str, Distribution] = {}
    waiting = [(name, "") for name in names]
    seen = set(waiting)
    while waiting:
        name, extra = waiting.pop()
        try:
            dist = distribution(name)
        except PackageNotFoundError:  # optional, or an environment without it
            continue
        found.setdefault(_plain(name), dist)
        for requirement in _requirements(dist, extra):
            wanted = _plain(requirement.name)
            more = {(wanted, option) for option in ("", *requirement.extras)} - seen
            seen |= more
            waiting += more
    return list(found.values())


def _requirements(dist: Distribution, extra: str) -> Iterator[Requirement]:
    """Yield what a distribution requires on this machine, with one of its extras."""
    for text in _required(dist):
        option = _OPTIONAL.search(text)
        if option and option[1] != extra:  # as the marker would say, only sooner
            continue
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


def _required(dist: Distribution) -> Iterable[str]:
    """Return the requirements of a distribution; of the usual form without a parser.

    `Distribution.requires` reads the whole description as an e-mail.
    """
    head, _, _ = (dist.read_text("METADATA") or "").partition("\n\n")
    return re.findall(r"(?m)^Requires-Dist: *(.+)$", head) if head else dist.requires or ()


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _files(dist: Distribution) -> list[str]:
    """Return the paths of all files a distribution has installed, none if it says none."""
    lines = (dist.read_text("RECORD") or "").splitlines()
    return [
        next(csv.reader([line]))[0] if line.startswith('"') else line.partition(",")[0]
        for line in lines
    ]


def _entries(folder: Path, files: Iterable[str]) -> Iterator[str]:
    """Yield what to show of a folder: whole packages, parts of those that are shared.

    A folder without ``__init__.py`` may hold packages of other distributions, too.
    """
    below: dict[str, list[str]] = {}
    for file in files:
        first, _, rest = file.partition("/")
        below.setdefault(first, []).append(rest)
    for name, rests in below.items():
        path = folder / name
        if not name or name in _NO_MODULE or not path.exists():
            continue
        if path.is_dir() and name.isidentifier() and not (path / "__init__.py").exists():
            yield from (f"{name}/{part}" for part in _entries(path, filter(None, rests)))
        else:
            yield name


def _guessed(folder: Path, dist: Distribution) -> Iterator[str]:
    """Yield what a distribution without a list of files seems to consist of."""
    for name in _modules(dist):
        forms = (form.format(name) for form in _FORMS)
        yield from (form for form in forms if (folder / form).exists())
        yield from (path.name for path in folder.glob(f"{name}.*.so"))
    for path in folder.glob("*-info"):
        if _plain(path.name.partition("-")[0]) == _plain(dist.name):
            yield path.name


def _modules(dist: Distribution) -> list[str]:
    """Return the names under which a distribution is imported, as far as it tells."""
    listed = (dist.read_text("top_level.txt") or "").split()
    return listed or [re.sub(r"[-.]+", "_", dist.name)]


def _is_by_reference(dist: Distribution) -> bool:
    """Whether a source tree was installed "editable" instead of its files."""
    try:
        origin = json.loads(dist.read_text("direct_url.json") or "{}")
    except ValueError:
        return False
    where = origin.get("dir_info") if isinstance(origin, Mapping) else None
    return isinstance(where, Mapping) and where.get("editable") is True


def _imported_from(dist: Distribution) -> Iterator[str]:
    """Yield the folders and files a distribution's modules are imported from."""
    for name in _modules(dist):
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            continue
        if spec is not None and spec.submodule_search_locations is not None:
            yield from spec.submodule_search_locations
        elif spec is not None and spec.origin is not None:
            yield spec.origin
