# attack: 23
# title: a trace function changes the judge's local names
# success: points for wrong values
# naive: locals
import sys


def _trace(frame, event, argument):
    local = frame.f_locals
    for name in ("ok", "passed", "missing"):
        if name in local:
            local[name] = name != "missing"
    return _trace


sys.settrace(_trace)
sys.setprofile(_trace)
import threading

threading.settrace(_trace)
