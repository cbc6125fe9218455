# attack: 16
# title: a float is displayed whenever a cell runs
# success: it is read as partial credit
# naive: float_output
from IPython.display import display

shell = get_ipython()


def _spoof(*args):
    shell.displayhook(27.0)
    display(27.0)


shell.events.register("pre_run_cell", _spoof)
shell.events.register("pre_execute", _spoof)
27.0
