"""A caller's name, in the words it was said with."""

import re
from typing import Final

NAME_WORDS_MAX: Final = 4
_SAID_SO: Final = re.compile(
    r"(?:my (?:full )?name is|my name's|the name is|the name's|this is|i am called|call me|"
    r"i'm|i am|speaking is|name is|"
    r"קוראים לי|השם שלי הוא|השם שלי|השם המלא שלי|שמי|השם הוא|השם|זה|אני)\s+(.+)",
    re.IGNORECASE,
)
_SURE: Final = re.compile(
    r"(?:my (?:full )?name is|my name's|i am called|קוראים לי|השם שלי(?: הוא)?|שמי)\s+(.+)",
    re.IGNORECASE,
)
_FILLERS: Final = frozenset(
    re.split(
        r"\s+",
        "um uh er well so it's its yes yeah no okay ok sure please hello hi sir madam the a is "
        "אה אממ כן לא טוב בסדר שלום היי בבקשה רגע",
    )
)
_ENDS: Final = frozenset(
    re.split(
        r"\s+",
        "and but my i want would like need can could phone number calling speaking from for at "
        "ואני ו אני רוצה והטלפון הטלפון מספר טלפון מדבר מדברת מ בשביל צריך צריכה",
    )
)


def name_in(text: str, *, was_asked: bool) -> str | None:
    """The name that a text tells; when it was asked for, the whole text may be it."""
    text = re.split(r"[.!?;\n]", text.strip())[0] if not was_asked else text.strip()
    found = _SURE.search(text) or (_SAID_SO.search(text) if was_asked else None)
    if found is None and not was_asked:
        return None
    rest = found[1] if found else text
    words: list[str] = []
    for word in re.findall(r"[^\W\d_][\w'׳״\"-]*", rest):
        lowered = word.lower()
        if lowered in _ENDS and (words or found is None):
            break
        if lowered in _FILLERS and not words:
            continue
        if lowered in _FILLERS or lowered in _ENDS:
            break
        words.append(word)
    if not 1 <= len(words) <= NAME_WORDS_MAX or re.search(r"\d", rest[:20]):
        return None
    return " ".join(word.capitalize() if word.isascii() else word for word in words)
