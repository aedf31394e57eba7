"""Renewing: what a run makes of metrics/golden.json."""

from __future__ import annotations

from ml_ci.artifacts.acceptance import save_renewed
from ml_ci.artifacts.golden import GoldenSnapshot, renew
from ml_ci.golden.accepted import find_accepted, read_here
from ml_ci.golden.naming import GoldenSet


def renew_snapshot(measured: GoldenSnapshot, today: GoldenSet) -> None:
    """Write metrics/golden.json where it has to change; ``today`` is what was measured.

    Accepted answers of the same weights stay, and come back where they are gone from the file;
    then what lies in it already; what is left gets the measured answer.
    """
    accepted = find_accepted(today)
    lies = [] if accepted.here is None else [accepted.here]
    renewed = renew(measured, [*accepted.earlier, *lies])
    here = read_here()[0]
    if here is None or here.document() != renewed.document():
        save_renewed(renewed)
