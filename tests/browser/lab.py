"""People on one machine: their folders, their commands, their JupyterLab in a browser."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Locator, Page

BIN = Path(sys.executable).parent
START_S, ANSWER_MS = 90, 60_000
"""How long a server may take to start, and a page to show what is expected."""
QUIET = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
"""On its first start JupyterLab asks whether it may look for news on the network."""


@dataclass(frozen=True)
class Account:
    """Somebody with a home, Jupyter settings and a folder to work in."""

    home: Path
    work: Path

    @classmethod
    def create(cls, home: Path, work: Path, **nbgrader: str) -> Account:
        """Make the folders and a ``nbgrader_config.py``.

        Args:
            home: everything Jupyter keeps for them lies in here.
            work: where their commands and their JupyterLab start.
            nbgrader: settings, ``_`` for the dot: ``Exchange_root="…"``.
        """
        lines = (f"c.{k.replace('_', '.', 1)} = {v!r}" for k, v in nbgrader.items())
        settings = home / "config" / "nbgrader_config.py"
        page = home / "config" / "labconfig" / "page_config.json"
        for folder in (work, page.parent):
            folder.mkdir(parents=True, exist_ok=True)
        settings.write_text("\n".join(["c = get_config()", *lines]), encoding="utf-8")
        page.write_text(json.dumps(QUIET), encoding="utf-8")
        return cls(home, work)

    def run(self, *command: str) -> str:
        """Run a command in the work folder; return what it printed."""
        done = subprocess.run(
            [BIN / command[0], *command[1:]],
            check=False,
            cwd=self.work,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextlib.contextmanager
    def jupyterlab(self) -> Iterator[str]:
        """Serve JupyterLab as `make lab` does; yield its address, end it afterwards."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        log = self.home / "jupyterlab.log"
        options = ["--no-browser", "--allow-root", "--IdentityProvider.token="]
        options += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
        with log.open("wb") as file:
            server = subprocess.Popen(
                [BIN / "jupyter", "lab", *options],
                cwd=self.work,
                env=self._environment(),
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(f"{address}/api", server, log)
            yield address
        finally:
            _end(server)

    def _environment(self) -> dict[str, str]:
        """Return the machine's environment with nothing of Jupyter's but this person's."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
        return kept | {
            "HOME": str(self.home),
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
        }


def _wait_until_it_answers(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab does not answer:\n{log.read_text('utf-8')}")


def _end(server: subprocess.Popen[bytes]) -> None:
    """End a server; it ends its kernels, and those end themselves without it."""
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


class Lab:
    """What a person does in a JupyterLab window.

    JupyterLab draws only the cells in view: go to a task before you use its cells.
    """

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    @contextlib.contextmanager
    def opened(cls, browser: Browser, address: str) -> Iterator[Lab]:
        """Open the window of a server's JupyterLab."""
        with browser.new_page(viewport={"width": 1280, "height": 900}) as page:
            page.set_default_timeout(ANSWER_MS)
            page.goto(f"{address}/lab")
            page.locator("#jupyterlab-splash").wait_for(state="detached")
            yield cls(page)

    def menu(self, *names: str) -> None:
        """Choose an entry of a menu."""
        for name in names:
            self.page.get_by_role("menuitem", name=name, exact=True).click()

    def open(self, *path: str) -> None:
        """Open a notebook from the file browser, with its table of contents."""
        for name in path:
            self.page.locator(".jp-DirListing-item", has_text=name).dblclick()
        self.contents()

    def contents(self) -> None:
        """Open the table of contents, once a notebook is open and its kernel waits."""
        self.page.get_by_text("| Idle").wait_for()
        self.page.get_by_role("tab", name="Table of Contents").click()

    def go_to(self, heading: str) -> None:
        """Click on a heading in the table of contents."""
        self.page.locator(".jp-tocItem-content", has_text=heading).first.click()

    def cell(self, text: str) -> Locator:
        """Return the cell in view that holds a text."""
        return self.page.locator(".jp-Cell", has_text=text)

    def run(self, cell: Locator) -> Locator:
        """Run a code cell; return its output when the cell has a new number."""
        prompt = cell.locator(".jp-InputPrompt")
        before = prompt.inner_text()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(
            "([prompt, before]) => prompt.innerText != before "
            "&& /\\d/.test(prompt.innerText)",
            arg=[prompt.element_handle(), before],
        )
        return cell.locator(".jp-OutputArea")

    def write(self, cell: Locator, line: str, *, over: int = 1) -> None:
        """Type a line in place of the last lines of a code cell."""
        cell.locator(".cm-content").click()
        keys = ["Control+End", *["Shift+ArrowUp"] * (over - 1), "Shift+Home"]
        for key in keys:
            self.page.keyboard.press(key)
        self.page.keyboard.type(line)

    def write_text(self, cell: Locator, text: str) -> None:
        """Type the text of a Markdown cell anew, and render it."""
        cell.locator(".jp-RenderedMarkdown").click()
        self.page.keyboard.press("Enter")
        cell.locator(".cm-focused").wait_for()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Control+Enter")

    def save(self) -> None:
        """Press Ctrl+S; return when the notebook is on the disk."""
        self.page.keyboard.press("Control+s")
        self.page.locator(".jp-mod-current.jp-mod-dirty").wait_for(state="detached")

    def validate(self) -> str:
        """Press nbgrader's button in the toolbar; return what its dialog says."""
        self.page.get_by_role("button", name="Validate").click()
        dialog = self.page.locator("dialog", has_text="Validation Results")
        text = dialog.inner_text()
        dialog.get_by_role("button", name="Ok").click()
        return text

    def frame(self) -> FrameLocator:
        """Return the page inside the tab in front: formgrader, an HTML file."""
        return self.page.frame_locator(".lm-DockPanel-widget:not(.lm-mod-hidden) iframe")
