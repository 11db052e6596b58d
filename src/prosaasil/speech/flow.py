"""The rules of the scripted dialogue: from what is known and what was just said to what comes next.

A conversation has at most one goal (an appointment, a cancellation, a change, a message). For it a
name, a telephone number and a wish are collected, each said back and counted only when confirmed.
Questions are answered from the business's facts at any point, and then the open question is asked
again. What is not understood is asked for once more; the second time a message is offered.
"""

import re
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from prosaasil.speech import functions
from prosaasil.speech.dialogue import Function, FunctionCall, Part, Sentence
from prosaasil.speech.facts import Answer
from prosaasil.speech.functions import Slots
from prosaasil.speech.intents import QUESTIONS, REQUESTS, Intent, Understood
from prosaasil.speech.moments import Moment, moment_in
from prosaasil.speech.number_words import digits_in, is_whole_phone
from prosaasil.speech.phrases import phrase
from prosaasil.speech.slots import name_in
from prosaasil.speech.spoken import digits_apart
from prosaasil.speech.state import Insight, State

MISSES_MAX: Final = 2
"""The second thing not understood in a row ends the asking."""
WISH_CHARS_MAX: Final = 160
QUESTION_SCORE_MIN: Final = 1.2
"""While something is being asked, only a clear question is answered in between."""
_PRESSED: Final = re.compile(r"\[caller pressed ([0-9*#A-D]+)\]")
_GOALS: Final = {
    Intent.BOOK: "book",
    Intent.CANCEL: "cancel",
    Intent.RESCHEDULE: "reschedule",
    Intent.MESSAGE: "message",
    Intent.HUMAN: "message",
}
_CHECKS: Final = {"name_check": "name", "phone_check": "phone", "wish_check": "wish"}


class Flow:
    """One step: makes the parts of one reply and the state after it."""

    def __init__(self, state: State, offered: tuple[Function, ...], now: datetime) -> None:
        self.state = state
        self.parts: list[Part] = []
        self._offered = offered
        self._now = now
        self._text = ""

    # What may happen

    def greet(self, *, may_introduce: bool) -> None:
        self._introduce(may_introduce=may_introduce)
        self._say("greeting")

    def hear(self, insight: Insight, *, may_introduce: bool) -> None:
        self._text = insight.text
        self.state = replace(self.state, language=insight.language)
        if insight.understood.intent is not Intent.WHO:
            self._introduce(may_introduce=may_introduce)
        if keys := _PRESSED.search(insight.text):
            self._take_keys(keys[1])
        elif not self._take_social(insight) and not self._take_answer(insight):
            self._take_request(insight)

    def hear_nothing(self) -> None:
        """There was a voice, but no words."""
        self._miss()

    def carry_on(self) -> None:
        """Asked to speak though nothing was said since."""
        if self.state.asked:
            self._ask_again()
        else:
            self._say("more")

    def must_call(self, name: str) -> bool:
        """Call the function that the client insists on; False when it is not offered."""
        wanted = [f for f in self._offered if name in {"*", f.name}]
        if wanted:
            self._call(wanted[0], "forced")
        return bool(wanted)

    def read(self, output: str) -> None:
        """A function has answered."""
        told = functions.read_output(output)
        calling = self.state.calling
        self.state = replace(self.state, calling="")
        if calling == "check" and told.is_ok and self._book_what_is_free(told.say):
            return
        if told.say and (told.is_ok or calling not in {"book", "cancel", "reschedule"}):
            self._say_text(told.say)
        elif told.is_ok:
            self._say("done")
        else:
            if told.say:
                self._say_text(told.say)
            self._say("failed")
        if calling == "bye":
            return
        self._finish_goal()

    def _book_what_is_free(self, found: str) -> bool:
        """The wished time is free: book it, or ask for what a booking still needs."""
        book = self._serving(self.state.goal) or self._serving("book")
        if book is None:
            return False
        lacking = functions.missing(book, self.state.slots, self._text, self._now)
        if not lacking:
            self._call(book, "book")
            return True
        if found:
            self._say_text(found)
        self._ask_extra(book, lacking[0])
        return True

    # Rules

    def _take_social(self, insight: Insight) -> bool:
        match insight.understood.intent:
            case Intent.REPEAT:
                self._say_text(self.state.last or phrase("greeting", self.state.language))
            case Intent.WHO:
                self.state = replace(self.state, has_introduced=True)
                self._say("who")
            case Intent.BYE:
                if bye := self._serving("bye"):
                    self._say("goodbye")
                    self._call(bye, "bye")
                else:
                    self._say("goodbye")
                self.state = replace(self.state, goal="", asked="")
            case Intent.THANKS if not self.state.goal:
                self._say("thanks")
                self._ask("more")
            case Intent.GREETING if not self.state.goal:
                self._say("greeting")
            case _:
                return False
        self.state = replace(self.state, misses=0)
        return True

    def _take_answer(self, insight: Insight) -> bool:
        """Whether what was said answers the open question."""
        asked, intent = self.state.asked, insight.understood.intent
        if asked in _CHECKS:
            return self._take_check(_CHECKS[asked], insight)
        if asked in {"offer_message", "more"}:
            return self._take_offer(insight)
        if not asked or self._is_other_matter(insight):
            return False
        if asked == "name":
            name = name_in(insight.text, was_asked=True)
            if name is None or intent in {Intent.YES, Intent.NO}:
                return False
            self._keep(replace(self.state.slots, name=name), "name")
        elif asked == "phone":
            return self._take_digits(digits_in(insight.text))
        elif asked == "wish":
            return self._take_wish(insight)
        elif asked.startswith("extra:"):
            extra = {**self.state.slots.extra, asked.removeprefix("extra:"): insight.text}
            self._keep(replace(self.state.slots, extra=extra), "")
        else:
            return False
        self._go_on()
        return True

    def _take_check(self, slot: str, insight: Insight) -> bool:
        intent = insight.understood.intent
        if intent is Intent.YES:
            self.state = replace(
                self.state, confirmed=self.state.confirmed | {slot}, asked="", misses=0
            )
            self._note_extras(insight)
            self._go_on()
            return True
        corrected = self._corrected(slot, insight)
        if corrected is not None:
            self._keep(corrected, slot)
            self._go_on()
            return True
        if intent is Intent.NO:
            self._say("corrected")
            self._forget(slot)
            self._go_on()
            return True
        return False

    def _corrected(self, slot: str, insight: Insight) -> Slots | None:
        """The slots with the value that was said instead of yes or no."""
        slots = self.state.slots
        rest = re.sub(r"^(?:no|nope|לא)\b[\s,.]*", "", insight.text, flags=re.IGNORECASE)
        is_denied = rest != insight.text
        if slot == "phone":
            digits = digits_in(rest)
            return replace(slots, phone=digits) if is_whole_phone(digits) else None
        if slot == "name":
            name = name_in(rest, was_asked=is_denied and bool(rest.strip()))
            is_same = name is not None and name.lower() == slots.name.lower()
            return replace(slots, name=name) if name and not is_same else None
        moment = moment_in(rest, self._now)
        if not moment.is_empty:
            return self._with_moment(slots, slots.moment.joined(moment), "")
        return None

    def _take_offer(self, insight: Insight) -> bool:
        is_message = self.state.asked == "offer_message"
        match insight.understood.intent:
            case Intent.YES if is_message:
                self._start("message")
            case Intent.YES:
                self._say("greeting")
                self.state = replace(self.state, asked="")
            case Intent.NO if is_message:
                self._ask("more")
            case Intent.NO | Intent.THANKS:
                self._say("goodbye")
                self.state = replace(self.state, asked="")
            case _:
                return False
        self.state = replace(self.state, misses=0)
        return True

    def _take_wish(self, insight: Insight) -> bool:
        if insight.understood.intent in {Intent.YES, Intent.NO, Intent.THANKS}:
            return False
        text = insight.text.strip()[:WISH_CHARS_MAX]
        moment = self.state.slots.moment.joined(moment_in(text, self._now))
        is_vague = moment.is_empty and insight.service is None and len(text.split()) < 2
        if is_vague and self.state.goal != "message":
            return False
        slots = self.state.slots
        if insight.service:
            slots = replace(slots, service=insight.service)
        wish = slots.wish if slots.wish and moment != slots.moment else text
        self._keep(self._with_moment(slots, moment, wish), "wish")
        self._go_on()
        return True

    def _take_request(self, insight: Insight) -> None:
        intent, score = insight.understood.intent, insight.understood.score
        moment = moment_in(insight.text, self._now)
        is_new = intent in REQUESTS or intent is Intent.HUMAN
        is_question = intent in QUESTIONS or insight.answer is not None
        if is_new and (insight.answer is None or score >= insight.answer.score):
            if intent is Intent.HUMAN:
                if human := self._serving("human"):
                    self._say("wait")
                    self._call(human, "human")
                    return
                self._say("human")
            self._start(_GOALS[intent], insight, moment)
        elif insight.answer is not None and (score < 2 or intent in QUESTIONS):
            self._answer(insight.answer)
        elif not self.state.goal and not moment.is_empty:
            self._start("book", insight, moment)
        elif is_question and (lookup := self._serving("lookup")):
            self._call(lookup, "lookup")
        elif intent is Intent.PRICE:
            self._say("which")
        elif intent in QUESTIONS or (
            intent is Intent.UNKNOWN and not self.state.asked and len(insight.text.split()) > 3
        ):
            self._ask("offer_message", "unknown")
        else:
            self._miss()

    def _answer(self, answer: Answer) -> None:
        self.parts.append(Sentence(answer.fact.spoken, answer.fact.language))
        self.state = replace(self.state, misses=0)
        if self.state.asked and self.state.asked not in {"more", "offer_message"}:
            self._ask_again()
        else:
            self._ask("more")

    def _is_other_matter(self, insight: Insight) -> bool:
        """A clear question or another request, in the middle of being asked something."""
        intent, score = insight.understood.intent, insight.understood.score
        if intent is Intent.HUMAN or (intent in REQUESTS and _GOALS[intent] != self.state.goal):
            return score >= QUESTION_SCORE_MIN and self.state.asked != "wish"
        if self.state.asked == "wish" and not insight.text.rstrip().endswith("?"):
            return intent in QUESTIONS and score >= 2
        return intent in QUESTIONS and score >= QUESTION_SCORE_MIN

    # The goal

    def _start(
        self, goal: str, insight: Insight | None = None, moment: Moment | None = None
    ) -> None:
        if goal != self.state.goal and (
            insight is None or insight.understood.intent is not Intent.HUMAN
        ):
            self._say(f"start_{goal}")
        self.state = replace(self.state, goal=goal, misses=0, asked="")
        if insight is not None:
            if moment is not None and not moment.is_empty:
                slots = replace(self.state.slots, service=insight.service or "")
                wish = insight.service or ""
                self._keep(self._with_moment(slots, moment, wish), "wish")
            elif insight.service:
                self._keep(replace(self.state.slots, service=insight.service), "")
            self._note_extras(insight)
        self._go_on()

    def _note_extras(self, insight: Insight) -> None:
        """A name or number that came along with something else."""
        slots = self.state.slots
        if not slots.name and (name := name_in(insight.text, was_asked=False)):
            slots = replace(slots, name=name)
        digits = digits_in(insight.text)
        if not slots.phone and len(digits) >= 9 and is_whole_phone(digits):
            slots = replace(slots, phone=digits)
        self.state = replace(self.state, slots=slots)

    def _go_on(self) -> None:
        """Ask for, or have confirmed, the next thing that the goal needs; else carry it out."""
        slots, confirmed = self.state.slots, self.state.confirmed
        for slot, value in (("name", slots.name), ("phone", slots.phone), ("wish", self._wish())):
            if not value:
                self._ask(slot)
                return
            if slot not in confirmed:
                self._ask(f"{slot}_check")
                return
        self._carry_out()

    def _carry_out(self) -> None:
        goal = self.state.goal
        steps = ("check", goal) if goal in {"book", "reschedule"} else (goal,)
        for step in steps:
            function = self._serving(step)
            if function is None:
                continue
            lacking = functions.missing(function, self.state.slots, self._text, self._now)
            if lacking:
                self._ask_extra(function, lacking[0])
                return
            self._say("wait")
            self._call(function, step)
            return
        fallback = self._serving("message")
        if fallback is not None:
            self._call(fallback, "message")
            return
        self._say("taken", name=self.state.slots.name)
        self._finish_goal()

    def _finish_goal(self) -> None:
        kept = Slots(name=self.state.slots.name, phone=self.state.slots.phone)
        confirmed = self.state.confirmed & {"name", "phone"}
        self.state = replace(
            self.state, goal="", slots=kept, confirmed=confirmed, asked="", digits=""
        )
        self._ask("more")

    def _wish(self) -> str:
        """The wish in words to say back; empty until there is all that the goal needs."""
        slots, goal = self.state.slots, self.state.goal
        if goal == "message":
            return slots.wish
        when = slots.moment.spoken(self.state.language, self._now.date())
        if goal == "book" and not (when and (slots.service or slots.wish)):
            return ""
        what = slots.service or (slots.wish if not when else "")
        return ", ".join(part for part in (what, when) if part)

    def _take_digits(self, said: str) -> bool:
        digits = self.state.digits + said
        if not said:
            return False
        if is_whole_phone(digits) or is_whole_phone(said):
            whole = digits if is_whole_phone(digits) else said
            self.state = replace(self.state, digits="")
            self._keep(replace(self.state.slots, phone=whole), "phone")
            self._go_on()
        elif len(digits) < 9:
            self.state = replace(self.state, digits=digits, misses=0)
            self._ask("phone", "phone_more", digits=digits_apart(digits))
        else:
            self.state = replace(self.state, digits="")
            self._miss()
        return True

    def _take_keys(self, keys: str) -> None:
        digits = re.sub(r"\D", "", keys)
        asked = self.state.asked
        if asked in _CHECKS and digits in {"1", "2"}:
            intent = Intent.YES if digits == "1" else Intent.NO
            self._take_check(
                _CHECKS[asked], Insight("", self.state.language, Understood(intent, 2.0))
            )
        elif asked in {"phone", "phone_check"} and self._take_digits(digits):
            return
        else:
            self.carry_on()

    # Saying

    def _introduce(self, *, may_introduce: bool) -> None:
        if may_introduce and not self.state.has_introduced:
            self._say("demo")
        self.state = replace(self.state, has_introduced=True)

    def _ask(self, what: str, wording: str = "", **values: str) -> None:
        self.state = replace(self.state, asked=what)
        slots = self.state.slots
        if what == "name_check":
            values = {"name": slots.name}
        elif what == "phone_check":
            values = {"digits": digits_apart(slots.phone)}
        elif what == "wish_check":
            values = {"wish": self._wish()}
        elif what == "wish":
            wording = f"wish_{self.state.goal}"
            if self.state.goal == "book" and (slots.service or slots.wish):
                wording = "wish_when"
            elif self.state.goal == "book" and not slots.moment.is_empty:
                wording = "wish_what"
        self._say(wording or what, **values)

    def _ask_extra(self, function: Function, name: str) -> None:
        """Ask for what a function needs and nothing said so far tells."""
        if name in {"phone", "name"} or re.search(r"date|time|when|start|slot", name.lower()):
            slots = replace(self.state.slots, moment=Moment(), wish="")
            confirmed = self.state.confirmed - {"wish"}
            self.state = replace(self.state, slots=slots, confirmed=confirmed)
            self._ask("wish", "wish_when")
            return
        schema = (function.parameters.get("properties") or {}).get(name) or {}
        what = str(schema.get("description") or name.replace("_", " "))
        self.state = replace(self.state, asked=f"extra:{name}")
        self._say("extra", what=what)

    def _ask_again(self) -> None:
        asked = self.state.asked
        if asked.startswith("extra:") or asked == "which":
            self._say("again")
        else:
            self._ask(asked)

    def _miss(self) -> None:
        misses = self.state.misses + 1
        self.state = replace(self.state, misses=misses)
        if misses >= MISSES_MAX and self.state.asked != "offer_message":
            self.state = replace(self.state, misses=0)
            if self.state.goal:
                # The caller has a goal already: take what there is instead of asking on.
                self._say("failed")
                self._finish_goal()
                return
            self._ask("offer_message")
        elif self.state.asked in _CHECKS:
            self._ask_again()
            self._say("yes_or_no")
        else:
            self._say("again")

    def _say(self, wording: str, /, **values: str) -> None:
        language = self.state.language or "en"
        self._say_text(phrase(wording, language, **values), language)

    def _say_text(self, text: str, language: str = "") -> None:
        self.parts.append(Sentence(text, language or self.state.language or "en"))

    def _call(self, function: Function, calling: str) -> None:
        arguments = functions.arguments_of(function, self.state.slots, self._text, self._now)
        self.parts.append(FunctionCall(function.name, arguments))
        self.state = replace(self.state, calling=calling)

    def _serving(self, goal: str) -> Function | None:
        return functions.serving(self._offered, goal)

    def _keep(self, slots: Slots, slot: str) -> None:
        self.state = replace(
            self.state, slots=slots, confirmed=self.state.confirmed - {slot}, misses=0
        )

    def _forget(self, slot: str) -> None:
        slots = self.state.slots
        match slot:
            case "name":
                slots = replace(slots, name="")
            case "phone":
                slots = replace(slots, phone="")
            case _:
                slots = replace(slots, wish="", service="", moment=Moment())
        self.state = replace(self.state, slots=slots, misses=0, asked="", digits="")

    def _with_moment(self, slots: Slots, moment: Moment, wish: str) -> Slots:
        return replace(slots, moment=moment, wish=wish or slots.wish)
