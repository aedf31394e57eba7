"""Answers: the golden answers of a package, beside those that were accepted here."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import json_text
from ml_ci.artifacts.golden import GoldenSnapshot, renew
from ml_ci.data.manifest import parse_manifest
from ml_ci.golden.accepted import committed_answers
from ml_ci.golden.naming import golden_images
from ml_ci.repository import Repository


def golden_beside(measured: bytes, repository: Repository) -> bytes:
    """What metrics/golden.json has to be when ``measured`` is taken over.

    CI measures a commit and accepts nothing: what is accepted of the same weights at the commit
    here, after the run perhaps, stays. ``measured`` has been read before; both are about the same
    golden set.
    """
    try:
        manifest = parse_manifest(repository.files_of("HEAD").read(paths.MANIFEST) or b"")
    except ValueError:
        manifest = []
    taken = GoldenSnapshot.of_text(measured)
    accepted, _ = committed_answers("HEAD", golden_images(manifest))
    kept = renew(taken, [] if accepted is None else [accepted])
    same = kept.document() == taken.document()
    return measured if same else json_text(kept.document()).encode("utf-8")
