# attack: 15
# title: no traceback is ever shown
# success: points because no error was seen
# naive: error_output
shell = get_ipython()
for name in ("showtraceback", "_showtraceback", "showsyntaxerror", "show_usage_error"):
    setattr(type(shell), name, lambda *a, **k: None)
    setattr(shell, name, lambda *a, **k: None)
