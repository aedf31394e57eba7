"""GitHub: the only place that knows its API, its events and its environment variables."""
