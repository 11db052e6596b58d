"""Whole conversations with the scripted dialogue, in text, without models."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from prosaasil.speech.dialogue import (
    AgentSaid,
    CallerSaid,
    Function,
    FunctionAnswered,
    FunctionCall,
    FunctionCalled,
    Question,
    Said,
    Sentence,
)
from prosaasil.speech.functions import read_output
from prosaasil.speech.likeness import MEANING_FLOOR, Vectors
from prosaasil.speech.script import Minds, ScriptedTalk
from prosaasil.speech.workers import Workers

INSTRUCTIONS = """\
# BUSINESS INSTRUCTIONS
You answer the phone of a clinic.
1. Ask for the name.
Opening hours: Sunday to Thursday from eight to seven.
שעות פתיחה: ימים ראשון עד חמישי משמונה עד שבע.
Teeth cleaning: thirty minutes, two hundred shekels.
ניקוי שיניים: שלושים דקות, מאתיים שקלים.

# THIS CALL
It is Saturday, 21 November 2026, 10:00 (Asia/Jerusalem)."""


class NoMeaning:
    """Every text is as near to every other: only letters count."""

    def of(self, texts: Sequence[str]) -> Vectors:
        return np.full((len(texts), 1), MEANING_FLOOR**0.5, np.float32)


class Conversation:
    def __init__(self, language: str = "en", *functions: Function) -> None:
        self._language = language
        self._functions = functions
        self._talk = ScriptedTalk(Minds(NoMeaning()), Workers("think", 1))
        self.said: list[Said] = [AgentSaid("greeting", "Hello.")]
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def say(self, text: str, language: str = "") -> str:
        self.said.append(CallerSaid(self._id(), text, language))
        return await self.reply()

    async def answer(self, output: object) -> str:
        self.said.append(FunctionAnswered(self._id(), "call", json.dumps(output)))
        return await self.reply()

    async def reply(self, instructions: str = INSTRUCTIONS) -> str:
        question = Question(
            instructions,
            tuple(self.said),
            self._language,
            self._functions,
            now=datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
        )
        sentences: list[str] = []
        async for part in self._talk.reply(question):
            match part:
                case Sentence(text=text):
                    sentences.append(text)
                case FunctionCall(name, arguments):
                    self.calls.append((name, json.loads(arguments)))
                    self.said.append(FunctionCalled(self._id(), "call", name, arguments))
        if sentences:
            self.said.append(AgentSaid(self._id(), " ".join(sentences)))
        return " ".join(sentences)

    def _id(self) -> str:
        return f"item{len(self.said)}"


TOOLS = (
    Function(
        "check_availability",
        "Which times are free.",
        {"properties": {"date": {"type": "string"}}, "required": ["date"]},
    ),
    Function(
        "book_appointment",
        "Book.",
        {
            "properties": {
                "customer_name": {"type": "string"},
                "phone": {"type": "string"},
                "start": {"type": "string"},
                "service": {"type": "string"},
            },
            "required": ["customer_name", "start"],
        },
    ),
)


async def booked_until_the_call(call: Conversation) -> str:
    await call.say("I want to book an appointment for teeth cleaning tomorrow at ten")
    await call.say("Dana Levi")
    await call.say("yes")
    await call.say("0521234567")
    await call.say("yes")
    return await call.say("yes")


async def test_every_slot_is_said_back_before_it_counts() -> None:
    call = Conversation("he")

    assert "מה השם המלא?" in await call.say("אני רוצה לקבוע תור")
    assert await call.say("דוד כהן") == "השם הוא דוד כהן. נכון?"
    assert await call.say("לא, דוד לוי") == "השם הוא דוד לוי. נכון?"
    assert "טלפון" in await call.say("כן")
    assert "0 5 2" in await call.say("אפס חמש שתיים")
    assert "0 5 2, 4 7 1, 8 3 6 9" in await call.say("ארבע שבע אחת שמונה שלוש שש תשע")
    assert "מתי נוח" in await call.say("כן")
    said = await call.say("ניקוי שיניים מחר בעשר")
    assert said == "רשמתי: ניקוי שיניים, מחר, יום ראשון, 22 בנובמבר, בשעה 10:00. נכון?"
    assert "לקחתי את הפרטים ונציג יחזור אליך" in await call.say("כן")
    assert await call.say("לא תודה") == "תודה ולהתראות."


async def test_the_demo_voice_says_so_once() -> None:
    call = Conversation()

    assert "demo voice" in await call.say("I want to book an appointment")
    assert "demo voice" not in await call.say("Dana")
    assert "a computer program and not a person" in await call.say("are you a robot")


async def test_a_business_may_forbid_to_mention_the_demo() -> None:
    call = Conversation()
    call.said.append(CallerSaid("c", "I want to book an appointment", "en"))

    assert "demo" not in await call.reply("Never mention the demo.\n" + INSTRUCTIONS)


async def test_a_question_in_between_is_answered_and_the_open_one_asked_again() -> None:
    call = Conversation()
    await call.say("I want to book an appointment")
    said = await call.say("what are your opening hours?")

    assert "from eight to seven" in said
    assert said.endswith("What is your full name?")


async def test_functions_get_what_was_confirmed_and_their_word_is_final() -> None:
    call = Conversation("en", *TOOLS)
    await booked_until_the_call(call)
    await call.answer({"ok": True, "slots": ["10:00"]})
    said = await call.answer({"ok": True, "say": "You are booked."})

    assert call.calls == [
        ("check_availability", {"date": "2026-11-22"}),
        (
            "book_appointment",
            {
                "customer_name": "Dana Levi",
                "phone": "0521234567",
                "start": "2026-11-22T10:00:00+02:00",
                "service": "Teeth cleaning",
            },
        ),
    ]
    assert "You are booked." in said


@pytest.mark.parametrize(
    "output",
    [
        {"ok": False, "error": "taken"},
        {"error": "timeout"},
        {"success": False},
        "nonsense",
        None,
        {"id": 3},
        {"status": "failed"},
    ],
)
async def test_success_is_never_claimed_without_an_ok(output: object) -> None:
    call = Conversation("en", TOOLS[1])
    await booked_until_the_call(call)
    said = await call.answer(output)

    assert "somebody will call you back" in said
    assert "done" not in said


async def test_a_missing_answer_is_asked_for_twice_then_a_message_is_offered() -> None:
    call = Conversation()

    assert "Please say it again" in await call.say("mumble")
    assert "Shall I take a message" in await call.say("mumble")
    assert "full name" in await call.say("yes")


async def test_a_number_may_be_typed() -> None:
    call = Conversation()
    await call.say("I want to leave a message")
    await call.say("Dana")
    await call.say("yes")

    assert "0 5 2, 1 2 3, 4 5 6 7" in await call.say("[caller pressed 0521234567]")
    assert "message" in await call.say("[caller pressed 1]")


async def test_the_callers_language_is_spoken() -> None:
    call = Conversation("he")

    assert "from eight to seven" in await call.say("what are your opening hours", "en")
    assert "משמונה עד שבע" in await call.say("מה שעות הפתיחה", "he")


async def test_what_nobody_heard_was_not_said() -> None:
    call = Conversation()
    await call.say("I want to book an appointment")
    call.said.pop()

    assert "Your name is Dana Levi" in await call.say("my name is Dana Levi")


async def test_its_own_echo_is_not_answered() -> None:
    call = Conversation()
    await call.say("I want to leave a message")

    assert await call.say("What is your full name?") == ""
    assert "Your name is Dana" in await call.say("Dana")


async def test_a_repetition_is_given() -> None:
    call = Conversation()
    said = await call.say("what are your opening hours")

    assert await call.say("sorry, can you repeat that") in said


def test_an_outputs_list_is_told() -> None:
    assert read_output('{"ok":true,"slots":["10:00","11:00"]}').say == "10:00, 11:00"
