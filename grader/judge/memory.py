"""Judging many submissions: equal answers to an exercise are judged once.

Most right answers of a class are equal bit by bit, and so are many wrong ones.
`judge` is pure, so that its score can be used again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping

from grader.judge.diagnose import has_loop
from grader.judge.key import AnswerKey, Question
from grader.judge.score import judge
from grader.model import Answer, Score

MOST = 4096
"""Scores remembered; one has about 1 kB."""


class Verdicts:
    """The scores of one assignment's answers, remembered by this process."""

    def __init__(self) -> None:
        self._scores: dict[Hashable, Score] = {}

    def judge(
        self,
        question: Question,
        answers: Mapping[str, Answer],
        packed: bytes,
        source: str,
        cell_fault: str,
    ) -> Score:
        """Return what `judge` returns.

        Args:
            question: the exercise, and what was asked.
            answers: what the student's functions gave, by exercise id.
            packed: this one as bytes; empty if it is not to be remembered.
            source: the student's cell.
            cell_fault: how that cell ended.
        """
        key, fresh = question.key, question.fresh
        name = key.exercise.id
        if not packed:
            answer = answers.get(name, Answer(fault="was not run", not_run=True))
            return judge(key, answer, source, cell_fault, fresh)
        digest = hashlib.blake2b(packed).digest()
        loops = key.exercise.vectorised and has_loop(source, key.exercise.function)
        seen = (name, fresh.seed if fresh else None, digest, cell_fault, loops)
        for known in (seen, (*seen, source)):
            if known in self._scores:
                return self._scores[known]
        score = judge(key, answers[name], source, cell_fault, fresh)
        if len(self._scores) >= MOST:
            self._scores.clear()
        self._scores[(*seen, source) if _rests_on_source(key, score) else seen] = score
        return score


def _rests_on_source(key: AnswerKey, score: Score) -> bool:
    """Whether another way of writing might be told something else, loops apart.

    Only a mistake's own test reads the source, and only of wrong answers.
    """
    reads = any(mistake.detect for mistake in key.exercise.mistakes)
    return reads and not all(right for _, right in score.parts)
