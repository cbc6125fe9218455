"""Clients that are ready as soon as the kernel has answered, not 0.2 s later.

The stock `wait_for_ready` empties iopub until it has been silent for 0.2 s. Waiting
for the `idle` of one's own request says the same and takes no fixed time.
"""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.utils import ensure_async, run_sync

_REPLY_S = 1.0
_IDLE_S = 0.1
"""An idle that was sent before our subscription arrived never comes: ask again."""


async def _ready(client: Any, timeout: float | None = None) -> None:
    """Return when a kernel_info request was answered on shell and ended on iopub.

    Called as `wait_for_ready` by nbclient, nbval and others. RuntimeError: the kernel
    died first, or did not answer within `timeout` seconds.
    """
    deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
    while not await _answered(client):
        if not await client._async_is_alive():
            raise RuntimeError("Kernel died before replying to kernel_info")
        if time.monotonic() > deadline:
            raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")


async def _answered(client: Any) -> bool:
    request = client.kernel_info()
    try:
        reply = await ensure_async(client.shell_channel.get_msg(timeout=_REPLY_S))
        if reply["msg_type"] != "kernel_info_reply":
            return False
        client._handle_kernel_info_reply(reply)
        while not _is_idle_of(
            await ensure_async(client.iopub_channel.get_msg(timeout=_IDLE_S)), request
        ):
            pass
    except Empty:
        return False
    return True


def _is_idle_of(message: dict[str, Any], request: str) -> bool:
    return (
        message["msg_type"] == "status"
        and message["content"]["execution_state"] == "idle"
        and message["parent_header"].get("msg_id") == request
    )


class FastAsyncClient(AsyncKernelClient):
    """The asynchronous client, ready without a fixed wait."""

    wait_for_ready = _ready


class FastBlockingClient(BlockingKernelClient):
    """The blocking client, ready without a fixed wait."""

    wait_for_ready = run_sync(_ready)


def install(manager: Any) -> None:
    """Make the manager of one of our kernels hand out fast clients.

    A manager with a client class of its own keeps it.
    """
    fast = {AsyncKernelClient: FastAsyncClient, BlockingKernelClient: FastBlockingClient}
    factory = manager.client_factory
    if factory in fast:
        manager.client_factory = fast[factory]
