"""The `prosaasil` command line: which command starts which module, and how it says what is wrong.

A command imports its module when it is called, not before: `prosaasil --help` and each small
command would otherwise load the web framework, the database layer and the speech models' runtime.
That is why modules are named in strings here, and nowhere else.
"""

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from prosaasil.kit.config import Settings
from prosaasil.kit.errors import Fault, Refusal

DOTENV = Path(".env")
REFUSED = 2
FAILED = 1

app = typer.Typer(
    name="prosaasil",
    help="A self-hosted platform for AI phone agents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
database = typer.Typer(help="The database's tables.", no_args_is_help=True)
user = typer.Typer(help="The people who may sign in.", no_args_is_help=True)
user.callback()(lambda: None)  # keeps `create` a word of its own although it is the only one
app.add_typer(database, name="db")
app.add_typer(user, name="user")


def start(application: typer.Typer) -> None:
    """Run the command that the command line asks for; a sentence, not a traceback, if it cannot."""
    try:
        application()
    except Refusal as refusal:
        _complain(refusal.sentence, refusal.remedy)
        raise SystemExit(REFUSED) from None
    except Fault as fault:
        _complain(fault.sentence, fault.remedy)
        raise SystemExit(FAILED) from None


def settings() -> Settings:
    """The settings of this environment, and of `.env` where the command was given."""
    return Settings.from_env(os.environ, DOTENV)


@app.command()
def run() -> None:
    """Start everything on this machine and keep it running."""
    _call("supervisor", "run", settings(), os.environ)


@app.command()
def web() -> None:
    """Start only the web server: API, webhooks, dashboard."""
    _call("web", "run", settings())


@app.command()
def voice() -> None:
    """Start only a voice worker, on MEDIA_PORT."""
    _call("voice", "run", settings())


@app.command()
def speech() -> None:
    """Start only the speech engine, on SPEECH_PORT."""
    _call("speech", "run", settings())


@app.command()
def doctor(*, json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Say what is configured, what is missing and what to do. Ends with 1 if something is wrong."""
    raise typer.Exit(_call("doctor", "run", os.environ, DOTENV, as_json=json))


@app.command()
def replay(
    call: Annotated[str, typer.Argument(help="A call's id, or the path of a trace.jsonl.")],
    svg: Annotated[Path | None, typer.Option(help="A file for a drawing of the call.")] = None,
    from_ms: Annotated[int, typer.Option(help="Where the drawing begins.")] = 0,
    until_ms: Annotated[int | None, typer.Option(help="Where it ends.")] = None,
) -> None:
    """Live through a recorded call with today's core; tells the first difference, if any.

    Ends with 1 when today's core would act otherwise.
    """
    raise typer.Exit(_call("replay", "run", settings(), call, svg, from_ms, until_ms))


@database.command()
def upgrade() -> None:
    """Bring the database's tables to the newest migration."""
    _call("upkeep", "upgrade", settings())


@database.command()
def check() -> None:
    """Say whether the database answers and is at the newest migration."""
    _call("upkeep", "check", settings())


@user.command()
def create(
    email: str,
    name: Annotated[str, typer.Option(help="How the person is called.")] = "",
    business: Annotated[str, typer.Option(help="The business (slug) the person owns.")] = "demo",
) -> None:
    """Let a person sign in; the password is asked for, or read from the input."""
    _call("upkeep", "create_user", settings(), email, name, business, _asked_password())


def _call(module: str, name: str, *arguments: object, **options: object) -> int:
    """Call a function of a module of `apps`, loaded only now: a bad setting is told before."""
    function: Callable[..., int] = getattr(
        importlib.import_module(f"prosaasil.apps.{module}"), name
    )
    return function(*arguments, **options)


def _asked_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer


def _complain(sentence: str, remedy: str) -> None:
    typer.secho(f"prosaasil: {sentence}", err=True, fg=typer.colors.RED)
    if remedy:
        typer.echo(f"  {remedy}", err=True)
