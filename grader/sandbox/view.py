"""Which files of the machine a box shows: an allow-list, computed once per parent.

Pure apart from looking at which paths exist. Everything not listed here (home
folders, the course with its solutions and gradebook, other submissions) does not
exist inside a box.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_SYSTEM = (
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/share",
    "/usr/local/share/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/fonts",
    "/etc/alternatives",
    "/etc/mime.types",
    "/etc/matplotlibrc",
    "/nix/store",
    "/sys/devices/system/cpu",
)
_TOP = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")


@dataclass(frozen=True)
class FileView:
    """Paths of the machine as a box sees them."""

    readable: tuple[str, ...]
    """Files and folders bound read-only at their own path; parents before children."""
    links: tuple[tuple[str, str], ...]
    """Symbolic links to recreate: (path, target)."""
    hidden: tuple[str, ...]
    """Entries inside `readable` that are covered, so that importing them fails."""


def _interpreter() -> list[str]:
    """Libraries and programs of the running Python and of its environment."""
    found = []
    for prefix in (sys.base_prefix, sys.exec_prefix, sys.prefix):
        if prefix == "/usr":
            found += [f"/usr/local/lib/python{sys.version_info[0]}.{sys.version_info[1]}"]
            continue
        found += [f"{prefix}/{part}" for part in ("bin", "lib", "lib64", "pyvenv.cfg")]
    return [*found, *_site_folders()]


def _site_folders() -> list[str]:
    """Folders of installed packages on the path; a bare source tree is not one."""
    names = ("site-packages", "dist-packages")
    return [p for p in sys.path if os.path.basename(p) in names and os.path.isdir(p)]


def _hidden(names: Iterable[str]) -> list[str]:
    """Every installed form of the named packages: folder, module, bundled libraries."""
    found = []
    for folder in _site_folders():
        for name in names:
            forms = (name, f"{name}.py", f"{name}.libs")
            found += [f"{folder}/{form}" for form in forms]
    return [path for path in found if os.path.exists(path)]


def _without_nested(paths: Iterable[str]) -> list[str]:
    """The paths that no other one contains, sorted."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(other + "/") for other in kept):
            kept.append(path)
    return kept


def file_view(*, extra: Iterable[Path], hide: Iterable[str]) -> FileView:
    """The view of this interpreter, plus `extra` folders, minus packages in `hide`.

    Called once in the warm parent, before any box exists; nothing here comes from
    a submission. A path that leads through links is shown under both of its names.
    """
    wanted = [*_SYSTEM, *_interpreter(), *(str(path) for path in extra)]
    links = [(path, os.readlink(path)) for path in _TOP if os.path.islink(path)]
    wanted += [path for path in _TOP if not os.path.islink(path)]
    for path in list(wanted):
        if os.path.islink(path) and os.path.isdir(path):
            links.append((path, os.readlink(path)))
            wanted.remove(path)
            wanted.append(os.path.realpath(path))
    wanted += [os.path.realpath(path) for path in wanted]
    readable = _without_nested(p for p in wanted if os.path.exists(p))
    inside = [link for link in links if not _is_inside(link[0], readable)]
    hidden = sorted({os.path.realpath(p) for p in _hidden(hide)} | {*_hidden(hide)})
    shown = [path for path in hidden if _is_inside(path, readable)]
    return FileView(tuple(readable), tuple(sorted(set(inside))), tuple(shown))


def _is_inside(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in folders)
