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
    voice_steps: tuple[int, ...] = (8, 10, 30)
    """Voiced frames (20 ms each) at which the local detector reports a voice: an interruption's
    candidate (R-BI-01, C-07), the hold (C-03), and evidence strong enough to answer a turn before
    its words are known: hesitations ("eh", "mm") last up to half a second, so 600 ms."""
    voice_window_frames: int = 15
    """The first two steps are counted within this many frames: 300 ms (C-07)."""
    voice_hangover_frames: int = 6
    """Pauses up to 120 ms are inside of words and do not end a voice (R-VAD-08)."""
    words_wait_ms: int = 700
    """An answer to a turn without strong evidence waits this long for the turn's words: they come
    300-600 ms after its end, and a longer silence would be heard as one."""
    resume_limit_ms: int = 1_500
    """After a voice over the agent's speech has ended, its words are waited for this long before
    the agent goes on (C-03): 500 ms until the engine ends the turn, the rest for recognition."""
    claim_ms_max: int = 60_000
    """The longest that a voice which never ends may keep the agent silent; as a turn."""
    voice_unconfirmed_ms: int = 800
    """A voice heard just before an answer begins holds it back this long; by then the engine has
    reported speech, 200-300 ms after its onset and a round trip, or it was noise."""
    words_limit_ms: int = 3_000
    """The words of a turn over the agent's speech are too late after this, once it is silent."""
    echo_holds_max: int = 2
    """A reply that was stopped so often by its own echo is not stopped by sound alone again."""
    auto_end_on_goodbye: bool = True
    farewell_grace_ms: int = 800
    """From the last word of a farewell to the hang-up: time for a caller to say one thing more."""
    tool_filler_after_ms: int = 1_500
    """A tool that takes longer than this is bridged by a sentence: longer silence on the telephone
    is taken for a lost line."""
    engine_losses_apart_ms: int = 60_000
    """An engine lost again sooner than this after it was lost before has failed."""
    echo_window_ms: int = 400
    """The agent's last words come back within this after they were played: what is recognised of
    a voice that began by then needs evidence that it was the caller's (R-ECH-01)."""
    fast_response_ms_min: int = 100
    """Nobody answers sooner: what is heard earlier is the agent's own tail (R-ECH-02)."""
    echo_over_ms: int = 600
    """So long after the agent was held an echo of it is over: the line's delay, up to 400 ms, what
    the carrier still played, and pauses within which a voice goes on. What lasts is a person."""
    echo_of_beginning_ms: int = 1_500
    """A voice that has an utterance's first words and begins so soon after it is its echo: the
    detector finds it after the line's delay, up to 400 ms, and stops what would follow."""
    evidence_frames: int = 8
    """Voiced frames that are evidence by themselves: a candidate's 160 ms (R-ECH-02, C-09)."""
    sentence_words: int = 3
    """From so many words on, more than one voiced frame is asked for (C-09)."""
    letters_per_frame_max: int = 4
    """Letters that one voiced frame may stand for in a sentence. The fastest speech has one letter
    in two frames; of a quiet voice the detector may miss seven frames in eight."""
