"""What can be done with an agent: write its prompts, and compile it to a call's briefing."""

import hashlib
from datetime import datetime
from zoneinfo import ZoneInfo

from prosaasil.agents import layers, store
from prosaasil.agents.phrases import phrases_in
from prosaasil.businesses.business import Business
from prosaasil.call.briefing import Briefing, Direction
from prosaasil.kit import telemetry
from prosaasil.kit.db import TenantTx
from prosaasil.kit.errors import Refusal

log = telemetry.logger(__name__)


class PromptMissing(Refusal):
    """The agent has no instructions for this direction of calls.

    Write the prompt of this direction; the other direction's is never used instead.
    """

    status = 409


class PromptTooLong(Refusal):
    """The prompt is longer than an agent can follow."""

    status = 422


async def write_prompt(tx: TenantTx, direction: Direction, text: str) -> int:
    """Make this text the agent's prompt for the direction; answers its version."""
    if not text.strip():
        raise PromptMissing
    if len(text) > layers.PROMPT_LENGTH_MAX:
        raise PromptTooLong(
            f"The prompt has {len(text)} letters, at most {layers.PROMPT_LENGTH_MAX} are allowed.",
            remedy="Leave out what the agent does not need to say.",
        )
    return await store.add(tx, direction, text)


async def brief(
    tx: TenantTx, business: Business, direction: Direction, *, now: datetime
) -> Briefing:
    """Compile the briefing for one call of this business; the only place where one is built."""
    assert tx.business_id == business.id
    prompt = await store.current(tx, direction)
    return compile_briefing(business, direction, prompt, now=now)


def compile_briefing(
    business: Business, direction: Direction, prompt: str | None, *, now: datetime
) -> Briefing:
    telemetry.note(
        log,
        "PROMPT_ROUTER",
        f"Building {direction.name} prompt",
        {"business_id": str(business.id)},
    )
    if prompt is None or not prompt.strip():
        log.error(
            "no prompt for this direction",
            marker="PROMPT_MISSING",
            business_id=str(business.id),
            direction=direction.value,
        )
        raise PromptMissing
    if len(prompt) > layers.PROMPT_LENGTH_MAX:
        log.warning("a prompt is over-long and used whole", letters=len(prompt))
    local_now = now.astimezone(ZoneInfo(business.time_zone))
    phrases = phrases_in(business.language)
    instructions = layers.assemble(prompt, direction, business.language, local_now)
    return Briefing(
        business_id=str(business.id),
        business_name=business.name,
        direction=direction,
        language=business.language,
        instructions=instructions,
        instructions_hash=hash_of(instructions),
        greeting=business.greeting,
        follow_up=business.follow_up,
        voice=business.voice,
        one_moment=phrases.one_moment,
        reconnected=phrases.reconnected,
        transcription_prompt=business.name,
    )


def hash_of(instructions: str) -> str:
    return hashlib.sha256(instructions.encode()).hexdigest()
