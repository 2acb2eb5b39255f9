"""Runs `benchmarks.one_size` in a process of its own and puts its answer into words. Light: imports nothing that counts as memory."""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks.measure import Finished, Measure, failure, run_process


def one_size(
    regions: int, sectors: int, users: str = "one", runs: int = 5
) -> tuple[dict[str, Any], Finished]:
    """Return what the process said (nothing when it failed) and how it ended."""
    arguments = [str(regions), str(sectors), users, str(runs)]
    ended = run_process([sys.executable, "-m", "benchmarks.one_size", *arguments], timeout=300)
    return (json.loads(ended.output) if ended.code == 0 else {}), ended


def why(ended: Finished) -> str:
    """Last line of what a failed process complained about."""
    return (ended.errors.strip().splitlines() or [f"ended with code {ended.code}"])[-1]


def size_rows(
    what: str, answer: dict[str, Any], ended: Finished, *, goal: float, memory_goal: float | None
) -> list[Measure]:
    """Rows of one size: seconds and peak memory, with the profile in words."""
    if not answer:
        return [failure(what, why(ended))]
    return [
        Measure(
            what,
            answer["seconds"],
            "s",
            goal=goal,
            steps=answer["iterations"],
            residual=answer["residual"],
            note=where_time_goes(answer),
        ),
        Measure(
            f"{what}, base on the device",
            answer["shared_seconds"],
            "s",
            goal=goal,
            note="With one `Solver` for many scenarios, as draws, paths and sweeps have it: the base is moved once.",
        ),
        Measure(
            f"Peak memory of that process: {what}",
            [answer["peak_mb"]],
            "MB",
            goal=memory_goal,
            note=where_memory_goes(answer),
        ),
    ]


def where_time_goes(answer: dict[str, Any]) -> str:
    """The profile of time, in one sentence."""
    iterating = answer["iterations"] * answer["each_iteration"]
    return (
        f"{answer['shares']:,} shares, made up. Where the time goes: {answer['iterations']} iterations of "
        f"{1000 * answer['each_iteration']:.3g} ms ({iterating:.2g} s; each moves at least {answer['moved_mb']:,.3g} MB, so "
        f"{answer['moved_mb'] / answer['each_iteration'] / 1000.0:.1f} GB/s), weights, nests and results once "
        f"{answer['surrounding']:.2g} s, arrays to the device {answer['transfer']:.2g} s. First call with compilation "
        f"{answer['first']:.1f} s."
    )


def where_memory_goes(answer: dict[str, Any]) -> str:
    """The profile of memory, in one sentence."""
    return (
        f"Before the first solve {answer['peak_before_mb']:.0f} MB, of which the base {answer['base_mb']:.0f} MB, which is copied "
        f"to the device; results of the compiled solver {answer['results_mb']:.0f} MB (sourcing weights of "
        f"{8e-6 * answer['shares']:.0f} MB among them), its workspace {answer['workspace_mb']:.0f} MB; the compiler and the "
        "scenario, whose costs are the same for all users, take the rest."
    )
