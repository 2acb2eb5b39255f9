"""The reference of tables and exit codes is what the code says."""

from __future__ import annotations

import pytest

from tools.generate_outcome_reference import pages


@pytest.mark.medium
def test_the_reference_of_outcomes_is_fresh(repository):
    for name, text in pages().items():
        file = repository / "docs" / "reference" / name
        assert file.read_text(encoding="utf-8") == text, (
            f"{name} is stale: python tools/check_docs_fresh.py --write"
        )
