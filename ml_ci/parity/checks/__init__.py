"""Checks: what two sides are besides their ladders, judged. Facts come as arguments."""
