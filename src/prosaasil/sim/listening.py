"""The engine's ears: when a caller's turn begins and ends, and what is understood of it.

It hears what passes the gate and nothing else. Turns begin and end by its own delays, and a word of
which a part was held back is not understood.
"""

from collections.abc import Callable

from msgspec import Struct

from prosaasil.sim.line import Kind, Line, Sound
from prosaasil.sim.phrases import ECHO_WORDS_MIN, Meaning
from prosaasil.sim.world import World

SPEECH_MS_MIN = 200
"""So much speech begins a turn."""
PAUSE_MS_MAX = 300
"""Speech that is not a turn yet is forgotten after such a pause."""
SILENCE_MS = 500
"""So much silence ends a turn."""
STRONGEST = (Meaning.LOST, Meaning.WORDS, Meaning.GOODBYE, Meaning.ECHO, Meaning.FILLER)
"""What a turn of several sounds is worth: the first of these that is among them, but of words and a
goodbye whatever comes last."""
MISSING_MS_MAX = 60
"""A word of which more is missing is not understood."""


class Turn(Struct, eq=False):
    """What the engine takes for one turn of the caller."""

    item_id: str
    begins: int
    sounds: dict[int, tuple[Sound, int]] = {}
    """By their identity: each sound that was heard, and how many ms of it."""
    text: str = ""
    meaning: Meaning = Meaning.NOTHING

    def understand(self) -> None:
        """Find the words in what was heard, and what they are worth."""
        texts: list[str] = []
        meanings: list[Meaning] = []
        for sound, heard_ms in self.sounds.values():
            lasts_ms = sound.ends - sound.starts
            if not sound.says:
                continue
            if sound.kind is Kind.ECHO:
                words = sound.says.split(" ")
                texts.append(" ".join(words[: max(1, len(words) * heard_ms // lasts_ms)]))
            elif lasts_ms - heard_ms > MISSING_MS_MAX:
                meanings.append(Meaning.LOST)
                continue
            else:
                texts.append(sound.says)
            meanings.append(sound.meaning)
        self.text = " ".join(texts)
        self.meaning = next((m for m in STRONGEST if m in meanings), Meaning.NOTHING)
        if self.meaning is Meaning.WORDS:
            self.meaning = [m for m in meanings if m in {Meaning.WORDS, Meaning.GOODBYE}][-1]
        if self.meaning in {Meaning.WORDS, Meaning.GOODBYE} and Meaning.ECHO in meanings:
            self.meaning = Meaning.UNCLEAR
        is_short = self.text.count(" ") + 1 < ECHO_WORDS_MIN
        if self.meaning is Meaning.ECHO and (is_short or len(meanings) > 1):
            self.meaning = Meaning.UNCLEAR


def _starts(sound: Sound) -> int:
    return sound.starts


class Listening:
    """Finds the caller's turns in what the line lets through."""

    def __init__(
        self, world: World, line: Line, begun: Callable[[Turn], None], over: Callable[[Turn], None]
    ) -> None:
        self._world = world
        self._line = line
        self._begun = begun
        self._over = over
        self._is_on = False
        self._turns = 0
        self._turn: Turn | None = None
        self._speech_ms = 0
        self._spoke_at = 0
        self._heard: dict[int, tuple[Sound, int]] = {}
        self._plan = 0
        line.hears = self._hear
        line.on_change = self._look

    def start(self) -> None:
        """A session listens from now on, and knows nothing of what was before."""
        self._line.pass_on()
        self._is_on = True
        self._forget()
        self._look()

    def stop(self) -> None:
        self._line.pass_on()
        self._is_on = False
        self._forget()

    def _forget(self) -> None:
        self._turn = None
        self._speech_ms = 0
        self._heard = {}

    def _hear(self, sounds: list[Sound], begins: int, ends: int) -> None:
        if not self._is_on:
            return
        heard = [s for s in sounds if s.is_taken_for_speech and s.starts < ends and s.ends > begins]
        heard.sort(key=_starts)
        for sound in heard:
            starts, stops = max(sound.starts, begins), min(sound.ends, ends)
            if self._turn is None and starts - self._spoke_at > PAUSE_MS_MAX:
                self._forget()
            self._speech_ms += max(0, stops - max(starts, self._spoke_at))
            self._spoke_at = max(self._spoke_at, stops)
            known = self._heard.get(id(sound), (sound, 0))[1]
            self._heard[id(sound)] = (sound, known + stops - starts)

    def _look(self) -> None:
        """Begin or end a turn if it is time; look again when that may change."""
        self._line.pass_on()
        now = self._world.now
        if self._turn is None and self._speech_ms >= SPEECH_MS_MIN:
            self._turns += 1
            self._turn = Turn(f"heard-{self._turns}", now, self._heard)
            self._begun(self._turn)
        if self._turn is not None and now >= self._spoke_at + SILENCE_MS:
            turn = self._turn
            turn.understand()
            self._forget()
            self._over(turn)
        self._plan += 1
        if self._is_on:
            self._look_again(now, self._plan)

    def _look_again(self, now: int, plan: int) -> None:
        at = self._line.next_change_at()
        if self._turn is not None:
            at = min(at, max(now + 1, self._spoke_at + SILENCE_MS))
        elif self._line.is_speech_heard():
            at = min(at, now + max(1, SPEECH_MS_MIN - self._speech_ms))
        if at < now + 100_000:
            self._world.at(at, lambda: self._look_if(plan))

    def _look_if(self, plan: int) -> None:
        if plan == self._plan:
            self._look()
