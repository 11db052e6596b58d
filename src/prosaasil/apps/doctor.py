"""`prosaasil doctor`: what is configured, what is missing, what to do.

Each check looks at one thing and says what it found: `ok`, `warn` (works, but not as one may think)
or `missing` (something will not work), the latter two with a remedy. Nothing is changed by looking.
"""

import os
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from prosaasil.apps import machine
from prosaasil.apps.doctor_peers import check_database, check_engine
from prosaasil.apps.finding import Finding, State, missing, ok, warn
from prosaasil.apps.web_pages import STATIC
from prosaasil.kit.config import SettingRefused, Settings
from prosaasil.kit.secrets import KEY_FILE

OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON = (3, 14)
TWILIO_API = "https://api.twilio.com"
CHROMIUM = Path("/usr/bin/chromium")
COLOURS = {State.OK: "green", State.WARN: "yellow", State.MISSING: "red"}
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def run(environ: Mapping[str, str], dotenv: Path, *, as_json: bool) -> int:
    """Look, print what was found, and return the exit code: 1 if something will not work."""
    findings = list(examine(environ, dotenv))
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(findings)).decode())  # noqa: T201 - asked for
    else:
        _print_table(findings)
    return int(any(finding.state is State.MISSING for finding in findings))


def examine(environ: Mapping[str, str], dotenv: Path) -> Iterator[Finding]:
    """All findings; the settings come first, as without them there is little to look at."""
    yield check_python(sys.version_info[:2])
    try:
        settings = Settings.from_env(environ, dotenv)
    except SettingRefused as refusal:
        yield missing("settings", refusal.sentence, refusal.remedy)
        return
    source = f"the environment and {dotenv.absolute()}" if dotenv.is_file() else "the environment"
    yield ok("settings", f"read from {source}")
    yield from check_data_dir(settings)
    yield from check_ports(settings)
    yield from check_database(settings)
    yield from check_engine(settings)
    yield from check_carrier(settings)
    yield check_web(settings)
    yield check_dashboard(STATIC)
    yield check_browser(CHROMIUM)


def check_python(version: tuple[int, int]) -> Finding:
    said = f"{version[0]}.{version[1]}"
    if OLDEST_PYTHON <= version <= NEWEST_PYTHON:
        return ok("python", said)
    return missing("python", said, "Use Python 3.11 to 3.14.")


def check_data_dir(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir.absolute()
    if not folder.exists():
        parent = next(parent for parent in folder.parents if parent.exists())
        if not os.access(parent, os.W_OK | os.X_OK):
            said = f"{folder} cannot be made"
            yield missing("DATA_DIR", said, "Set DATA_DIR to a folder that you may write to.")
            return
        yield ok("DATA_DIR", f"{folder}, made at the first start")
        yield check_room(parent, machine.free_bytes(parent))
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        said = f"{folder} is not yours to write to"
        yield missing("DATA_DIR", said, "Start as its owner, or set DATA_DIR to another folder.")
        return
    is_running = "; `prosaasil run` uses it now" if machine.is_held(folder) else ""
    yield ok("DATA_DIR", f"{folder}{is_running}")
    yield check_room(folder, machine.free_bytes(folder))
    yield check_key(settings, folder / KEY_FILE)


def check_room(folder: Path, free_bytes: int) -> Finding:
    said = f"{free_bytes / 1024**3:.1f} GB free in {folder}"
    if free_bytes < machine.FREE_BYTES_MIN:
        return missing("disk", said, "Make room, or set DATA_DIR to a folder on another disk.")
    if free_bytes < machine.FREE_BYTES_COMFORTABLE:
        return warn("disk", said, "Recordings take 1 MB a minute: make room soon.")
    return ok("disk", said)


def check_key(settings: Settings, kept: Path) -> Finding:
    if settings.secret_key:
        return ok("SECRET_KEY", "set")
    if not kept.exists():
        return ok("SECRET_KEY", "made at the first start")
    if kept.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        remedy = f"Close it: chmod 600 {kept}"
        return missing("SECRET_KEY", f"others on this machine may read {kept}", remedy)
    return ok("SECRET_KEY", f"kept in {kept}")


def check_ports(settings: Settings) -> Iterator[Finding]:
    """While the product runs its ports are in use, by itself."""
    if machine.is_held(settings.data_dir.absolute()):
        yield ok("ports", "in use by `prosaasil run`")
        return
    for need in machine.port_needs(settings):
        about = f"port {need.port}"
        if problem := machine.problem_with(need):
            remedy = f"Set {need.setting} to a free port, or end what uses it."
            yield missing(about, f"{need.what} cannot listen there: {problem}", remedy)
        else:
            yield ok(about, f"free for {need.what[0].lower()}{need.what[1:]}")


def check_carrier(settings: Settings) -> Iterator[Finding]:
    """A carrier on the internet must reach us over TLS; ours in tests needs nothing."""
    sid, token = settings.twilio_account_sid, settings.twilio_auth_token
    if not sid and not token:
        said = "no account: the softphone and `prosaasil call` work, telephone numbers do not"
        yield warn("Twilio", said, "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN for real calls.")
        return
    if not sid or not token:
        lacks = "TWILIO_AUTH_TOKEN" if sid else "TWILIO_ACCOUNT_SID"
        yield missing("Twilio", f"{lacks} is not set", f"Copy {lacks} from Twilio's console.")
    elif len(sid) != 34 or not sid.startswith("AC"):
        remedy = "Copy it from Twilio's console: AC and 32 letters and digits."
        yield missing("Twilio", "TWILIO_ACCOUNT_SID is not the id of an account", remedy)
    else:
        yield ok("Twilio", f"account {sid[:6]}...")
    if settings.twilio_api_base_url != TWILIO_API:
        yield warn("Twilio", f"a stand-in at {settings.twilio_api_base_url}", "Meant for tests.")
        return
    if not settings.public_url.startswith("https://"):
        remedy = "Set PUBLIC_URL to the https address under which the internet reaches `web`."
        yield missing("PUBLIC_URL", f"{settings.public_url} is not for Twilio", remedy)
    else:
        yield ok("PUBLIC_URL", settings.public_url)
    if not settings.media_url.startswith("wss://"):
        remedy = "Set MEDIA_URL to the wss address under which the internet reaches the workers."
        yield missing("MEDIA_URL", f"{settings.media_url} is not for Twilio", remedy)
    elif settings.voice_workers > 1 and "{port}" not in settings.media_url:
        remedy = "Put {port} into MEDIA_URL where the worker's port belongs."
        yield missing("MEDIA_URL", f"it names one of {settings.voice_workers} workers", remedy)
    else:
        yield ok("MEDIA_URL", settings.media_url)


def check_web(settings: Settings) -> Finding:
    is_open = settings.web_host not in LOOPBACK
    if is_open and settings.public_url.startswith("http://"):
        remedy = "Put a TLS proxy before it and set PUBLIC_URL to its https address."
        return warn("WEB_HOST", f"{settings.web_host} is open to the network without TLS", remedy)
    return ok("WEB_HOST", f"{settings.web_host}; the dashboard is at {settings.public_url}")


def check_dashboard(static: Path) -> Finding:
    if (static / "index.html").is_file():
        return ok("dashboard", "built")
    return missing("dashboard", "its pages are not built", "Run `make run`, which builds them.")


def check_browser(chromium: Path) -> Finding:
    if chromium.exists():
        return ok("browser tests", str(chromium))
    said = "there is no Chromium: the browser tests are skipped"
    return warn("browser tests", said, "Install it, on Debian with `apt install chromium`.")


def _print_table(findings: list[Finding]) -> None:
    table = Table(show_edge=False, pad_edge=False, expand=False)
    for heading in ("", "about", "found", "what to do"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        colour = COLOURS[finding.state]
        state = f"[{colour}]{finding.state.value}[/{colour}]"
        told = (finding.about, finding.said, finding.remedy)
        table.add_row(state, *(escape(text) for text in told))
    Console().print(table)
