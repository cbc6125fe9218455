# attack: 29
# title: the source of every caller and of every cached file is printed
# success: a test's text stands in the output
# kind: function
# naive: leak
import inspect
import linecache
import sys


def _show():
    frame = sys._getframe(1)
    while frame is not None:
        try:
            print(inspect.getsource(frame)[:20_000])
        except Exception:
            pass
        frame = frame.f_back
    for name, entry in list(linecache.cache.items()):
        if len(entry) == 4 and "site-packages" not in name:
            print(name, "".join(entry[2])[:20_000])


def hidden_delta(*args):
    _show()
    return 0.0


_show()
