"""The dialogue in this process."""

from collections.abc import AsyncIterator

from prosaasil.speech.dialogue import CallerSaid, Part, Question, Sentence
from prosaasil.speech.workers import Workers


class ScriptedTalk:
    async def reply(self, question: Question) -> AsyncIterator[Part]:
        last = next((s for s in reversed(question.said) if isinstance(s, CallerSaid)), None)
        heard = last.text if last else ""
        language = (last.language if last else "") or question.language
        if not heard:
            text = "סליחה, לא שמעתי." if language == "he" else "Sorry, I did not hear you."
        else:
            text = f"שמעתי: {heard}" if language == "he" else f"I heard: {heard}"
        yield Sentence(text, language)


class ScriptedDialogue:
    is_demo = True

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def begin(self) -> ScriptedTalk:
        return ScriptedTalk()

    async def warm_up(self) -> None:
        """Nothing to load yet."""

    async def close(self) -> None:
        """Nothing to give back."""
