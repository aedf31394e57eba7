"""Questions put to any side, reference or target, beyond the golden replay."""
