"""From answers to reasons to points; pure functions, outside of the box.

key.py          the answers of the reference and of every known mistake
example.py      a small case that may be shown
others.py       what the reference gives for other arguments, as by mistake
observe.py      a student's answer beside the reference's
compare.py      whether two values are equal, and where they are not
relations.py    how a wrong value follows from the right one
general.py      mistakes that any function can have
unnamed.py      what is said where no mistake of the exercise explains an answer
diagnose.py     which mistake explains an answer
sentences.py    the sentences that all exercises share
behaviour.py    what does not depend on values: changed inputs, two answers for one
torch_errors.py PyTorch's messages in words
parts.py        points of the groups of cases
score.py        the only place where points are given
memory.py       equal answers are judged once
"""
