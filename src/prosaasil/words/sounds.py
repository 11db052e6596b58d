"""Sounds that recognisers write down as if they were words: hesitation, agreement, laughter.

A hesitation or a listener's "mhm" is no turn of its own. Clear words for yes and no are not here,
nor is anything that also is a word: "מה", "הם", "ну", "ага".
"""

import re
from typing import Final

_FILLER: Final = re.compile(
    r"""
      (?: א+ה+ )+ [מם]* | א+[מם]+ | ה+[מם]{2,} | המ | מ+ם? | א{2,} | א+ה+א+ | ה+א+
    | u+h*m* | h+m+ | m+(?:h+m*)? | e+r+m* | e+u?h*m+ | e+u?h+ | a+h+m* | o+h+ | a+h+a+ | h+u+h+
    | a{2,} | e{2,} | o{2,}
    | э+м* | м+ | [хг]+м+ | м+г+м+ | а+х* | а+м{2,} | у+(?:г+у+)? | о+х+
    | ا+م+ | م{2,} | ه+م{2,} | ا+ي*ه+ا* | ا{2,}
    """,
    re.VERBOSE,
)
_SOUND: Final = re.compile(
    r"""
      ח{2,}[אה]* | (?: ח+[אה]+ )+ח* | ה{2,} | (?: ה+א+ ){2,}
    | a*(?: h+a+ )+h* | (?: h+e+ ){2,}h* | (?: h+i+ ){2,}h* | (?: h+o+ ){2,}
    | s+h{2,} | p+s+t+ | p+f+ | b+r{2,} | a+h+e+m+
    | а*(?: х+а+ ){2,}х* | (?: х+[еи]+ ){2,} | х{2,} | т+с+ | ш{2,} | п+с+т+
    | ه{2,} | (?: ه+ا+ ){2,} | خ{2,}
    | ([^\W\d_]) \1{2,}
    """,
    re.VERBOSE,
)
_ANNOTATION: Final = re.compile(
    r"\u266a[^\u266a]*\u266a|\[[^\[\]]*\]|\([^()]*\)|\*[^*]+\*|<[^<>]*>|[\u2669-\u266c]"
)


def is_filler(token: str) -> bool:
    """Whether a token (see `normal.tokens`) only fills a pause: "אממ", "uh", "mhm"."""
    return _FILLER.fullmatch(token) is not None


def is_sound(token: str) -> bool:
    """Whether a token is a noise of the mouth: laughter, "shh", one letter held."""
    return _SOUND.fullmatch(token) is not None


def annotations(text: str) -> list[str]:
    """What the recogniser says about the sound instead of what was said: "[noise]"."""
    return _ANNOTATION.findall(text)


def without(text: str, notes: list[str]) -> str:
    for note in notes:
        text = text.replace(note, " ")
    return text
