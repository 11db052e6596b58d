"""The briefing of a call that could be anybody's."""

from prosaasil.call.briefing import Briefing, Direction

BRIEFING = Briefing(
    business_id="business-1",
    business_name="Clinic",
    direction=Direction.INBOUND,
    language="he",
    instructions="Answer.",
    instructions_hash="0" * 64,
    greeting="Hello!",
    follow_up="Are you there?",
    voice="marin",
    transcription_prompt="",
)
