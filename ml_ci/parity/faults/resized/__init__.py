"""Faults of the step `resized`."""
