"""All benchmarks, one after the other."""

from benchmarks import classes, kernels, latency

kernels.main()
classes.main()
latency.main()
