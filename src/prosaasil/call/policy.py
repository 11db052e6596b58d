"""The numbers of a call's behaviour, each with its unit, reason and source."""

from typing import Final

from msgspec import Struct

NEVER: Final = 1 << 62
"""The deadline of what waits for nothing."""


class CallPolicy(Struct, frozen=True):
    configure_retry_ms: int = 3_000
    """An unconfirmed session setting is sent again after this long (R-SES-04)."""
    configure_limit_ms: int = 8_000
    """An engine that has not confirmed its settings by then has failed (R-SES-04)."""
    reply_start_limit_ms: int = 8_000
    """A reply asked for must begin to sound within this; then it is asked for once more."""
    reply_stall_limit_ms: int = 10_000
    """A reply that has begun and neither grows nor ends for this long is taken as ended."""
    turn_limit_ms: int = 60_000
    """A caller's turn whose end the engine never reports is taken as ended after this long."""
    silence_ms: int = 10_000
    """Nobody speaks for this long: the agent asks once, then the call ends (R-SIL-01, R-SIL-02)."""
    follow_ups_max: int = 1
    call_ms_max: int = 30 * 60_000
    """The longest call; bounds the cost of a call that nobody ends."""
    tool_limit_ms: int = 10_000
    """A tool that has not answered by then is answered for, as failed (R-TOOL-12)."""
    ahead_frames_max: int = 2
    """Agent frames the carrier may hold unplayed: bounds what a barge-in still lets through."""
    buffer_ms_max: int = 120_000
    """Agent speech held here before the engine's socket is no longer read (back-pressure)."""
    mark_limit_ms: int = 2_000
    """A mark comes back a network round trip after the speech before it ended; one that has not by
    then is lost, and the ear's clock is believed."""
    cancel_limit_ms: int = 3_000
    """A cancelled reply whose end the engine has not reported by then is taken as ended; usually
    50-200 ms."""
    commit_limit_ms: int = 2_000
    """A turn that the engine ended but did not commit is taken as committed; usually 10-50 ms."""
    refused_retry_ms: int = 1_000
    """After the engine said that it is busy, ask again when a reply ends, or after this long."""
    reply_tries_max: int = 2
    """So often in a row may a reply stay silent before the engine has failed."""
    keypad_pause_ms: int = 1_500
    """Keys with shorter pauses between them are one turn."""
    keys_max: int = 32
    """Keys in one turn; the longest numbers that people type (accounts, cards) are shorter."""
