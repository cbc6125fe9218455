"""The owner's side of the warm parents: start them, ask them, outlive them.

One set per process. Forked children of the owner start their own.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from .cores import Core
from .rundir import RunFolder
from .specs import ParentConfig, ProfileName, Serves

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_CODE = (
    "import sys; sys.path.insert(0, {root!r}); from grader.kernel.parent import main; "
    "sys.path[:] = sys.path[2 if sys.path[1] == '' else 1:]; main({fd})"
)
_KEPT_VARIABLES = (
    *("PATH", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH"),
    *("LD_LIBRARY_PATH", "SSL_CERT_FILE", "PYTHONHASHSEED"),
)
_ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_GOODBYE_S = 5.0


class ParentHandle:
    """One running warm parent."""

    def __init__(
        self,
        profile: ProfileName,
        serves: Serves,
        *,
        confined: bool,
        folder: RunFolder,
        core: int | None,
    ) -> None:
        """Start it; it loads its libraries while the first request waits."""
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._leash = mine
        self._log = folder.path / f"parent-{profile}-{serves}-{confined:d}.log"
        code = _CODE.format(root=str(_PACKAGE_ROOT), fd=theirs.fileno())
        with open(self._log, "ab") as log, theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                env=_environment(confined=confined),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd="/",
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        config = ParentConfig(
            profile=profile,
            serves=serves,
            confined=confined,
            run_folder=str(folder.path),
            font_cache=_font_cache(),
            core=core,
        )
        mine.send(json.dumps(asdict(config)).encode())

    @property
    def pid(self) -> int:
        """Process id, for tests and benchmarks."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether it can still fork kernels."""
        return self._process.poll() is None

    def spawn(self, *, memory_bytes: int | None, fds: list[int]) -> None:
        """Ask for a kernel; the answer comes on the first of the descriptors."""
        header = json.dumps({"memory_bytes": memory_bytes}).encode()
        socket.send_fds(self._leash, [header], fds)

    def log_tail(self) -> str:
        """The end of what it wrote to stderr, for an error message."""
        with contextlib.suppress(OSError):
            return self._log.read_text(errors="replace")[-2000:].strip()
        return ""

    def let_go(self) -> None:
        """Close the leash: the parent kills its kernels and ends."""
        self._leash.close()

    def wait(self) -> None:
        """Wait for its end after `let_go`."""
        try:
            self._process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class WarmParents:
    """The parents of this process by profile; safe to use from several threads."""

    def __init__(self) -> None:
        """Start empty: nothing runs until a kernel is asked for."""
        self._lock = threading.Lock()
        self._folder: RunFolder | None = None
        self._core: Core | None = None
        self._running: dict[tuple[str, str, bool], ParentHandle] = {}

    def folder(self) -> RunFolder:
        """The private folder of this process."""
        with self._lock:
            if self._folder is None:
                self._folder = RunFolder()
            return self._folder

    def get(
        self, profile: ProfileName, serves: Serves = "kernels", *, confined: bool
    ) -> ParentHandle:
        """The parent for a profile, started (again) if it is not running."""
        folder, key = self.folder(), (profile, serves, confined)
        with self._lock:
            found = self._running.get(key)
            if found is None or not found.is_alive():
                if found is not None:
                    found.let_go()
                if self._core is None and serves == "boxes":
                    self._core = Core(folder.path.parent)
                found = ParentHandle(
                    profile,
                    serves,
                    confined=confined,
                    folder=folder,
                    core=self._core.number if self._core and serves == "boxes" else None,
                )
                self._running[key] = found
            return found

    def spawn(
        self,
        profile: ProfileName,
        serves: Serves,
        *,
        confined: bool,
        memory_bytes: int | None,
        fds: list[int],
    ) -> ParentHandle:
        """Ask for a kernel or a box and return whom: a parent that lives."""
        parent = self.get(profile, serves, confined=confined)
        try:
            parent.spawn(memory_bytes=memory_bytes, fds=fds)
        except OSError:  # it is dying, though it may not be dead: its successor answers
            with self._lock:
                if self._running.get((profile, serves, confined)) is parent:
                    del self._running[profile, serves, confined]
            parent.let_go()
            parent.wait()
            parent = self.get(profile, serves, confined=confined)
            parent.spawn(memory_bytes=memory_bytes, fds=fds)
        return parent

    def close(self) -> None:
        """End all parents and their kernels, remove the folder."""
        with self._lock:
            running, self._running = list(self._running.values()), {}
            folder, self._folder = self._folder, None
            core, self._core = self._core, None
        for parent in running:
            parent.let_go()
        for parent in running:
            parent.wait()
        if core is not None:
            core.release()
        if folder is not None:
            folder.remove()

    def forget(self) -> None:
        """In a forked child of the owner: let go of what belongs to the original."""
        self._lock = threading.Lock()
        for parent in self._running.values():
            parent.let_go()
            parent._process.returncode = 0  # not this process's child
        for held in (self._folder, self._core):
            if held is not None:
                held.release()
        self._running, self._folder, self._core = {}, None, None


PARENTS = WarmParents()
atexit.register(PARENTS.close)
os.register_at_fork(after_in_child=PARENTS.forget)


def warm_up(profile: ProfileName) -> None:
    """Start the parent of boxes ahead of its first one; returns at once."""
    PARENTS.get(profile, "boxes", confined=True)


def _environment(*, confined: bool) -> dict[str, str]:
    """All of ours for trusted notebooks, an allow-list for submissions."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not confined or name in _KEPT_VARIABLES
    }
    for name in ("JPY_PARENT_PID", "MPLBACKEND"):
        kept.pop(name, None)
    return kept | _ONE_THREAD


def _font_cache() -> str:
    """The folder where matplotlib keeps its list of fonts for this user."""
    if own := os.environ.get("MPLCONFIGDIR"):
        return own
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(cache, "matplotlib")
