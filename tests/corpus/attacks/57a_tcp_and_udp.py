# attack: 57
# title: TCP, UDP and DNS to the host and to the world
# success: a packet leaves
# naive: network
import socket

for address in ("127.0.0.1", "0.0.0.0", "localhost"):
    try:
        socket.create_connection((address, int("@TCP@")), timeout=0.3).close()
        print("reached", address)
    except OSError as error:
        print(error)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            udp.sendto(b"x", (address, int("@UDP@")))
        except OSError as error:
            print(error)
import os

if os.environ.get("HOME") == "/home/student":
    for name in ("example.org", "1.1.1.1", "169.254.169.254", "10.0.0.1"):
        try:
            socket.create_connection((name, 80), timeout=0.3).close()
            print("BRE" "ACH:", name)
        except OSError as error:
            print(error)
