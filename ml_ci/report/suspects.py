"""Suspects: the line of a server's own code that most likely does a step, for people to look at.

A guess by the words that libraries use, made for pointing and never for judging.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ml_ci.steps import DECODED, IMAGE, LABEL, LOGITS, PROBABILITIES, RECEIVED, RESIZED, TENSOR

_CODE = frozenset(
    {".py", ".js", ".ts", ".go", ".rs", ".java", ".kt", ".c", ".cc", ".cpp", ".h", ".hpp", ".cs"}
    | {".swift", ".rb", ".php", ".lua", ".yaml", ".yml", ".json", ".toml", ".pbtxt"}
)
_MOST_FILES, _MOST_BYTES = 500, 500_000  # of a server's own code; the rest is somebody's package
_NO_STATEMENT = re.compile(r"^\s*(#|//|/\*|\*|import\b|from\b|use\b|\"\"\")")

# By step, the surest words first
_SIGNS: dict[str, tuple[str, ...]] = {
    RECEIVED.name: (r"\.save\(|imencode|toBlob|toDataURL|quality", r"b64decode|base64|multipart"),
    DECODED.name: (
        r"imdecode|imread|decode_jpeg|decode_image|decode_png|Image\.open|ImageIO\.read"
        r"|read_image|createImageBitmap",
        r"decode",
    ),
    IMAGE.name: (
        r"cvtColor|exif_transpose|\[\s*\.\.\.\s*,\s*::-1\s*\]|\[:, *:, *::-1\]|BGR|\.convert\(",
        r"rot90|transpose|flip|alpha|[Ee]xif",
    ),
    RESIZED.name: (
        r"resize|interpolat|INTER_[A-Z]|Resampling|thumbnail|grid_sample|letterbox",
        r"crop|\bpad\b|copyMakeBorder|\bfit\b",
    ),
    TENSOR.name: (
        r"[Nn]ormali[sz]e|\b(mean|std|MEAN|STD)\b",
        r"/\s*=?\s*(np\.float32\()?25[56]|127",
    ),
    LOGITS.name: (r"\.run\(|\.eval\(|load_state_dict|InferenceSession|infer\(", r"model|session"),
    PROBABILITIES.name: (r"[Ss]oftmax|sigmoid|np\.exp|\.exp\(", r"probabilit|scores?"),
    LABEL.name: (r"argmax|class_names|labels?\b|sorted\(|topk", r"classes|names"),
}
_SIGN_OF = {step: tuple(re.compile(sign) for sign in signs) for step, signs in _SIGNS.items()}


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A line."""

    file: Path
    line: int
    """From 1."""


def suspect(step: str, folder: Path) -> Suspect | None:
    """The first line in ``folder`` that looks most like it does ``step``; None when none does."""
    lines = list(_lines(folder))
    for sign in _SIGN_OF.get(step, ()):
        for place, text in lines:
            if sign.search(text):
                return place
    return None


def _lines(folder: Path) -> Iterator[tuple[Suspect, str]]:
    files = sorted(path for path in folder.rglob("*") if path.suffix in _CODE and path.is_file())
    for path in files[:_MOST_FILES]:
        if path.stat().st_size > _MOST_BYTES:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        prose = _docstring_lines(text) if path.suffix == ".py" else frozenset()
        for number, line in enumerate(text.splitlines(), start=1):
            if number not in prose and not _NO_STATEMENT.match(line):
                yield Suspect(file=path, line=number), line


def _docstring_lines(source: str) -> frozenset[int]:
    """Of strings that stand alone; none in what is no Python of today."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    return frozenset(
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    )
