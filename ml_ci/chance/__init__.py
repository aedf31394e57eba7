"""Chance: how much of what two sides score differently the choice of test images alone explains."""
