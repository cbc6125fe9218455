"""Which files of the machine a box shows: an allow-list, computed once per parent.

Pure apart from looking at which paths exist. Everything not listed here (home
folders, the course with its solutions and gradebook, other submissions, packages that
the profile does not name) does not exist inside a box.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .packages import SITE, shown, site_folders

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
_UNSEARCHED = ("/nix/store", "/sys/devices/system/cpu")
"""Too large to be searched: with Nix, packages are shown by having been installed."""
_TOP = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")


@dataclass(frozen=True)
class FileView:
    """Paths of the machine as a box sees them."""

    readable: tuple[str, ...]
    """Files and folders bound read-only at their own path; parents before children."""
    links: tuple[tuple[str, str], ...]
    """Symbolic links to recreate: (path, target)."""
    covered: tuple[str, ...]
    """Folders of installed packages, empty in the box but for `inside`."""
    inside: tuple[str, ...]
    """What is bound read-only at its own path below those, once they are covered."""


NO_VIEW = FileView((), (), (), ())
"""Of a warm parent that makes no boxes."""


def _interpreter() -> list[str]:
    """Libraries and programs of the running Python and of its environment."""
    found = []
    for prefix in (sys.base_prefix, sys.exec_prefix, sys.prefix):
        if prefix == "/usr":
            found += [f"/usr/local/lib/python{sys.version_info[0]}.{sys.version_info[1]}"]
            continue
        found += [f"{prefix}/{part}" for part in ("bin", "lib", "lib64", "pyvenv.cfg")]
    return found


def _without_nested(paths: Iterable[str]) -> list[str]:
    """The paths that no other one contains, sorted."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(other + "/") for other in kept):
            kept.append(path)
    return kept


def _package_folders(readable: Iterable[str]) -> list[str]:
    """Every folder of installed packages that is on the path or would be shown.

    Those of other interpreters count, too: a student can put any of them on the path.
    Programs bring their own, deep below ``/usr/lib``, so that all of it is searched.
    """
    found = {*site_folders(), *map(os.path.realpath, site_folders())}
    waiting = [path for path in readable if path not in _UNSEARCHED]
    while waiting:
        folder = waiting.pop()
        if os.path.basename(folder) in SITE:
            found.add(folder)
        else:
            waiting += _subfolders(folder)
    return sorted(found)


def _subfolders(folder: str) -> list[str]:
    """The folders in a folder, links left out: they lead to what is found, or nowhere."""
    try:
        with os.scandir(folder) as entries:
            return [e.path for e in entries if e.is_dir(follow_symlinks=False)]
    except OSError:  # a file, or one that is closed to us and so to the box
        return []


def file_view(*, extra: Iterable[Path], packages: Iterable[str]) -> FileView:
    """The view of this interpreter with some installed packages, plus `extra` paths.

    Called once in the warm parent, before any box exists; nothing here comes from
    a submission. A path that leads through links is shown under both of its names.

    Args:
        extra: files and folders besides.
        packages: distributions; what they need is shown with them.
    """
    installed = shown(packages)
    ours = [*map(str, extra), *installed.elsewhere]
    wanted = [*_SYSTEM, *_interpreter()]
    links = [(path, os.readlink(path)) for path in _TOP if os.path.islink(path)]
    wanted += [path for path in _TOP if not os.path.islink(path)]
    for path in list(wanted):
        if os.path.islink(path) and os.path.isdir(path):
            links.append((path, os.readlink(path)))
            wanted.remove(path)
            wanted.append(os.path.realpath(path))
    wanted += [os.path.realpath(path) for path in wanted]
    covered = _package_folders(_without_nested(p for p in wanted if os.path.exists(p)))
    inside = [
        f"{folder}/{name}"
        for folder in covered
        for name in installed.entries.get(os.path.realpath(folder), ())
    ]
    for path in ours:
        place = inside if is_inside(path, covered) else wanted
        place.extend({path, os.path.realpath(path)})
    readable = _without_nested(p for p in wanted if os.path.exists(p))
    kept = [link for link in links if not is_inside(link[0], readable)]
    return FileView(
        readable=tuple(readable),
        links=tuple(sorted(set(kept))),
        covered=tuple(covered),
        inside=tuple(_without_nested(p for p in inside if os.path.exists(p))),
    )


def is_inside(path: str, folders: Iterable[str]) -> bool:
    """Whether a path is one of the folders or lies in one."""
    return any(path == folder or path.startswith(folder + "/") for folder in folders)
