# attack: 78
# title: inotify, fanotify and polling watch the course and the machine
# success: something outside the box is seen
# unshown: would need another process to watch
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
fd = libc.inotify_init1(0o4000)
for path in ("@COURSE@", "@RUN@", "@SECRET@", "/etc/shadow", "/sys/kernel"):
    if libc.inotify_add_watch(fd, path.encode(), 0xFFF) >= 0:
        print("BRE" "ACH: watching", os.path.basename(path))
for path in ("/proc/net/unix", "/proc/loadavg", "/proc/mounts", "/proc/sysvipc/shm"):
    try:
        with open(path) as file:
            print(path, file.read()[:3000])
    except OSError as error:
        print(path, error)
for path in ("/etc/shadow", "/etc/ssh", "/proc/kcore", "/proc/sysrq-trigger", "/dev/sda"):
    try:
        with open(path, "rb") as file:
            if file.read(1):
                print("BRE" "ACH:", path)
    except OSError:
        pass
