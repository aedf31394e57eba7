"""Faults of the step `probabilities`."""
