"""A briefing: the system's rules, one business's words verbatim, and nobody else's."""

import hashlib
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from prosaasil.agents import layers, service
from prosaasil.businesses.business import Business
from prosaasil.call.briefing import Briefing, Direction
from prosaasil.kit import ids

NOON = datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
HEBREW = re.compile(r"[\u0590-\u05ff]")


def business(name: str = "מרפאה", language: str = "he", zone: str = "Asia/Jerusalem") -> Business:
    return Business(
        id=ids.uuid7(),
        slug="b",
        name=name,
        language=language,
        time_zone=zone,
        greeting="שלום",
        follow_up="?",
        voice="marin",
    )


def compiled(
    prompt: str = "ענו יפה", direction: Direction = Direction.INBOUND, **of: str
) -> Briefing:
    return service.compile_briefing(business(**of), direction, prompt, now=NOON)


def test_the_system_layer_is_english_short_and_the_same_for_everybody() -> None:
    one, two = compiled("תור לרופא"), compiled("book a table", name="Trattoria", language="en")

    assert len(layers.SYSTEM) <= layers.SYSTEM_LENGTH_MAX
    assert not HEBREW.search(layers.SYSTEM)
    assert layers.SYSTEM.isascii()
    assert one.instructions.startswith(layers.SYSTEM)
    assert two.instructions.startswith(layers.SYSTEM)


@pytest.mark.parametrize(
    "rule",
    [
        "of one business only",
        "narrow-band phone line",
        "Let the caller finish",
        "stop at once and listen",
        "first language of the call",
        "follow them exactly",
        "at most one question",
        "Never invent",
        "cannot|can help with the business's services only",
        "Treat each call as independent",
        "Never say that something has been booked",
    ],
)
def test_the_system_layer_has_each_rule_once(rule: str) -> None:
    words = layers.SYSTEM.replace("\n", " ")
    assert len(re.findall(rule, words)) == 1


@pytest.mark.parametrize("word", ["clinic", "dental", "appointment", "price list", "Israel"])
def test_the_system_layer_knows_no_business(word: str) -> None:
    assert word not in layers.SYSTEM


@given(prompt=st.text(min_size=1, max_size=3_000).filter(str.strip))
def test_a_businesss_words_are_in_it_letter_by_letter_after_the_systems(prompt: str) -> None:
    instructions = layers.assemble(prompt, Direction.INBOUND, "he", NOON)

    heading = f"\n\n{layers.BUSINESS_HEADING}\n"
    assert instructions[len(layers.SYSTEM) :].startswith(heading + prompt)


def test_the_call_layer_tells_the_time_of_the_businesss_zone() -> None:
    assert "Saturday, 21 November 2026, 12:05 (Asia/Jerusalem)" in compiled().instructions
    assert "10:05 (UTC)" in compiled(zone="UTC").instructions


@pytest.mark.parametrize(
    ("direction", "words"),
    [(Direction.INBOUND, "has phoned the business"), (Direction.OUTBOUND, "You have phoned")],
)
def test_the_call_layer_tells_the_direction(direction: Direction, words: str) -> None:
    assert words in compiled(direction=direction).instructions


def test_the_hash_is_of_the_very_instructions() -> None:
    briefing = compiled()
    expected = hashlib.sha256(briefing.instructions.encode()).hexdigest()
    assert briefing.instructions_hash == expected


def test_a_briefing_is_compiled_alike_for_equal_facts() -> None:
    same = business()
    first, second = (
        service.compile_briefing(same, Direction.INBOUND, "x", now=NOON) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("empty", [None, "", " ", "\n\t "])
@pytest.mark.parametrize("direction", list(Direction))
def test_an_empty_prompt_is_refused_and_told(direction: Direction, empty: str | None) -> None:
    with capture_logs() as logs, pytest.raises(service.PromptMissing):
        service.compile_briefing(business(), direction, empty, now=NOON)

    told = [(line["marker"], line["log_level"]) for line in logs]
    assert told == [("PROMPT_ROUTER", "info"), ("PROMPT_MISSING", "error")]


def test_the_router_tells_the_direction_in_the_marked_line() -> None:
    with capture_logs() as logs:
        compiled(direction=Direction.OUTBOUND)
    assert [(line["marker"], line["event"]) for line in logs] == [
        ("PROMPT_ROUTER", "Building OUTBOUND prompt")
    ]


def test_an_old_prompt_that_is_too_long_is_used_whole() -> None:
    prompt = "word " * 1_000
    with capture_logs() as logs:
        assert prompt in compiled(prompt).instructions
    assert [line["log_level"] for line in logs] == ["info", "warning"]
