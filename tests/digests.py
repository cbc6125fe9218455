"""What a verdict rests on: the text of files, what they import, and versions."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path


def digest(parts: Iterable[str]) -> str:
    """Return a digest of texts; where one ends and the next begins counts."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        found.update(len(data).to_bytes(8))
        found.update(data)
    return found.hexdigest()[:32]


def named(root: Path, path: Path) -> tuple[str, str]:
    """Return the name of a file below `root`, and what is in it."""
    return path.relative_to(root).as_posix(), path.read_bytes().hex()


def versions() -> str:
    """Return the versions of what computes; a build's own suffix does not count."""
    packages = (f"{p} {version(p).partition('+')[0]}" for p in ("numpy", "torch"))
    return " ".join((f"Python {sys.version_info[0]}.{sys.version_info[1]}", *packages))


def with_imports(paths: Iterable[Path], roots: Sequence[Path] = ()) -> list[Path]:
    """Return Python files and folders of them, and whatever they may import, as files.

    An import counts wherever it stands: a function may import when it is called.

    Args:
        paths: files, folders, or modules without their suffix.
        roots: where imports by a whole name begin; none are followed without it.
    """
    waiting = [*paths]
    found: set[Path] = set()
    while waiting:
        for path in _files(waiting.pop()):
            if path not in found:
                found.add(path)
                waiting += _imported(path, path.read_bytes(), tuple(roots))
    return sorted(found)


def _files(module: Path) -> Iterator[Path]:
    """Yield the files of a module by its path, whether that names a file or a folder."""
    if module.is_dir():
        yield from sorted(module.rglob("*.py"))
    for path in (module, module.with_suffix(".py")):
        if path.is_file():
            yield path


@cache
def _imported(path: Path, text: bytes, roots: tuple[Path, ...]) -> list[Path]:
    """Return what the imports of a file may name: modules, or names in them."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            found += [base / "__init__.py", *(base / alias.name for alias in node.names)]
            found += [base.with_suffix(".py")] if node.module else []
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [place for name in names for place in _places(name, roots)]
        elif isinstance(node, ast.Import):
            found += [p for alias in node.names for p in _places(alias.name, roots)]
    return found


def _places(name: str, roots: Sequence[Path]) -> Iterator[Path]:
    """Yield the files that importing a name may read: of it, and of all its packages."""
    parts = name.split(".")
    for root in roots:
        for depth in range(1, len(parts) + 1):
            module = root.joinpath(*parts[:depth])
            yield module / "__init__.py"
            yield module.with_suffix(".py")
