"""Time of a solve against the number of shares, with a figure in `benchmarks/scaling.svg`."""

from __future__ import annotations

import math
import statistics
import warnings
from pathlib import Path
from typing import Any

from benchmarks.measure import Measure, failure
from benchmarks.sizes import one_size, where_time_goes, why

SIZES = ((10, 20), (21, 50), (31, 40), (80, 50), (120, 80), (196, 133))
FIGURE = Path(__file__).resolve().parents[1] / "scaling.svg"
TITLE = "Scaling over sizes, made-up data, 10% bilateral cut to 1e-10"


def measures() -> list[Measure]:
    rows, answers = [], []
    for regions, sectors in SIZES:
        answer, ended = one_size(regions, sectors, runs=11)
        what = f"Scaling: {regions} x {sectors}, made-up, 10% bilateral cut to 1e-10"
        if not answer:
            rows.append(failure(what, why(ended)))
            continue
        answers.append({**answer, "size": f"{regions} x {sectors}"})
        rows.append(
            Measure(
                what,
                [1000.0 * seconds for seconds in answer["seconds"]],
                steps=answer["iterations"],
                residual=answer["residual"],
                note=where_time_goes(answer),
            )
        )
    if len(answers) > 1:
        rows += growth(answers)
        draw(answers)
    return rows


def growth(answers: list[dict[str, Any]]) -> list[Measure]:
    """Exponents of time in shares, by least squares over logs: one at most is the goal."""
    note = (
        "Slope of log time over log number of shares; one is proportional. Figure: benchmarks/scaling.svg. The smallest sizes are "
        "the overhead of a call, the largest outgrow the cache, so the slope over the larger half is given too."
    )
    rows = []
    for what, chosen in (("all sizes", answers), ("from 80 x 50", answers[-3:])):
        shares = [math.log(one["shares"]) for one in chosen]
        for kind, times in (
            ("solve", [min(one["seconds"]) for one in chosen]),
            ("iteration", [one["each_iteration"] for one in chosen]),
        ):
            slope = statistics.linear_regression(shares, [math.log(time) for time in times]).slope
            rows.append(
                Measure(
                    f"Growth of one {kind} with shares, {what}", [slope], "(exponent)", goal=1.0, note=note
                )
            )
    return rows


def draw(answers: list[dict[str, Any]]) -> None:
    """The figure: time of a solve and of an iteration over shares, both axes in logs, beside a proportional line."""
    import altair as alt
    import pandas as pd

    rows = [
        {"shares": one["shares"], "size": one["size"], "seconds": seconds, "what": what}
        for one in answers
        for what, seconds in (
            ("solve", min(one["seconds"])),
            ("one iteration", one["each_iteration"]),
        )
    ]
    last = answers[-1]
    proportional = [
        {"shares": one["shares"], "seconds": min(last["seconds"]) * one["shares"] / last["shares"]}
        for one in answers
    ]
    horizontal = alt.X("shares:Q", title="sourcing shares").scale(type="log").axis(format="~s")
    vertical = alt.Y("seconds:Q", title="seconds").scale(type="log").axis(format="~g")
    times = alt.Chart(pd.DataFrame(rows)).encode(horizontal, vertical)
    figure = (
        alt.Chart(pd.DataFrame(proportional))
        .mark_line(strokeDash=[4, 4], color="grey")
        .encode(horizontal, vertical)
        + times.mark_line(point=True).encode(alt.Color("what:N", title=None))
        + times.transform_filter("datum.what == 'solve'")
        .mark_text(align="right", angle=45, dx=-8, fontSize=10)
        .encode(text="size:N")
    ).properties(
        width=480,
        height=320,
        title="Time of a solve over the number of shares (dashed: proportional to the largest)",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure.save(FIGURE)
