# attack: 76
# title: programs are run from memory and from private folders, set-uid bits are made
# success: more rights than before
# unshown: shells are allowed, but give no rights
import os
import shutil
import subprocess

try:
    fd = os.memfd_create("corpus")
    print("BRE" "ACH: memfd", fd)
except OSError as error:
    print(error)
for folder in ("/tmp", ".", "/dev/shm"):
    path = os.path.join(folder, "corpus_sh")
    try:
        shutil.copy("/bin/sh", path)
        os.chmod(path, 0o6755)
        text = subprocess.run([path, "-c", "id -u"], capture_output=True, text=True).stdout
        print(folder, text)
        if text.strip() == "0":
            print("BRE" "ACH: root")
    except OSError as error:
        print(error)
for name in ("su", "sudo", "mount", "newuidmap", "pkexec"):
    try:
        done = subprocess.run([name, "-c", "id"], capture_output=True, timeout=1, input=b"")
        print(name, done.returncode)
        if b"uid=0" in done.stdout:
            print("BRE" "ACH:", name)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(name, type(error).__name__)
