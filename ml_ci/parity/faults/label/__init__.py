"""Faults of the step `label`."""
