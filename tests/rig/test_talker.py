"""The caller listens before speaking, and never waits for ever."""

import pytest

from prosaasil.rig.cues import SILENCE
from prosaasil.rig.ear import FRAME_MS, Ear
from prosaasil.rig.sound import made_up_speech
from prosaasil.rig.talker import Manners, State, Talker

SENTENCE = b"".join(made_up_speech(25, seed=4))
SPEECH = made_up_speech(1, seed=5)[0]


class Room:
    """A call in virtual time: the agent is heard where the test says so."""

    def __init__(self, sentences: int, keys: str = "", manners: Manners | None = None) -> None:
        self.ear = Ear()
        self.is_done = False
        self.pressed: list[str] = []
        self.talker = Talker(
            self.ear,
            [SENTENCE] * sentences,
            done=self.done,
            keys=keys,
            manners=manners or Manners(),
        )

    def done(self) -> None:
        self.is_done = True

    def run(self, ms: int, *, agent: bool) -> int:
        """How long the caller spoke in that time."""
        spoken_ms = 0
        for _ in range(ms // FRAME_MS):
            frame = self.talker.next_frame(0)
            spoken_ms += FRAME_MS * (frame != SILENCE)
            self.ear.tick(frame, SPEECH if agent else None)
            if self.talker.has_just_ended:
                self.ear.caller_ended()
            key = self.talker.take_key()
            if key is not None:
                self.pressed.append(key)
        return spoken_ms


def test_the_caller_lets_the_greeting_finish() -> None:
    room = Room(sentences=1)
    assert room.run(3_000, agent=True) == 0
    assert room.run(700, agent=False) == 0
    assert room.run(1_000, agent=False) == 500


def test_the_caller_waits_for_the_answer_to_each_sentence() -> None:
    room = Room(sentences=2)
    room.run(1_000, agent=True)
    assert room.run(3_000, agent=False) == 500
    room.run(1_000, agent=True)
    assert room.run(3_000, agent=False) == 500
    assert not room.is_done
    room.run(1_000, agent=True)
    room.run(1_000, agent=False)
    assert room.is_done


def test_an_agent_who_never_answers_is_hung_up_on() -> None:
    room = Room(sentences=1)
    room.run(50_000, agent=False)
    assert room.is_done
    assert room.talker.unanswered == 2


def test_an_agent_who_never_stops_is_interrupted_in_the_end() -> None:
    room = Room(sentences=1)
    assert room.run(70_000, agent=True) == 500


def test_barging_in_cuts_into_the_second_answer() -> None:
    room = Room(sentences=2, manners=Manners(barge_in_after_ms=1_500))
    room.run(1_000, agent=True)
    room.run(2_000, agent=False)
    assert room.run(3_000, agent=True) == 500
    assert room.talker.said == 2


def test_keys_are_pressed_one_at_a_time_after_the_last_answer() -> None:
    room = Room(sentences=0, keys="12#")
    room.run(1_000, agent=True)
    room.run(1_900, agent=False)
    assert room.pressed == ["1", "2", "#"]
    assert room.talker.state is State.LISTENING


@pytest.mark.parametrize("quiet_ms", [400, 1_200])
def test_manners_say_how_long_a_pause_is_an_end(quiet_ms: int) -> None:
    room = Room(sentences=1, manners=Manners(quiet_ms=quiet_ms))
    room.run(1_000, agent=True)
    assert room.run(quiet_ms, agent=False) == 0
    assert room.run(600, agent=False) == 500
