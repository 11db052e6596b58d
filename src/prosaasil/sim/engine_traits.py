"""What an engine is like, and what goes wrong with it."""

from msgspec import Struct


class EngineTraits(Struct, frozen=True):
    """Probabilities are for each reply, unless said otherwise."""

    open_ms: int = 200
    configure_ms: int = 80
    think_ms: tuple[int, int] = (200, 900)
    reply_ms: tuple[int, int] = (600, 12_000)
    cancel_ms: tuple[int, int] = (20, 150)
    chunk_bytes: tuple[int, int] = (400, 8_000)
    chunk_gap_ms: tuple[int, int] = (0, 60)
    transcript_ms: tuple[int, int] = (200, 1_200)
    """From the end of a turn to its words."""
    session_ms: int = 0
    """After this the engine ends the session; never, when 0."""
    names_requests: bool = True
    """It says which request a reply answers."""
    has_two_items: float = 0.0
    calls_tools: float = 0.0
    slow_tools: float = 0.0
    slow_tool_ms: tuple[int, int] = (1_600, 8_000)
    says_goodbye: float = 0.0
    repeats_caller: float = 0.2
    """The answer begins with the caller's last words."""
    repeats_question: float = 0.0

    # What goes wrong
    never_opens: float = 0.0
    ignores_settings: float = 0.0
    """For each time the settings are sent."""
    answers_by_itself: float = 0.0
    """For each turn."""
    interrupts_itself: float = 0.0
    """For each turn: it ends the reply that it is making."""
    speaks_up: float = 0.0
    """For each reply: another one follows that nobody asked for."""
    refuses: float = 0.0
    never_starts: float = 0.0
    starts_late: float = 0.0
    never_ends: float = 0.0
    pauses: float = 0.0
    """For each 200 ms: 0.3 to 3 s."""
    says_nothing: float = 0.0
    fails: float = 0.0
    cancels_itself: float = 0.0
    fails_tools: float = 0.0
    """Tools that never answer."""
    mishears: float = 0.0
    """For each turn, as the next three."""
    never_transcribes: float = 0.0
    transcribes_late: float = 0.0
    transcribes_first: float = 0.0
    """Before the turn is committed."""
    loses_socket: float = 0.0
