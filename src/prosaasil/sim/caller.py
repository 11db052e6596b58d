"""A caller with a character, who acts on what is heard and not by a timetable.

Whatever a caller does costs one of a few acts; who has none left is silent, and from then on the
call has to come to its end by itself.
"""

from functools import partial

from msgspec import Struct

from prosaasil.call import events
from prosaasil.sim.line import Kind, Line, Sound
from prosaasil.sim.phrases import FILLERS, GOODBYES, LANGUAGES, SECOND_THOUGHTS, Meaning
from prosaasil.sim.speaking import WORD_MS
from prosaasil.sim.world import World

LETTER_MS = 75
FOREVER_MS = 1 << 40
KEYS = "0123456789*#"


class CallerTraits(Struct, frozen=True):
    acts: tuple[int, int] = (0, 8)
    answers_after_ms: tuple[int, int] = (300, 3_000)
    """From the end of the agent's sound; when negative, before it could have ended."""
    stays_silent: float = 0.1
    """For each time the agent falls silent, or none of the acts would be waited for."""
    interrupts: float = 0.0
    """For each time the agent begins to sound."""
    interrupts_after_ms: tuple[tuple[int, int], ...] = ((0, 200), (300, 700), (1_000, 6_000))
    interrupts_again: float = 0.3
    hums: float = 0.0
    """A hesitation over the agent, or in place of an answer."""
    breathes: float = 0.0
    """A cough or a breath, for each time the agent begins to sound."""
    breath_ms: tuple[int, int] = (60, 500)
    breath_fools: float = 0.2
    """How likely a breath or noise passes for voice, with the detector and with the engine."""
    pauses: float = 0.0
    """Inside a sentence, 600 to 900 ms."""
    stutters: float = 0.3
    """Pauses of a few frames between words."""
    languages: int = 1
    types: float = 0.0
    says_goodbye: float = 0.0
    """As the last act."""
    thinks_again: float = 0.0
    """After a goodbye."""
    noise: float = 0.0
    """For each second: a noise on the line."""
    noise_ms: tuple[int, int] = (40, 2_500)
    echo: float = 0.0
    """How likely each sound of the agent comes back."""
    echo_after_ms: tuple[int, int] = (100, 400)
    echo_fools: float = 0.3
    hangs_up: float = 0.0
    is_ended: float = 0.0
    """The carrier reports the end of the call, or the worker stops."""


class Caller:
    def __init__(
        self, world: World, line: Line, traits: CallerTraits, words_of_agent: dict[int, str]
    ) -> None:
        self._world = world
        self._line = line
        self._traits = traits
        self._words_of_agent = words_of_agent
        self._acts_left = world.between(*traits.acts)
        self._goodbyes_left = int(world.chance(traits.says_goodbye))
        self._speaks_until = 0
        self._agent_sounds = False
        self._agent_turns = 0
        self._heard_byte = 0
        self._heard_since = 0
        self._heard_ms: dict[int, int] = {}
        self._echo: Sound | None = None
        self.quiet_from = 0
        """After this the caller has done nothing more."""
        self.keys_at: list[int] = []
        self._language = world.between(0, max(0, traits.languages - 1))
        world.after(0, events.CallStarted())
        world.on_sound.append(self._agent_turned)
        self._make_noise()
        self._choose_an_end()
        if self._acts_left:
            world.after(world.between(2_000, 9_000), self._break_the_silence)

    def _choose_an_end(self) -> None:
        world, traits = self._world, self._traits
        at = world.between(0, 60_000)
        if world.chance(traits.hangs_up):
            world.at(at, events.CallerHungUp())
        elif world.chance(traits.is_ended):
            stops = world.chance(0.5)
            world.at(at, events.ShutdownRequested() if stops else events.CallEnded("completed"))

    # What the caller hears

    def _agent_turned(self, sounds: bool, byte: int) -> None:  # noqa: FBT001 - the world tells it
        self._agent_sounds = sounds
        self._agent_turns += 1
        if sounds:
            self._agent_began(byte)
        else:
            self._agent_ended()

    def _agent_began(self, byte: int) -> None:
        world, traits = self._world, self._traits
        self._heard_byte, self._heard_since = byte, world.now
        if world.chance(traits.echo):
            self._echo_begins()
        if world.chance(traits.interrupts):
            wait = world.random.choice(traits.interrupts_after_ms)
            world.after(world.between(*wait), self._interrupt)
        if world.chance(traits.hums):
            world.after(world.between(0, 4_000), self._hum)
        if world.chance(traits.breathes):
            world.after(world.between(0, 6_000), self._breathe)
        if traits.answers_after_ms[0] < 0 and world.chance(0.3):
            world.after(world.between(500, 5_000), self._interrupt)

    def _agent_ended(self) -> None:
        world, traits = self._world, self._traits
        if self._echo is not None:
            self._echo_ends(self._echo)
        heard_ms = self._heard_ms.get(self._heard_byte, 0)
        self._heard_ms[self._heard_byte] = heard_ms + world.now - self._heard_since
        turn = self._agent_turns
        if world.chance(traits.stays_silent):
            wait_ms = world.between(4_000, 15_000)
        else:
            wait_ms = max(0, world.between(*traits.answers_after_ms))
        world.after(wait_ms, lambda: self._answer_if(turn))

    def _answer_if(self, turn: int) -> None:
        if turn == self._agent_turns:
            self._act()

    def _break_the_silence(self) -> None:
        if not self._agent_sounds and self._agent_turns == 0:
            self._act()

    # What the caller does

    def _interrupt(self) -> None:
        if self._agent_sounds and self._acts_left > 0:
            self._act()
            if self._world.chance(self._traits.interrupts_again):
                self._world.after(self._world.between(1_500, 4_000), self._interrupt)

    def _act(self) -> None:
        world, traits = self._world, self._traits
        if world.now < self._speaks_until:
            return
        if self._acts_left <= 0:
            self._part()
            return
        self._acts_left -= 1
        if world.chance(traits.types):
            self._type()
        elif not self._agent_sounds and world.chance(traits.hums / 2):
            self._hum()
        else:
            phrases = LANGUAGES[self._language]
            if traits.languages > 1 and world.chance(0.3):
                self._language = world.between(0, traits.languages - 1)
            says = world.random.choice(phrases)
            self._say(says)
            if world.chance(traits.pauses):
                pause_ms = world.between(600, 900)
                more = world.random.choice(phrases)
                self._speak(more, Meaning.WORDS, self._speaks_until + pause_ms)

    def _part(self) -> None:
        world, traits = self._world, self._traits
        if self._goodbyes_left:
            self._goodbyes_left -= 1
            self._say(world.random.choice(GOODBYES), Meaning.GOODBYE)
            if world.chance(traits.thinks_again):
                second = world.random.choice(SECOND_THOUGHTS)
                world.after(world.between(2_200, 4_500), lambda: self._say(second))

    def _hum(self) -> None:
        if self._world.now >= self._speaks_until:
            says = self._world.random.choice(FILLERS)
            self._speak(says, Meaning.FILLER, self._world.now, self._world.between(160, 800))

    def _breathe(self) -> None:
        self._add_noise(Kind.BREATH, self._world.between(*self._traits.breath_ms))

    def _say(self, says: str, meaning: Meaning = Meaning.WORDS) -> None:
        if self._world.now >= self._speaks_until:
            self._speak(says, meaning, self._world.now)

    def _speak(self, says: str, meaning: Meaning, starts: int, lasts_ms: int = 0) -> None:
        """Say it in one breath, or with pauses that are too short to end a voice."""
        world = self._world
        lasts_ms = lasts_ms or 240 + LETTER_MS * len(says)
        stops = starts + lasts_ms
        self._speaks_until = max(self._speaks_until, stops)
        self.quiet_from = max(self.quiet_from, stops)
        words = says.split(" ")
        if len(words) > 1 and world.chance(self._traits.stutters):
            middle = starts + lasts_ms // 2
            half = len(words) // 2
            begins = " ".join(words[:half])
            self._line.add(Sound(Kind.VOICE, starts, middle, begins, meaning))
            starts, says = middle + world.between(20, 100), " ".join(words[half:])
        self._line.add(Sound(Kind.VOICE, starts, stops, says, meaning))

    def _type(self) -> None:
        world = self._world
        wait_ms = 0
        for _ in range(world.between(1, 4)):
            world.after(wait_ms, events.KeyPressed(world.random.choice(KEYS)))
            self.keys_at.append(world.now + wait_ms)
            self._speaks_until = self.quiet_from = world.now + wait_ms
            wait_ms += world.between(100, 1_200)

    # What the line adds

    def _make_noise(self) -> None:
        world, traits = self._world, self._traits
        if not traits.noise:
            return
        at = 0
        for _ in range(world.between(1, 12)):
            at += 500 + int(world.random.expovariate(traits.noise) * 1_000)
            lasts_ms = world.between(*traits.noise_ms)
            world.at(at, partial(self._add_noise, Kind.NOISE, lasts_ms))

    def _add_noise(self, kind: Kind, lasts_ms: int) -> None:
        world, fools = self._world, self._traits.breath_fools
        starts = world.now
        self.quiet_from = max(self.quiet_from, starts + lasts_ms)
        heard = world.chance(fools), world.chance(fools)
        self._line.add(Sound(kind, starts, starts + lasts_ms, "", Meaning.NOTHING, *heard))

    def _echo_begins(self) -> None:
        world, fools = self._world, self._traits.echo_fools
        starts = world.now + world.between(*self._traits.echo_after_ms)
        fooled = world.chance(fools), world.chance(fools)
        self._echo = Sound(Kind.ECHO, starts, starts + FOREVER_MS, "", Meaning.ECHO, *fooled)
        self._line.add(self._echo)

    def _echo_ends(self, echo: Sound) -> None:
        """What comes back is what was heard, as long as it was, and as much later."""
        world, self._echo = self._world, None
        words = self._words_of_agent.get(self._heard_byte, "").split(" ")
        before_ms = self._heard_ms.get(self._heard_byte, 0)
        after_ms = before_ms + world.now - self._heard_since
        echo.says = " ".join(words[before_ms // WORD_MS : after_ms // WORD_MS + 1])
        delay_ms = echo.starts - self._heard_since
        world.after(delay_ms, lambda: self._line.fall_silent(echo))
