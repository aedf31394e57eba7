"""Faults of the step `decoded`."""
