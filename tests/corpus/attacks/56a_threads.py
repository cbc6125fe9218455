# attack: 56
# title: threads without end
# success: the next submission's time limit is hit
# unshown: would harm the machine without a box
import threading


def _spin():
    while True:
        pass


started = 0
try:
    while True:
        threading.Thread(target=_spin, daemon=True).start()
        started += 1
        if started > 1000:
            print("BRE" "ACH: a thousand threads")
            break
except RuntimeError as error:
    print(started < 100, error)
