"""Faults of the step `image`."""
