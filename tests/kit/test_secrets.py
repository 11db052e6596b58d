"""One key, kept closed; what derives from it; tickets that open once they are ours and in time."""

import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.kit.config import Settings
from prosaasil.kit.errors import Refusal
from prosaasil.kit.secrets import Secrets, TicketRefused, engine_key, twilio_auth_token

NOW = datetime(2030, 1, 1, tzinfo=UTC)
OWN = Secrets(b"a key")
TICKET = OWN.mint("carrier", "call-1", now=NOW, valid_for=timedelta(seconds=30))


def test_the_key_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    settings = Settings.from_env({"DATA_DIR": str(tmp_path / "data")})
    first = Secrets.load(settings).derive("x")
    kept = tmp_path / "data" / "secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert Secrets.load(settings).derive("x") == first
    assert list(kept.parent.iterdir()) == [kept]


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    code = "import sys; from prosaasil.kit.secrets import Secrets;"
    code += "from prosaasil.kit.config import Settings;"
    code += "print(Secrets.load(Settings.from_env({'DATA_DIR': sys.argv[1]})).derive_text('x'))"
    several = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in several}) == 1


def test_a_key_that_is_set_is_not_kept(tmp_path: Path) -> None:
    environ = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "0123456789abcdef"}
    Secrets.load(Settings.from_env(environ))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kept", ["", "not hexadecimal", "abcd"])
def test_a_damaged_key_is_refused_with_a_remedy(tmp_path: Path, kept: str) -> None:
    (tmp_path / "secret_key").write_text(kept)
    with pytest.raises(Refusal, match="is damaged") as caught:
        Secrets.load(Settings.from_env({"DATA_DIR": str(tmp_path)}))
    assert caught.value.remedy


def test_names_and_keys_give_different_secrets() -> None:
    derived = {OWN.derive("a"), OWN.derive("b"), Secrets(b"another").derive("a")}
    assert len(derived) == 3
    assert OWN.derive_text("a") == OWN.derive("a").hex()


def test_a_ticket_says_what_it_was_made_for() -> None:
    ticket = OWN.open(TICKET, kind="carrier", now=NOW)
    assert (ticket.kind, ticket.call_id) == ("carrier", "call-1")
    assert ticket.expires_at == NOW.timestamp() + 30


def test_no_two_tickets_are_equal() -> None:
    another = OWN.mint("carrier", "call-1", now=NOW, valid_for=timedelta(seconds=30))
    assert another != TICKET


def test_a_ticket_expires() -> None:
    OWN.open(TICKET, kind="carrier", now=NOW + timedelta(seconds=29))
    with pytest.raises(TicketRefused, match="expired"):
        OWN.open(TICKET, kind="carrier", now=NOW + timedelta(seconds=30))


def test_a_ticket_is_good_for_one_kind() -> None:
    with pytest.raises(TicketRefused, match="not for a softphone"):
        OWN.open(TICKET, kind="softphone", now=NOW)


def test_another_installations_ticket_is_refused() -> None:
    with pytest.raises(TicketRefused, match="not one of ours"):
        Secrets(b"another").open(TICKET, kind="carrier", now=NOW)


@given(st.text() | st.text(alphabet=".abc019-_é", max_size=600))
def test_what_a_stranger_makes_up_is_refused(text: str) -> None:
    with pytest.raises(TicketRefused):
        OWN.open(text, kind="carrier", now=NOW)


@given(st.integers(0, len(TICKET) - 1), st.characters(codec="ascii"))
def test_a_ticket_that_was_changed_is_refused(at: int, letter: str) -> None:
    changed = TICKET[:at] + letter + TICKET[at + 1 :]
    if changed != TICKET:
        with pytest.raises(TicketRefused):
            OWN.open(changed, kind="carrier", now=NOW)


def test_without_an_account_the_carriers_token_is_our_own() -> None:
    assert twilio_auth_token(Settings.from_env({"TWILIO_AUTH_TOKEN": "t"}), OWN) == "t"
    assert len(twilio_auth_token(Settings.from_env({}), OWN)) == 32


def test_our_own_engine_takes_only_our_own_key() -> None:
    environ = {"OPENAI_API_KEY": "k"}
    assert engine_key(Settings.from_env(environ), OWN) == "k"
    assert engine_key(Settings.from_env({}), OWN) == OWN.derive_text("engine key")
