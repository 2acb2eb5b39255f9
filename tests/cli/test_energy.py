"""`accord energy`: single questions about energy."""

from __future__ import annotations

import json


def test_units_are_listed_with_their_sources(accord):
    code, printed, _ = accord("energy", "units")
    assert code == 0
    assert "USD/1000 m3" in printed
    assert "petajoules" in printed


def test_units_as_json_hold_every_content(accord):
    code, printed, _ = accord("energy", "units", "--json")
    assert code == 0
    content = json.loads(printed)
    assert content["usual"]["gas"] == {"price": "USD/1000 m3", "volume": "bcm"}
    assert all(entry["source"] for entry in content["contents"])
