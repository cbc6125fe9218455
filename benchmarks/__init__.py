"""Measurements, each a table of ratios within one run; see docs/performance.md."""
