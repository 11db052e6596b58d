"""What a business has told its agent, line by line, and the line that answers a question.

Instructions hold two kinds of lines: orders to the agent and facts for callers. Only facts may be
said, so orders are left out: numbered steps, headings, lines that address the agent.
"""

import re
from collections import OrderedDict
from difflib import get_close_matches
from typing import Final

from msgspec import Struct

from prosaasil.speech.likeness import Meaning, Ranking, letters_alike
from prosaasil.speech.manners import language_of
from prosaasil.speech.number_words import words_of
from prosaasil.speech.spoken import plain

BUSINESS_HEADING: Final = re.compile(
    r"^#+\s*BUSINESS INSTRUCTIONS\s*$(.*?)(?=^#+\s|\Z)", re.MULTILINE | re.DOTALL | re.IGNORECASE
)
LINES_MAX: Final = 200
"""More is not read: each line costs 10 ms when a business is met for the first time."""
LINE_CHARS_MAX: Final = 400
BUSINESSES_KEPT: Final = 32
ANSWER_SCORE_MIN: Final = 0.62
"""Below this a line is about something else (found on the demo business's facts)."""
OWN_LANGUAGE_GAIN: Final = 0.12
TOPIC_ALIKE_MIN: Final = 0.3
WORD_LENGTH_MIN: Final = 4
WORD_ALIKE_MIN: Final = 0.84
TOPIC_CHARS_MAX: Final = 60
_ORDER: Final = re.compile(
    r"""^(?:\d+[.)]\s|\#|You\s(?:are|answer|call|must|may|should|can)\b|Do\snot\b|Don't\b|Never\b|
    Always\b|Ask\b|Say\b|Tell\b|Answer\b|Greet\b|Offer\b|Speak\b|Use\b|Be\s|If\s|When\s|Confirm\b|
    Collect\b|Keep\b|Begin\b|Your\s|Goal\b|
    את(?:ם|ה)?\s|אין\sל|אל\s|אם\s|מטרת|ענו|ענה|שאלו|שאל\s|אמרו|אמור|הציגו|ודאו|תמיד|לעולם|
    מי\sש|דברו|דבר\s|על\sכל)""",
    re.VERBOSE | re.IGNORECASE,
)
_SENTENCE_LIKE: Final = re.compile(
    r"\b(?:we|we're|there|you|it|is|are|please|our)\b", re.IGNORECASE
)


class Fact(Struct, frozen=True):
    text: str
    language: str
    topic: str = ""
    """What stands before the colon: a service, or the name of the matter."""

    @property
    def spoken(self) -> str:
        """The fact as a sentence to say."""
        if not self.topic:
            return self.text
        rest = self.text[len(self.topic) :].lstrip(" :").strip()
        if self.language == "en" and _SENTENCE_LIKE.search(rest.split(".")[0]):
            return rest[:1].upper() + rest[1:]
        return f"{self.topic}, {rest}" if self.language == "he" else f"{self.topic}: {rest}"


class Knowledge:
    """A business's facts, ready to be asked."""

    def __init__(self, instructions: str, meaning: Meaning) -> None:
        self.facts = facts_in(instructions)
        self._by_text = Ranking([fact.text for fact in self.facts], meaning)
        self.topics = [fact for fact in self.facts if fact.topic]
        self._by_topic = Ranking([fact.topic for fact in self.topics], meaning)

    def answer(self, question: str, language: str, *, score_min: float) -> "Answer | None":
        """The fact that answers it, in the caller's language if there is one, else in any."""
        scores = dict(zip(self.facts, self._by_text.scores(question), strict=True))
        for fact, score in zip(self.topics, self._by_topic.scores(question), strict=True):
            scores[fact] = max(scores[fact], score)
        best: Answer | None = None
        for fact, score in scores.items():
            own = score + (OWN_LANGUAGE_GAIN if fact.language == language else 0.0)
            if score >= score_min and (best is None or own > best.score):
                best = Answer(fact, own)
        return best

    def topic_of(self, wish: str, language: str) -> str | None:
        """The service that a wish names, as the business calls it."""
        best: tuple[float, str] = (0.0, "")
        words = [word for word in words_of(wish) if len(word) >= WORD_LENGTH_MIN]
        for fact in self.topics:
            if fact.language != language:
                continue
            alike = letters_alike(wish, fact.topic)
            own = self._own_words(fact)
            if any(get_close_matches(word, own, 1, WORD_ALIKE_MIN) for word in words):
                alike += TOPIC_ALIKE_MIN
            best = max(best, (alike, fact.topic))
        return best[1] if best[0] >= TOPIC_ALIKE_MIN else None

    def _own_words(self, fact: Fact) -> list[str]:
        """The words of a topic that no other topic has."""
        others = {
            word for other in self.topics if other is not fact for word in words_of(other.topic)
        }
        own = set(words_of(fact.topic)) - others
        return [word for word in own if len(word) >= WORD_LENGTH_MIN]


class Answer(Struct, frozen=True):
    fact: Fact
    score: float


class Library:
    """The knowledge of the businesses met lately."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self._known: OrderedDict[str, Knowledge] = OrderedDict()

    def of(self, instructions: str) -> Knowledge:
        if instructions in self._known:
            self._known.move_to_end(instructions)
            return self._known[instructions]
        knowledge = Knowledge(instructions, self._meaning)
        self._known[instructions] = knowledge
        while len(self._known) > BUSINESSES_KEPT:
            self._known.popitem(last=False)
        return knowledge


def facts_in(instructions: str) -> list[Fact]:
    section = BUSINESS_HEADING.search(instructions)
    body = section[1] if section else instructions
    facts: list[Fact] = []
    for raw in body.splitlines():
        if not raw.strip() or _ORDER.match(raw.strip().lstrip("-*• ")):
            continue
        line = plain(raw)[:LINE_CHARS_MAX]
        topic, colon, rest = line.partition(":")
        is_topic = bool(colon and rest.strip() and len(topic) <= TOPIC_CHARS_MAX)
        is_topic = is_topic and not topic[-1:].isdigit()
        if is_topic and _ORDER.match(rest.strip()):
            is_topic = False
        if len(line) < 8:
            continue
        facts.append(Fact(line, language_of(line, "en"), topic.strip() if is_topic else ""))
    return facts[:LINES_MAX]
