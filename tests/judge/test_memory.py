"""Remembered scores are those that judging gives."""

from dataclasses import replace

import numpy as np
import pytest
from course_exercises import find

from grader.grading.answers import KeptAnswers, pack_answers
from grader.judge import memory
from grader.judge.key import AnswerKey, Question
from grader.judge.memory import Verdicts
from grader.judge.score import judge
from grader.model import Answer, Mistake, Raised, Returned


@pytest.fixture
def key():
    return AnswerKey(find("G08.1"), seed=1)


def packed(key, answer):
    return pack_answers({key.exercise.id: answer})[key.exercise.id]


def given(judged, key, answer, source="", fault=""):
    """Return the score of an answer that was kept."""
    data = packed(key, answer)
    answers = KeptAnswers({key.exercise.id: data})
    return judged.judge(Question(key), answers, data, source, fault)


def wrong(key):
    (_, outcomes), *_ = key.variants
    return Answer(outcomes=outcomes, repeated=outcomes[0])


def right(key):
    return Answer(outcomes=key.expected, repeated=key.expected[0])


def counted(monkeypatch):
    """Count how often something is really judged."""
    calls = []
    monkeypatch.setattr(memory, "judge", lambda *a: calls.append(a) or judge(*a))
    return calls


def test_remembered_scores_are_those_of_judge(key, monkeypatch):
    calls, judged = counted(monkeypatch), Verdicts()
    for answer in (right(key), wrong(key), Answer(missing=True)):
        for _ in range(3):
            assert given(judged, key, answer) == judge(key, answer)
    assert len(calls) == 3


def test_answers_that_differ_in_one_bit_are_judged_each(key, monkeypatch):
    calls, judged = counted(monkeypatch), Verdicts()
    given(judged, key, right(key))
    first = key.expected[0]
    assert isinstance(first, Returned)
    value = np.nextafter(first.value, np.inf)
    other = replace(right(key), outcomes=(replace(first, value=value), *key.expected[1:]))
    assert given(judged, key, other).score == key.exercise.points
    assert len(calls) == 2


def test_how_the_cell_ended_is_told_to_each(key):
    judged, missing = Verdicts(), Answer(missing=True)
    told = {given(judged, key, missing, fault=f).findings for f in ("was stopped", "")}
    assert len(told) == 2


def test_style_is_told_to_each(key):
    looping = f"def {key.exercise.function}(*a):\n    for i in a: pass"
    key = AnswerKey(replace(key.exercise, vectorised=True), key.seed)
    judged = Verdicts()
    assert not given(judged, key, right(key)).findings
    assert [f.code for f in given(judged, key, right(key), looping).findings] == ["MX.12"]
    assert not given(judged, key, right(key), "x = 1").findings


def test_a_mistake_that_reads_the_source_is_told_to_who_made_it(key):
    reading = Mistake(code="M", message="m", detect=lambda e: "slowly" in e.source)
    key = AnswerKey(replace(key.exercise, mistakes=(reading,)), key.seed)
    answer = Answer(outcomes=tuple(Raised("E", "", 1) for _ in key.cases))
    judged = Verdicts()
    for source, code in (("", "raised"), ("slowly", "M"), ("", "raised"), ("slowly", "M")):
        assert [f.code for f in given(judged, key, answer, source).findings] == [code]


def test_what_cannot_be_kept_is_judged_each_time(key, monkeypatch):
    calls, judged = counted(monkeypatch), Verdicts()
    stopped = {key.exercise.id: Answer(fault="stopped")}
    for _ in range(2):
        score = judged.judge(Question(key), stopped, b"", "", "")
        assert score.score == 0
    not_run = judged.judge(Question(key), {}, b"", "", "")
    assert (not_run.findings[0].message, not_run.unseen) == ("Was not run.", True)
    assert len(calls) == 3


def test_the_source_counts_only_for_wrong_answers_to_tasks_that_read_it(key, monkeypatch):
    reading = Mistake(code="M", message="m", detect=lambda e: False)
    reads = AnswerKey(replace(key.exercise, mistakes=(reading,)), key.seed)
    for task, answer, times in (
        (key, wrong(key), 1),
        (reads, right(key), 1),
        (reads, wrong(key), 2),
    ):
        calls, judged = counted(monkeypatch), Verdicts()
        for source in ("x = 1", "x = 2"):
            given(judged, task, answer, source)
        assert len(calls) == times


def test_memory_is_bounded_and_holds_so_many(key, monkeypatch):
    """The third answer makes room: the first two are judged again, and kept."""
    monkeypatch.setattr(memory, "MOST", 2)
    calls, judged = counted(monkeypatch), Verdicts()
    for number, times in ((0, 1), (1, 2), (0, 2), (1, 2), (2, 3), (0, 4), (2, 4)):
        given(judged, key, Answer(outcomes=tuple(Returned(number, ()) for _ in key.cases)))
        assert len(calls) == times
        assert len(judged._scores) <= 2
