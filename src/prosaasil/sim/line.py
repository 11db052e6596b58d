"""The caller's sound on its way: the local detector, the gate and the pre-roll, in virtual time.

The sound is a plan of intervals, and time jumps from one of their ends to the next. The gate passes
what it is open for; what it held back within the last moments goes first when it opens.
"""

from collections.abc import Callable, Iterator
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from prosaasil.call import commands
from prosaasil.call.commands import Command
from prosaasil.call.policy import NEVER
from prosaasil.sim.detector import FRAME_MS, Detector
from prosaasil.sim.phrases import Meaning
from prosaasil.sim.world import World

VOICE_SEARCHED_MS = 300
"""So far back the pre-roll looks for the voice that opened the gate."""
ONSET_KEPT_MS = 100
"""And so much of what was before that voice it takes along."""


KEPT_MS = VOICE_SEARCHED_MS + ONSET_KEPT_MS
HORIZON_MS = 70_000
"""So far ahead reports are foreseen: a voice that goes on for longer tells nothing more."""


class Kind(Enum):
    VOICE = "voice"
    BREATH = "breath"
    NOISE = "noise"
    ECHO = "echo"


class Sound(Struct, eq=False):
    """Something that can be heard on the caller's line from `starts` to `ends`."""

    kind: Kind
    starts: int
    ends: int
    says: str = ""
    meaning: Meaning = Meaning.NOTHING
    is_taken_for_voice: bool = True
    """The strict detector counts it too; a voice always is."""
    is_taken_for_speech: bool = True
    """The engine's turn detection takes it for somebody speaking."""


Hears = Callable[[list[Sound], int, int], None]
"""Told what passes: all sounds that are near, and the piece of the caller's time that is heard."""


class Line:
    """Between the caller's mouth and everything that listens to it."""

    def __init__(self, world: World, *, loses_preroll: bool = False) -> None:
        policy = world.briefing.policy
        self._world = world
        self._loses_preroll = loses_preroll
        self.sounds: list[Sound] = []
        """All there were and are planned."""
        self.hears: Hears
        self.on_change: Callable[[], None]
        """Called when something begins to pass that was not foreseen."""
        self._near: list[Sound] = []
        self._is_gated = False
        self._passed_to = 0  # the caller's time up to which frames were passed or held back
        self._withheld_from = 0
        self._is_strict = False
        self._frame = 0  # the first that is not counted yet
        self._plan = 0
        self._detector = Detector(
            policy.voice_steps, policy.voice_window_frames, policy.voice_hangover_frames
        )
        world.on((commands.CloseGate, commands.OpenGate), self._react)
        world.on_settled.append(self._settled)

    # What there is to hear

    def add(self, sound: Sound) -> None:
        """Plan a sound that begins now or later."""
        self._count()
        self.pass_on()
        now = self._world.now
        self._near = [near for near in self._near if near.ends > now - KEPT_MS]
        self.sounds.append(sound)
        self._near.append(sound)
        self._foresee()
        self.on_change()

    def fall_silent(self, sound: Sound) -> None:
        """A sound of unknown length ends now."""
        self._count()
        self.pass_on()
        sound.ends = self._world.now
        self._foresee()
        self.on_change()

    def next_change_at(self) -> int:
        """When the next sound begins or ends."""
        now = self._world.now
        changes = (at for near in self._near for at in (near.starts, near.ends) if at > now)
        return min(changes, default=NEVER)

    def is_speech_heard(self) -> bool:
        """Something passes now that the engine takes for speech."""
        now = self._world.now
        return not self._is_gated and any(
            near.is_taken_for_speech and near.starts <= now < near.ends for near in self._near
        )

    # The gate

    def pass_on(self) -> None:
        """Let through what has come since this was last done, unless the gate is closed."""
        now = self._world.now
        if now > self._passed_to:
            if self._near and not self._is_gated:
                self.hears(self._near, self._passed_to, now)
            self._passed_to = now

    def _react(self, command: Command) -> None:
        match command:
            case commands.CloseGate():
                self._count()
                self._detector.reset()
                self.pass_on()
                self._is_gated, self._withheld_from = True, self._world.now
                self._mode_changed()
            case commands.OpenGate():
                self._count()
                self.pass_on()
                self._is_gated = False
                if not self._loses_preroll:
                    self._pass_preroll()
                self._mode_changed()
                self.on_change()
            case _:
                pass

    def _pass_preroll(self) -> None:
        now = self._world.now
        voices = [
            near.starts
            for near in self._near
            if near.starts < now and near.ends > now - VOICE_SEARCHED_MS and near.is_taken_for_voice
        ]
        if voices:
            begins = max(min(voices), now - VOICE_SEARCHED_MS) - ONSET_KEPT_MS
            begins = max(begins, self._withheld_from)
            self.hears(self._near, begins, now)

    # The detector

    def _settled(self) -> None:
        if self._must_be_strict() != self._is_strict:
            self._mode_changed()

    def _must_be_strict(self) -> bool:
        """From the closing of the gate until there is no agent left to interrupt."""
        playout = self._world.call.playout
        return self._is_gated or playout.is_held or playout.waiting_ms > 0

    def _mode_changed(self) -> None:
        self._count()
        self._is_strict = self._must_be_strict()
        self._foresee()

    def _count(self) -> None:
        """Count the frames that have come by now, and tell what there is to be told."""
        last = self._world.now // FRAME_MS
        for first, frames, is_voiced in self._stretches(self._frame, last):
            for report in self._detector.take(first, frames, is_voiced=is_voiced):
                self._world.after(0, report.event)
        self._frame = last

    def _foresee(self) -> None:
        """Wake up when the next report is due."""
        self._plan += 1
        plan, at = self._plan, self._next_report_at()
        if at != NEVER:
            self._world.at(at, lambda: self._wake(plan))

    def _next_report_at(self) -> int:
        if not self._near:
            return NEVER
        trial = replace(self._detector)
        horizon = max(near.ends for near in self._near)
        last = min(horizon, self._world.now + HORIZON_MS) // FRAME_MS + 2 + trial.hangover_frames
        for first, frames, is_voiced in self._stretches(self._frame, last):
            for report in trial.take(first, frames, is_voiced=is_voiced):
                return (report.frame + 1) * FRAME_MS
        return NEVER

    def _wake(self, plan: int) -> None:
        if plan == self._plan:
            self._count()
            self._foresee()

    def _stretches(self, frame: int, last: int) -> Iterator[tuple[int, int, bool]]:
        """The frames up to `last` in stretches that are voiced or are not, by their middles."""
        sounds = [near for near in self._near if near.is_taken_for_voice or not self._is_strict]
        while frame < last:
            at = frame * FRAME_MS + FRAME_MS // 2
            ends = max((s.ends for s in sounds if s.starts <= at < s.ends), default=0)
            is_voiced = ends > 0
            if not is_voiced:
                ends = min((s.starts for s in sounds if s.starts > at), default=NEVER)
            frames = min(-(-(ends - at) // FRAME_MS), last - frame)
            yield frame, frames, is_voiced
            frame += frames
