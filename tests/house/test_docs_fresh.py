"""tools/check_docs_fresh.py notices what it is there to notice."""

from __future__ import annotations

import pytest

from tools.check_docs_fresh import generated_pages, missing_documents, stale_pages


def test_a_missing_and_an_empty_document_are_both_faults(tmp_path):
    (tmp_path / "README.md").write_text("# accord\n")
    (tmp_path / "CHANGELOG.md").write_text(" \n")
    assert list(missing_documents(tmp_path)) == [
        "CHANGELOG.md is missing or empty",
        "ARCHITECTURE.md is missing or empty",
    ]


@pytest.mark.parametrize(
    ("on_disk", "fault"),
    [
        ({"cli.md": "text"}, None),
        ({"cli.md": "old text"}, "docs/reference/cli.md is stale"),
        ({}, "docs/reference/cli.md is missing"),
        ({"cli.md": "text", "stray.md": ""}, "docs/reference/stray.md is made by no tools/generate_*.py"),
    ],
    ids=["fresh", "stale", "missing", "stray"],
)
def test_generated_pages_are_compared_with_their_generators(tmp_path, on_disk, fault):
    (tmp_path / "generate_cli.py").write_text("def pages():\n    return {'cli.md': 'text'}\n")
    reference = tmp_path / "reference"
    reference.mkdir()
    for name, text in on_disk.items():
        (reference / name).write_text(text)
    faults = list(stale_pages(reference, generated_pages(tmp_path)))
    assert [text.startswith(str(fault)) for text in faults] == ([True] if fault else [])
