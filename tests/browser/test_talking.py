"""A person talks with the agent from a page: real browser, real speech, real product."""

from pathlib import Path
from typing import Any

import pytest

from . import microphone
from .microphone import recorded, silence
from .visitor import Browsers, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

AUDIBLE = 0.3
"""On the meter, where 0 is silence and 1 a loud voice."""
SILENT = 0.02
FALLS_SILENT_MS = 800
"""200 ms until a voice is believed; the rest is the browser's: its microphone, its loudspeaker's
buffer, and a meter that moves each 50 ms."""
STAYS_SILENT_MS = 400


def test_a_question_is_answered(browsers: Browsers, asking: Path) -> None:
    with browsers.visitor(asking, language="he") as visitor:
        visitor.call().wait_for_phase("talking")
        assert "חיוך" in visitor.wait_for_line("agent")
        assert loudest(visitor, "agent") > AUDIBLE

        assert visitor.wait_for_line("caller")
        assert loudest(visitor, "caller") > AUDIBLE
        assert "שמונה" in visitor.wait_for_line("agent", 2)

        visitor.hang_up()
        call = ended(visitor)
        assert (call["status"], call["end_reason"]) == ("completed", "caller_hung_up")
        assert [turn["role"] for turn in call["turns"]][:3] == ["agent", "caller", "agent"]
        assert visitor.see("recording").evaluate(
            "audio => audio.play().then(() => audio.duration)"
        ) == pytest.approx(call["duration_s"], abs=2)


def test_the_agent_falls_silent_when_spoken_over(browsers: Browsers, tmp_path: Path) -> None:
    """The caller speaks again and again: sooner or later over whatever the agent says."""
    voice = recorded("ss-noservice")
    insisting = microphone.write(tmp_path / "insisting.wav", [silence(2), voice, silence(1)])
    with browsers.visitor(insisting) as visitor:
        visitor.call().wait_for_phase("talking")
        visitor.page.wait_for_function(
            "() => Number(document.querySelector('main').dataset.clears) > 0", timeout=60_000
        )
        moments = visitor.heard()
        visitor.hang_up()

    over = next(m["at"] for m in moments if min(m["agent"], m["caller"]) > AUDIBLE)
    silent = next(m["at"] for m in moments if m["at"] > over and m["agent"] < SILENT)
    after = [m["agent"] for m in moments if silent <= m["at"] < silent + STAYS_SILENT_MS]
    assert silent - over < FALLS_SILENT_MS
    assert max(after) < SILENT


def test_keys_reach_the_agent(browsers: Browsers, tmp_path: Path) -> None:
    quiet = microphone.write(tmp_path / "quiet.wav", [silence(60)])
    with browsers.visitor(quiet) as visitor:
        visitor.call().wait_for_phase("talking")
        visitor.see("keypad").click()
        visitor.see("key-5").click()
        visitor.page.keyboard.press("#")
        assert visitor.page.locator("output").inner_text() == "5#"
        visitor.hang_up()
        assert ended(visitor)["metrics"]["keys_pressed"] == 2


def test_a_muted_caller_is_not_heard(browsers: Browsers, tmp_path: Path) -> None:
    voice = recorded("ss-noservice")
    talking = microphone.write(tmp_path / "talking.wav", [silence(2), voice])
    with browsers.visitor(talking) as visitor:
        visitor.call()
        visitor.see("mute").click()
        visitor.wait_until_agent(speaks=True).wait_until_agent(speaks=False)
        assert loudest(visitor, "caller") < AUDIBLE
        visitor.see("mute").click()
        assert visitor.wait_for_line("caller")
        visitor.hang_up()
        first = next(turn for turn in ended(visitor)["turns"] if turn["role"] == "caller")
        assert first["at_ms"] > 1_000


def test_a_silent_caller_is_told_why_the_call_ended(browsers: Browsers, tmp_path: Path) -> None:
    quiet = microphone.write(tmp_path / "quiet.wav", [silence(120)])
    with browsers.visitor(quiet) as visitor:
        visitor.call().wait_for_phase("over", limit_s=90)
        assert "Nobody spoke" in visitor.see("ending").inner_text()
        assert ended(visitor)["end_reason"] == "silence"


def loudest(visitor: Visitor, who: str) -> float:
    return max(float(moment[who]) for moment in visitor.heard())


def ended(visitor: Visitor) -> dict[str, Any]:
    """The call as the server tells it once it is over there too."""
    visitor.see("recording").wait_for()
    return visitor.record_of_call()
