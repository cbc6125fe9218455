"""Reading from a submission is harmless; writing is all or nothing."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from grader.course.files import (
    UntrustedFolder,
    write_atomically,
    write_if_changed,
    write_json,
)
from grader.course.folder import open_course
from grader.errors import DamagedNotebook

pytestmark = pytest.mark.timeout(20)  # a reader that hangs has failed


def read_untrusted(path: Path, **options: int) -> bytes:
    with UntrustedFolder(path.parent) as folder:
        return folder.read(path.name, **options)


def symlink(path: Path) -> None:
    (path.parent / "real").write_text("{}")
    path.symlink_to("real")


def hard_link(path: Path) -> None:
    (path.parent / "real").write_text("{}")
    path.hardlink_to(path.parent / "real")


def unix_socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # socket paths are short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


def device(path: Path) -> None:
    try:
        os.mknod(path, 0o20666, os.makedev(1, 5))  # /dev/zero
    except PermissionError:
        pytest.skip("only root makes devices")


SPECIAL = {
    "link": symlink,
    "broken link": lambda path: path.symlink_to("nowhere"),
    "link to itself": lambda path: path.symlink_to(path),
    "link to a device": lambda path: path.symlink_to("/dev/zero"),
    "hard link": hard_link,
    "fifo": os.mkfifo,
    "socket": unix_socket,
    "directory": Path.mkdir,
    "device": device,
    "missing": lambda path: None,
}


@pytest.mark.parametrize("make", SPECIAL.values(), ids=SPECIAL.keys())
def test_what_is_no_ordinary_file_is_refused_with_a_reason(tmp_path, make):
    path = tmp_path / "a07.ipynb"
    make(path)
    with pytest.raises(DamagedNotebook, match=r"'a07.ipynb' .*hand in the notebook"):
        read_untrusted(path)


def test_a_backup_made_of_links_keeps_nobody_from_being_graded(course, tmp_path):
    """``cp -al`` and ``rsync --link-dest`` give every file a second name elsewhere."""
    root = tmp_path / "course"
    mine, other = (root / "submitted" / name / "a07" / "a.ipynb" for name in ("me", "you"))
    for path in (mine, other):
        path.parent.mkdir(parents=True)
    shutil.copy(course.root / "nbgrader_config.py", root)
    mine.write_text("{}")
    (tmp_path / "backup").hardlink_to(mine)
    with open_course(root).open_submission("me", "a07") as opened:
        assert opened.read("a.ipynb") == b"{}"
    other.hardlink_to(mine)  # whose it is, nobody can say any more
    with (
        open_course(root).open_submission("me", "a07") as opened,
        pytest.raises(DamagedNotebook, match="no ordinary file"),
    ):
        opened.read("a.ipynb")


@pytest.mark.parametrize("make", SPECIAL.values(), ids=SPECIAL.keys())
def test_a_refused_file_leaves_no_descriptor_open(tmp_path, make):
    path = tmp_path / "a07.ipynb"
    make(path)
    before = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    with pytest.raises(DamagedNotebook):
        read_untrusted(path)
    after = os.listdir("/proc/self/fd") if before else []
    assert len(after) == len(before)


def test_an_ordinary_file_is_read(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(b"\x00\xff" * 500)
    assert read_untrusted(path, limit=1000) == b"\x00\xff" * 500


def test_a_file_that_is_too_large_is_refused_with_its_size(tmp_path):
    path = tmp_path / "a.ipynb"
    with path.open("wb") as file:
        file.truncate(40 << 20)  # sparse
    with pytest.raises(DamagedNotebook, match="has 40 MiB, at most 32 MiB are read"):
        read_untrusted(path)


def test_an_unreadable_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a.ipynb").write_text("{}")

    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with UntrustedFolder(tmp_path) as folder:
        monkeypatch.setattr(os, "open", refuse)  # as for anybody but root
        with pytest.raises(DamagedNotebook, match="Permission denied"):
            folder.read("a.ipynb")


@pytest.mark.parametrize("place", [0, 1])
def test_a_link_anywhere_below_the_trusted_folder_is_refused(tmp_path, place):
    (tmp_path / "secret" / "a07").mkdir(parents=True)
    if place == 0:
        (tmp_path / "ada").symlink_to(tmp_path / "secret")
    else:
        (tmp_path / "ada").mkdir()
        (tmp_path / "ada" / "a07").symlink_to(tmp_path / "secret" / "a07")
    with pytest.raises(DamagedNotebook, match="is no folder"):
        UntrustedFolder(tmp_path, "ada", "a07")


def test_the_trusted_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "large disk" / "ada").mkdir(parents=True)
    (tmp_path / "submitted").symlink_to("large disk")
    with UntrustedFolder(tmp_path / "submitted", "ada") as folder:
        assert folder.names() == []


def test_a_folder_swapped_for_a_link_is_still_the_one_looked_at(tmp_path):
    own, secret = tmp_path / "ada", tmp_path / "secret"
    for folder, text in ((own, "own"), (secret, "of the machine")):
        folder.mkdir()
        (folder / "a.ipynb").write_text(text)
    with UntrustedFolder(tmp_path, "ada") as held:
        own.rename(tmp_path / "aside")
        own.symlink_to(secret)
        assert held.read("a.ipynb") == b"own"


def test_no_race_between_folder_and_link_gives_another_file(tmp_path):
    """A process swaps folder and link all the time; the secret is never read."""
    own, secret, link = tmp_path / "ada", tmp_path / "secret", tmp_path / "link"
    for folder, text in ((own, "own"), (secret, "of the machine")):
        folder.mkdir()
        (folder / "a.ipynb").write_text(text)
    link.symlink_to(secret)
    swap = (
        "import os, sys\nos.chdir(sys.argv[1])\n"
        "while True:\n"
        "    os.rename('ada', 'aside'); os.rename('link', 'ada')\n"
        "    os.rename('ada', 'link'); os.rename('aside', 'ada')\n"
    )
    swapping = subprocess.Popen([sys.executable, "-c", swap, str(tmp_path)])
    seen = Counter()
    try:
        while min(seen["own"], seen["refused"]) < 50:
            try:
                with UntrustedFolder(tmp_path, "ada") as folder:
                    seen[folder.read("a.ipynb").decode()] += 1
            except DamagedNotebook:
                seen["refused"] += 1
    finally:
        swapping.kill()
        swapping.wait()
    assert seen["of the machine"] == 0, seen


# --- writing -----------------------------------------------------------------------


@pytest.fixture
def target(tmp_path):
    """A file that exists already."""
    path = tmp_path / "成绩.json"
    path.write_text("old")
    return path


def full_disk(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
def test_a_write_that_fails_leaves_the_old_file_alone(target, monkeypatch, step):
    monkeypatch.setattr(os, step, full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(target, "new")
    monkeypatch.undo()
    assert target.read_text() == "old"
    assert os.listdir(target.parent) == [target.name]


def test_an_interrupted_write_leaves_no_temporary_file(target, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(target, "new")
    assert os.listdir(target.parent) == [target.name]


def test_text_that_is_no_unicode_leaves_the_old_file_alone(target):
    with pytest.raises(UnicodeEncodeError):
        write_atomically(target, "\ud800")
    assert target.read_text() == "old"
    assert os.listdir(target.parent) == [target.name]


def test_a_file_is_replaced_completely(target):
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new"
    assert os.listdir(target.parent) == [target.name]
    assert target.stat().st_mode & 0o777 == 0o644


def test_missing_folders_are_made(tmp_path):
    write_json(tmp_path / "a" / "b" / "c.json", {"name": "王小明"})
    assert "王小明" in (tmp_path / "a" / "b" / "c.json").read_text(encoding="utf-8")


def test_a_link_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "other").write_text("old")
    (tmp_path / "link").symlink_to("other")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "other").read_text() == "old"
    assert not (tmp_path / "link").is_symlink()


def test_unchanged_file_is_left_alone_and_a_changed_one_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "小明.txt"
    write_if_changed(path, "第一")
    first = path.stat()
    write_if_changed(path, "第一")
    assert path.stat().st_ino == first.st_ino
    write_if_changed(path, "第二")  # as long as the first
    assert path.read_text("utf-8") == "第二"
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_if_changed(path, "第一")
