"""Turns from probabilities alone: 32 ms each."""

from prosaasil.speech.turns import (
    ONSET_WINDOWS,
    TURN_MS_MAX,
    WINDOW_MS,
    TurnFact,
    TurnFinder,
    VoicePaused,
    VoiceResumed,
    VoiceStarted,
    VoiceStopped,
)


def heard(finder: TurnFinder, *runs: tuple[float, int]) -> list[TurnFact]:
    """The facts of windows given as (probability, how many)."""
    return [
        fact
        for probability, count in runs
        for _ in range(count)
        for fact in finder.feed(probability)
    ]


def test_a_turn_begins_where_the_voice_began_and_ends_after_the_silence() -> None:
    facts = heard(TurnFinder(0.5, 512), (0.1, 10), (0.9, 20), (0.1, 20))

    assert facts == [
        VoiceStarted(10 * WINDOW_MS),
        VoicePaused(30 * WINDOW_MS + 192),
        VoiceStopped(30 * WINDOW_MS + 512, voiced_ms=20 * WINDOW_MS),
    ]


def test_a_click_is_no_turn() -> None:
    assert heard(TurnFinder(0.5, 500), (0.9, ONSET_WINDOWS - 1), (0.1, 50)) == []


def test_a_short_silence_inside_a_turn_is_a_pause() -> None:
    facts = heard(TurnFinder(0.5, 512), (0.9, 10), (0.1, 8), (0.9, 10), (0.1, 16))

    assert [type(fact) for fact in facts] == [
        VoiceStarted,
        VoicePaused,
        VoiceResumed,
        VoicePaused,
        VoiceStopped,
    ]


def test_the_threshold_decides_what_a_voice_is() -> None:
    assert heard(TurnFinder(0.9, 500), (0.8, 50)) == []
    assert heard(TurnFinder(0.5, 500), (0.8, 50)) != []


def test_a_voice_goes_on_a_little_under_the_threshold() -> None:
    assert VoicePaused not in [
        type(fact) for fact in heard(TurnFinder(0.5, 500), (0.9, 5), (0.4, 50))
    ]


def test_an_endless_noise_is_cut() -> None:
    facts = heard(TurnFinder(0.5, 500), (0.9, TURN_MS_MAX // WINDOW_MS + 2))

    assert isinstance(facts[-1], VoiceStopped)
