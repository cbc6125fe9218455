"""All benchmarks, one after the other."""

from benchmarks import classes, kernels

kernels.main()
classes.main()
