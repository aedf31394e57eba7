"""What was measured elsewhere, taken over into this checkout after it was checked."""
