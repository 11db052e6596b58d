"""The agent's side of the call: what the engine makes, what waits, and what the caller has heard.

Joins the machines of one reply's life - `replies` (made), `playout` (waiting, leaving), `hearing`
(heard) - with its text and its marks. Who has the floor is not its matter: it is told to hold, to
go on, or to be cut.
"""

from collections import deque

from . import commands
from .commands import Command, Fields, Note
from .events import Event, ReplyAudio, ReplyText
from .greeting import Greeting
from .hearing import Hearing
from .playout import FRAME_MS, Heard, Playout
from .policy import CallPolicy
from .replies import Purpose, Replies, Reply
from .transcript import Counters, Transcript

CUT_KEPT_MAX = 16  # replies whose reported end is still told apart


class Agent:
    def __init__(self, policy: CallPolicy, counters: Counters, transcript: Transcript) -> None:
        self._policy = policy
        self._counters = counters
        self._transcript = transcript
        self.playout = Playout(policy.ahead_frames_max)
        self.replies = Replies(policy)
        self.hearing = Hearing(policy)
        self.greeting = Greeting()
        self._held_since: int | None = None
        self._confirmed: deque[str] = deque(maxlen=CUT_KEPT_MAX)
        self._of_lost_engine: set[str] = set()
        self._finished: Reply | None = None
        self._was_far_ahead = False

    # Questions

    def is_heard(self, now: int) -> bool:
        """The caller hears the agent, or is about to."""
        return not self.playout.is_silent(now)

    def is_sounding(self, now: int) -> bool:
        """As far as the caller can tell, the agent is speaking: nobody holds it."""
        return not self.playout.is_held and (self.playout.is_mid_reply or self.is_heard(now))

    def has_more_to_say(self, now: int) -> bool:
        """Something is left that a claim to the floor may keep from the caller."""
        return self.playout.is_mid_reply or self.is_heard(now) or self.has_unheard

    @property
    def has_unheard(self) -> bool:
        """A reply is on its way or waits, and nothing of it has been heard."""
        waits = self.playout.waiting_ms > 0
        return not self.playout.is_mid_reply and (waits or self.replies.is_coming)

    def speech_ends_at(self, now: int) -> int:
        """When the caller will have heard everything that can be sent by now.

        The piece of a frame that waits for the rest of its reply does not count: it may never go.
        """
        frames = self.playout.waiting_ms // FRAME_MS
        ends_at = self.playout.ends_at
        return max(now, ends_at) + frames * FRAME_MS if frames else ends_at

    def is_far_ahead(self) -> bool:
        """More speech waits here than a call may hold, or did just now."""
        limit_ms = self._policy.buffer_ms_max
        if self._was_far_ahead:
            limit_ms //= 2
        self._was_far_ahead = self.playout.waiting_ms > limit_ms
        return self._was_far_ahead

    def deadline(self, now: int) -> int:
        return min(self.replies.deadline(self.speech_ends_at(now)), self.hearing.deadline)

    def _begins_to_be_heard_at(self, now: int) -> int:
        """When speech that comes now will be heard."""
        return max(now, self.playout.ends_at) + self.playout.waiting_ms

    def _frames_unheard(self, now: int) -> tuple[int, int]:
        """How many frames wait here, and how many lie unplayed at the carrier."""
        unplayed_ms = max(0, self.playout.ends_at - now)
        return -(-self.playout.waiting_ms // FRAME_MS), -(-unplayed_ms // FRAME_MS)

    # What the engine says

    def begins(self, reply_id: str, request_id: str | None, now: int, out: list[Command]) -> None:
        if not self.replies.is_new(reply_id):
            return
        if (before := self.replies.making) is not None:
            self._finish(before.reply_id, out)  # it makes one at a time
        if request_id is None and not self.replies.is_awaited():
            self._counters.replies_unasked += 1
            out.append(Note("RESPONSE", "Not asked for", {"response_id": reply_id}))
        self.replies.started(reply_id, request_id, now)

    def only_lengthens(self, event: Event, now: int, out: list[Command]) -> bool:
        """More of an item that already sounds: most of all events, and no rule asks about them."""
        if not isinstance(event, ReplyAudio | ReplyText):
            return False
        making, item_id = self.replies.making, event.item_id
        if making is None or making.reply_id != event.reply_id or making.sounding != item_id:
            return False
        making.grew_at = now
        if isinstance(event, ReplyAudio):
            self.playout.add(event.reply_id, item_id, event.audio)
        else:
            making.text += event.text
            out.append(self._transcript.agent_says(event.reply_id, item_id, event.text, now))
        return True

    def sounds(
        self, reply_id: str, item_id: str, audio: bytes, now: int, out: list[Command]
    ) -> None:
        reply = self._being_made(reply_id, now, out)
        if reply is None:
            self._forget_late_item(reply_id, item_id, out)
            return
        if not audio:
            return
        if item_id not in reply.items:
            reply.items.append(item_id)
        self._transcript.agent_sounds(reply_id, item_id, self._begins_to_be_heard_at(now))
        if not reply.sounding:
            self._counters.replies += 1
            reply.heard_from = self._begins_to_be_heard_at(now)
            out.append(Note("BARGE-IN", "AI starting to speak", {"response_id": reply_id}))
            if reply.purpose is Purpose.GREETING:
                out += self.greeting.sounds(reply_id)
        reply.sounding = item_id
        self.replies.grew(reply, now)
        self.playout.add(reply_id, item_id, audio)

    def says(self, reply_id: str, item_id: str, text: str, now: int, out: list[Command]) -> None:
        reply = self._being_made(reply_id, now, out)
        if reply is None:
            self._forget_late_item(reply_id, item_id, out)
            return
        if item_id not in reply.items:
            reply.items.append(item_id)
        reply.text += text
        self.replies.grew(reply, now)
        at_ms = self._begins_to_be_heard_at(now)
        out.append(self._transcript.agent_says(reply_id, item_id, text, at_ms))

    def calls_tool(self, reply_id: str, now: int, out: list[Command]) -> bool:
        """Whether the reply that calls a tool is still wanted."""
        reply = self._being_made(reply_id, now, out)
        if reply is None:
            return False
        reply.calls_tools = True
        self.replies.grew(reply, now)
        return True

    def ends(self, reply_id: str, status: str, reason: str, now: int, out: list[Command]) -> bool:
        """The engine has finished a reply; whether it has failed at it once too often."""
        if status == "cancelled":
            out.append(Note("RESPONSE", f"Cancelled: reason={reason or 'unknown'}"))
            if reason == "turn_detected":
                out.append(self._cancelled_by_itself(reply_id))
        elif status == "failed":
            fields: Fields = {"response_id": reply_id, "reason": reason}
            out.append(Note("RESPONSE", "Failed", fields, is_error=True))
        if self.replies.is_awaited() and self.replies.is_new(reply_id):
            self.begins(reply_id, None, now, out)  # in case its beginning was lost
        reply = self._finish(reply_id, out)
        if reply is None or reply.is_fruitful or reply.is_unwanted or reply.purpose is None:
            return False
        return self._came_to_nothing(reply.purpose, status, out)

    def _came_to_nothing(self, purpose: Purpose, status: str, out: list[Command]) -> bool:
        self.replies.stayed_silent(purpose)
        self._counters.replies_retried += 1
        if not self.replies.has_failed or status == "failed":
            return self.replies.has_failed
        self.replies.gave_nothing()
        if purpose is Purpose.GREETING:
            out += self.greeting.ended()
        return False

    def refused(
        self, code: str, message: str, event_id: str | None, now: int, out: list[Command]
    ) -> None:
        self._counters.engine_refusals += 1
        if self.replies.refused(code, event_id, now):
            fields: Fields = {"code": code, "message": message}
            out.append(Note("ENGINE", "Refused", fields, is_error=True))

    def _cancelled_by_itself(self, reply_id: str) -> Note:
        """The engine was told never to interrupt; one that does all the same is survived."""
        if reply_id in self._confirmed:
            return Note("B3", "turn_detected after confirmed barge-in (expected)")
        self._counters.engine_interruptions += 1
        text = "OpenAI turn_detected cancellation WITHOUT confirmed barge-in!"
        return Note("B3 VIOLATION", text, {"response_id": reply_id}, is_error=True)

    def _being_made(self, reply_id: str, now: int, out: list[Command]) -> Reply | None:
        """The reply to which an event belongs; None when the event comes late."""
        self.begins(reply_id, None, now, out)  # in case its beginning was lost
        reply = self.replies.making
        return reply if reply is not None and reply.reply_id == reply_id else None

    def _forget_late_item(self, reply_id: str, item_id: str, out: list[Command]) -> None:
        """An item that a cancelled reply had begun before the engine knew: nobody heard it."""
        cancelled = self.replies.cancelled
        if cancelled is None or cancelled.reply_id != reply_id or item_id in cancelled.items:
            return
        cancelled.items.append(item_id)
        out.append(commands.DeleteItem(item_id))

    def _finish(self, reply_id: str, out: list[Command]) -> Reply | None:
        """Nothing more comes of a reply."""
        self.playout.end(reply_id)
        reply = self.replies.done(reply_id)
        if reply is None:
            return None
        if not reply.sounding:
            out += self._transcript.reply_heard(reply_id)  # that is, none of it
        elif reply.purpose is not Purpose.ONE_MOMENT:
            self._finished = reply
        return reply

    def engine_lost(self) -> None:
        """The engine is gone; what it made is still heard."""
        self._of_lost_engine = self.playout.items()
        broken = self.replies.engine_lost()
        if broken is not None:
            self.playout.end(broken.reply_id)

    def take_finished(self) -> Reply | None:
        """The reply that says something and whose making has just ended; once."""
        finished, self._finished = self._finished, None
        return finished

    # What time brings

    def settle(self, now: int, out: list[Command]) -> None:
        self._mind_the_engine(now, out)
        ends_at = self.playout.ends_at
        out += [self.hearing.sent(reply_id, ends_at) for reply_id in self.playout.finished()]
        for reply_id in self.hearing.heard(now):
            self._reply_heard(reply_id, out)

    def mark_played(self, name: str, now: int, out: list[Command]) -> None:
        if (reply_id := self.hearing.mark_played(name, now)) is not None:
            self._reply_heard(reply_id, out)

    def _mind_the_engine(self, now: int, out: list[Command]) -> None:
        """A reply that does not begin is asked for again; one that does not go on has ended."""
        self.replies.expire(now)
        if self.replies.is_overdue(now, self.speech_ends_at(now)):
            reply = self._cancel_making(now, out)
            self.playout.end(reply.reply_id)
            if not reply.sounding:
                out += self._transcript.reply_heard(reply.reply_id)
            if not reply.is_fruitful:
                self.replies.stayed_silent(reply.purpose)
                self._counters.replies_retried += 1

    def _reply_heard(self, reply_id: str, out: list[Command]) -> None:
        out += self._transcript.reply_heard(reply_id)
        out += self.greeting.heard(reply_id)

    # Held, resumed, cut

    def hold(self, now: int, out: list[Command]) -> None:
        """Let no frame leave; an order only if the caller notices."""
        if self.playout.is_held:
            return
        self.playout.is_held = True
        if self.playout.is_mid_reply:
            self._held_since = now
            self._counters.holds += 1
            out.append(commands.HoldSpeech())

    def resume(self, now: int, out: list[Command]) -> None:
        if not self.playout.is_held:
            return
        self.playout.is_held = False
        held_since, self._held_since = self._held_since, None
        if held_since is not None:
            self._counters.held_ms += now - held_since
            out.append(commands.ResumeSpeech(held_ms=now - held_since))

    def withdraw(self, now: int, out: list[Command]) -> None:
        """Nothing of the coming reply was heard, and nothing shall be."""
        self._counters.answers_withdrawn += 1
        notes: list[Command] = []
        made = self._cancel(now, out, notes)
        self._counters.frames_flushed += self._frames_unheard(now)[0]
        unheard = self.playout.drop_waiting()
        out += self._forget_unheard(made, unheard)
        out += self._transcript.take_back(unheard)
        out += self.greeting.interrupted()
        out += notes

    def give_way(self, now: int, out: list[Command]) -> None:
        """The caller has the floor: the engine may remember no more than the caller heard."""
        making = self.replies.making
        if self.is_heard(now) or (making is not None and making.sounding):
            self._counters.barge_in_events += 1
        if making is not None:
            self._confirmed.append(making.reply_id)
        notes: list[Command] = []
        made = self._cancel(now, out, notes)
        if self.is_heard(now) or self._held_since is not None:
            out.append(commands.ClearAudio())
            self.hearing.cleared()
        if self._held_since is not None:
            self._counters.held_ms += now - self._held_since
        self._held_since = None
        waiting, unplayed = self._frames_unheard(now)
        heard = self.drop(now)
        out += self._forget_unheard(made, heard)
        if waiting or unplayed:
            total = f"{waiting}/{waiting} frames | TX queue: {unplayed}/{unplayed} frames"
            notes.append(Note("BARGE-IN FLUSH", f"OpenAI queue: {total}"))
        out += self._transcript.cut(heard)
        out += self.greeting.interrupted()
        out += notes

    def _cancel(self, now: int, out: list[Command], notes: list[Command]) -> Reply | None:
        """Whatever the engine was asked for or makes; answers the reply that it was making."""
        made = self.replies.making
        self.replies.withdraw()
        if made is not None:
            self._cancel_making(now, out)
            notes.append(Note("BARGE-IN", f"Cancelled AI response: {made.reply_id}"))
        return made

    def cancel_unwanted(self, now: int, out: list[Command]) -> None:
        """A reply that was withdrawn has begun all the same."""
        if self.replies.making is not None and self.replies.making.is_unwanted:
            self._cancel_making(now, out)

    def drop(self, now: int) -> list[Heard]:
        self._counters.frames_flushed += self._frames_unheard(now)[0]
        return self.playout.drop(now)

    def _cancel_making(self, now: int, out: list[Command]) -> Reply:
        reply = self.replies.cancel(now)
        out.append(commands.CancelReply(reply.reply_id))
        return reply

    def _forget_unheard(self, made: Reply | None, heard: list[Heard]) -> list[Command]:
        """Cut each item that lost its end where it was left; delete those never heard."""
        cut = {part.item_id: part.heard_ms for part in heard}
        if made is not None:
            # The engine may already have made more than we know of.
            for item_id in made.items[:-1]:
                if not self.playout.made_ms(item_id):
                    cut[item_id] = 0
            for item_id in made.items[-1:]:
                cut.setdefault(item_id, self.playout.made_ms(item_id))
        return [
            commands.TruncateItem(item_id, heard_ms) if heard_ms else commands.DeleteItem(item_id)
            for item_id, heard_ms in cut.items()
            if item_id not in self._of_lost_engine
        ]
