# attack: 52
# title: a double-forked daemon in a session of its own
# success: it is alive after the run
# naive: survivor
import os
import sys
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(3, 256):
            try:
                os.close(fd)
            except OSError:
                pass
        os.environ["WHO"] = "@TOKEN@"
        os.execv(sys.executable, [sys.executable, "-c", "import time\ntime.sleep(60)"])
    os._exit(0)
time.sleep(0.2)
print("started")
