"""The training curves: DVCLive for comparing runs, and what a person sees while it runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dvclive.live import Live
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ml_ci.model.training import Epoch


@contextmanager
def recorded(folder: Path) -> Iterator[Callable[[Epoch], None]]:
    """A watcher that writes loss and accuracy per epoch to ``folder`` in DVCLive's format.

    Without timestamps, so that the same training gives the same files.
    """
    shutil.rmtree(folder, ignore_errors=True)
    with Live(dir=str(folder), save_dvc_exp=False, dvcyaml=None, report=None) as live:

        def watch(epoch: Epoch) -> None:
            live.step = epoch.number
            live.log_metric("train/loss", epoch.loss, timestamp=False)
            live.log_metric("train/accuracy", epoch.accuracy, timestamp=False)
            live.next_step()

        yield watch


@contextmanager
def shown(epochs: int, console: Console) -> Iterator[Callable[[Epoch], None]]:
    """A watcher that moves a progress bar on a terminal and prints a line per epoch elsewhere."""
    if not console.is_terminal:
        yield lambda epoch: console.print(_line(epoch, epochs), soft_wrap=True, highlight=False)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("training", total=epochs)
        yield lambda epoch: progress.update(
            task, completed=epoch.number, description=_line(epoch, epochs)
        )


def _line(epoch: Epoch, epochs: int) -> str:
    return f"epoch {epoch.number}/{epochs}  loss {epoch.loss:.4f}  accuracy {epoch.accuracy:.4f}"
