"""The simulated detector counts whole stretches as a live call's counts their frames."""

from random import Random

import pytest

from prosaasil.audio.voice import VoiceEnded, VoiceHeard, VoiceRun
from prosaasil.call import events
from prosaasil.sim.detector import Detector

STEPS, WINDOW, HANGOVER = (8, 10, 30), 15, 6


def new_detector() -> Detector:
    return Detector(STEPS, WINDOW, HANGOVER)


def reports_of(frames: list[bool]) -> list[tuple[int, object]]:
    """What the detector of a live call tells, frame by frame."""
    run = VoiceRun(STEPS, window=WINDOW, hangover=HANGOVER)
    reports: list[tuple[int, object]] = []
    for number, is_voiced in enumerate(frames):
        match run.add(is_loud=is_voiced):
            case VoiceHeard(count):
                reports.append((number, events.CallerVoiceHeard(count)))
            case VoiceEnded(count):
                reports.append((number, events.CallerVoiceEnded(count)))
    return reports


@pytest.mark.parametrize("seed", range(50))
def test_stretches_are_counted_as_frames_are(seed: int) -> None:
    draw = Random(seed)
    frames: list[bool] = []
    stretched: list[tuple[int, object]] = []
    detector = new_detector()
    for _ in range(30):
        is_voiced, size = draw.random() < 0.5, draw.choice([1, 2, 4, 7, 12, 40])
        told = detector.take(len(frames), size, is_voiced=is_voiced)
        stretched += [(report.frame, report.event) for report in told]
        frames += [is_voiced] * size
    assert stretched == reports_of(frames)


def test_eight_voiced_frames_among_fifteen_are_a_candidate() -> None:
    detector = new_detector()
    reports = [
        report
        for number in range(16)
        for report in detector.take(number, 1, is_voiced=number % 2 == 0)
    ]
    assert [report.frame for report in reports] == [14]
