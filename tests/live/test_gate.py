"""What a session does with the caller's voice when the call orders gate and hold.

The call is a stand-in that orders what a test says; everything else is real but the sockets.
"""

from base64 import b64decode
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from sounds import frames, recording

from prosaasil.audio.level import VoiceLevels, level
from prosaasil.call import commands, events
from prosaasil.call.commands import Command
from prosaasil.call.core import Call
from prosaasil.call.playout import Playout
from prosaasil.call.policy import CallPolicy
from prosaasil.call.transcript import Counters
from prosaasil.kit import telemetry
from prosaasil.live.carrier import Carrier
from prosaasil.live.engine import Engine
from prosaasil.live.pacer import TICK_MS
from prosaasil.live.recorder import Recording
from prosaasil.live.session import Session
from prosaasil.live.toolbox import Toolbox
from prosaasil.live.worker import voice_model
from prosaasil.live.writer import Marker
from prosaasil.wire.twilio_media import CallerFrame, Media

SILENCE = b"\xff" * 160
QUIET = b"\xfd" * 160
_SPOKEN = recording("transfer")
VOICE = frames(_SPOKEN + np.random.default_rng(1).normal(0, 8, len(_SPOKEN)))
"""No frame of it is silence."""
HOLD_FRAMES = 10


class StandIn:
    """A call that orders what it is told to order."""

    def __init__(self) -> None:
        self.playout = Playout()
        self.counters = Counters()
        self.deadline: int | None = None
        self.wants_engine_paused = False
        self.told: list[events.Event] = []
        self.answer: Callable[[events.Event], list[Command]] = lambda _: []

    def handle(self, event: events.Event, now: int) -> list[Command]:
        del now
        self.told.append(event)
        return self.answer(event)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]


class Ends:
    """The ends of a call's sockets, its recording and its tools: everything is kept."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.connects = 0
        self.paused: list[bool] = []
        self.orders: list[Command] = []
        self.sent: list[bytes] = []
        self.markers: list[Marker] = []

    # The engine's

    def connect(self) -> None:
        self.connects += 1

    def append(self, audio: bytes) -> None:
        self.heard.append(b64decode(audio))

    def order(self, command: Command) -> None:
        self.orders.append(command)

    def pause(self, *, paused: bool) -> None:
        self.paused.append(paused)

    # The carrier's and the recording's

    def send_frame(self, frame: bytes) -> None:
        self.sent.append(frame)

    def marker(self, marker: Marker) -> None:
        self.markers.append(marker)

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Whatever else is asked of it is done."""
        assert name in {"line", "cut", "clear", "caller", "agent", "flush", "close"}, name
        return lambda *_args, **_kwargs: None


class Line:
    """A session between its ends, in virtual time."""

    def __init__(self) -> None:
        self.now = 0
        self.call = StandIn()
        self.ends = Ends()
        ends: Any = self.ends
        self.session = Session(
            "call-1",
            cast("Call", self.call),
            policy=CallPolicy(),
            voice_model=voice_model(),
            carrier=cast("Carrier", ends),
            recording=cast("Recording", ends),
            toolbox=cast("Toolbox", ends),
            clock_ms=lambda: self.now,
            started_at=0,
            on_over=lambda *_: None,
            log=telemetry.logger("test"),
        )
        self.session.start(cast("Engine", ends))
        self.session.feed(events.SessionConfigured())

    def order(self, *orders: Command) -> None:
        """Let the call order this now."""
        answer, self.call.answer = self.call.answer, lambda _: list(orders)
        self.session.feed(events.DeadlineReached())
        self.call.answer = answer

    def hear(self, *said: bytes) -> None:
        """The caller's audio, 20 ms apart, with the pacer's ticks."""
        for audio in said:
            self.session.media(Media(1, "MZ1", CallerFrame(audio, self.now)))
            self.now += TICK_MS
            self.session.tick(self.now)

    def agent_speaks(self, ms: int) -> None:
        self.call.playout.add("r1", "i1", b"\x11" * (ms * 8))
        self.call.playout.end("r1")

    def marked(self, name: str) -> list[Marker]:
        return [marker for marker in self.ends.markers if marker.marker == name]


@pytest.fixture
def line() -> Line:
    return Line()


def opens_at_candidates(event: events.Event) -> list[Command]:
    """What the call does of itself: the gate opens for a voice, and the agent is held for more."""
    if not isinstance(event, events.CallerVoiceHeard):
        return []
    if event.frames >= HOLD_FRAMES:
        return [commands.HoldSpeech()]
    return [commands.OpenGate()]


def test_while_the_gate_is_closed_the_engine_hears_silence(line: Line) -> None:
    line.hear(QUIET)
    line.order(commands.CloseGate())
    line.hear(*[QUIET] * 20)

    assert line.ends.heard == [QUIET] + [SILENCE] * 20


def test_the_voice_is_detected_before_anything_is_gated(line: Line) -> None:
    line.agent_speaks(5_000)
    line.order(commands.CloseGate())
    line.hear(*[QUIET] * 50, *VOICE[:30])

    assert line.call.of(events.CallerVoiceHeard)
    assert set(line.ends.heard) == {SILENCE}


def test_a_candidate_is_heard_by_the_engine_from_before_its_first_syllable(line: Line) -> None:
    line.call.answer = opens_at_candidates
    line.agent_speaks(5_000)
    line.order(commands.CloseGate())
    said = [bytes([0xFA + n % 5]) * 160 for n in range(50)] + VOICE[:60]
    line.hear(*said)
    heard = [frame for frame in line.ends.heard if frame != SILENCE]
    silences = len(line.ends.heard) - len(heard)
    first_loud = next(i for i, frame in enumerate(said) if level(frame) > VoiceLevels.VOICE)

    assert len(said) - len(heard) <= first_loud - 2
    assert heard == said[-len(heard) :]  # each once, in order, to the last
    assert len(said) - len(heard) < silences < len(said)


def test_when_the_gate_closes_the_voice_is_counted_from_zero(line: Line) -> None:
    loud = VOICE[8:60]
    line.hear(*loud[:7])
    line.agent_speaks(5_000)
    line.order(commands.CloseGate())
    line.hear(*loud[7:13])
    assert line.call.of(events.CallerVoiceHeard) == []

    line.hear(*loud[13:20])
    assert line.call.of(events.CallerVoiceHeard)


def test_nothing_goes_to_the_engine_twice(line: Line) -> None:
    """The caller spoke before the agent began: that was heard then, and is no part of the rest."""
    line.hear(*VOICE[:15])
    line.agent_speaks(5_000)
    line.order(commands.CloseGate())
    line.hear(*VOICE[15:18])
    line.order(commands.OpenGate())
    line.hear(*VOICE[18:20])

    assert line.ends.heard == VOICE[:15] + [SILENCE] * 3 + VOICE[15:20]


def test_when_the_agent_has_finished_without_a_voice_there_is_no_pre_roll(line: Line) -> None:
    line.order(commands.CloseGate())
    line.hear(*[QUIET] * 20)
    line.order(commands.OpenGate())
    line.hear(QUIET)

    assert line.ends.heard == [SILENCE] * 20 + [QUIET]


def test_gated_frames_are_counted_and_none_is_dropped(line: Line) -> None:
    line.call.answer = opens_at_candidates
    line.agent_speaks(5_000)
    line.order(commands.CloseGate())
    line.hear(*[QUIET] * 50, *VOICE[:60])
    line.order(commands.HangUp(commands.HangUpReason.SILENCE))
    [metrics] = line.marked("CALL_METRICS")
    heard = [frame for frame in line.ends.heard if frame != SILENCE]

    assert metrics.fields["frames_in"] == 110
    assert metrics.fields["frames_forwarded"] == len(heard)
    assert metrics.fields["frames_gated"] == 110 - len(heard)
    assert metrics.fields["frames_dropped"] == 0


def test_blocked_sound_is_said_at_most_once_a_second(line: Line) -> None:
    line.agent_speaks(9_000)
    line.order(commands.CloseGate())
    line.hear(*VOICE[:100], *VOICE[:100])

    assert 3 <= len(line.marked("HALF-DUPLEX")) <= 4
    assert line.marked("HALF-DUPLEX")[0].text == "Blocking audio to OpenAI - AI speaking"


def test_blocked_silence_is_not_worth_a_word(line: Line) -> None:
    line.order(commands.CloseGate())
    line.hear(*[QUIET] * 200)
    line.order(commands.OpenGate())
    line.hear(*VOICE[:100])

    assert line.marked("HALF-DUPLEX") == []


def test_what_is_held_is_no_gap(line: Line) -> None:
    line.agent_speaks(5_000)
    line.hear(*[QUIET] * 60)
    line.order(commands.HoldSpeech())
    line.call.playout.is_held, frames_sent = True, len(line.ends.sent)
    line.hear(*[QUIET] * 70)
    assert len(line.ends.sent) == frames_sent
    line.call.playout.is_held = False
    line.order(commands.ResumeSpeech(1_400))
    line.hear(*[QUIET] * 120)
    line.order(commands.HangUp(commands.HangUpReason.SILENCE))
    [metrics] = line.marked("CALL_METRICS")

    assert metrics.fields["max_gap_ms"] == 20
    assert metrics.fields["avg_fps"] == 50
    states = [marker.fields["state"] for marker in line.marked("TX_METRICS")]
    assert states == ["partly", "held", "held", "speaking", "speaking"]


def test_the_detector_is_strict_until_there_is_no_agent_to_interrupt(line: Line) -> None:
    detector = line.session._detector
    line.agent_speaks(600)
    assert not detector.is_strict
    line.order(commands.CloseGate())
    assert detector.is_strict
    line.order(commands.OpenGate())  # for a candidate: the agent is still heard
    assert detector.is_strict
    line.hear(*[QUIET] * 40)
    assert not detector.is_strict


def test_a_cut_makes_the_detector_lenient(line: Line) -> None:
    line.agent_speaks(600)
    line.order(commands.CloseGate())
    line.order(commands.OpenGate(), commands.HoldSpeech())
    assert line.session._detector.is_strict
    line.call.playout.drop(line.now)
    line.order(commands.ClearAudio())

    assert not line.session._detector.is_strict


def test_a_lost_engine_misses_nothing_that_the_caller_says(line: Line) -> None:
    line.call.answer = lambda event: (
        [commands.ConnectEngine()] if isinstance(event, events.EngineLost) else []
    )
    said = [bytes([number]) * 160 for number in range(20)]
    line.hear(*said[:5])
    line.session.feed(events.EngineLost("closed"))
    line.hear(*said[5:15])
    assert line.ends.connects == 1
    assert line.ends.heard == said[:5]
    line.session.feed(events.SessionConfigured())
    line.hear(*said[15:])

    assert line.ends.heard == said


def test_a_new_engine_is_read_until_it_is_configured(line: Line) -> None:
    """However much speech waits: or its confirmation would never come."""
    line.call.wants_engine_paused = True
    line.hear(*[QUIET] * 50)
    assert line.ends.paused == [True]
    line.session.feed(events.EngineLost("closed"))
    line.hear(*[QUIET] * 100)
    assert line.ends.paused == [True, False]
    line.session.feed(events.SessionConfigured())
    line.hear(*[QUIET] * 50)

    assert line.ends.paused == [True, False, True]
