"""The settings: each with its name, default and meaning, in one table.

They are read from the environment, then from a `.env` file beside where the program is started.
An empty value counts as not set, as people comment settings out by emptying them.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from msgspec import Struct

from prosaasil.kit.errors import Refusal


class Setting(Struct, frozen=True):
    """One row of the table; `name` is the environment's, its lower case the field's."""

    name: str
    default: str
    meaning: str
    secret: bool = False


TABLE = (
    Setting(
        "DATABASE_URL", "", "A managed Postgres; empty: our own, kept in DATA_DIR", secret=True
    ),
    Setting(
        "DATABASE_OWNER_URL",
        "",
        "The same database as the owner of its tables, for migrations; empty: DATABASE_URL",
        secret=True,
    ),
    Setting("DATA_DIR", "./data", "Where the database, the recordings and the keys are kept"),
    Setting("PUBLIC_URL", "", "The address of `web` as the world sees it; empty: this machine"),
    Setting(
        "MEDIA_URL",
        "ws://127.0.0.1:{port}",
        "The address of a voice worker as the carrier sees it; {port} becomes the worker's port",
    ),
    Setting("OPENAI_API_KEY", "", "The key of the realtime engine; empty: ours", secret=True),
    Setting("OPENAI_BASE_URL", "https://api.openai.com/v1", "Where the realtime engine is"),
    Setting("OPENAI_REALTIME_MODEL", "gpt-realtime-2.1", "The realtime model (Azure: deployment)"),
    Setting("AZURE_OPENAI_ENDPOINT", "", "An Azure OpenAI resource to use as the engine"),
    Setting("TWILIO_ACCOUNT_SID", "", "The carrier's account"),
    Setting("TWILIO_AUTH_TOKEN", "", "The carrier's token; empty: one of our own", secret=True),
    Setting("TWILIO_API_BASE_URL", "https://api.twilio.com", "Where the carrier's REST API is"),
    Setting(
        "SECRET_KEY", "", "What all other secrets derive from; empty: kept in DATA_DIR", secret=True
    ),
    Setting("WEB_HOST", "127.0.0.1", "The address on which `web` listens"),
    Setting("WEB_PORT", "8080", "The port of `web`"),
    Setting("MEDIA_HOST", "127.0.0.1", "The address on which voice workers listen"),
    Setting("MEDIA_PORT", "8081", "The port of the first voice worker; the others follow it"),
    Setting("VOICE_WORKERS", "1", "How many voice workers `run` starts"),
    Setting("SPEECH_PORT", "8090", "The port of our own speech engine, on 127.0.0.1"),
    Setting("LOG_LEVEL", "info", "debug, info, warning or error"),
    Setting("LOG_FORMAT", "auto", "text, json, or auto: text on a terminal and under `run`"),
    Setting("POSTGRES_BIN_DIR", "", "Other Postgres programs than the ones that come along"),
    Setting("SPEECH_RECOGNISER_URL", "", "An OpenAI-compatible base for /audio/transcriptions"),
    Setting("SPEECH_RECOGNISER_MODEL", "whisper-1", "The model asked of it"),
    Setting("SPEECH_RECOGNISER_KEY", "", "The key for it", secret=True),
    Setting("SPEECH_DIALOGUE_URL", "", "An OpenAI-compatible base for /chat/completions"),
    Setting("SPEECH_DIALOGUE_MODEL", "gpt-4o-mini", "The model asked of it"),
    Setting("SPEECH_DIALOGUE_KEY", "", "The key for it", secret=True),
    Setting("SPEECH_SYNTHESISER_URL", "", "An OpenAI-compatible base for /audio/speech"),
    Setting("SPEECH_SYNTHESISER_MODEL", "tts-1", "The model asked of it"),
    Setting("SPEECH_SYNTHESISER_VOICE", "alloy", "The voice asked of it"),
    Setting("SPEECH_SYNTHESISER_KEY", "", "The key for it", secret=True),
)

PORTS_MAX = 65_535
WORKERS_MAX = 256
"""More voice workers than this on one machine is a slip of the finger."""
SECRET_KEY_LENGTH_MIN = 16
LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("auto", "text", "json")


class SettingRefused(Refusal):
    """A setting has a value that cannot be used."""

    def __init__(self, name: str, problem: str, remedy: str) -> None:
        super().__init__(f"{name} {problem}.", remedy=remedy)
        self.name = name


class Settings(Struct, frozen=True, kw_only=True):
    """The settings as values, checked; `database_url` is what `DATABASE_URL` says, and so on."""

    database_url: str
    database_owner_url: str
    data_dir: Path
    public_url: str
    media_url: str
    openai_api_key: str
    openai_base_url: str
    openai_realtime_model: str
    azure_openai_endpoint: str
    twilio_account_sid: str
    twilio_auth_token: str
    twilio_api_base_url: str
    secret_key: str
    web_host: str
    web_port: int
    media_host: str
    media_port: int
    voice_workers: int
    speech_port: int
    log_level: str
    log_format: str
    postgres_bin_dir: str
    speech_recogniser_url: str
    speech_recogniser_model: str
    speech_recogniser_key: str
    speech_dialogue_url: str
    speech_dialogue_model: str
    speech_dialogue_key: str
    speech_synthesiser_url: str
    speech_synthesiser_model: str
    speech_synthesiser_voice: str
    speech_synthesiser_key: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str], dotenv: Path | None = None) -> "Settings":
        """The settings of this environment; what it leaves out is looked up in the file."""
        filed = dotenv_values(dotenv) if dotenv is not None and dotenv.is_file() else {}
        values = {
            row.name: environ.get(row.name) or filed.get(row.name) or row.default for row in TABLE
        }
        return _checked(values)

    def engine_url(self) -> str:
        """The base of the realtime engine's address, `ws` or `wss`, without `/realtime`."""
        if self.azure_openai_endpoint:
            return _as_socket(self.azure_openai_endpoint.rstrip("/") + "/openai/v1")
        if self.openai_api_key:
            return _as_socket(self.openai_base_url.rstrip("/"))
        return f"ws://127.0.0.1:{self.speech_port}/v1"

    @property
    def uses_own_engine(self) -> bool:
        """Whether calls talk with our own speech engine."""
        return not (self.openai_api_key or self.azure_openai_endpoint)

    @property
    def uses_own_postgres(self) -> bool:
        return not self.database_url

    def media_url_of(self, port: int) -> str:
        """The address of the voice worker on this port, as the carrier sees it."""
        return self.media_url.replace("{port}", str(port))


def _checked(values: Mapping[str, str]) -> Settings:
    fields: dict[str, object] = {name.lower(): value.strip() for name, value in values.items()}
    fields["data_dir"] = Path(values["DATA_DIR"]).expanduser()
    for name in ("WEB_PORT", "MEDIA_PORT", "SPEECH_PORT"):
        fields[name.lower()] = _whole(name, values[name], 0, PORTS_MAX)
    fields["voice_workers"] = _whole("VOICE_WORKERS", values["VOICE_WORKERS"], 1, WORKERS_MAX)
    fields["log_level"] = _one_of("LOG_LEVEL", values["LOG_LEVEL"], LEVELS)
    fields["log_format"] = _one_of("LOG_FORMAT", values["LOG_FORMAT"], FORMATS)
    if not values["PUBLIC_URL"]:
        fields["public_url"] = f"http://localhost:{fields['web_port']}"
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        _check_url(name, values[name], "postgresql", "postgres")
    for name in ("OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT"):
        _check_url(name, values[name], "http", "https", "ws", "wss")
    for name in ("PUBLIC_URL", "TWILIO_API_BASE_URL"):
        _check_url(name, values[name], "http", "https")
    for name in ("SPEECH_RECOGNISER_URL", "SPEECH_DIALOGUE_URL", "SPEECH_SYNTHESISER_URL"):
        _check_url(name, values[name], "http", "https")
    _check_url("MEDIA_URL", values["MEDIA_URL"].replace("{port}", "8081"), "ws", "wss")
    for name in ("public_url", "media_url"):
        fields[name] = str(fields[name]).rstrip("/")
    if values["SECRET_KEY"] and len(values["SECRET_KEY"]) < SECRET_KEY_LENGTH_MIN:
        raise SettingRefused(
            "SECRET_KEY", "is too short", f"Give at least {SECRET_KEY_LENGTH_MIN} random letters."
        )
    if values["AZURE_OPENAI_ENDPOINT"] and not values["OPENAI_API_KEY"]:
        raise SettingRefused(
            "AZURE_OPENAI_ENDPOINT", "is set without a key", "Set OPENAI_API_KEY to its key."
        )
    return Settings(**fields)  # type: ignore[arg-type]  # names and types are checked above and by a test


def _whole(name: str, value: str, least: int, most: int) -> int:
    remedy = f"Set {name} to a whole number from {least} to {most}, or leave it out."
    try:
        number = int(value)
    except ValueError:
        raise SettingRefused(name, f"is {value!r}, which is not a whole number", remedy) from None
    if not least <= number <= most:
        raise SettingRefused(name, f"is {number}, which is out of range", remedy)
    return number


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value.strip().lower() not in allowed:
        raise SettingRefused(
            name, f"is {value!r}, which is unknown", f"Set {name} to one of {', '.join(allowed)}."
        )
    return value.strip().lower()


def _check_url(name: str, value: str, *schemes: str) -> None:
    """The value itself is not shown: an address may hold a password."""
    if not value:
        return
    remedy = f"Set {name} to an address that starts with {' or '.join(f'{s}://' for s in schemes)}."
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise SettingRefused(name, "is not an address", remedy) from None
    if parts.scheme not in schemes:
        raise SettingRefused(name, "does not start with a scheme that it may have", remedy)
    is_socket_path = parts.scheme in {"postgresql", "postgres"}
    if (not parts.hostname and not is_socket_path) or port == 0:
        raise SettingRefused(name, "names no host", remedy)


def _as_socket(url: str) -> str:
    return url.replace("https://", "wss://", 1).replace("http://", "ws://", 1)
