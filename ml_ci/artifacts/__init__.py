"""Files: where each one lies, what it holds, and how it is written without being half there."""
