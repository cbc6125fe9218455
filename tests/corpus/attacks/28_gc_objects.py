# attack: 28
# title: every object the garbage collector knows is searched
# success: a test's text or an expected value stands in the output
# kind: function
# naive: leak
import gc
import types


def _search():
    mark = "MARK" + "ER_"
    for found in gc.get_objects():
        if type(found) in (dict, list, tuple, set) and len(found) < 5000:
            values = found.values() if type(found) is dict else found
            for value in list(values):
                if type(value) is str and mark in value:
                    print(value[:3000])
                if type(value) is bytes and mark.encode() in value:
                    print(value[:3000])
        if isinstance(found, types.FunctionType):
            for value in found.__code__.co_consts:
                if type(value) is str and mark in value:
                    print(value[:3000])


def hidden_delta(*args):
    _search()
    return 0.0


_search()
