"""Coverage: which mistakes of a server a golden set would notice, and which it never could."""
