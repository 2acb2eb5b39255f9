"""Figures drawn by a process of their own are those drawn here, and drawn they are in any case."""

from __future__ import annotations

import sys

import pytest

from accord.present import drawing
from present.fake_outcome import fake_outcome


@pytest.fixture
def nothing_loaded(monkeypatch):
    """As in a new process, so that there is something to gain from another one."""
    monkeypatch.delitem(sys.modules, "altair", raising=False)
    monkeypatch.setattr(drawing, "cores_at_hand", lambda: 2)


@pytest.mark.medium
def test_a_process_of_its_own_draws_the_same_bytes(nothing_loaded, monkeypatch):
    outcome = fake_outcome()
    expected = drawing.drawn_here(outcome)
    assert expected
    monkeypatch.delitem(sys.modules, "altair", raising=False)
    with drawing.artist() as artist:
        artist.begin(outcome)
        monkeypatch.setattr(drawing, "drawn_here", None)  # not here
        assert list(artist.figures(outcome).items()) == list(expected.items())


@pytest.mark.parametrize("fate", ["killed", "killed after it was asked", "another outcome", "no process"])
def test_what_the_process_cannot_draw_is_drawn_here(nothing_loaded, monkeypatch, fate):
    outcome = fake_outcome()
    if fate == "no process":
        monkeypatch.setattr(drawing.sys, "executable", "/nowhere/python")
    with drawing.artist() as artist:
        process = artist._process
        assert (process is None) == (fate == "no process")
        if fate == "killed":
            process.kill()
            process.wait()
        artist.begin(outcome)
        if fate == "killed after it was asked":
            process.kill()
        monkeypatch.setattr(drawing, "drawn_here", lambda given: {"here": given})
        asked = fake_outcome() if fate == "another outcome" else outcome
        assert artist.figures(asked)["here"] is asked
    assert process is None or process.returncode is not None
