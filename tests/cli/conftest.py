"""What every test of a command needs: run it in this process, as a user would, and see what it says."""

from __future__ import annotations

import pytest

from accord.cli import main


@pytest.fixture
def accord(capsys):
    """Run one command; return (exit code, standard output, standard error)."""

    def run(*arguments):
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as done:
            code = done.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
