"""The dialogue in this process: the rules of `flow`, with models that tell what a caller means."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct
from msgspec.structs import replace

from prosaasil.speech.dialogue import (
    AgentSaid,
    CallerSaid,
    FunctionAnswered,
    Part,
    Question,
    Sentence,
)
from prosaasil.speech.facts import ANSWER_SCORE_MIN, Answer, Library
from prosaasil.speech.flow import Flow
from prosaasil.speech.intents import Intent, IntentFinder
from prosaasil.speech.likeness import E5Meaning, Meaning, letters_alike
from prosaasil.speech.manners import language_of
from prosaasil.speech.spoken import sentences
from prosaasil.speech.state import Insight, State
from prosaasil.speech.workers import Workers

ECHO_WORDS_MIN: Final = 4
"""Shorter ones may well be the caller's: people answer with the words of the question."""
ECHO_ALIKE_MIN: Final = 0.85
LANGUAGES: Final = ("he", "en")
ZONE_DEFAULT: Final = "Asia/Jerusalem"
PRICE_SCORE_MIN: Final = 0.7
"""A price is told of what was asked for, not of what is merely near."""
_ZONE: Final = re.compile(r"\b((?:Africa|America|Asia|Australia|Europe|Pacific)/[A-Za-z_]+)")
_MATTERS: Final = {
    Intent.HOURS: "opening hours שעות פתיחה",
    Intent.ADDRESS: "address כתובת",
}
_FORBIDS_DEMO: Final = re.compile(
    r"(?:not|never|n't|without|אל|לא|בלי)\b[^.\n]{0,40}\b(?:demo|robot|AI\b|artificial|הדגמה|רובוט)",
    re.IGNORECASE,
)


class Minds:
    """The models of the script; used from one thread at a time."""

    def __init__(self, meaning: Meaning | None = None) -> None:
        meaning = meaning or E5Meaning()
        self.intents = IntentFinder(meaning)
        self.library = Library(meaning)

    def insight(self, text: str, language: str, instructions: str, about: str = "") -> Insight:
        """`about` is the service that is being talked of."""
        understood = self.intents.find(text)
        knowledge = self.library.of(instructions)
        least = PRICE_SCORE_MIN if understood.intent is Intent.PRICE else ANSWER_SCORE_MIN
        answer: Answer | None = knowledge.answer(text, language, score_min=least)
        if answer is None and about and understood.intent is Intent.PRICE:
            answer = knowledge.answer(about, language, score_min=ANSWER_SCORE_MIN)
        matter = _MATTERS.get(understood.intent)
        if matter and (answer is None or understood.score > answer.score):
            answer = knowledge.answer(matter, language, score_min=ANSWER_SCORE_MIN) or answer
        return Insight(text, language, understood, answer, knowledge.topic_of(text, language))


class _Step(Struct, frozen=True):
    """What the last reply was made from, in case nobody heard it."""

    state: State
    text: str
    agent_items: frozenset[str]
    has_spoken: bool


class ScriptedTalk:
    def __init__(self, minds: Minds, workers: Workers) -> None:
        self._minds = minds
        self._workers = workers
        self._state = State()
        self._seen: set[str] = set()
        self._last: _Step | None = None

    async def reply(self, question: Question) -> AsyncIterator[Part]:
        spoken = frozenset(s.item_id for s in question.said if isinstance(s, AgentSaid))
        earlier = self._unheard(spoken)
        news = [said for said in question.said if said.item_id not in self._seen]
        self._seen.update(said.item_id for said in news)
        output = next((s for s in reversed(news) if isinstance(s, FunctionAnswered)), None)
        heard = [said for said in news if isinstance(said, CallerSaid)]
        if not self._last and heard:
            heard = heard[-1:]  # of a conversation that began without us only the last counts
        own = [said for said in heard if not is_echo(said.text, self._state.last)]
        if heard and not own and not earlier:
            return
        text = " ".join(part for part in (earlier, *(s.text for s in own)) if part)
        language = self._language(question, heard, text)
        before = self._state
        self._state = replace(before, language=language)
        flow = Flow(self._state, question.functions, local_now(question))
        introduces = not _FORBIDS_DEMO.search(question.instructions)
        if question.must_call and flow.must_call(question.must_call):
            pass
        elif output is not None and not text:
            flow.read(output.output)
        elif text:
            insight = await self._workers.run(
                question.lane,
                partial(
                    self._minds.insight,
                    text,
                    language,
                    question.instructions,
                    before.slots.service,
                ),
            )
            flow.hear(insight, may_introduce=introduces)
        elif heard:
            if any(said.voice_was_clear for said in heard):
                flow.hear_nothing()
        elif question.said:
            flow.carry_on()
        else:
            flow.greet(may_introduce=introduces)
        said = " ".join(part.text for part in flow.parts if isinstance(part, Sentence))
        self._state = replace(flow.state, last=said or flow.state.last)
        self._last = _Step(before, text, spoken, bool(said))
        for part in flow.parts:
            yield part

    def _unheard(self, spoken: frozenset[str]) -> str:
        """If nothing of the last reply was heard, take it back; answers what it was to answer."""
        last = self._last
        if last is None or not last.has_spoken or spoken - last.agent_items:
            return ""
        self._state = last.state
        return last.text

    def _language(self, question: Question, heard: list[CallerSaid], text: str) -> str:
        usual = self._state.language or question.language
        usual = usual if usual in LANGUAGES else "en"
        said = heard[-1].language if heard else ""
        if said in LANGUAGES and re.search(r"[a-zא-ת]", text.lower()):
            return said
        return language_of(text, usual) if text and not said and "[" not in text else usual


class ScriptedDialogue:
    is_demo = True

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._minds = Minds()

    def begin(self) -> ScriptedTalk:
        return ScriptedTalk(self._minds, self._workers)

    async def prepare(self, instructions: str, lane: str) -> None:
        await self._workers.run(lane, partial(self._minds.library.of, instructions))

    async def warm_up(self) -> None:
        await self._workers.run("", partial(self._minds.insight, "hello", "en", ""))

    async def close(self) -> None:
        """Nothing to give back."""


def is_echo(text: str, last: str) -> bool:
    """Whether this is the agent's own sentence, come back through the caller's telephone."""
    return len(text.split()) >= ECHO_WORDS_MIN and any(
        letters_alike(text, sentence) >= ECHO_ALIKE_MIN for sentence in sentences(last)
    )


def local_now(question: Question) -> datetime:
    """Now, where the business is: its time zone is in its instructions."""
    named = _ZONE.search(question.instructions)
    try:
        zone = ZoneInfo(named[1] if named else ZONE_DEFAULT)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo(ZONE_DEFAULT)
    return (question.now or datetime(1970, 1, 1, tzinfo=UTC)).astimezone(zone)
