"""The settings are one table, checked, and what is wrong is said with its remedy."""

import ast
from pathlib import Path

import msgspec
import pytest

from prosaasil.kit import config
from prosaasil.kit.config import SettingRefused, Settings

SOURCE = Path(config.__file__).parent.parent


def test_the_table_and_the_values_name_the_same_settings() -> None:
    documented = [row.name.lower() for row in config.TABLE]
    assert documented == [field.name for field in msgspec.structs.fields(Settings)]


def test_every_setting_has_a_meaning() -> None:
    assert all(row.meaning for row in config.TABLE)


def test_no_module_reads_the_environment_for_a_setting_of_its_own() -> None:
    readers = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        if isinstance(node.value, ast.Name) and node.value.id == "os"
    }
    # They hand the environment on: to the settings, to a child, to a library before it is loaded.
    handing_on = {"apps/cli.py", "kit/onnx/__init__.py", "kit/postgres/cluster.py"}
    assert {name for name in readers if not name.startswith("rig/")} <= handing_on


def test_values_have_their_types() -> None:
    for field in msgspec.structs.fields(Settings):
        assert isinstance(getattr(Settings.from_env({}), field.name), field.type), field.name


def test_with_nothing_set_everything_has_a_default() -> None:
    settings = Settings.from_env({})
    assert settings.data_dir == Path("data")
    assert settings.public_url == "http://localhost:8080"
    assert settings.engine_url() == "ws://127.0.0.1:8090/v1"
    assert settings.uses_own_engine
    assert settings.uses_own_postgres


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("WEB_PORT=1111\nMEDIA_PORT=2222\nSPEECH_PORT=3333\n")
    settings = Settings.from_env({"WEB_PORT": "4444", "SPEECH_PORT": ""}, dotenv)
    assert (settings.web_port, settings.media_port, settings.speech_port) == (4444, 2222, 3333)


def test_the_public_address_follows_the_port() -> None:
    assert Settings.from_env({"WEB_PORT": "9000"}).public_url == "http://localhost:9000"


def test_addresses_lose_their_last_slash() -> None:
    settings = Settings.from_env({"PUBLIC_URL": "https://a.example/", "MEDIA_URL": "wss://m/"})
    assert (settings.public_url, settings.media_url) == ("https://a.example", "wss://m")


def test_each_worker_has_its_address() -> None:
    settings = Settings.from_env({"MEDIA_URL": "wss://m.example/{port}"})
    assert settings.media_url_of(8082) == "wss://m.example/8082"


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"OPENAI_API_KEY": "k"}, "wss://api.openai.com/v1"),
        ({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://h:1/v1/"}, "ws://h:1/v1"),
        ({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "wss://h/v1"}, "wss://h/v1"),
        ({"SPEECH_PORT": "9"}, "ws://127.0.0.1:9/v1"),
        (
            {"OPENAI_API_KEY": "k", "AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com/"},
            "wss://r.openai.azure.com/openai/v1",
        ),
    ],
)
def test_the_engines_address(environ: dict[str, str], url: str) -> None:
    assert Settings.from_env(environ).engine_url() == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_PORT", "http"),
        ("WEB_PORT", "70000"),
        ("MEDIA_PORT", "-1"),
        ("VOICE_WORKERS", "0"),
        ("VOICE_WORKERS", "1.5"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE_URL", "mysql://h/d"),
        ("DATABASE_OWNER_URL", "h/d"),
        ("PUBLIC_URL", "calls.example"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://h:port"),
        ("MEDIA_URL", "https://m.example"),
        ("OPENAI_BASE_URL", "ftp://h"),
        ("SPEECH_DIALOGUE_URL", "h:1"),
        ("SECRET_KEY", "short"),
        ("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com"),
    ],
)
def test_a_bad_value_is_refused_with_the_settings_name_and_a_remedy(name: str, value: str) -> None:
    with pytest.raises(SettingRefused) as caught:
        Settings.from_env({name: value})
    assert name in caught.value.sentence
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY"])
def test_a_secret_is_never_in_a_refusal(name: str) -> None:
    with pytest.raises(SettingRefused) as caught:
        Settings.from_env({name: "letmein"})
    assert "letmein" not in caught.value.sentence + caught.value.remedy
