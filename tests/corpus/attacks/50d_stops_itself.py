# attack: 50
# title: the kernel stops itself with SIGSTOP, and its group, too
# success: the grader waits for ever
# naive: timeout
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
