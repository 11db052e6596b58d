"""Real recorded speech through the whole product leaves a call that one can hear and read."""

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest

from prosaasil.rig.fake_twilio import FakeTwilio, StatusPlan
from prosaasil.rig.product import DEMO, DEMO_NUMBER, Product
from prosaasil.rig.talker import Manners, Talker
from prosaasil.rig.trial import CallOrder, CallReport, place

pytestmark = pytest.mark.acceptance

WORD_ERRORS_MAX = 0.10
AUDIBLE_RMS = 300


async def test_real_recordings_are_answered_and_understood(
    product: Product, words: dict[str, str], sounds: dict[str, bytes], tmp_path: Path
) -> None:
    report = await call(product, list(words), words, sounds, tmp_path)
    assert report.faults() == []
    assert report.unanswered == 0
    assert report.word_errors is not None
    assert report.word_errors.rate <= WORD_ERRORS_MAX, report.transcript
    for name in ("call.wav", "heard.wav"):
        caller, agent = channels(tmp_path / name)
        assert loudness(caller) > AUDIBLE_RMS
        assert loudness(agent) > AUDIBLE_RMS
    assert "[CALL_METRICS]" in "\n".join(report.markers)
    assert "agent:" in report.transcript


async def call(
    product: Product,
    names: list[str],
    words: dict[str, str],
    sounds: dict[str, bytes],
    out: Path,
) -> CallReport:
    order = CallOrder(
        business=DEMO,
        called=DEMO_NUMBER,
        caller="+12025550123",
        sentences=[sounds[name] for name in names],
        reference=" ".join(words[name] for name in names),
        manners=Manners(),
    )
    return await place(product.installation, order, out)


def channels(path: Path) -> "np.ndarray[tuple[int, int], np.dtype[np.int16]]":
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 2, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return samples.reshape(-1, 2).T


def loudness(samples: "np.ndarray[tuple[int], np.dtype[np.int16]]") -> float:
    """Of the loudest tenth: speech, not the pauses."""
    squares = np.sort(samples.astype(float) ** 2)
    return float(np.sqrt(squares[-len(squares) // 10 :].mean()))


async def test_two_calls_at_once_do_not_hear_each_other(
    product: Product, words: dict[str, str], sounds: dict[str, bytes], tmp_path: Path
) -> None:
    pairs = (["tt-weasels"], ["transfer"])
    reports = await asyncio.gather(
        *(
            call(product, names, words, sounds, tmp_path / str(index))
            for index, names in enumerate(pairs)
        )
    )
    assert reports[0].call_id != reports[1].call_id
    for report in reports:
        assert report.faults() == []
    assert "extension" in reports[1].transcript.lower()
    assert "extension" not in reports[0].transcript.lower()


async def test_a_caller_who_barges_in_silences_the_agent(
    product: Product, sounds: dict[str, bytes], tmp_path: Path
) -> None:
    order = CallOrder(
        business=DEMO,
        called=DEMO_NUMBER,
        caller="+12025550123",
        sentences=[sounds["transfer"], sounds["tt-weasels"]],
        manners=Manners(quiet_ms=0, onset_limit_ms=8_000),
    )
    report = await place(product.installation, order, tmp_path)
    assert report.faults() == []
    assert "[BARGE-IN FLUSH]" in "\n".join(report.markers)


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
async def test_a_terminal_status_closes_the_call_within_a_second_of_its_own_time(
    product: Product, twilio: FakeTwilio, status: str
) -> None:
    installation = product.installation
    placed = await twilio.call(
        installation.webhook_url(DEMO),
        called=DEMO_NUMBER,
        statuses=StatusPlan(installation.status_url, after=()),
    )
    assert placed.phone is not None
    await placed.heard_frames(1)
    heard_ms = placed.ear.heard_ms
    await twilio.post_status(placed, installation.status_url, status)
    async with asyncio.timeout(20):
        await placed.phone.closed.wait()
    assert placed.ear.heard_ms - heard_ms <= 1_000


async def test_hanging_up_ends_the_call_for_good(product: Product, twilio: FakeTwilio) -> None:
    placed = await twilio.call(product.webhook_url, called=DEMO_NUMBER)
    talker = Talker(placed.ear, [], done=placed.hang_up)
    placed.phone.voice = talker  # type: ignore[union-attr]
    async with asyncio.timeout(60):
        await placed.ended.wait()
    assert placed.failures == []
    assert len(placed.phones) == 1
