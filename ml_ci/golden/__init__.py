"""The golden set over time: answers that moved, and images that came, went or changed."""
