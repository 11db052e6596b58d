"""Whose fault it is, in the type.

`Refusal`: a person may do otherwise; it has an HTTP status and a sentence to say to that person.
`Fault`: a peer failed; retry or degrade. Our own mistakes are assertions.
"""

import re
from inspect import cleandoc


class Refusal(Exception):  # noqa: N818 - the glossary's word
    """The wish cannot be met as asked.

    The sentence is for the person who asked. `remedy` says what to do instead. A subclass may leave
    both out: its docstring's first paragraph is the sentence, its second the remedy.
    """

    status: int = 400

    def __init__(self, sentence: str = "", *, status: int | None = None, remedy: str = "") -> None:
        own_sentence, own_remedy = _paragraphs(type(self))
        self.sentence = sentence or own_sentence
        self.remedy = remedy or ("" if type(self) is Refusal else own_remedy)
        if status is not None:
            self.status = status
        super().__init__(self.sentence)

    @property
    def code(self) -> str:
        """The refusal's name for programs: `TicketUsed` is `ticket_used`."""
        return _snake(type(self).__name__)


class Fault(Exception):  # noqa: N818 - the glossary's word
    """A peer failed.

    `sentence` says which peer and what it did; `remedy` what an operator may look at.
    """

    def __init__(self, sentence: str = "", *, remedy: str = "") -> None:
        own_sentence, own_remedy = _paragraphs(type(self))
        self.sentence = sentence or own_sentence
        self.remedy = remedy or ("" if type(self) is Fault else own_remedy)
        super().__init__(self.sentence)

    @property
    def code(self) -> str:
        return _snake(type(self).__name__)


def _paragraphs(cls: type) -> tuple[str, str]:
    paragraphs = [" ".join(p.split()) for p in cleandoc(cls.__doc__ or "").split("\n\n")]
    return paragraphs[0], paragraphs[1] if len(paragraphs) > 1 else ""


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
