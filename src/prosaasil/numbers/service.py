"""What can be done with phone numbers: give one to a business, ask whose one is."""

import phonenumbers

from prosaasil.kit.db import TenantTx
from prosaasil.kit.errors import Refusal
from prosaasil.numbers import store


class NumberMalformed(Refusal):
    """That is not a phone number.

    Write it with its country: +972 3 555 0100.
    """


class NumberTaken(Refusal):
    """The number already belongs to another business."""

    status = 409


async def register(tx: TenantTx, number: str) -> str:
    """Give the number to this business; once more is no harm. Answers its canonical form."""
    e164 = canonical(number)
    if e164 is None:
        raise NumberMalformed
    if not await store.add(tx, e164):
        raise NumberTaken
    return e164


async def belongs(tx: TenantTx, number: str) -> bool:
    """Whether calls to and from this number are this business's."""
    e164 = canonical(number)
    return e164 is not None and await store.holds(tx, e164)


async def main(tx: TenantTx) -> str | None:
    """The number that stands for the business where one is needed."""
    return await store.first(tx)


def canonical(number: str) -> str | None:
    """The number in E.164, or None when it is none: a withheld one, a SIP address, a typo."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
