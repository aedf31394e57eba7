"""Credentials of a target: headers whose values come from the environment and are shown nowhere."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from ml_ci.artifacts import paths
from ml_ci.errors import CombinedUserError, UserError
from ml_ci.params.targets import HttpTarget, Target

_SECRET = 6  # characters from which on a credential is hidden; a shorter one hides nothing itself


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Headers that are sent to one server and to nobody else."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    setting: str = ""
    """Where a person gives them, as words of a sentence; empty where none can be given."""

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """What no message may show, since a server may quote what it was sent; longest first.

        Whole values, what follows their scheme (`Bearer`), and what `Basic` has in base64.
        """
        parts = set(self.headers.values())
        for value in self.headers.values():
            scheme, _, rest = value.partition(" ")
            parts.add(rest.strip())
            if scheme.lower() == "basic":
                parts |= _from_base64(rest.strip())
        hidden = {part.encode() for part in parts if len(part) >= _SECRET}
        return tuple(sorted(hidden, key=len, reverse=True))


NO_CREDENTIALS = Credentials()


def read_credentials(
    headers: Mapping[str, str], variables: Mapping[str, str], *, setting: str, where: str
) -> Credentials:
    """The credentials that ``headers`` (header → name of its variable) find in ``variables``.

    Raises UserError at ``where`` naming every variable that is missing or cannot stand in a header.
    """
    problems = [
        _problem(header, name, variables.get(name), where) for header, name in headers.items()
    ]
    found = [problem for problem in problems if problem is not None]
    if found:
        raise found[0] if len(found) == 1 else CombinedUserError(found)
    values = {header: variables[name] for header, name in headers.items()}
    return Credentials(headers=values, setting=setting)


def credentials_of(
    targets: Mapping[str, Target], variables: Mapping[str, str]
) -> dict[str, Credentials]:
    """What servers are sent, by target. Raises UserError when a variable is missing."""
    return {
        name: read_credentials(
            target.headers,
            variables,
            setting=f"`targets.{name}.headers` in params.yaml",
            where=f"{paths.PARAMS}, targets.{name}.headers",
        )
        for name, target in targets.items()
        if isinstance(target, HttpTarget)
    }


def _problem(header: str, variable: str, value: str | None, where: str) -> UserError | None:
    """The value itself is in none of it: httpx would quote one that no header can have."""
    if not value:
        return UserError(
            what=f"the environment variable {variable} is {'missing' if value is None else 'empty'}"
            ", so nothing is sent",
            where=where,
            fix=f"set it to what follows `{header}: `, then run the same command again",
        )
    if value.isascii() and value.isprintable() and value == value.strip():
        return None
    return UserError(
        what=f"the value of the environment variable {variable} cannot stand in a header: "
        "it has to be one line of printable ASCII",
        where=where,
        fix=f"set it to what follows `{header}: `, like `Bearer …`, without a line end",
    )


def _from_base64(text: str) -> set[str]:
    try:
        plain = base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return set()
    return {plain, plain.partition(":")[2]}
