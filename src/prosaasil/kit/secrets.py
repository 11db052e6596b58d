"""One key, and what derives from it: passwords of our own parts, and signed one-time tickets."""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from prosaasil.kit.config import Settings
from prosaasil.kit.errors import Refusal

KEY_FILE = "secret_key"
KEY_BYTES = 32
TICKET_LENGTH_MAX = 512
"""Longer than any ticket of ours: what a stranger sends is not worth hashing."""


class TicketRefused(Refusal):
    """The ticket is not valid, or not any more.

    Start the call again: each call gets a ticket of its own.
    """

    status = 403


class Ticket(Struct, frozen=True):
    """Leave to join one call, once, until it expires. That it is used once is the table's part."""

    kind: str
    """What it is good for: `carrier` or `softphone`."""
    call_id: str
    nonce: str
    expires_at: int
    """Seconds since 1970."""


class Secrets:
    """What derives from the installation's key."""

    def __init__(self, key: bytes) -> None:
        assert key
        self._root = hmac.digest(b"prosaasil", key, "sha256")  # HKDF's extract step (RFC 5869)

    @classmethod
    def load(cls, settings: Settings) -> "Secrets":
        """From SECRET_KEY, else from the key kept in DATA_DIR, which is made if it is missing."""
        if settings.secret_key:
            return cls(settings.secret_key.encode())
        return cls(_kept_key(settings.data_dir / KEY_FILE))

    def derive(self, name: str) -> bytes:
        """32 bytes that only this installation's key gives for this name (HKDF's expand step)."""
        return hmac.digest(self._root, name.encode() + b"\x01", "sha256")

    def derive_text(self, name: str) -> str:
        """The same as 64 hexadecimal digits, for passwords and tokens."""
        return self.derive(name).hex()

    def mint(self, kind: str, call_id: str, *, now: datetime, valid_for: timedelta) -> str:
        """A new ticket as text that is safe in XML, JSON and addresses."""
        assert "." not in kind + call_id
        expires_at = int((now + valid_for).timestamp())
        told = f"{kind}.{call_id}.{secrets.token_urlsafe(12)}.{expires_at}"
        return f"{told}.{self._seal(told)}"

    def open(self, text: str, *, kind: str, now: datetime) -> Ticket:
        """The ticket that this text is, if it is of ours, of this kind and not expired."""
        told, _, seal = text.rpartition(".")
        parts = told.split(".")
        is_ours = (
            len(text) <= TICKET_LENGTH_MAX
            and text.isascii()
            and len(parts) == 4
            and hmac.compare_digest(seal, self._seal(told))
        )
        if not is_ours:
            raise TicketRefused("This ticket is not one of ours.")
        ticket = Ticket(parts[0], parts[1], parts[2], int(parts[3]))
        if ticket.kind != kind:
            raise TicketRefused(f"This ticket is not for a {kind}.")
        if now.timestamp() >= ticket.expires_at:
            raise TicketRefused("This ticket has expired.")
        return ticket

    def _seal(self, told: str) -> str:
        seal = hmac.new(self.derive("ticket"), told.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(seal).rstrip(b"=").decode()


def twilio_auth_token(settings: Settings, own: Secrets) -> str:
    """The token that signs webhooks; one of our own lets rig and softphone work without account."""
    return settings.twilio_auth_token or own.derive_text("twilio auth token")[:32]


def engine_key(settings: Settings, own: Secrets) -> str:
    """The key that the engine asks for; our own engine accepts only this installation's."""
    return own.derive_text("engine key") if settings.uses_own_engine else settings.openai_api_key


def _kept_key(path: Path) -> bytes:
    """Several processes may start at once: whoever links the file first has made the key."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        key = bytes.fromhex(path.read_text().strip())
    except (ValueError, binascii.Error):
        key = b""
    if len(key) < KEY_BYTES:
        raise Refusal(
            f"The key in {path} is damaged.",
            status=500,
            remedy="Restore it from a copy, or remove it: then everybody must log in again.",
        )
    return key
