"""Anything that climbs the ladder beside the reference: each becomes a trace."""
