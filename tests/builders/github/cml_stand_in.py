#!/usr/bin/env python3
"""A program that asks GitHub what `cml comment update|create --target=pr/N` of CML 0.20.6 asks.

For machines without CML; tests/acceptance/test_cml.py runs both, where there is one, and holds this
one to the other's requests. It needs nothing but Python's own library.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

URL = "https://cml.dev/watermark.png"


def main() -> int:
    """One comment."""
    code, out, errors = posted(sys.argv[1:], os.environ)
    print(out, end="")
    print(errors, end="", file=sys.stderr)
    return code


def posted(arguments: Sequence[str], variables: Mapping[str, str]) -> tuple[int, str, str]:
    """Exit code, output and error output."""
    options = parsed(arguments)
    title = f"CML watermark {options.watermark_title}"
    report = Path(options.file).read_text(encoding="utf-8")
    report += f'\n\n![]({URL}#{variables["GITHUB_SHA"]} "{title}")'
    repository = urlsplit(options.repo)
    host = f"https://{repository.netloc}"
    api = "https://api.github.com" if host == "https://github.com" else f"{host}/api/v3"
    issues = f"{api}/repos{repository.path}/issues"
    comments = f"{issues}/{options.target.removeprefix('pr/')}/comments"
    mark = re.compile(rf'!\[\]\({re.escape(URL)}#[0-9a-fA-F]+ "{re.escape(title)}"\)')
    try:
        found = None
        if options.action == "update":
            page = asked(variables, "GET", comments)  # one page, as many as the API gives
            found = next((row for row in reversed(page) if mark.search(row["body"])), None)
        if found is None:
            answer = asked(variables, "POST", comments, report)
        else:
            answer = asked(variables, "PATCH", f"{issues}/comments/{found['id']}", report)
    except urllib.error.HTTPError as error:
        with error:
            message = json.loads(error.read())["message"]
        entry = {"level": "error", "message": message, "name": "HttpError", "status": error.code}
        return 1, "", json.dumps(entry) + "\n"
    return 0, answer["html_url"] + "\n", ""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The arguments, in the spelling this project uses."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["comment"])
    parser.add_argument("action", choices=["update", "create"])
    parser.add_argument("file")
    parser.add_argument("--driver", choices=["github"], required=True)
    parser.add_argument("--repo", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--publish", choices=["false"], required=True)
    parser.add_argument("--watermark-title", required=True)
    return parser.parse_args(arguments)


def asked(variables: Mapping[str, str], method: str, url: str, body: str | None = None) -> Any:
    """One request."""
    request = urllib.request.Request(  # noqa: S310 — the scheme is https, see main
        url,
        method=method,
        data=None if body is None else json.dumps({"body": body}).encode(),
        headers={
            "authorization": f"token {variables['REPO_TOKEN']}",
            "accept": "application/vnd.github.v3+json",
            "content-type": "application/json; charset=utf-8",
        },
    )
    trusted = ssl.create_default_context(cafile=variables.get("NODE_EXTRA_CA_CERTS"))
    with urllib.request.urlopen(request, context=trusted) as answer:  # noqa: S310
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
