"""Resampling as libraries do it: filters, grids, borders, rounding, and the fits around them."""
