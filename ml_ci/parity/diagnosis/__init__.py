"""Diagnosis: which faults make the reference do what a target did."""
