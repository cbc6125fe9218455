"""What the owner and the warm parent agree on: profiles and requests, as values."""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

ProfileName = Literal["numpy", "torch"]

_FOR_EVERYBODY = ("numpy", "matplotlib", "ipykernel", "ipywidgets")
"""What notebooks, `utils` and the kernel itself import; what these need comes with them."""
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}")

BOX_VARIABLES = ("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "NBGRADER_EXECUTION")
"""All that a confined kernel may learn from its owner's environment."""

SOCKETS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
"""The kernel's channels; their ipc "ports" are their positions here, from 1."""


@dataclass(frozen=True)
class Profile:
    """A set of libraries: its boxes show these and no others."""

    name: ProfileName
    imports: tuple[str, ...]
    """Imported once, before any kernel is forked."""
    packages: tuple[str, ...]
    """Distributions that a confined kernel shows, with all that they need."""


_IMPORTS = ("numpy", "numpy.random", "matplotlib.pyplot")
PROFILES: dict[str, Profile] = {
    "numpy": Profile("numpy", _IMPORTS, _FOR_EVERYBODY),
    "torch": Profile("torch", (*_IMPORTS, "torch"), (*_FOR_EVERYBODY, "torch")),
}


@dataclass(frozen=True, kw_only=True)
class ParentConfig:
    """First message on the leash: what this warm parent is for."""

    profile: ProfileName
    confined: bool
    run_folder: str
    """Removed by the parent when its owner is gone."""
    font_cache: str
    """matplotlib's cache folder of the owner."""


@dataclass(frozen=True, kw_only=True)
class KernelRequest:
    """One kernel to start. Read by the forked child only, never by the parent."""

    arguments: tuple[str, ...]
    """Command line after `ipykernel_launcher`."""
    environment: dict[str, str]
    """For a confined kernel cut down to `BOX_VARIABLES`: its memory holds this."""
    folder: str
    """Working directory of an unconfined kernel."""
    connection: dict[str, Any]
    """Contents of the connection file."""
    confined: bool
    files_bytes: int
    processes: int
    address_bytes: int
    files: dict[str, bytes] = field(repr=False)
    """Placed in the working directory of a confined kernel, by plain name."""

    def pack(self) -> bytes:
        """As JSON; file contents in base64."""
        raw = asdict(self)
        raw["files"] = {
            name: base64.b64encode(data).decode() for name, data in self.files.items()
        }
        return json.dumps(raw).encode()


def unpack(data: bytes) -> KernelRequest:
    """The request that `KernelRequest.pack` wrote (by the trusted owner)."""
    raw = json.loads(data)
    raw["arguments"] = tuple(raw["arguments"])
    raw["files"] = {n: base64.b64decode(d) for n, d in raw["files"].items()}
    return KernelRequest(**raw)


def checked_file_names(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same files; ValueError if a name could leave the working directory."""
    for name in files:
        if not _FILE_NAME.fullmatch(name) or name != os.path.basename(name):
            raise ValueError(
                f"course_files has the name {name!r}, expected a plain file name of"
                " ASCII letters, digits, '_', '-' and '.'"
            )
    return files


def memory_text(limit_bytes: int) -> str:
    """How a memory limit is written in a reason, for example "2 GiB"."""
    gib = limit_bytes / (1 << 30)
    return f"{gib:g} GiB" if gib >= 1 else f"{limit_bytes / (1 << 20):g} MiB"
