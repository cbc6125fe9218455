# attack: 55
# title: output without end from a thread, while exercises are graded
# success: right answers are lost, or memory of the judge
# base: right
# unshown: the naive grader keeps everything
import threading


def _flood():
    while True:
        print("x" * 100_000)


threading.Thread(target=_flood, daemon=True).start()
