"""wrk: the load generator in C, found on the PATH or unpacked from Debian's package for one run."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import NotMeasured
from benchmarks.workplace import Workplace
from ml_ci.targets.client import Call

PACKAGES = ("wrk", "libluajit-5.1-2", "libluajit-5.1-common")
_RATE = re.compile(r"^Requests/sec:\s+([\d.]+)$", re.MULTILINE)
_FAILED = re.compile(r"^\s*(Non-2xx|Socket errors).*$", re.MULTILINE)
# Each request is written once, before the clock runs; then they go round
_SCRIPT = """\
local requests, last = {{}}, 0
local function add(path, media_type, file)
  local body = io.open(file, "rb")
  local headers = {{["Content-Type"] = media_type, ["Accept-Encoding"] = "identity"}}
  requests[#requests + 1] = wrk.format("POST", path, headers, body:read("*a"))
  body:close()
end
function init()
{added}
end
function request()
  last = last % #requests + 1
  return requests[last]
end
"""


@dataclass(frozen=True, kw_only=True)
class Wrk:
    """A wrk that can be started."""

    program: str
    variables: Mapping[str, str] = field(default_factory=dict)

    def rate(
        self, workplace: Workplace, url: str, script: Path, *, connections: int, seconds: int
    ) -> float:
        """Requests per second, all of them answered with 2xx. Raises RuntimeError otherwise."""
        command = (self.program, "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url)
        printed = workplace.processes.output(*command, folder=workplace.folder, more=self.variables)
        rate, failed = _RATE.search(printed), _FAILED.search(printed)
        if rate is None or failed is not None:
            raise RuntimeError(f"wrk did not get its answers:\n{printed}")
        return float(rate[1])


def get_wrk(workplace: Workplace) -> Wrk:
    """The one on the PATH; else Debian's, unpacked beside what this run makes, no root needed.

    Raises NotMeasured where neither can be had.
    """
    found = shutil.which("wrk")
    if found is not None:
        return Wrk(program=found)
    folder = workplace.folder / "wrk"
    folder.mkdir()
    workplace.say(f"unpacking {', '.join(PACKAGES)} into {folder}, which is removed at the end")
    try:
        workplace.processes.output("apt-get", "download", "--quiet", *PACKAGES, folder=folder)
        for package in folder.glob("*.deb"):
            workplace.processes.output(
                "dpkg-deb", "--extract", str(package), str(folder), folder=folder
            )
    except (OSError, RuntimeError) as failure:
        raise NotMeasured(f"there is no wrk: install it ({failure})") from None
    libraries = folder / "usr" / "lib" / f"{platform.machine()}-linux-gnu"
    path = os.pathsep.join((str(libraries), os.environ.get("LD_LIBRARY_PATH", "")))
    program = str(folder / "usr" / "bin" / "wrk")
    return Wrk(program=program, variables={"LD_LIBRARY_PATH": path.rstrip(os.pathsep)})


def write_script(folder: Path, calls: Iterable[Call]) -> Path:
    """A script that sends ``calls`` again and again, bodies and headers as they are."""
    folder.mkdir()
    added = []
    for number, call in enumerate(calls):
        body = folder / f"{number}.body"
        body.write_bytes(call.body or b"")
        words = ", ".join(_quoted(word) for word in (call.path, call.content_type, str(body)))
        added.append(f"  add({words})")
    script = folder / "requests.lua"
    script.write_text(_SCRIPT.format(added="\n".join(added)), encoding="utf-8")
    return script


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
