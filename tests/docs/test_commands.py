"""Every command of the documentation is run as its page shows it; those inside sentences have words and options that exist."""

from __future__ import annotations

import shutil
from pathlib import Path

import cyclopts
import pytest

import transcripts
from accord.cli import build_app

REPOSITORY = Path(__file__).parents[2]
PAGES = transcripts.pages(REPOSITORY)


def named(page):
    return str(page.relative_to(REPOSITORY))


def parsed(words):
    """Parse a command without running it; a name in capitals stands for what the reader puts there."""
    build_app(words[0]).parse_args(words, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_in_sentences_exist_with_their_options(page):
    faults = []
    for command in transcripts.mentioned(page):
        words = transcripts.arguments(command)
        try:
            parsed(words)
        except cyclopts.MissingArgumentError:
            pass  # a sentence may name a command without its arguments
        except cyclopts.CycloptsError as error:
            faults.append(f"accord {command}: {error}")
    assert not faults, "\n".join(faults)


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(not step.file for step in transcripts.steps(page))], ids=named
)
def test_the_commands_of_a_page_run_as_shown(page, tmp_path, monkeypatch, accord):
    shutil.copytree(REPOSITORY / "programmes", tmp_path / "programmes")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCORD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.delenv("ACCORD_NO_RECORD", raising=False)
    for step in transcripts.steps(page):
        if step.file:
            Path(step.file).write_text(step.text, encoding="utf-8")
        elif step.runs:
            code, out, err = accord(*transcripts.arguments(step.text))
            assert code == 0, f"accord {step.text}\n{err}"
            lost = transcripts.missing(step.shown, out)
            assert not lost, f"accord {step.text}\nno longer says {lost}\nbut\n{out[:3000]}"
        else:
            parsed(transcripts.arguments(step.text))
