"""Faults of the step `tensor`."""
