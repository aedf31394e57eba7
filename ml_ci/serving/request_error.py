"""A request that cannot be answered, by the client's doing, and why in one sentence."""

from __future__ import annotations


class RequestError(Exception):
    """Ends a request with a 4xx answer ``{"error": sentence}``."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        self.sentence = sentence
        super().__init__(sentence)
