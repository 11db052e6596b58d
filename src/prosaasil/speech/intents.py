"""What a caller wants, in eleven kinds: sure words first, then the nearest of some examples."""

import re
from enum import Enum
from typing import Final

from msgspec import Struct

from prosaasil.speech.likeness import Meaning, Ranking


class Intent(Enum):
    BOOK = "book"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    MESSAGE = "message"
    HOURS = "hours"
    PRICE = "price"
    ADDRESS = "address"
    HUMAN = "human"
    YES = "yes"
    NO = "no"
    REPEAT = "repeat"
    THANKS = "thanks"
    BYE = "bye"
    GREETING = "greeting"
    WHO = "who"
    UNKNOWN = "unknown"


QUESTIONS: Final = frozenset({Intent.HOURS, Intent.PRICE, Intent.ADDRESS})
REQUESTS: Final = frozenset({Intent.BOOK, Intent.CANCEL, Intent.RESCHEDULE, Intent.MESSAGE})
INTENT_SCORE_MIN: Final = 0.72
"""Below this the nearest example is not near (unrelated sentences reach 0.65)."""
SOCIAL_SCORE_MIN: Final = 1.0
"""Short formulas are said in their own words or not at all."""
_SOCIAL: Final = frozenset(
    {Intent.YES, Intent.NO, Intent.BYE, Intent.THANKS, Intent.GREETING, Intent.WHO, Intent.REPEAT}
)

_EXAMPLES: Final[dict[Intent, tuple[str, ...]]] = {
    Intent.BOOK: (
        "I want to book an appointment",
        "can I come in on Monday",
        "I'd like to schedule a visit",
        "could you fit me in tomorrow",
        "I need an appointment with the doctor",
        "do you have anything free next week",
        "אני רוצה לקבוע תור",
        "אפשר להזמין תור ליום שני",
        "צריך תור לרופא",
        "יש לכם משהו פנוי מחר",
        "הייתי רוצה להיפגש עם הרופאה",
        "אני רוצה לקבוע פגישה",
    ),
    Intent.CANCEL: (
        "cancel my appointment",
        "I can't make it, please delete my visit",
        "I won't be able to come",
        "אני רוצה לבטל את התור",
        "תבטל לי בבקשה",
        "אני לא אגיע לתור",
        "אני צריכה לבטל, לא אוכל להגיע",
    ),
    Intent.RESCHEDULE: (
        "I need to change my appointment to another day",
        "can we move it to Thursday",
        "push my visit to next week",
        "אפשר להזיז את התור",
        "אני רוצה לשנות את מועד התור",
        "אפשר לדחות את התור",
        "בוא נעביר את זה ליום אחר",
    ),
    Intent.MESSAGE: (
        "I want to leave a message",
        "please call me back",
        "can somebody get back to me",
        "אני רוצה להשאיר הודעה",
        "תחזרו אליי בבקשה",
        "אפשר שמישהו יחזור אליי",
    ),
    Intent.HOURS: (
        "what are your opening hours",
        "when do you close",
        "are you open on weekends",
        "what time do you open on Sunday",
        "מה שעות הפתיחה",
        "מתי אתם פתוחים",
        "עד מתי אתם פתוחים",
        "באיזו שעה אתם סוגרים ביום שישי",
    ),
    Intent.PRICE: (
        "how much does it cost",
        "what is the price of a cleaning",
        "what do you charge for a filling",
        "כמה זה עולה",
        "מה המחיר של הטיפול",
        "כמה יעלה לי ניקוי",
    ),
    Intent.ADDRESS: (
        "where are you located",
        "what's your address",
        "how do I get to you",
        "איפה אתם נמצאים",
        "מה הכתובת",
        "איך מגיעים אליכם",
    ),
    Intent.HUMAN: (
        "I want to speak to a person",
        "transfer me to an agent",
        "get me a real human please",
        "אני רוצה לדבר עם נציג",
        "תעביר אותי לבן אדם",
        "תן לי לדבר עם מישהו אמיתי",
    ),
    Intent.WHO: (
        "who are you",
        "are you a robot",
        "am I talking to a machine",
        "is this a real person",
        "מי אתה",
        "מי זה מדבר",
        "זה רובוט",
        "אני מדבר עם מכונה",
    ),
    Intent.REPEAT: (
        "can you repeat that",
        "sorry what did you say",
        "say that again please",
        "אפשר לחזור על זה",
        "לא שמעתי",
        "מה אמרת",
    ),
    Intent.YES: ("yes", "that works for me", "sure, sounds good", "כן", "מתאים לי", "בסדר גמור"),
    Intent.NO: ("no", "no thank you", "that doesn't work", "לא", "לא תודה", "לא מתאים לי"),
    Intent.THANKS: ("thank you very much", "thanks a lot", "תודה רבה", "תודה"),
    Intent.GREETING: ("hello", "hi, good morning", "שלום", "היי בוקר טוב"),
    Intent.BYE: ("goodbye", "bye bye", "have a nice day", "להתראות", "ביי"),
}

_YES: Final = re.compile(
    r"^(?:oh |well |um+ |so )?(?:yes|yeah|yep|yup|sure|correct|right|exactly|of course|okay|ok|"
    r"that'?s (?:right|correct|fine|it|good)|it is|perfect|great|fine|absolutely|"
    r"כן|נכון|בטח|בסדר|מאה אחוז|אוקיי|אוקי|מתאים|מעולה|מצוין|סבבה|יופי|בדיוק)\b"
)
_NO: Final = re.compile(
    r"^(?:oh |well |um+ |so )?(?:no|nope|nah|not|that'?s (?:not|wrong)|wrong|incorrect|negative|"
    r"לא|ממש לא|טעות|שלילי|זה לא)\b"
)
_BYE: Final = re.compile(r"\b(?:good ?bye|bye|see you|להתראות|ביי|יום טוב|לילה טוב)\b")
_THANKS: Final = re.compile(r"\b(?:thanks|thank you|תודה)\b")
_SURE: Final = (
    (Intent.WHO, re.compile(r"\b(?:who are you|a (?:robot|machine|bot|computer)|real person)\b")),
    (Intent.WHO, re.compile(r"(?:^|\s)(?:מי אתה|מי את|רובוט|מכונה|בן אדם אמיתי\?)(?:\s|$)")),
    (Intent.REPEAT, re.compile(r"\b(?:repeat|say (?:that|it) again|pardon|come again)\b")),
    (Intent.REPEAT, re.compile(r"^(?:מה|סליחה|מה אמרת|עוד פעם|לא שמעתי|תחזור.*|אפשר לחזור.*)$")),
    (Intent.CANCEL, re.compile(r"\bcancel|לבטל|תבטל|ביטול התור")),
    (Intent.RESCHEDULE, re.compile(r"\breschedul|להזיז|לדחות|לשנות את (?:מועד|התור|השעה)")),
    (Intent.HOURS, re.compile(r"\b(?:opening hours|(?:when|what time) do you (?:open|close))\b")),
    (Intent.HOURS, re.compile(r"שעות.{0,4}פתי|מתי (?:אתם )?(?:פתוח|סוגר|פותח)")),
    (Intent.PRICE, re.compile(r"\bhow much\b|\bprice\b|\bcost\b|כמה (?:זה )?(?:עולה|יעלה)|מחיר")),
    (Intent.ADDRESS, re.compile(r"\baddress\b|where are you|איפה אתם|מה הכתובת|איך מגיעים")),
    (Intent.MESSAGE, re.compile(r"leave a message|call me back|להשאיר הודעה|שיחזרו אל")),
    (
        Intent.BOOK,
        re.compile(r"\b(?:book|schedule|make|need|want) an? appointment\b|לקבוע (?:תור|פגישה)"),
    ),
)


class Understood(Struct, frozen=True):
    intent: Intent
    score: float
    """1 and more: sure."""


class IntentFinder:
    def __init__(self, meaning: Meaning) -> None:
        pairs = [(intent, text) for intent, texts in _EXAMPLES.items() for text in texts]
        self._intents = [intent for intent, _ in pairs]
        self._ranking = Ranking([text for _, text in pairs], meaning)

    def find(self, text: str) -> Understood:
        if sure := sure_intent(text):
            return Understood(sure, 2.0)
        best: dict[Intent, list[float]] = {}
        for intent, score in zip(self._intents, self._ranking.scores(text), strict=True):
            best.setdefault(intent, []).append(score)
        # Two near examples say more than one: the mean of the best two.
        means = {intent: _top(scores) for intent, scores in best.items()}
        intent = max(means, key=lambda name: means[name])
        nearest = max(best[intent])
        if nearest < (SOCIAL_SCORE_MIN if intent in _SOCIAL else INTENT_SCORE_MIN):
            return Understood(Intent.UNKNOWN, nearest)
        return Understood(intent, nearest)


def sure_intent(text: str) -> Intent | None:
    """What words alone make sure; None when it takes more."""
    said = re.sub(r"[^\w' ]+", " ", text.lower())
    said = re.sub(r"\s+", " ", said).strip()
    for intent, pattern in _SURE:
        if pattern.search(said):
            return intent
    count = len(said.split())
    if _BYE.search(said) and count <= 6:
        return Intent.BYE
    if _NO.search(said):
        return Intent.NO
    if _YES.search(said) and count <= 8:
        return Intent.YES
    if _THANKS.search(said) and count <= 4:
        return Intent.THANKS
    return None


def _top(scores: list[float]) -> float:
    best = sorted(scores, reverse=True)[:2]
    return sum(best) / len(best)
