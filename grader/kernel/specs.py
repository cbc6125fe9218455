"""What the owner and the warm parent agree on: profiles and requests, as values."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from grader.limits import GIB, Limits

ProfileName = Literal["numpy", "torch"]

_FOR_EVERYBODY = ("numpy", "matplotlib", "ipykernel", "ipywidgets")
"""What notebooks, `utils` and the kernel itself import; what these need comes with them."""
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}")

BOX_VARIABLES = ("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "NBGRADER_EXECUTION")
"""All that a confined kernel may learn from its owner's environment."""

ADDRESS_SLACK_BYTES = 2 * GIB
"""Libraries map far more address space than they use; torch alone 1.3 GB."""

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


Serves = Literal["kernels", "boxes"]
"""What a warm parent forks: Jupyter kernels, or boxes for submissions."""


@dataclass(frozen=True, kw_only=True)
class ParentConfig:
    """First message on the leash: what this warm parent is for."""

    profile: ProfileName
    serves: Serves
    confined: bool
    run_folder: str
    """Removed by the parent when its owner is gone."""
    font_cache: str
    """matplotlib's cache folder of the owner."""
    core: int | None = None
    """The processor that everything it forks stays on."""


@dataclass(frozen=True, kw_only=True)
class BoxRequest:
    """One box to start. Read by the forked child only, never by the parent."""

    environment: dict[str, str]
    """For a confined process cut down to `BOX_VARIABLES`: its memory holds this."""
    folder: str
    """Working directory of an unconfined process."""
    confined: bool
    files_bytes: int
    processes: int
    address_bytes: int
    files: dict[str, bytes] = field(repr=False)
    """Placed in the working directory of a confined process, by plain name."""

    def pack(self) -> bytes:
        """As JSON; file contents in base64."""
        raw = asdict(self)
        raw["files"] = {
            name: base64.b64encode(data).decode() for name, data in self.files.items()
        }
        return json.dumps(raw).encode()

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        """The request that `pack` wrote (by the trusted owner)."""
        raw = json.loads(data)
        raw["files"] = {n: base64.b64decode(d) for n, d in raw["files"].items()}
        return cls(**raw)


@dataclass(frozen=True, kw_only=True)
class KernelRequest(BoxRequest):
    """One Jupyter kernel to start, in a box or not."""

    arguments: tuple[str, ...]
    """Command line after `ipykernel_launcher`."""
    connection: dict[str, Any]
    """Contents of the connection file."""


def box_request(
    limits: Limits, files: Mapping[str, bytes], *, folder: str, confined: bool
) -> BoxRequest:
    """Return what a box is to be, within its limits."""
    variables = dict(os.environ)
    if confined:
        variables = {k: variables[k] for k in BOX_VARIABLES if k in variables}
    return BoxRequest(
        environment=variables,
        folder=folder,
        confined=confined,
        files_bytes=limits.files_bytes,
        processes=limits.processes,
        address_bytes=limits.memory_bytes + ADDRESS_SLACK_BYTES,
        files=dict(files) if confined else {},
    )


def checked_files(files: Mapping[str, bytes], limits: Limits) -> dict[str, bytes]:
    """The same files.

    Raises:
        ValueError: a name could leave the working directory, or they leave no room.
    """
    for name in files:
        if not _FILE_NAME.fullmatch(name) or name != os.path.basename(name):
            raise ValueError(
                f"a file has the name {name!r}, expected a plain file name of"
                " ASCII letters, digits, '_', '-' and '.'"
            )
    given, limit = sum(map(len, files.values())), limits.files_bytes
    if given > limit // 2:
        raise ValueError(
            f"files hold {given} bytes, more than half of the limit of"
            f" {limit} bytes for all files of a submission: raise files_bytes"
        )
    return dict(files)


def memory_text(limit_bytes: int) -> str:
    """How a memory limit is written in a reason, for example "2 GiB"."""
    gib = limit_bytes / (1 << 30)
    return f"{gib:g} GiB" if gib >= 1 else f"{limit_bytes / (1 << 20):g} MiB"
