# attack: 81
# title: the warm parent is signalled, stopped and written to
# success: the next kernel cannot start, or is another one
# unshown: would harm the grader without a box
import os
import signal

for pid in (int("@PARENT@"), int("@GRADER@"), int("@VICTIM@"), os.getppid(), 1, -1):
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
        try:
            if pid not in (1, -1, os.getppid()):
                os.kill(pid, number)
                print("BRE" "ACH: signal to", pid)
        except OSError as error:
            print(error.errno)
    try:
        with open(f"/proc/{pid}/mem", "r+b", 0) as memory:
            print("opened", pid == 1)
    except OSError as error:
        print(error.errno)
