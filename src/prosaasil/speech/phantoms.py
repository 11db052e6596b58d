"""Words that Whisper makes of silence and noise.

It was trained on subtitles: where nobody speaks it writes what films end with. Such words count
only with evidence: a voice long enough for them, and a model that is sure.
"""

import re
from typing import Final

_PHANTOMS: Final = re.compile(
    r"""^(?:
      thanks?\s(?:you\s)?(?:so\smuch\s|very\smuch\s)?for\swatching | thank\syou\sfor\swatching.* |
      please\ssubscribe.* | (?:don't\sforget\sto\s)?(?:like\sand\s)?subscribe.* |
      subtitles?\sby.* | transcri(?:bed|ption)\sby.* |
      see\syou\s(?:in\sthe\s)?next\s(?:time|video) |
      תודה\sעל\sהצפייה | תודה\sשצפיתם.* | כתוביות.* | תרגום.{0,20}(?:כתוביות|על\sידי).* |
      music | applause | מוזיקה | \(?silence\)?
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
_DOUBTFUL: Final = frozenset(
    {"you", "thank you", "thanks", "bye", "okay", "so", "the", "uh", "hmm", "תודה", "תודה רבה"}
)
"""Real words, which are also what a noise becomes."""
DOUBTFUL_SCORE_MIN: Final = -1.0
DOUBTFUL_VOICE_MS_MIN: Final = 130
SYLLABLE_MS_MIN: Final = 35
"""Nobody says more letters than one in this time; a long sentence out of a click is invented."""


def is_phantom(text: str, score: float, voiced_ms: int | None) -> bool:
    """Whether these words have too little evidence; `voiced_ms` None when nobody measured."""
    words = re.sub(r"[^\w\s']", "", text).strip().lower()
    if not words:
        return True
    if _PHANTOMS.match(words):
        return True
    if voiced_ms is None:
        return False
    letters = len(re.sub(r"\s", "", words))
    if letters * SYLLABLE_MS_MIN > max(voiced_ms, 300) * 2:
        return True
    return words in _DOUBTFUL and (score < DOUBTFUL_SCORE_MIN or voiced_ms < DOUBTFUL_VOICE_MS_MIN)
