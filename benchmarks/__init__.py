"""Benchmarks of the pipeline: ratios within one run, measured on whatever machine runs them."""
