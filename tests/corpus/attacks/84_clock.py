# attack: 84
# title: the kernel's own clock and timeouts are turned back
# success: a limit is not kept
# says: time limit
# naive: timeout
import asyncio
import threading
import time

time.monotonic = time.time = time.perf_counter = lambda: 0.0
time.sleep = lambda seconds: None
threading.Event.wait = lambda self, timeout=None: True
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
