# attack: 79
# title: a crash that leaves a core file with the kernel's memory
# success: a core file exists afterwards
# says: death of its kernel
# unshown: whether a core is written depends on the machine's settings
import ctypes
import resource

try:
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
except (OSError, ValueError) as error:
    print(error)
ctypes.string_at(0)
