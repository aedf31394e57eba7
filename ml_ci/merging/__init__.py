"""Two branches that both changed what the pipeline writes: made one again."""
