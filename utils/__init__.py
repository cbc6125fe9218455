"""Teaching code of the course: small modules that students read, call and learn from.

`data` loads the data sets, `check` answers inside the assignments, `gradcheck`
compares gradients with finite differences, `plotting` draws, `graph` gives computation
graphs their order and places. `libraries` says what an assignment may use; `validate` runs
a notebook from the top; `nbval_kernels` lets many of them be run side by side.
"""
