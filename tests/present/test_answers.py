"""Further questions as they are shown."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from accord.present import answers
from accord.study.attribution_tables import PAIR_COLUMNS
from accord.tables import Table
from present.fake_outcome import PARTNERS, fake_outcome


def test_a_pair_that_matters_to_one_partner_alone_is_shown_with_both_numbers():
    """Found on a real run: the other partner's column went missing."""
    outcome, (first, second) = fake_outcome(), tuple(PARTNERS)
    rows = [
        {
            "measure": "one",
            "other": "two",
            "region": first,
            "interaction_usd": 2.0,
            "relation": "need each other",
        },
        {
            "measure": "one",
            "other": "two",
            "region": second,
            "interaction_usd": 0.0,
            "relation": "independent",
        },
        {
            "measure": "one",
            "other": "six",
            "region": first,
            "interaction_usd": 0.0,
            "relation": "independent",
        },
        {
            "measure": "one",
            "other": "six",
            "region": second,
            "interaction_usd": 0.0,
            "relation": "independent",
        },
    ]
    frame = pd.DataFrame(rows)
    table = Table(
        "attribution_pairs",
        "Pairs",
        frame,
        {name: PAIR_COLUMNS[name] for name in frame},
        ("measure", "other", "region"),
    )
    full = replace(outcome, tables={**outcome.tables, "attribution_pairs": table})
    (shown,) = answers._pairs(full)
    assert shown.frame.to_dict("records") == [
        {"pair": "one + two", f"{first}_usd": 2.0, f"{second}_usd": 0.0}
    ]
