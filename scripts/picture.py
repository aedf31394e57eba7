"""Draw a Markdown report as an SVG of a terminal: ``python scripts/picture.py IN.md OUT.svg``."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

WIDTH = 118  # characters; wide enough for the ladder table


def main() -> None:
    """Read the Markdown, write the SVG."""
    source, destination = Path(sys.argv[1]), Path(sys.argv[2])
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    text = source.read_text(encoding="utf-8").partition("<details>")[0]
    console.print(Markdown(text))
    destination.parent.mkdir(parents=True, exist_ok=True)
    svg = console.export_svg(title=source.name)
    # The fonts rich names lie on somebody else's server; a picture asks nobody for anything.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    destination.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
