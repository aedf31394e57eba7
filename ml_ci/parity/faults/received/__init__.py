"""Faults of the step `received`."""
