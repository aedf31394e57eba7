"""The commands of ``scripts/docker_engine.py``."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ml_ci.errors import EXIT_DIFFERS, EXIT_PASS, UserError, exit_code_of
from scripts.engine.api import DEFAULT_SOCKET, Answer, EngineApi, engine_socket
from scripts.engine.base_image import ensure_base, find_base, wanted_base
from scripts.engine.daemon import active_units, adopt, halt, start
from scripts.engine.packages import ENGINE_PROGRAMS, install, missing_packages, need_root_on_debian
from scripts.engine.place import Place, Record, apart, locked, machine, remove_state
from scripts.engine.processes import is_running

_END_SECONDS = 20.0
_EXIT_SIGNAL = 128  # and the signal's number, as shells do
_DESCRIPTION = """\
A Docker engine and a base image, on a Debian or Ubuntu machine that has neither.

  up               use the engine that is there, or install and start one; see to a base image
  down             stop the engine that `up` started, and only that one
  status           say what is there; exit code 1 when something is missing
  run -- COMMAND   up, COMMAND, and down again whatever happens; COMMAND's exit code

Whoever has Docker does not need it. docs/docker.md says what it installs and what it leaves."""


def run_command(arguments: list[str]) -> int:
    """What was typed; returns the exit code."""
    options = _parse(arguments)
    if options.command == "run" and not options.words:
        print("docker_engine: run what? `run -- COMMAND…`", file=sys.stderr)
        return 2
    try:
        with _ended_in_order():
            return exit_code_of(lambda: _act(options))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return _EXIT_SIGNAL + signal.SIGINT


def _act(options: argparse.Namespace) -> int:
    place = apart(options.root) if options.root else machine(engine_socket())
    if options.command == "up":
        up(place, mirror=options.mirror, tied=False)
        return EXIT_PASS
    if options.command == "down":
        down(place)
        return EXIT_PASS
    if options.command == "status":
        return status(place)
    return run(place, options.words, mirror=options.mirror)


def up(place: Place, *, mirror: str | None, tied: bool) -> bool:
    """An engine that answers, with a base image; whether this started it. Raises UserError, and
    then has stopped what it started."""
    api = EngineApi(socket=place.socket)
    if (answer := api.ask()) is not Answer.ANSWERS:
        refuse_foreign(place, answer)
        need_root_on_debian("starting an engine", command="up")
    with locked(place):
        ours = api.ask() is not Answer.ANSWERS
        if ours:
            _install_and_start(place, api, tied=tied)
        try:
            base = ensure_base(place, api, wanted_base(), mirror=mirror)
        except BaseException as reason:
            if ours:
                print(halt(place) or "no engine is left running", flush=True)
            if ours and not isinstance(reason, UserError):  # whose logs are for reading
                remove_state(place)
            raise
        _say_engine(place)
        print(base, flush=True)
    return ours


def refuse_foreign(place: Place, answer: Answer) -> None:
    """Raises UserError when an engine is there that cannot be used, or one started here would not
    be found where ``place`` says."""
    if answer is Answer.DENIED:
        raise UserError(
            what="you have no permission to use the Docker engine that is there",
            where=str(place.socket),
            fix="`sudo usermod -aG docker $USER`, then log in again",
        )
    if answer is Answer.SILENT:
        raise UserError(
            what="an engine is there and does not answer",
            where=str(place.socket),
            fix="restart it, or wait if it has just been started",
        )
    if not place.options and place.socket.resolve() != DEFAULT_SOCKET.resolve():
        raise UserError(
            what="the Docker engine that DOCKER_HOST or the docker context names is not running",
            where=str(place.socket),
            fix="start it; or unset DOCKER_HOST and `docker context use default`",
        )


def down(place: Place) -> None:
    """Stop what `up` started, remove what it noted; safe to repeat."""
    with locked(place):
        if place.state.exists():
            need_root_on_debian("stopping an engine", command="down")
        stopped = halt(place)
        remove_state(place)
    if stopped is None:
        print("nothing to stop: no engine runs that `up` started")
    else:
        print(f"{stopped}; installed packages and the images in the engine stay")


def status(place: Place) -> int:
    """Print what is there."""
    api = EngineApi(socket=place.socket)
    answer = api.ask()
    if answer is not Answer.ANSWERS:
        print(f"the engine at {place.socket} {answer.value}")
        return EXIT_DIFFERS
    _say_engine(place)
    base = find_base(api, wanted_base())
    print(base or "no base image is in the engine; `up` pulls or makes one")
    return EXIT_PASS if base else EXIT_DIFFERS


def run(place: Place, words: list[str], *, mirror: str | None) -> int:
    """`up`, the command, and `down` unless the engine ran before; the command's exit code."""
    started = up(place, mirror=mirror, tied=True)
    try:
        return _finish(words)
    finally:
        if started:
            down(place)


def _install_and_start(place: Place, api: EngineApi, *, tied: bool) -> None:
    missing = missing_packages(ENGINE_PROGRAMS)
    before = active_units()
    install(missing)
    if missing and api.ask() is Answer.ANSWERS and adopt(place, before=before):
        return  # the package's service runs it
    start(place, tied=tied)


def _say_engine(place: Place) -> None:
    record = Record.read(place.record)
    ours = record is not None and (record.units or is_running(record.process))
    whose = "`up` started it, `down` stops it" if ours else "it is not ours, `down` leaves it"
    print(f"a Docker engine answers at {place.socket}; {whose}", flush=True)


def _finish(words: list[str]) -> int:
    """Run a command to its end, or to that which a signal to us makes of it."""
    try:
        # A process group of its own: a signal to us reaches all of it
        process = subprocess.Popen(words, process_group=0)
    except OSError as error:
        print(f"docker_engine: {words[0]}: {error.strerror}", file=sys.stderr)
        return 127
    with _foreground(process.pid):
        try:
            code = process.wait()
        except (KeyboardInterrupt, SystemExit):
            _end_group(process)
            raise
    return code if code >= 0 else _EXIT_SIGNAL - code


def _end_group(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(_END_SECONDS)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


@contextmanager
def _foreground(group: int) -> Iterator[None]:
    """Lend the terminal, if there is one, to the process group of the command: it may read from it,
    and Ctrl-C goes there."""
    terminal = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
    if terminal is None or os.tcgetpgrp(terminal) != os.getpgrp():
        yield
        return
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # taking it back would stop us
    os.tcsetpgrp(terminal, group)
    try:
        yield
    finally:
        os.tcsetpgrp(terminal, os.getpgrp())


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM and SIGHUP raise, as Ctrl-C does, so that what was started is stopped; once."""

    def end(number: int, _frame: object) -> None:
        for again in handlers:
            signal.signal(again, signal.SIG_IGN)
        raise SystemExit(_EXIT_SIGNAL + number)

    handlers = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="docker_engine.py",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("up", "down", "status", "run"))
    parser.add_argument("--mirror", metavar="URL", help="Debian mirror for the base image")
    parser.add_argument(
        "--root",
        type=Path,
        metavar="FOLDER",
        help="an engine of its own below FOLDER, without a network: for tests and rehearsals",
    )
    # Split by hand: what follows the first `--` is a command with options of its own
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:end])
    options.words = arguments[end + 1 :]
    return options
