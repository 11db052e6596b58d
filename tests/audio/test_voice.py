"""When frames become a voice, and when it is over."""

from hypothesis import given
from hypothesis import strategies as st

from prosaasil.audio.voice import VoiceEnded, VoiceHeard, VoiceRun

STEPS = (8, 10, 30)
WINDOW = 15
HANGOVER = 6
Told = VoiceHeard | VoiceEnded


def told(frames: str, voice_from: int = 0) -> list[tuple[int, Told]]:
    """What is told of a line of loud (#) and quiet (.) frames, and after how many of them.

    Before frame `voice_from` nobody knows whether it is a voice.
    """
    run = VoiceRun(STEPS, window=WINDOW, hangover=HANGOVER)
    found = []
    for number, frame in enumerate(frames):
        said = run.add(is_loud=frame == "#", is_voice=number >= voice_from)
        if said is not None:
            found.append((number + 1, said))
    return found


def test_a_voice_is_told_at_each_step_and_at_its_end() -> None:
    assert told("#" * 40 + "." * 20) == [
        (8, VoiceHeard(8)),
        (10, VoiceHeard(10)),
        (30, VoiceHeard(30)),
        (47, VoiceEnded(40)),
    ]


def test_seven_voiced_frames_are_no_step_but_have_an_end() -> None:
    assert told("#" * 7 + "." * 20) == [(14, VoiceEnded(7))]


def test_eight_frames_scattered_over_the_window_are_a_step() -> None:
    assert told("#.#.#.#.#.#.#.#") == [(15, VoiceHeard(8))]


def test_eight_frames_scattered_over_more_than_the_window_are_none() -> None:
    assert told("#..#.#.#.#.#.#.#") == []


def test_the_third_step_counts_the_whole_run() -> None:
    assert told("##....." * 6 + "#######" * 4)[-1] == (60, VoiceHeard(30))


def test_a_pause_within_words_does_not_end_a_voice() -> None:
    assert told("##########" + "." * 6 + "#" * 20)[-1] == (36, VoiceHeard(30))


def test_a_longer_pause_ends_it_and_the_next_counts_from_zero() -> None:
    assert told("##########" + "." * 7 + "#" * 8) == [
        (8, VoiceHeard(8)),
        (10, VoiceHeard(10)),
        (17, VoiceEnded(10)),
        (25, VoiceHeard(8)),
    ]


def test_loud_frames_count_once_they_are_known_to_be_a_voice() -> None:
    assert told("#" * 12, voice_from=8) == [(9, VoiceHeard(9)), (10, VoiceHeard(10))]


def test_two_steps_reached_at_once_are_told_once() -> None:
    assert told("#" * 12, voice_from=11) == [(12, VoiceHeard(12))]


def test_what_was_loud_before_the_window_does_not_count() -> None:
    assert told("#" * 40, voice_from=39) == [(40, VoiceHeard(15))]


def test_a_sound_before_a_long_pause_is_no_part_of_the_voice() -> None:
    assert told("###" + "." * 7 + "####", voice_from=13) == []


def test_what_is_never_known_to_be_a_voice_is_never_told() -> None:
    assert told(("#" * 30 + "." * 10) * 3, voice_from=1_000) == []


def test_a_sound_that_is_no_voice_any_more_ends_it() -> None:
    run = VoiceRun(STEPS, window=WINDOW, hangover=HANGOVER)
    for _ in range(12):
        run.add(is_loud=True)
    said = [run.add(is_loud=True, is_voice=False) for _ in range(8)]

    assert said == [None] * 6 + [VoiceEnded(12), None]


def test_after_a_restart_everything_counts_from_zero() -> None:
    run = VoiceRun(STEPS, window=WINDOW, hangover=HANGOVER)
    for _ in range(9):
        run.add(is_loud=True)
    run.restart()

    assert [run.add(is_loud=True) for _ in range(8)] == [None] * 7 + [VoiceHeard(8)]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=300))
def test_steps_are_told_in_order_and_every_voiced_run_ends_once(
    frames: list[tuple[bool, bool]],
) -> None:
    run = VoiceRun(STEPS, window=WINDOW, hangover=HANGOVER)
    highest = loud = 0
    for is_loud, is_voice in [*frames, *[(False, False)] * WINDOW]:
        loud += is_loud
        match run.add(is_loud=is_loud, is_voice=is_voice):
            case VoiceHeard(count):
                assert count >= STEPS[0]
                assert run.frames >= highest
                highest = run.frames
            case VoiceEnded(count):
                assert 0 < count <= loud
                assert run.frames == 0
                highest = 0
    assert run.frames == 0
