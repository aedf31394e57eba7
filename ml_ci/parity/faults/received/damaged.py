"""Damaged on the way: bytes cut off, or those of another image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Remedy, Value, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import RECEIVED


@dataclass(frozen=True, kw_only=True)
class CutOff(Described):
    """Only the first bytes arrive: a share of them, or as many as a buffer holds."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The share that arrives."""
        return (Parameter(name="share", low=0.0, high=1.0, whole=False),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """A half, and a usual buffer."""
        del reference
        return [self._of_share(0.5), self._of_bytes(65536)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """As many bytes as arrived at most, if that explains all lengths; else the mean share."""
        del reference
        pairs = [
            (len(given), len(made))
            for given, made in zip(evidence.given, evidence.made, strict=True)
            if isinstance(made, bytes) and given.startswith(made)
        ]
        cut = [(sent, arrived) for sent, arrived in pairs if arrived < sent]
        if not cut:
            return []
        most = max(arrived for _, arrived in cut)
        if all(arrived == min(sent, most) for sent, arrived in pairs):
            return [self._of_bytes(most)]
        low = max(arrived / sent for sent, arrived in cut)
        high = min((arrived + 1) / sent for sent, arrived in cut)
        return [self._of_share((low + high) / 2)]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This share."""
        del reference
        return self._of_share(float(values[0])) if 0 <= values[0] < 1 else None

    def _of_share(self, share: float) -> Variant:
        return self._variant(
            {"share": share},
            f"the bytes are cut off after {share:.1%} on the way",
            lambda content: int(len(content) * share),
        )

    def _of_bytes(self, most: int) -> Variant:
        return self._variant(
            {"bytes": most}, f"only {most} bytes of an image arrive", lambda _: most
        )

    def _variant(
        self, parameters: dict[str, Value], said: str, arriving: Callable[[bytes], int]
    ) -> Variant:
        return Variant(
            fault=self.id,
            step=self.step,
            parameters=parameters,
            said=said,
            remedy=Remedy(
                server="read until the end of the body, raise the limit of buffer or gateway, and "
                "refuse images that end early (Pillow's `LOAD_TRUNCATED_IMAGES` hides them)",
                script="",
            ),
            make=lambda content, _: content[: arriving(content)],
        )


@dataclass(frozen=True, kw_only=True)
class Exchanged(Described):
    """Another image's bytes arrive."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """None: which image comes in place of which is the target's own."""
        del reference
        return []

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Which image's bytes arrived for which, where all that arrived is one of them."""
        del reference
        known = set(evidence.given)
        arrived: dict[bytes, bytes] = dict(zip(evidence.given, evidence.made, strict=True))
        others = {sent: made for sent, made in arrived.items() if made != sent}
        if not others or not all(made in known for made in others.values()):
            return []

        def make(content: bytes, reference: Reference) -> bytes:
            del reference
            if content not in arrived:
                raise StepError("which image arrives in place of this one is not known")
            return arrived[content]

        return [
            Variant(
                fault=self.id,
                step=self.step,
                parameters={"images": len(others)},
                said=f"the bytes of other images arrive in place of {len(others)}",
                remedy=Remedy(
                    server="look for answers that are given to the wrong request: a buffer, a "
                    "batch or a temporary file that requests share",
                    script="",
                ),
                make=make,
            )
        ]


FAULTS = (
    CutOff(
        id="cut-off",
        step=RECEIVED.name,
        title="Bytes cut off on the way",
        symptom="large images are refused, or their lower part is grey",
        source="https://github.com/python-pillow/Pillow/issues/2717",
        witness="an image with more bytes than arrive",
    ),
    Exchanged(
        id="exchanged",
        step=RECEIVED.name,
        title="The bytes of another image",
        symptom="right answers, to the wrong questions",
        source="plausible",
        witness="at least two images",
    ),
)
