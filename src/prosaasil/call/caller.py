"""The caller's side of the call: a voice, turns, their words, and what the words are worth.

Joins what two ears report: the local detector, which hears every frame at once and knows no words
(`voice`), and the engine, which hears what it is let hear, later, and finds turns and words in it
(`turns`). A claim to the floor (`floor`) is made by either. What the agent is saying is read from
the playout; what follows from a turn for the agent is the core's matter.
"""

from . import commands
from .acceptance import Evidence
from .commands import Command, Note
from .floor import Floor
from .playout import FRAME_MS, Playout
from .policy import NEVER, CallPolicy
from .transcript import Counters, Transcript
from .turns import Turn, Turns, Worth
from .voice import Voice

ECHO = "echo_of_agent"


class Caller:
    def __init__(
        self, policy: CallPolicy, counters: Counters, transcript: Transcript, playout: Playout
    ) -> None:
        self._policy = policy
        self._counters = counters
        self._transcript = transcript
        self._playout = playout
        self._voice = Voice(policy)
        self.turns = Turns(policy)
        self.floor = Floor(policy)

    # The voice

    def voice_heard(
        self, frames: int, now: int, out: list[Command], *, agent_is_sounding: bool
    ) -> None:
        self._voice.heard(frames, now)
        self._compare_with_the_hold(now)
        if not (self.floor.is_claimed or agent_is_sounding):
            return
        if self.floor.voice_heard(frames, self._playout.reply_id, now):
            self._counters.candidates += 1
            found = f"CANDIDATE barge-in detected: {frames} voice_frames -> enabling forward"
            out.append(Note("LOCAL_VAD", found))

    def voice_ended(self, frames: int, now: int) -> None:
        self._voice.ended(frames, now)
        self._compare_with_the_hold(now - self._policy.voice_hangover_frames * FRAME_MS)
        self.floor.voice_ended(now)

    def _compare_with_the_hold(self, heard_until: int) -> None:
        """What is still heard when an echo would be over is the caller."""
        for turn in self.turns.all_of(self.floor.turns_outlasting(heard_until)):
            if turn.began_at >= self._voice.onset_at:  # it is this voice's turn
                turn.outlasts_hold = True

    def gate_closes(self, now: int) -> None:
        self._voice.start_anew(now)

    def voice_may_be_a_turn(self, now: int) -> bool:
        """The caller has just begun to speak and the engine has not noticed yet."""
        return self._voice.is_on and now < self._unconfirmed_until()

    def voice_delays_the_end(self, now: int) -> bool:
        """Nobody is hung up on in the middle of a word, however late the engine notices it."""
        return self._voice.is_on and now < self._voice.onset_at + self._policy.words_limit_ms

    def _unconfirmed_until(self) -> int:
        return self._voice.onset_at + self._policy.voice_unconfirmed_ms

    # Turns

    def turn_began(self, item_id: str, now: int) -> Turn:
        """The turn of this name; each report of it may be the first that arrives."""
        known = self.turns.find(item_id)
        if known is not None:
            return known
        turn = Turn(
            item_id,
            now,
            agent_ended_at=self._playout.ends_at if self._playout.frames_sent else None,
            over_reply=self._playout.reply_id if self._playout.is_mid_reply else "",
            is_candidate=self.floor.is_claimed and self._voice.is_recent(now),
        )
        self.turns.began(turn, now)
        if turn.is_over_speech:
            self.floor.turn_began(item_id, self._playout.reply_id, now)
        return turn

    def turn_stopped(self, item_id: str, now: int) -> None:
        self.turn_began(item_id, now)
        self.turns.stopped(item_id, now)

    def turn_committed(self, item_id: str, now: int, out: list[Command]) -> None:
        turn = self.turn_began(item_id, now)
        if not turn.is_in_conversation:
            turn.is_in_conversation = True
            if turn.worth is Worth.REJECTED:
                out.append(commands.DeleteItem(item_id))
        self._turn_ended(turn, now)

    def end_overdue_turn(self, now: int) -> None:
        if (turn := self.turns.overdue(now)) is not None:
            self._turn_ended(turn, now)

    def _turn_ended(self, turn: Turn, now: int) -> None:
        self.turns.ended(turn, now)
        self.floor.turn_ended(turn.item_id, now)

    def is_strong(self, turn: Turn) -> bool:
        """So much voice that somebody has certainly spoken, whatever the words will be."""
        return self._frames_of(turn) >= self._policy.voice_steps[-1]

    def waits_for_words(self, item_ids: set[str], now: int) -> bool:
        """A turn of little voice may be nothing, and what waits for the caller hangs on it.

        That is an answer to such turns alone, or any answer that such a turn has come before.
        """
        if any(self._is_doubtful(turn, now) for turn in self.turns.unanswered):
            return True
        turns = self.turns.all_of(item_ids)
        return len(turns) == len(item_ids) > 0 and all(self._is_doubtful(t, now) for t in turns)

    def _is_doubtful(self, turn: Turn, now: int) -> bool:
        if turn.worth is not Worth.PENDING or turn.ended_at is None or self.is_strong(turn):
            return False
        return now < turn.ended_at + self._policy.words_wait_ms

    # Words

    def judge(self, item_id: str, text: str, now: int, out: list[Command]) -> Turn | None:
        """The turn that these words have newly given a worth; None for a repetition."""
        turn = self._turn_of_words(item_id, now)
        evidence, onset_at = self._evidence(turn)
        verdict = self._transcript.caller_said(item_id, text, evidence, onset_at, out)
        if verdict is None:
            return None
        reason = verdict.worth if verdict.is_accepted else verdict.reason
        return self._is_now_worth(turn, reason, out, is_accepted=verdict.is_accepted)

    def judge_without_words(
        self, item_id: str, reason: str, now: int, out: list[Command]
    ) -> Turn | None:
        """The engine has heard what the recogniser could not read: believe the voice."""
        turn = self._turn_of_words(item_id, now)
        is_news = self._transcript.caller_not_understood(item_id, reason, out)
        if not is_news or turn.is_over_speech:
            return None  # only words interrupt
        is_voice = self._frames_of(turn) >= self._policy.voice_steps[0]
        return self._is_now_worth(turn, "failed", out, is_accepted=is_voice)

    def _is_now_worth(
        self, turn: Turn, reason: str, out: list[Command], *, is_accepted: bool
    ) -> Turn:
        assert turn.worth is Worth.PENDING, "words are judged once"
        turn.worth = Worth.ACCEPTED if is_accepted else Worth.REJECTED
        turn.reason = reason
        if turn.worth is Worth.REJECTED and turn.is_in_conversation:
            out.append(commands.DeleteItem(turn.item_id))
        return turn

    def is_claim_over(self, turn: Turn) -> bool:
        """The turn was judged to be nothing; whether that was all there was to the claim."""
        return self.floor.rejected(
            turn.item_id,
            self._playout.reply_id,
            is_echo=turn.reason == ECHO,
            voice_is_on=self._voice.is_on,
        )

    def _turn_of_words(self, item_id: str, now: int) -> Turn:
        """Words belong to a turn that has ended, also when nothing else of it was reported."""
        is_unknown = self.turns.find(item_id) is None
        turn = self.turn_began(item_id, now)
        if is_unknown:
            self._turn_ended(turn, now)
        return turn

    def _frames_of(self, turn: Turn) -> int:
        return self._voice.frames_of(turn.began_at, turn.ended_at)

    def _evidence(self, turn: Turn) -> tuple[Evidence, int]:
        onset_at = self._voice.onset_of(turn.began_at, turn.ended_at)
        after_ms = None
        if turn.agent_ended_at is not None:
            after_ms = onset_at - turn.agent_ended_at
            if turn.is_over_speech:
                after_ms = min(after_ms, -1)
        heard_until = onset_at + 1 if turn.ended_at is None else turn.ended_at
        said, utterance, since = self._transcript.agent_said(heard_until)
        into_ms = None if since is None else onset_at - since
        frames = self._frames_of(turn)
        evidence = Evidence(
            frames,
            turn.is_candidate,
            after_ms,
            said,
            utterance,
            into_ms,
            outlasts_hold=turn.outlasts_hold,
        )
        return evidence, onset_at

    # Time

    def deadline(self, answer_to: set[str], now: int) -> int:
        if not (answer_to or self._voice.is_on or self.turns.unanswered):
            return min(self.turns.deadline, self.floor.deadline)
        waits_end_at = self._waits_end_at(answer_to)
        next_at = min((limit for limit in waits_end_at if limit > now), default=NEVER)
        return min(self.turns.deadline, self.floor.deadline, next_at)

    def _waits_end_at(self, answer_to: set[str]) -> list[int]:
        """The limits of the waits for a turn's words, or for the turn behind a voice."""
        policy = self._policy
        limits: list[int] = []
        if self._voice.is_on:
            limits += [self._unconfirmed_until(), self._voice.onset_at + policy.words_limit_ms]
        for turn in (*self.turns.unanswered, *self.turns.all_of(answer_to)):
            if turn.worth is Worth.PENDING and turn.ended_at is not None:
                limits += [turn.ended_at + policy.words_wait_ms]
                limits += [turn.ended_at + policy.words_limit_ms]
        return limits
