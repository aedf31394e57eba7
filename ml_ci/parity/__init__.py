"""Comparing two traces. numpy only: no torch, no HTTP."""
