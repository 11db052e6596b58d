"""PURE. A caller with manners: listens until the agent has finished, then says the next thing.

It hears by its ear alone, 20 ms at a time, so that the same caller talks in real time and in tests.
Every wait has a limit: an agent who never answers is spoken to again, and in the end hung up on.
"""

from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum

from msgspec import Struct

from .cues import SILENCE
from .ear import FRAME_MS, Ear
from .sound import frames_of
from .voices import Voice


class Manners(Struct, frozen=True):
    quiet_ms: int = 800
    """The agent has finished when silent for this long."""
    onset_limit_ms: int = 20_000
    """An answer that has not begun by then is not waited for any longer."""
    answer_limit_ms: int = 60_000
    """Nor is one that goes on and on."""
    barge_in_after_ms: int | None = None
    """Every second sentence comes this long after the agent has begun to speak; None for never."""
    key_every_ms: int = 300


class State(Enum):
    LISTENING = "listening"
    SPEAKING = "speaking"
    PRESSING = "pressing"
    DONE = "done"


class Talker(Voice):
    """Says each sentence once; after the last answer it has `done` called."""

    def __init__(
        self,
        ear: Ear,
        sentences: Sequence[bytes],
        *,
        done: Callable[[], None],
        keys: str = "",
        manners: Manners | None = None,
    ) -> None:
        self.state = State.LISTENING
        self.said = 0
        self.unanswered = 0
        """Waits that ended at their limit without a sound from the agent."""
        self._ear = ear
        self._sentences = deque(sentences)
        self._keys = deque(keys)
        self._done = done
        self._manners = manners or Manners()
        self._frames: deque[bytes] = deque()
        self._waited_ms = 0
        self._sounds_before = 0
        self._pressed_key: str | None = None

    def next_frame(self, now_us: int) -> bytes:
        del now_us
        self.has_just_begun = self.has_just_ended = False
        self._waited_ms += FRAME_MS
        match self.state:
            case State.SPEAKING:
                return self._speak()
            case State.LISTENING if self._has_listened_enough():
                self._go_on()
            case State.PRESSING if self._waited_ms >= self._manners.key_every_ms:
                self._press()
        return SILENCE

    def take_key(self) -> str | None:
        key, self._pressed_key = self._pressed_key, None
        return key

    def _speak(self) -> bytes:
        self.has_just_begun = self._waited_ms == FRAME_MS
        frame = self._frames.popleft()
        if not self._frames:
            self.has_just_ended = True
            self._become(State.LISTENING)
        return frame

    def _has_listened_enough(self) -> bool:
        manners = self._manners
        sounds = self._ear.agent_sounds - self._sounds_before
        if sounds == 0:
            return self._waited_ms >= manners.onset_limit_ms
        if self._may_barge_in() and sounds * FRAME_MS >= (manners.barge_in_after_ms or 0):
            return True
        is_quiet = self._ear.agent_quiet_ms >= manners.quiet_ms
        return is_quiet or self._waited_ms >= manners.answer_limit_ms

    def _may_barge_in(self) -> bool:
        wants_to = self._manners.barge_in_after_ms is not None
        return wants_to and bool(self._sentences) and self.said % 2 == 1

    def _go_on(self) -> None:
        if self._ear.agent_sounds == self._sounds_before:
            self.unanswered += 1
        if self._sentences:
            self.said += 1
            self._frames.extend(frames_of(self._sentences.popleft()))
            self._become(State.SPEAKING)
        elif self._keys:
            self._become(State.PRESSING)
        else:
            self._become(State.DONE)
            self._done()

    def _press(self) -> None:
        self._pressed_key = self._keys.popleft()
        self._become(State.PRESSING if self._keys else State.LISTENING)

    def _become(self, state: State) -> None:
        self.state = state
        self._waited_ms = 0
        self._sounds_before = self._ear.agent_sounds
