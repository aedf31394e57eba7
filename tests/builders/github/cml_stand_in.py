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
            message = told(error.read().decode())
        entry = {"level": "error", "message": message, "name": "HttpError", "status": error.code}
        return 1, "", json.dumps(entry) + "\n"
    # As JavaScript says it, of an answer that is not GitHub's
    url = answer["html_url"] if isinstance(answer, dict) else "undefined"
    return 0, f"{url}\n", ""


def told(body: str) -> str:
    """The message of an error as Octokit gives it; a body that is no JSON as it is."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    parts = [json.dumps(part, separators=(",", ":")) for part in document.get("errors", [])]
    return ": ".join([document["message"], *([", ".join(parts)] if parts else [])])


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
            "accept": "application/vnd.github.v3+json",
            "content-type": "application/json; charset=utf-8",
        },
    )
    # Not to where it may be redirected
    request.add_unredirected_header("authorization", f"token {variables['REPO_TOKEN']}")
    trusted = ssl.create_default_context(cafile=variables.get("NODE_EXTRA_CA_CERTS"))
    with urllib.request.urlopen(request, context=trusted) as answer:  # noqa: S310
        content = answer.read().decode()
        return json.loads(content) if "json" in answer.headers["content-type"] else content


if __name__ == "__main__":
    sys.exit(main())
