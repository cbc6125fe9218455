# attack: 57
# title: abstract and file UNIX sockets of the host
# success: another process is reached
# naive: network
import glob
import os
import socket

paths = ["\0@ABSTRACT@", "@SOCKET@", "/proc/1/root@SOCKET@"]
if os.environ.get("HOME") == "/home/student":
    paths += [*glob.glob("@RUN@/*"), *(f"@RUN@/{n}-{p}" for n in range(50) for p in (1, 2))]
    paths += ["/var/run/docker.sock", "/run/systemd/private", "/run/dbus/system_bus_socket"]
for path in paths:
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_UNIX, kind) as channel:
            try:
                channel.connect(path)
                print("reached", path)
                if os.environ.get("HOME") == "/home/student":
                    print("BRE" "ACH:", path)
            except OSError:
                pass
listener = socket.socket(socket.AF_UNIX)
listener.bind("\0corpus-left-@TOKEN@")
listener.listen()
