# attack: 38
# title: errors of every kind are raised while a hidden test runs
# success: the traceback shows a line of the test
# kind: function
# naive: leak
import sys
import warnings

CALLS = []


class Loud(BaseException):
    def __str__(self):
        raise KeyError("no text")


def hidden_delta(*args):
    CALLS.append(args)
    warnings.warn("look here", stacklevel=3)
    if len(CALLS) == 1:
        raise ValueError("stop here")
    if len(CALLS) == 2:
        raise Loud
    if len(CALLS) == 3:
        sys.excepthook = lambda *a: None
        return hidden_delta.__wrapped__
    return hidden_delta(*args)
