# attack: 75
# title: userfaultfd, io_uring, bpf, keyctl, perf, mounts, namespaces, reboot
# success: one of them works inside the box
# unshown: most of them need no proof; some would harm the machine without a box
import ctypes
import os
import platform

libc = ctypes.CDLL(None, use_errno=True)
X86 = dict(
    userfaultfd=323, io_uring_setup=425, bpf=321, keyctl=250, add_key=248, perf=298,
    mount=165, umount=166, unshare=272, setns=308, pivot=155, chroot=161, ptrace=101,
    fanotify=300, open_by_handle=304, kexec=246, init_module=175, memfd=319, reboot=169,
    process_vm_readv=310, pidfd_getfd=438, memfd_secret=447, swapon=167, syslog=103,
    personality=135, shmget=29, semget=64, msgget=68, mq_open=240, clone3=435, acct=163,
    open_tree=428, fsopen=430, mount_setattr=442, sethostname=170, settimeofday=164,
    landlock_create=444 * 0 + 447, kcmp=312, quotactl=179, iopl=172, modify_ldt=154,
)
if platform.machine() == "x86_64":
    for name, number in X86.items():
        for arguments in ((0, 0, 0, 0, 0), (0x10000000, 0, 0, 0, 0), (1, 4096, 0o1777, 0, 0)):
            result = libc.syscall(number, *map(ctypes.c_long, arguments))
            if result >= 0 and name not in ("syslog",):
                print("BRE" "ACH:", name, result)
    for number in (0x40000000 + 39, 1000, 470, 600):
        if libc.syscall(number, 0, 0, 0, 0) >= 0:
            print("BRE" "ACH: number", number)
