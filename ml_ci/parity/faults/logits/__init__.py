"""Faults of the step `logits`."""
