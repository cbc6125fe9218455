# attack: 89
# title: cells and a thread report steps of the run that are not theirs to report
# success: a fault is hidden, a cell counts as another, or right answers are lost
# base: right
# unshown: speaks this grader's protocol; the naive grader has none
import os
import stat
import struct
import threading
import time


def _sockets():
    for fd in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                yield fd
        except OSError:
            continue


def _forge(*_):
    for kind in (b"d", b"a", b"u", b"y"):
        for fd in _sockets():
            try:
                os.write(fd, struct.pack("<I1s", 17, kind) + bytes(16) + b"\1")
            except OSError:
                continue


def _for_ever():
    while True:
        _forge()
        time.sleep(0.01)


get_ipython().events.register("post_run_cell", _forge)
threading.Thread(target=_for_ever, daemon=True).start()
