"""Whose fault it is, with a sentence and a remedy."""

from prosaasil.kit.errors import Fault, Refusal


class NumberTaken(Refusal):
    """The number belongs to
    another business.

    Choose another number.
    """

    status = 409


class Silent(Fault):
    """The peer said nothing."""


def test_the_docstring_is_the_sentence_and_the_remedy() -> None:
    refusal = NumberTaken()
    assert str(refusal) == "The number belongs to another business."
    assert refusal.remedy == "Choose another number."
    assert (refusal.status, refusal.code) == (409, "number_taken")


def test_what_is_given_comes_first() -> None:
    refusal = NumberTaken("+1 is taken.", status=410, remedy="Take +2.")
    assert (refusal.sentence, refusal.status, refusal.remedy) == ("+1 is taken.", 410, "Take +2.")
    assert NumberTaken.status == 409


def test_a_plain_refusal_has_only_what_it_was_given() -> None:
    refusal = Refusal("No.")
    assert (refusal.sentence, refusal.remedy, refusal.status, refusal.code) == (
        "No.",
        "",
        400,
        "refusal",
    )
    assert Fault("Gone.").remedy == ""


def test_a_fault_names_its_peer() -> None:
    assert (str(Silent()), Silent().remedy, Silent().code) == (
        "The peer said nothing.",
        "",
        "silent",
    )
