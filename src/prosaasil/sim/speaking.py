"""How the engine makes its replies: their words, their sound and their pace."""

from collections.abc import Callable, Iterator

from msgspec import Struct

from prosaasil.call import events
from prosaasil.call.events import Event
from prosaasil.sim.engine_traits import EngineTraits
from prosaasil.sim.phrases import AGENT_GOODBYE, STUBBORN_QUESTION, sentence
from prosaasil.sim.world import World

VOICES = 250  # bytes that are neither silence (0xFF) nor likely to be confused with it
BYTES_PER_MS = 8
WORD_MS = 300
WORDS_IN_A_DELTA = 5


class Making(Struct, eq=False):
    reply_id: str
    steps: Iterator[int]
    """Makes the next piece, and says how long that takes."""
    sent_at: int = 0
    """When the last piece was made or will be."""
    is_cancelled: bool = False


class Speaker:
    def __init__(self, world: World, traits: EngineTraits, say: Callable[[Event], None]) -> None:
        self._world = world
        self._traits = traits
        self._say = say
        self.made: dict[str, int] = {}
        """Bytes by item, of the items that the session knows."""
        self.replies: set[str] = set()
        """Those that the session knows."""
        self.text_of_voice: dict[int, str] = {}
        self._replies = 0
        self._voices = 0
        self._tools = 0
        self.tools_open: set[str] = set()

    def forget(self) -> None:
        """The session is lost."""
        self.made.clear()
        self.replies.clear()

    def make(self, say: str | None, *, answers: str, ends_call: bool) -> Making:
        """Begin a reply: word for word, or to what the caller has said last."""
        self._replies += 1
        reply_id = f"answer-{self._replies}"
        self.replies.add(reply_id)
        begins = (
            f"{answers}, " if answers and self._world.chance(self._traits.repeats_caller) else ""
        )
        return Making(reply_id, self._steps(reply_id, say, begins, ends_call=ends_call))

    def _steps(
        self, reply_id: str, say: str | None, begins: str, *, ends_call: bool
    ) -> Iterator[int]:
        world, traits = self._world, self._traits
        if world.goes_wrong(traits.says_nothing) or world.goes_wrong(traits.fails):
            return
        items = 1
        if say is None and ends_call:
            say = AGENT_GOODBYE
        elif say is None and world.goes_wrong(traits.repeats_question):
            say = STUBBORN_QUESTION
        elif say is None and world.chance(traits.has_two_items):
            items = 2
        for item in range(items):
            yield from self._item(reply_id, f"{reply_id}.{item}", say, begins * (item == 0))
        while say is None and world.chance(traits.calls_tools):
            self._tools += 1
            tool = f"tool-{self._tools}"
            self.tools_open.add(tool)
            self._say(events.ToolCalled(reply_id, tool, "look", "{}"))
            yield 5

    def _item(self, reply_id: str, item_id: str, text: str | None, begins: str) -> Iterator[int]:
        world, traits = self._world, self._traits
        self._voices += 1
        number = 1 + self._voices % VOICES
        voice = bytes((number,))
        self.made[item_id] = 0
        if text is None:
            left = BYTES_PER_MS * world.between(*traits.reply_ms)
            text = begins + sentence(self._voices, max(2, left // (BYTES_PER_MS * WORD_MS)))
        else:
            left = BYTES_PER_MS * WORD_MS * (1 + text.count(" "))
        self.text_of_voice[number] = text
        words = text.split(" ")
        said = 0
        while left > 0:
            if said < len(words):
                piece = " ".join(words[said : said + WORDS_IN_A_DELTA])
                said += WORDS_IN_A_DELTA
                self._say(events.ReplyText(reply_id, item_id, piece + " " * (said < len(words))))
            size = min(left, world.between(*traits.chunk_bytes))
            left -= size
            self.made[item_id] = self.made.get(item_id, 0) + size
            self._say(events.ReplyAudio(reply_id, item_id, voice * size))
            if world.goes_wrong(traits.pauses * size / 1_600):
                yield world.between(300, 3_000)
            else:
                yield world.between(*traits.chunk_gap_ms)
        if said < len(words):
            self._say(events.ReplyText(reply_id, item_id, " ".join(words[said:])))
