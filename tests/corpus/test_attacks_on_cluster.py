"""Attacks that a worker of a Dask cluster runs: stopped as they are here."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus_arena import NAME, Arena, arena, command_of, processes
from corpus_attack import all_attacks
from dask_cluster import Cluster, dask_cluster

from grader.course.submission import read_submission
from grader.grading.cluster import grade_on_cluster
from grader.grading.submission import Grader
from grader.model import Job, Result
from grader.report.records import as_json

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
pytest.importorskip("distributed")

CHOSEN = (
    *("05_always_equal", "31_open_paths", "32b_other_proc", "33_ptrace", "36_gradebook"),
    *("43a_death_in_function", "44b_forged_replies", "47b_huge", "50a_ignores_signals"),
    *("51_fork_bomb", "52_daemon", "53a_memory", "57a_tcp_and_udp", "60n_format_3"),
    *("81_parents_memory", "100a_many_entries", "101_small_objects"),
)
ATTACKS = [attack for attack in all_attacks() if attack.name in CHOSEN]
BY_CHANCE = ("51_fork_bomb",)
"""What is left of the attacker's own answers depends on how busy the machine is."""
SETTLED_S = 20.0


@pytest.fixture(scope="module")
def the_arena(
    tmp_path_factory: pytest.TempPathFactory, can_confine: None
) -> Iterator[Arena]:
    with arena(tmp_path_factory.mktemp("c")) as made:
        yield made


@pytest.fixture(scope="module")
def the_cluster(
    the_arena: Arena, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Two workers with the arena's environment; each has graded something."""
    with dask_cluster(tmp_path_factory.mktemp("w")) as made:
        honest = graded(the_arena, made, ["honest"] * 6)
        assert {result.score for result in honest} == {the_arena.honest["score"]}
        yield made


def graded(arena: Arena, cluster: Cluster, students: list[str]) -> list[Result]:
    """Grade submissions on the cluster, each with a kernel of its own."""
    grader = Grader(arena.grader.assignment, arena.course.secret())
    jobs = [
        Job(submission=read_submission(arena.course, student, grader.assignment))
        for student in students
    ]
    results = grade_on_cluster(grader, jobs, scheduler=cluster.address)
    return [outcome.result for outcome in results]


def family(cluster: Cluster, token: str) -> dict[int, str]:
    """Return what runs below the workers, and what holds the arena's environment."""
    found = {worker.pid for worker in cluster.workers}
    table = list(processes(token))
    for _ in table:
        found |= {pid for pid, parent, _ in table if parent in found}
    return {pid: command_of(pid) for pid in found | {p for p, _, held in table if held}}


def summary(result: Result) -> dict[str, Any]:
    """What has to be the same wherever it was graded: all but times and their words."""
    record = as_json(result)
    scores = {e["id"]: (e["score"], e["parts"]) for e in record["exercises"]}
    return {"scores": scores} | {k: record[k] for k in ("status", "isolation", "repairs")}


def test_every_chosen_attack_exists() -> None:
    assert {attack.name for attack in ATTACKS} == set(CHOSEN)


def test_workers_under_attack_grade_as_this_machine_does(
    the_arena: Arena, the_cluster: Cluster
) -> None:
    """All at once, so that an honest neighbour shares their workers."""
    token = the_arena.marks.token
    before = family(the_cluster, token)
    warm = [pid for pid, line in before.items() if "grader.kernel.parent" in line]
    assert len(warm) >= len(the_cluster.workers)
    theirs = {"@PARENT@": warm[-1], "@GRADER@": the_cluster.workers[0].pid}
    students = {}
    for attack in ATTACKS:
        text = attack.text
        for place, pid in theirs.items():
            text = text.replace(place, str(pid))
        students[the_arena.hand_in(attack, text)] = attack
    results = graded(the_arena, the_cluster, ["honest", *students, "honest"])
    assert not [r.grader_fault for r in results if r.grader_fault]
    assert [worker.poll() for worker in the_cluster.workers] == [None, None]
    deadline = time.monotonic() + SETTLED_S
    while (left := set(family(the_cluster, token)) - set(before)) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.1)
    assert not {pid: command_of(pid) for pid in left}
    assert set(warm) <= set(family(the_cluster, token)), "a warm parent was lost"
    assert not the_arena.canaries.heard
    for result in results:
        texts = {"notebook": result.notebook, "record": json.dumps(as_json(result))}
        assert not the_arena.leaks(texts, ""), result.student
        assert not any("BREACH:" in text for text in texts.values()), result.student
        local = the_arena.grade(result.student)
        attack = students.get(result.student)
        if attack and attack.name in BY_CHANCE:
            assert result.score <= the_arena.honest["score"]
        else:
            assert summary(result) == summary(local), result.student
    honest = [r for r in results if r.student == "honest"]
    assert {r.score for r in honest} == {the_arena.honest["score"]}
    assert the_arena.course.autograded("honest", NAME).is_dir()
    assert Path(the_arena.canaries.outside).read_text() == "unchanged"
