"""ml-ci: do training and serving still agree, and if not, where do they part and why."""
