"""The command line: one file a command; each parses, calls the library, prints.

Commands are named by import string, so that `accord --help` loads none of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts import App

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("accord.cli.init:init", "Write a starter programme for any partners and World."),
    "run": ("accord.cli.run:run", "Run a programme on a World and say who gains."),
    "odds": ("accord.cli.odds:odds", "Say how surely each party gains, and what decides it."),
    "compare": ("accord.cli.compare:compare", "Compare two programmes with the same draws."),
    "sweep": ("accord.cli.sweep:sweep", "Move one number of a programme over a range."),
    "explain": (
        "accord.cli.explain:explain",
        "Trace a number, or a measure's part in it, to shocks and sources.",
    ),
    "runs": ("accord.cli.runs:app", "List, show, compare, export and remove recorded runs."),
    "demo": ("accord.cli.demo:demo", "Run the Union State programme on the embedded World."),
    "check": ("accord.cli.check:check", "Check a programme file; list every fault with its remedy."),
    "verify": ("accord.cli.verify:verify", "Re-run a recorded run and compare every value."),
    "delay": ("accord.cli.delay:delay", "Say what each year of delay of each measure costs whom."),
    "status": ("accord.cli.status:status", "Say how far a programme has come, by count and by effect."),
    "estimate": ("accord.cli.estimate:estimate", "Estimate what barriers are worth as a duty."),
    "regions": ("accord.cli.regions:regions", "Say what a programme does to regions inside countries."),
    "bargain": (
        "accord.cli.bargain:bargain",
        "Say what partners could agree on, and the smallest change by which all gain.",
    ),
    "depend": ("accord.cli.depend:depend", "Say how far partners depend on each other and on everyone else."),
    "extract": (
        "accord.cli.extract:extract",
        "Say what rests on flows, sectors or regions, by taking them out.",
    ),
    "footprints": (
        "accord.cli.footprints:footprints",
        "Say where jobs, energy or CO2 arise, and for whose purchases.",
    ),
    "exports": ("accord.cli.value_added:exports", "Say whose value added is in gross exports."),
    "products": ("accord.cli.products:products", "Say what partners could make at home or jointly."),
    "energy": ("accord.cli.energy:app", "Energy: units, break-even prices, power."),
    "world": ("accord.cli.world:app", "Show, check and aggregate Worlds."),
    "data": ("accord.cli.data:app", "List, fetch, add and remove data."),
    "schema": ("accord.cli.schema:schema", "Print the JSON Schema of programme files, for editors."),
    "doctor": ("accord.cli.doctor:doctor", "Say whether this installation is sound, and what is missing."),
}
"""Command name -> (import string, one line of help)."""

WORDS: ContextVar[tuple[str, ...]] = ContextVar("words", default=())
"""What was typed after `accord`: an answer in files records it."""

EVERYWHERE = """\
With every command: `--color always|never|auto` (NO_COLOR and FORCE_COLOR are heeded), and `--debug` for the traceback of an error.
Commands that compute leave a record in ./runs, unless `--no-record`: `accord runs list`, `accord verify NAME`.
Tab completion: `accord --install-completion`. What exit codes mean: docs/reference/exit-codes.md."""


def build_app(chosen: str = "") -> App:
    """Return the application with every command registered by import string.

    The one line of help serves the list of commands; the `chosen` one, which is loaded anyway, speaks for itself.
    """
    from cyclopts import App

    from accord import __version__

    app = App(
        name="accord",
        version=__version__,
        help="Do all sides of an economic programme gain? By how much, how surely, because of which measure?",
        help_format="plaintext",
        help_epilogue=EVERYWHERE,
        suppress_keyboard_interrupt=False,  # `main` says what an interrupt left: nothing
    )
    for name, (target, help_line) in COMMANDS.items():
        app.command(target, name=name, **({} if name == chosen else {"help": help_line}))
    app.register_install_completion_command(add_to_startup=False)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; errors are their message alone unless `--debug` or ACCORD_DEBUG is set."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in tokens or bool(os.environ.get("ACCORD_DEBUG"))
    tokens = [token for token in tokens if token != "--debug"]
    from accord.errors import AccordError

    try:
        tokens, colour = _colour_choice(tokens)
        WORDS.set(tuple(tokens))
        with _colour(colour):
            build_app(tokens[0] if tokens else "")(tokens)
    except AccordError as error:
        if debug:
            raise
        sys.stderr.write(f"accord: {error}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader (`| head`) has enough: no complaint, and nothing more to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if debug or error.strerror is None:
            raise
        sys.stderr.write(f"accord: {_of_the_disk(error)}\n")
        sys.exit(AccordError.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("accord: stopped by you; nothing half-written is left.\n")
        sys.exit(130)


def _of_the_disk(error: OSError) -> str:
    """What the system refused, and where; half-written files and folders carry names of their own, which tell nobody anything."""
    place = "" if error.filename is None else str(error.filename)
    folder, name = os.path.split(place)
    if name.startswith(".accord-") or name.endswith(".part"):
        place = folder
    said = f"{place}: {error.strerror}." if place else f"{error.strerror}."
    return f"{said}\n  Look whether it is there, may be read and written, and has room; or name another place, with --out."


def _colour_choice(tokens: list[str]) -> tuple[list[str], str]:
    """Take `--color CHOICE`, `--color=CHOICE` or `--no-color` out of the words of the command line."""
    from accord.errors import AccordError

    left: list[str] = []
    chosen = "auto"
    words = iter(tokens)
    for word in words:
        name, given, value = word.partition("=")
        if word == "--no-color":
            chosen = "never"
        elif name == "--color":
            chosen = value if given else next(words, "")
        else:
            left.append(word)
    if chosen not in {"always", "never", "auto"}:
        raise AccordError(
            f"--color: '{chosen}' is no choice. Write --color always, --color never or --color auto."
        )
    return left, chosen


@contextmanager
def _colour(choice: str) -> Iterator[None]:
    """Tell every console of this command, by the variables that they heed, whether to use colour."""
    variables = {"always": ("FORCE_COLOR", "NO_COLOR"), "never": ("NO_COLOR", "FORCE_COLOR")}
    if choice not in variables:
        yield
        return
    wanted, unwanted = variables[choice]
    before = {name: os.environ.get(name) for name in (wanted, unwanted)}
    os.environ[wanted] = "1"
    os.environ.pop(unwanted, None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
