"""GitHub on loopback: the parts of its REST API that this project, and CML, use.

`FakeGitHub` holds a repository's pull requests, comments, runs and artifacts; `serving` answers for
it over TLS under `/api/v3`, as a GitHub Enterprise does. Status codes, messages, paging, limits and
what a token may do are GitHub's; nothing here knows ml-ci.
"""
