"""Time one solve of the equilibrium engine: compile first, then several runs, success and residuals beside them."""

from __future__ import annotations

from accord.engines.equilibrium import BaseEconomy, Options, Scenario, solve
from accord.errors import EngineError
from benchmarks.measure import Measure, failure, timed
from benchmarks.worlds import NOT_FETCHED


def solve_measure(
    what: str,
    base: BaseEconomy,
    scenario: Scenario,
    *,
    tolerance: float | Options | None,
    runs: int = 21,
    goal: float | None = None,
    note: str = "",
    peer: str = "",
    peer_values: tuple[float, ...] = (),
) -> Measure:
    """Time `solve` from NumPy arrays to NumPy arrays, after one call that compiles; the engine's own options when tolerance is None.

    A tolerance is where the iteration stops; other options, such as those of `within`, take its place.
    """
    if NOT_FETCHED in note:
        what = what.replace("real", "made-up")
    options = to_tolerance(tolerance) if isinstance(tolerance, float) else tolerance or Options()
    try:
        solve(base, scenario, options)
        times, state = timed(lambda: solve(base, scenario, options), runs)
    except EngineError as error:
        return failure(what, " ".join([str(error), note]).strip())
    return Measure(
        what=what,
        values=times,
        goal=goal,
        steps=state.stats.iterations,
        residual=state.stats.largest_residual,
        note=note,
        peer=peer,
        peer_values=peer_values,
    )


def to_tolerance(tolerance: float) -> Options:
    """Options that stop at `tolerance`; by default the engine goes on to its `target`, as far as rounding lets it."""
    return Options(tolerance=tolerance, target=tolerance)


def within(tolerance: float) -> Options:
    """Options whose result is within `tolerance` in one run of the iteration, Walras' law included.

    No equation imposes that law, and it ends a little above the rest; aiming at a tenth spares the second run that the engine
    would otherwise make for it. Its count of iterations is then that of the whole solve.
    """
    return Options(tolerance=tolerance, target=0.1 * tolerance)
