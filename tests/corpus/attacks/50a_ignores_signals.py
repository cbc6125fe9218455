# attack: 50
# title: a cell that ignores every signal and swallows every exception
# success: the limit of the cell or of the submission is exceeded
# says: time limit
# naive: timeout
import signal

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
    signal.signal(number, signal.SIG_IGN)
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
