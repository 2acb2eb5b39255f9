"""Odds of the worked example: draws of its numbers, of elasticities and of the imputation, each solved with its supports."""

from __future__ import annotations

import os
import time
from pathlib import Path

from accord.cli.reading import prepared_programme
from accord.study.draw_processes import cores
from accord.study.odds import OddsOptions, odds
from benchmarks.measure import Measure

DRAWS, QUICK_DRAWS = 1000, 128
TITLE = "Draws of a whole programme"
PROGRAMME = Path(__file__).resolve().parents[2] / "programmes" / "union_state_2024.toml"
GOAL = 15.0
"""Seconds for 1,000 draws on two cores."""


def measures() -> list[Measure]:
    """The question from the programme as prepared to its answer: solver, processes, draws, sensitivity; nothing is taken from a store."""
    draws = QUICK_DRAWS if os.environ.get("ACCORD_BENCH_QUICK") == "1" else DRAWS
    prepared = prepared_programme(PROGRAMME, None, ())
    begun = time.perf_counter()
    found = odds(prepared, OddsOptions(draws=draws, keep=False))
    seconds = time.perf_counter() - begun
    failed = len(found.solved.failures)
    note = f"{cores()} processes; solver and start of the processes included; {failed} without an equilibrium"
    if draws != DRAWS:
        note = f"Quick: {draws} draws, not scaled to {DRAWS:,}. {note}"
    return [Measure(f"{draws:,} draws of {PROGRAMME.stem}", [seconds], "s", goal=GOAL, note=note)]
