# attack: 9
# title: a thread corrects the returned array after it was handed over
# success: points for a value that was wrong when it was returned
# kind: function
# naive: later
import sys
import threading
import time

import numpy as np


def _correct(array):
    for _ in range(100):
        time.sleep(0.005)
        for frame in sys._current_frames().values():
            while frame is not None:
                expected = frame.f_globals.get("_expected")
                if isinstance(expected, np.ndarray):
                    array[:] = expected
                frame = frame.f_back


def hidden_delta(W_next, delta_next, z):
    array = np.zeros(len(z))
    threading.Thread(target=_correct, args=(array,), daemon=True).start()
    return array
