"""Whether what was recognised is what the caller said: words, weighed with the voice behind them.

A recogniser also writes down hesitations, the agent's own echo, and sentences it made up out of
noise. Words are believed if they mean something (`prosaasil.words`) and if somebody was heard to
say them. How much of a voice that takes depends on when it began. Over the agent's speech and in
the echo window, the short time after it in which the agent's voice may come back, the evidence has
to rule out an echo (R-ECH-02). At any other time a single voiced frame will do, because a quiet
caller is a caller; only what that voice cannot have been long enough to say is dropped (R-STT-09).

Language plays no part: a caller may change it at any word (C-12).
"""

from msgspec import Struct

from prosaasil.words.kind import Kind, kind_of
from prosaasil.words.likeness import ALIKE_PERCENT, begins, ends, likeness, repeats
from prosaasil.words.normal import words_of

from .commands import Fields, Note
from .policy import CallPolicy


class Evidence(Struct, frozen=True):
    """What is known of a turn besides its words."""

    voice_frames: int
    """Voiced frames that the local detector heard in this turn."""
    is_candidate: bool
    """The voice began over the agent's audible speech and reached a candidate's frames."""
    after_ms: int | None
    """From the end of the agent's playback to the voice's onset, negative when it began before
    that end; None when the agent has not spoken yet.
    """
    agent_said: str
    """The agent's last words, as far as they were or are being heard."""
    utterance: str = ""
    """Of these, the last utterance."""
    into_ms: int | None = None
    """From the moment at which that utterance began to be heard to the voice's onset."""
    outlasts_hold: bool = False
    """The voice went on for longer after the agent had fallen silent than an echo does."""

    def begins_within(self, ms: int) -> bool:
        """Whether the voice began over the agent's speech, or sooner than this after it."""
        return self.after_ms is not None and self.after_ms < ms


class Verdict(Struct, frozen=True):
    """Whether a transcript counts as said, and what decided."""

    is_accepted: bool
    reason: str
    """What it was accepted for, or dropped for."""
    kind: Kind
    in_echo_window: bool

    @property
    def worth(self) -> str:
        """What makes words worth an answer, whatever let them through: the reason by which they
        confirm an interruption (R-BI-04).
        """
        if self.kind is Kind.SHORT_PHRASE:
            return _WORTH[Kind.SINGLE_WORD]
        return _WORTH.get(self.kind, str(self.kind.value))

    def note(self, item_id: str, text: str) -> Note:
        """The one note that each transcript gets (R-STT-12)."""
        fields: Fields = {"item": item_id, "chars": len(text)}
        if text:
            fields["pii.text"] = text
        if not self.is_accepted:
            return Note("STT_FILTER", f"drop reason={self.reason}", fields)
        if self.in_echo_window:
            bypass = f"Accepted (echo_window bypass: {self.reason})"
            return Note("C1 STT_GUARD", bypass, {"worth": self.worth, **fields})
        what = "Accepted short phrase" if self.kind is Kind.SHORT_PHRASE else "Accepted"
        return Note("STT_GUARD", what, {"reason": self.reason, **fields})


_WORTH = {
    Kind.SHORT_PHRASE: "short_phrase",
    Kind.SINGLE_WORD: "intent_aware_single_token",
    Kind.SENTENCE: "meaningful",
}


def judge(text: str, evidence: Evidence, policy: CallPolicy) -> Verdict:
    kind = kind_of(text)
    in_echo_window = evidence.begins_within(policy.echo_window_ms)
    if not kind.is_meaningful:
        is_accepted, reason = False, kind.value
    elif in_echo_window:
        is_accepted, reason = _judge_by_echo(text, evidence, policy)
    else:
        is_accepted, reason = _judge_by_voice(text, kind, evidence, policy)
    return Verdict(is_accepted, reason, kind, in_echo_window)


def _judge_by_echo(text: str, evidence: Evidence, policy: CallPolicy) -> tuple[bool, str]:
    """What shows that it is no echo (R-ECH-02, C-11); without that it is dropped (R-ECH-03)."""
    after_ms, frames = evidence.after_ms, evidence.voice_frames
    assert after_ms is not None, "a voice is near the agent's speech only if the agent spoke"
    if _is_echo(text, evidence, policy):
        return False, "echo_of_agent"
    if evidence.is_candidate:
        return True, "candidate"
    is_timely = after_ms >= policy.fast_response_ms_min and frames > 0
    if is_timely and likeness(text, evidence.agent_said) < ALIKE_PERCENT:
        return True, f"fast_response_{after_ms}ms"
    if frames >= policy.evidence_frames:
        return True, f"vad_frames={frames}"
    return False, "echo_window"


def _judge_by_voice(
    text: str, kind: Kind, evidence: Evidence, policy: CallPolicy
) -> tuple[bool, str]:
    """Words without a voice are invented, and so is a sentence out of a click (C-09)."""
    if _is_long_enough(text, evidence.voice_frames, policy):
        return True, _WORTH[kind]
    return False, "no_voice"


def _is_echo(text: str, evidence: Evidence, policy: CallPolicy) -> bool:
    """The agent's words come back; an echo that begins after them is no longer than its delay, so
    a long voice then is the caller's, who repeats them (R-ECH-05).

    What is still heard when the agent has been silent for a while is no echo of it. A word or two
    could be anybody's. An echo's are those with which the agent began a moment ago,
    since it is held before more comes back, or the agent's last, sooner than a person answers.
    """
    if evidence.outlasts_hold:
        return False
    is_over_speech = evidence.begins_within(0)
    is_long = evidence.voice_frames >= policy.voice_steps[-1]
    if (is_over_speech or not is_long) and repeats(text, evidence.agent_said):
        return True
    if not evidence.begins_within(policy.fast_response_ms_min):
        return False
    is_early = evidence.into_ms is not None and evidence.into_ms < policy.echo_of_beginning_ms
    is_tail = not is_over_speech and ends(text, evidence.utterance)
    return is_tail or (is_early and begins(text, evidence.utterance))


def _is_long_enough(text: str, frames: int, policy: CallPolicy) -> bool:
    """More words ask for more voice, but never for more than a candidate's."""
    words = words_of(text)
    if len(words) < policy.sentence_words:
        return frames > 0
    letters = sum(map(len, words))
    return frames >= min(policy.evidence_frames, max(1, letters / policy.letters_per_frame_max))
