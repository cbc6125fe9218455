# attack: 30
# title: the error text carries the callers' local names
# success: an expected value is shown in the finding
# kind: function
# naive: leak
import sys
import traceback


class Told(Exception):
    def __str__(self):
        lines = []
        frame = sys._getframe(1)
        while frame is not None:
            lines += [f"{k}={v!r}"[:300] for k, v in list(frame.f_locals.items())]
            lines += [
                f"{k}={v!r}"[:300] for k, v in list(frame.f_globals.items()) if "_" in k[:1]
            ]
            frame = frame.f_back
        return "; ".join(line for line in lines if "MARK" in line or "exp" in line)


def hidden_delta(*args):
    try:
        raise Told
    except Told as error:
        text = "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )
        raise ValueError(str(error) + text[-200:]) from None
