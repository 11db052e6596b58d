"""Whether somebody says goodbye, and means it: a farewell is what an utterance ends with.

Three strengths. Some words are a farewell wherever they end a clause ("bye"). Some are one only as
a clause of their own, as they are also said of days and times ("יום טוב", "пока"). Some are a
greeting as well, and are a farewell after thanks ("שבת שלום"). A clause ends at punctuation.
"""

import re
from typing import Final

from prosaasil.words.likeness import is_question
from prosaasil.words.normal import fold, plain, tokens
from prosaasil.words.sounds import is_filler

_CLAUSE_END: Final = re.compile(r"[.,;:!?…،؛؟\n]+|\s[-–—]+\s")
_SENTENCE_END: Final = re.compile(r"[.!?…؟\n]+")


def _any_of(*patterns: str) -> str:
    """One pattern, in letters as `plain` leaves them."""
    return "(?:" + "".join(map(plain, fold("|".join(patterns)))) + ")"


_ONE_THANKS: Final = _any_of(
    r"ו?(?:שוב |המון )?תודה(?: (?:רבה|מאוד|שוב|לך|לכם))*"
    r"(?: על (?:הכל|הכול|העזרה|השירות|הזמן))?(?: שהתקשרת| שהתקשרתם| שפנית)?",
    r"ו?(?:גם לך|גם לכם|לך גם|לכם גם)|חן חן|אדוני|גברתי",
    r"(?:and )?(?:many )?thank(?:s| you)(?: (?:so|very) much| a lot| again| sir| madam)*"
    r"(?: for (?:everything|calling|the help|having me|(?:all )?your (?:help|time|call)))?",
    r"(?:и )?(?:большое )?спасибо(?: (?:вам|тебе|большое|огромное|за помощь|за все|за звонок))*",
    r"(?:and )?(?:to )?you too|(?:и )?вам тоже|взаимно|благодарю(?: вас)?",
    r"و?شكرا(?: (?:لك|لكم|جزيلا|كثيرا))*(?: علي (?:اتصالك|المساعده))?",
)
_THANKS: Final = f"(?>{_ONE_THANKS})"
"""Atomic, as recognisers repeat themselves: many thanks can be taken apart in many ways."""
_LEAD: Final = _any_of(
    r"אז|טוב|אוקיי|אוקי|בסדר|סבבה|מעולה|מצוין|יופי|יאללה|נהדר|הבנתי",
    r"okay|ok|alright|all right|well|great|perfect|fine|so|then|good(?! night| day)",
    r"ну|хорошо|ладно|тогда|все|всем|ок",
    r"طيب|تمام|حسنا|اوكي",
)
_DAYS: Final = r"(?:יום|ערב|לילה|שבוע|סוף שבוע|סופש|שבת|חג|צהריים|חופשה)"
_FINE: Final = (
    r"(?:טוב|טובה|טובים|נעים|נעימה|נפלא|נפלאה|מקסים|מקסימה|מצוין|מצוינת|נהדר|נהדרת|שמח|שלום|רגוע"
    r"|רגועה|מבורך|קסום|מדהים|יפה|מוצלח|שקט)"
)
_GOOD: Final = r"(?:good|nice|great|lovely|wonderful|pleasant|fantastic|beautiful|safe|blessed)"
_SURE: Final = _any_of(
    r"ו?להתראות(?: לך| לכם)?",
    r"ו?ביי(?: ביי)*|גוד ביי|ביוש|צ'או",
    rf"ו?(?:שיהיה|שיהייה|שתהיה|המשך|מאחל|מאחלת|מאחלים|נאחל|אאחל|לאחל)(?: לך| לכם| לכולם)?"
    rf"(?: המשך)? {_DAYS} {_FINE}(?: ו[^ ]+)?",
    r"(?:and )?(?:good ?bye|bye|byebye)(?: bye| now| for now)*|cya|ciao|adios",
    r"(?:(?<!\bi )(?<!\bwe )(?<!\bthey )(?<!\bto )have|enjoy)(?: yourself)?(?: an?| the)?"
    rf"(?: very)? {_GOOD} (?:rest of (?:your|the) )?"
    r"(?:day|evening|night|afternoon|weekend|week|one)",
    r"enjoy the rest of your (?:day|evening|weekend)",
    r"(?:и )?до свидан[иь]я|всего (?:вам )?(?:самого )?(?:доброго|хорошего)|прощай(?:те)?|бай",
    r"و?مع السلامه|و?الي اللقاء|وداعا|باي(?: باي)*|في امان الله",
)
_LIKELY: Final = _any_of(
    rf"ו?(?:{_DAYS} (?:נעים|נפלא|מקסים|מבורך)|יום טוב|לילה טוב)(?: לך| לכם)?",
    r"ו?(?:נתראה|נשתמע)(?: (?:מחר|בקרוב|אחר כך|שם|אז))?",
    r"good night|good day(?: to you)?|take care(?: of yourself)?|farewell",
    r"(?:i will |ill |we will |well )?see (?:you|ya)(?: (?:all|later|soon|tomorrow|then|around|"
    r"again|next (?:time|week)))?",
    r"(?:i will |ill |we will |well )?(?:talk|speak) to you (?:later|soon|tomorrow|then)",
    r"(?:и )?пока(?: пока)*|до (?:завтра|встречи|скорого|связи)|счастливо|удачи(?: вам)?",
    r"(?:желаю )?(?:вам |тебе )?(?:хорошего|приятного|удачного|доброго)(?: вам)? "
    r"(?:дня|вечера|утра|отдыха)|(?:вам )?хороших выходных|(?:спокойной|доброй) ночи",
    r"تصبح(?:ين|ون)? علي خير|(?:يومك|نهارك|مساؤك) سعيد|(?:اتمني لك(?:م)? )?يوما? سعيدا?",
    r"(?:نراك|اراك)(?:م)? (?:لاحقا|غدا|قريبا)",
)
_AFTER_THANKS: Final = _any_of(
    r"ושלום|ו?(?:ערב טוב|שבת שלום|חג שמח|שבוע טוב|שנה טובה|צהריים טובים)",
    r"(?:and )?good evening|(?:и )?(?:доброго вечера|всего)|و?سلام",
)
_SAYING: Final = _any_of(
    r"לומר|להגיד|אמור|אמרי|אמרו|תגיד|תגידי|אומר|אומרת|אומרים|אמרתי(?: לו| לה)?",
    r"say|says|said|saying|not|dont|don't|never|сказать|скажите|не|قل|اقول",
)
_GREETING: Final = re.compile(
    _any_of(
        r"שלום|היי|הי|הלו|אהלן|בוקר טוב|ערב טוב|צהריים טובים",
        r"hello|hi|hey|good (?:morning|afternoon|evening)",
        r"здравствуите|привет|алло|доброе утро|добрыи (?:день|вечер)",
        r"مرحبا|اهلا|السلام عليكم|الو|صباح الخير|مساء الخير",
    )
    + "(?: .*)?"
)
_IF: Final = "אם"
"""Also a hesitation, but not where somebody says more."""
_CONDITION: Final = re.compile(_any_of(r"אם|ואם|במידה|if|если|اذا") + " .*")

_TRAILS: Final = f"(?: {_THANKS})*"
_COURTESY: Final = re.compile(f"{_THANKS}{_TRAILS}")
_LEAVES: Final = re.compile(f"(?:(?P<before>.*?) )?{_SURE}{_TRAILS}")
_ALONE: Final = re.compile(f"(?:(?:{_LEAD}|{_THANKS}|(?>{_SURE})) )*{_LIKELY}{_TRAILS}")
_THANKED: Final = re.compile(f"(?:.* )?{_THANKS} {_AFTER_THANKS}{_TRAILS}")
_SAID: Final = re.compile(f"(?:.* )?{_SAYING}")


def says_goodbye(text: str) -> bool:
    """Whether the speaker takes leave; only thanks may follow the farewell (R-BYE-01)."""
    clauses = _clauses(text)
    is_greeting = bool(clauses) and _GREETING.fullmatch(clauses[0]) is not None
    while clauses and _COURTESY.fullmatch(clauses[-1]):
        clauses.pop()
    if not clauses or is_question(text):
        return False
    last = clauses[-1]
    sure = _LEAVES.fullmatch(last)
    if sure is not None:
        return _SAID.fullmatch(sure["before"] or "") is None
    if is_greeting:
        return False
    return bool(_ALONE.fullmatch(last) or _THANKED.fullmatch(" ".join(clauses[-2:])))


def closes(text: str) -> bool:
    """Whether the agent ends the call with this: its last sentence says goodbye, and that without
    a condition ("if that is all, have a nice day"), which leaves the caller the choice.
    """
    if not says_goodbye(text):
        return False
    sentences = [clauses for part in _SENTENCE_END.split(text) if (clauses := _clauses(part))]
    while all(map(_COURTESY.fullmatch, sentences[-1])):
        sentences.pop()
    return not any(map(_CONDITION.fullmatch, sentences[-1][-2:]))


def _clauses(text: str) -> list[str]:
    """Each as its words with one space between them; those without words are left out."""
    clauses = (
        " ".join(plain(token) for token in tokens(clause) if token == _IF or not is_filler(token))
        for clause in _CLAUSE_END.split(text)
    )
    return [clause for clause in clauses if clause]
