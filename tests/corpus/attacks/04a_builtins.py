# attack: 4
# title: all, any, abs, max and AssertionError are replaced
# success: points for wrong values
# naive: builtins
import builtins

builtins.all = lambda *a: True
builtins.any = lambda *a: False
builtins.abs = lambda x: 0.0
builtins.AssertionError = type("Quiet", (Exception,), {})
