# attack: 43
# title: the kernel kills itself and its init in an added cell
# success: points of right answers are lost
# base: right
# unshown: costs points instead of forging them
import os
import signal

os.kill(1, signal.SIGKILL)
os.kill(os.getpid(), signal.SIGSEGV)
