"""What changed against the base: numbers in, sections of report.json out."""
