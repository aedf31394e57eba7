"""Checks: what was measured about a side, judged; each module gives rows of evidence."""
