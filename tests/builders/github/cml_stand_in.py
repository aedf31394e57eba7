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
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

URL = "https://cml.dev/watermark.png"


def main() -> int:
    """One comment."""
    options = parsed()
    title = f"CML watermark {options.watermark_title}"
    report = Path(options.file).read_text(encoding="utf-8")
    report += f'\n\n![]({URL}#{os.environ["GITHUB_SHA"]} "{title}")'
    repository = urlsplit(options.repo)
    host = f"https://{repository.netloc}"
    api = "https://api.github.com" if host == "https://github.com" else f"{host}/api/v3"
    comments = f"{api}/repos{repository.path}/issues/{options.target.removeprefix('pr/')}/comments"
    mark = re.compile(rf'!\[\]\({re.escape(URL)}#[0-9a-fA-F]+ "{re.escape(title)}"\)')
    try:
        found = None
        if options.action == "update":
            page = asked("GET", comments)  # one page, as many as the API gives
            found = next((row for row in reversed(page) if mark.search(row["body"])), None)
        if found is None:
            answer = asked("POST", comments, report)
        else:
            address = f"{api}/repos{repository.path}/issues/comments/{found['id']}"
            answer = asked("PATCH", address, report)
    except urllib.error.HTTPError as error:
        message = json.loads(error.read())["message"]
        entry = {"level": "error", "message": message, "name": "HttpError", "status": error.code}
        print(json.dumps(entry), file=sys.stderr)
        return 1
    print(answer["html_url"])
    return 0


def parsed() -> argparse.Namespace:
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
    return parser.parse_args()


def asked(method: str, url: str, body: str | None = None) -> Any:
    """One request."""
    request = urllib.request.Request(  # noqa: S310 — the scheme is https, see main
        url,
        method=method,
        data=None if body is None else json.dumps({"body": body}).encode(),
        headers={
            "authorization": f"token {os.environ['REPO_TOKEN']}",
            "accept": "application/vnd.github.v3+json",
            "content-type": "application/json; charset=utf-8",
        },
    )
    trusted = ssl.create_default_context(cafile=os.environ.get("NODE_EXTRA_CA_CERTS"))
    with urllib.request.urlopen(request, context=trusted) as answer:  # noqa: S310
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
