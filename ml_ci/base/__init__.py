"""The base: the commit a change is compared with, and what was measured there."""
