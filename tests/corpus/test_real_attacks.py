"""No attack in ``attacks/`` is a dud: each succeeds against a naive grader, or says why
that cannot be shown."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus_arena import Canaries
from corpus_attack import Attack, all_attacks, code_cell, filled
from corpus_naive import CHANNELS, SHOWN, TESTS
from corpus_page import CONTROLS, active_content, shown_faults

HERE = Path(__file__).parent
NAME = "a07_backpropagation"
IN_PROCESS = [
    a for a in all_attacks() if a.naive in (*TESTS, *CHANNELS, *SHOWN) and a.naive
]
HANDED_IN = [a for a in all_attacks() if a.naive and a.kind == "submission"]
TOKEN = os.urandom(4).hex()  # another run on this machine has other sockets


def places(folder: Path, canaries: Canaries) -> dict[str, object]:
    """Files with marks where a naive course would have them."""
    for name in ("SOLUTION", "SECRET", "TABLE", "NEIGHBOUR", "RESULT"):
        (folder / name).write_text(f"MARKER_{name}_{TOKEN}")
    gradebook = folder / "gradebook.db"
    if not gradebook.exists():
        import sqlite3

        with sqlite3.connect(gradebook) as db:
            db.execute("create table grade (remark text)")
            db.execute("insert into grade values (?)", [f"MARKER_GRADEBOOK_{TOKEN}"])
        db.close()
    found: dict[str, object] = {
        name: folder / name for name in ("SOLUTION", "SECRET", "TABLE", "NEIGHBOUR")
    }
    return found | {
        "RESULT": folder / "RESULT",
        "GRADEBOOK": gradebook,
        "COURSE": folder,
        "OUTSIDE": canaries.outside,
        "SOCKET": canaries.socket_path,
        "ABSTRACT": canaries.abstract,
        "TCP": canaries.tcp_port,
        "UDP": canaries.udp_port,
        "VICTIM": canaries.victim.pid,
        "PARENT": canaries.victim.pid,
        "GRADER": canaries.victim.pid,
        "RUN": folder,
        "TOKEN": TOKEN,
    }


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaries]:
    made = Canaries(tmp_path_factory.mktemp("n"), TOKEN)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shown(
    tmp_path_factory: pytest.TempPathFactory, canaries: Canaries
) -> dict[str, dict[str, Any]]:
    """What the naive grader made of every attack, in one process for all."""
    folder = tmp_path_factory.mktemp("p")
    where = places(folder, canaries)
    jobs = [
        {
            "name": attack.name,
            "style": attack.naive,
            "kind": attack.kind,
            "text": filled(attack.text, where),
            "token": TOKEN,
            "outside": str(canaries.outside),
        }
        for attack in IN_PROCESS
    ]
    done = subprocess.run(
        [sys.executable, str(HERE / "corpus_naive.py")],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NAIVE_SECRET": f"MARKER_ENVIRONMENT_{TOKEN}"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("attack", IN_PROCESS, ids=lambda a: a.name)
def test_attack_succeeds_against_a_naive_grader(
    shown: dict[str, dict[str, Any]], attack: Attack
) -> None:
    if attack.profile == "torch":
        pytest.importorskip("torch")
    if attack.name.startswith(("33", "32b")) and os.getuid():
        pytest.skip("an ordinary user may not read the memory of another process")
    outcome = shown[attack.name]
    assert outcome["succeeded"], f"{attack.title}: {outcome['output']}"


@pytest.mark.parametrize("style", ["allclose", "builtins", "testing", "error_output"])
def test_naive_grader_refuses_wrong_work_without_an_attack(
    tmp_path: Path, style: str
) -> None:
    job = {"name": "honest", "style": style, "kind": "cell", "text": "x = 1"}
    job |= {"token": TOKEN, "outside": str(tmp_path / "outside")}
    done = subprocess.run(
        [sys.executable, str(HERE / "corpus_naive.py")],
        input=json.dumps([job]),
        capture_output=True,
        text=True,
        check=True,
    )
    assert not json.loads(done.stdout.splitlines()[-1])["honest"]["succeeded"]


def built(attack: Attack, folder: Path, where: dict[str, object]) -> Path:
    """Build a submission folder and return it.

    Runs the text of a ``submission`` only: everything else is an attack on whoever runs
    it, and goes to a child in a folder of its own.
    """
    assert attack.kind == "submission", attack.name
    target = folder / "submitted" / NAME
    target.mkdir(parents=True)
    notebook = {"cells": [code_cell("x = 1", metadata=META)], "metadata": {}}
    notebook |= {"nbformat": 4, "nbformat_minor": 5}
    scope: dict[str, Any] = {"__name__": "attack", "code_cell": code_cell}
    exec(filled(attack.text, where), scope)
    cells = [notebook["cells"][0]] * 5
    scope["build"](
        target, {**notebook, "cells": [json.loads(json.dumps(c)) for c in cells]}
    )
    return target


META = {"nbgrader": {"grade": True, "points": 2, "grade_id": "G08-2-hidden_delta"}}


@pytest.mark.parametrize("attack", HANDED_IN, ids=lambda a: a.name)
def test_submission_succeeds_against_naive_handling(
    tmp_path: Path, canaries: Canaries, attack: Attack
) -> None:
    canaries.outside.write_text("unchanged")
    folder = built(attack, tmp_path, places(tmp_path, canaries))
    how = attack.naive.split()
    assert NAIVE[how[0]](folder, attack, canaries, *how[1:])


def runs_code(folder: Path, _: Attack, canaries: Canaries, module: str) -> bool:
    """Whether importing a module in the submission's folder runs its code."""
    subprocess.run([sys.executable, "-c", f"import {module}"], cwd=folder, check=False)
    return canaries.outside.read_text() == "reached"


def copies_target(folder: Path, *_: Any) -> bool:
    """Whether copying the submission copies somebody else's content."""
    path = folder / f"{NAME}.ipynb" if not folder.is_symlink() else None
    if path is None:
        return folder.resolve() != folder
    return b"MARKER_" in path.read_bytes()


def blocks(folder: Path, *_: Any) -> bool:
    """Whether reading the notebook blocks."""
    path = folder / f"{NAME}.ipynb"
    reader = threading.Thread(target=path.read_bytes, daemon=True)
    reader.start()
    reader.join(0.3)
    stuck = reader.is_alive()
    os.close(os.open(path, os.O_RDWR))
    return stuck


def believes_metadata(folder: Path, *_: Any) -> bool:
    """Whether a grader that reads points from the submission gives too many."""
    notebook = json.loads((folder / f"{NAME}.ipynb").read_text())
    points = [c["metadata"].get("nbgrader", {}).get("points", 0) for c in notebook["cells"]]
    return sum(points) > 2 * len(points)


def skips_tests(folder: Path, *_: Any) -> bool:
    """Whether a runner that honours tags runs none of the tests."""
    notebook = json.loads((folder / f"{NAME}.ipynb").read_text())
    return all("skip-execution" in c["metadata"]["tags"] for c in notebook["cells"])


def unpacks(folder: Path, *_: Any) -> bool:
    """Whether an archive holds names that lead out of the folder."""
    names = zipfile.ZipFile(next(folder.glob("*.zip"))).namelist()
    return any(name.startswith(("/", "../")) for name in names)


def writes_formula(_: Path, attack: Attack, *__: Any) -> bool:
    """Whether a naive export begins a cell with a formula."""
    stream = io.StringIO()
    csv.writer(stream).writerow([eval(attack.student), 0])
    return next(csv.reader(io.StringIO(stream.getvalue())))[0].startswith("=")


def acts_on_page(folder: Path, attack: Attack, *_: Any) -> bool:
    """Whether a page with names and ids as they are holds something active."""
    names = [eval(attack.student)] if attack.student else []
    notebook = json.loads((folder / f"{NAME}.ipynb").read_text())
    names += [cell["id"] for cell in notebook["cells"]]
    return bool(active_content("".join(f"<h2 id={n}>{n}</h2>" for n in names)))


def acts_when_shown(folder: Path, *_: Any) -> bool:
    """Whether formgrader shows something active, given the notebook as handed in."""
    return bool([*shown_faults((folder / f"{NAME}.ipynb").read_text())])


def reaches_terminal(folder: Path, *_: Any) -> bool:
    """Whether listing the folder prints control characters."""
    return any(CONTROLS.search(path.name) for path in folder.iterdir())


def splits_into_formulas(_: Path, attack: Attack, *__: Any) -> bool:
    """Whether a table that is harmless to a comma has a formula for every other."""
    stream = io.StringIO()
    csv.writer(stream).writerow([0, eval(attack.student)])
    rows = (next(csv.reader([stream.getvalue()], delimiter=mark)) for mark in ";|\t")
    return all(any(cell.startswith("=") for cell in row) for row in rows)


def floods(folder: Path, *_: Any) -> bool:
    """Whether a page with every source as it is has more than fifty megabytes."""
    cells = json.loads((folder / f"{NAME}.ipynb").read_text())["cells"]
    return sum(len(html.escape(cell["source"])) for cell in cells) > 50_000_000


NAIVE = {
    "file": runs_code,
    "copy": copies_target,
    "blocks": blocks,
    "metadata": believes_metadata,
    "tags": skips_tests,
    "unpack": unpacks,
    "csv": writes_formula,
    "page_ids": acts_on_page,
    "shown": acts_when_shown,
    "codes": reaches_terminal,
    "separators": splits_into_formulas,
    "flood": floods,
}


def test_every_naive_style_is_known() -> None:
    for attack in all_attacks():
        if attack.naive and attack not in IN_PROCESS:
            assert attack.kind == "submission", attack.name
            assert attack.naive.split()[0] in NAIVE, attack.name
