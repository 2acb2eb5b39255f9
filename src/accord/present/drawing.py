"""Figures drawn by a process of their own, which loads what it draws with while the run goes on.

To load Altair and Vega and to draw nine figures takes seconds of one core, and a run leaves the other idle. The process gets the outcome
when it is there, and gives the same bytes as drawing here would. Whatever keeps it from doing so, the figures are drawn here instead.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from accord.numerics.cores import cores_at_hand

if TYPE_CHECKING:
    from accord.study import Outcome

PATIENCE = 120.0
"""Seconds after which the figures are drawn here."""


class Drawn(NamedTuple):
    """A figure as the page shows it: its title, and itself as SVG."""

    title: str
    svg: str


def drawn_here(outcome: Outcome) -> dict[str, Drawn]:
    """Every figure of `outcome` by name, in the order of the page."""
    from accord.present.answer_figures import answer_figures
    from accord.present.figures import figures

    return {
        figure.name: Drawn(figure.title, figure.svg())
        for figure in (*figures(outcome), *answer_figures(outcome))
    }


class Artist:
    """The process that draws. `begin` hands it an outcome, `figures` waits for what it made."""

    def __init__(self) -> None:
        self._process = _started()
        self._talk: threading.Thread | None = None
        self._asked: Outcome | None = None
        self._made = b""

    def begin(self, outcome: Outcome) -> None:
        """Have the figures of `outcome` drawn, while this process does something else."""
        if self._process is not None:
            self._asked = outcome
            self._talk = threading.Thread(
                target=self._exchange, args=(self._process, pickle.dumps(outcome)), daemon=True
            )
            self._talk.start()

    def figures(self, outcome: Outcome) -> Mapping[str, Drawn]:
        """The figures of `outcome`."""
        if self._talk is not None and outcome is self._asked:
            self._talk.join()
            if self._made:
                return pickle.loads(self._made)  # noqa: S301 - of our own process
        return drawn_here(outcome)

    def dismiss(self) -> None:
        """End the process."""
        if self._process is None:
            return
        self._process.kill()
        if self._talk is not None:
            self._talk.join()
        with self._process:  # closes its pipes and waits for its end
            self._process = None

    def _exchange(self, process: subprocess.Popen[bytes], content: bytes) -> None:
        """In a thread: the process may still be loading what it draws with."""
        try:
            answer, _ = process.communicate(content, timeout=PATIENCE)
        except (OSError, subprocess.TimeoutExpired):
            return
        if process.returncode == 0:
            self._made = answer


@contextmanager
def artist() -> Iterator[Artist]:
    """Give an artist, who is dismissed at the end."""
    drawing = Artist()
    try:
        yield drawing
    finally:
        drawing.dismiss()


def serve() -> None:
    """Be the process: get ready, read an outcome, write its figures."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's, who ends this process
    import pandas as pd

    import accord.present.answer_figures  # noqa: F401 - loaded ahead of the outcome
    from accord.present.figures import Figure, bars
    from accord.present.style import TOTAL, styled

    # A first figure loads Vega and its fonts, and fills Altair's memories.
    row = pd.DataFrame({"name": ["none"], "value": [1.0], "label": ["1"], "colour": [TOTAL]})
    Figure("first", "", "", styled([bars(row, "", "")])).svg()
    content = sys.stdin.buffer.read()
    if content:  # nothing comes where the run failed
        sys.stdout.buffer.write(pickle.dumps(drawn_here(pickle.loads(content))))  # noqa: S301 - of our own parent


def _started() -> subprocess.Popen[bytes] | None:
    """The process; None where there is one core alone, no Python to start, or nothing to gain: Altair is loaded here."""
    if cores_at_hand() < 2 or not sys.executable or "altair" in sys.modules:
        return None
    # The same folders are searched for modules as here, before anything is loaded: not the current one, unless it is searched here too.
    program = f"import sys; sys.path[:] = {sys.path!r}; from accord.present.drawing import serve; serve()"
    try:
        return subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None
