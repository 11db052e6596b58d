"""Calls, their turns, and the voice workers that serve them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from prosaasil.kit.db import Base


class CallRow(Base):
    """One call: made before its media begins, so that webhook and worker share it by the table."""

    __tablename__ = "calls"
    __table_args__ = (
        CheckConstraint("direction IN ('inbound', 'outbound')", name="direction_is_known"),
        CheckConstraint("kind IN ('carrier', 'softphone')", name="kind_is_known"),
        CheckConstraint(
            "status IN ('queued', 'initiated', 'ringing', 'in-progress', 'completed', 'busy',"
            " 'no-answer', 'failed', 'canceled')",
            name="status_is_known",
        ),
        CheckConstraint(
            "(kind = 'carrier') = (carrier_call_sid IS NOT NULL)",
            name="carrier_calls_have_its_sid",
        ),
        CheckConstraint(
            "(briefing IS NULL) = (prompt_hash IS NULL)", name="briefing_is_bound_by_hash"
        ),
        CheckConstraint("duration_s >= 0", name="duration_is_not_negative"),
        Index(None, "business_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    business_id: Mapped[UUID] = mapped_column(ForeignKey("businesses.id", ondelete="CASCADE"))
    direction: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    carrier_call_sid: Mapped[str | None] = mapped_column(Text, unique=True)
    from_number: Mapped[str] = mapped_column("from", Text)
    """As the carrier names the caller: a withheld number may be a word."""
    to_number: Mapped[str] = mapped_column("to", Text)
    status: Mapped[str] = mapped_column(Text)
    briefing: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """None for a call that was refused before it had an agent."""
    prompt_hash: Mapped[str | None] = mapped_column(Text)
    ticket_nonce: Mapped[str | None] = mapped_column(Text)
    """Of the one ticket that is good now: a newer one makes the older worthless."""
    ticket_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    resumptions: Mapped[int] = mapped_column(Integer, server_default="0")
    """How often the carrier came back for a new stream after losing one."""
    stream_sid: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When its first stream was taken by a voice worker."""
    answered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    duration_s: Mapped[int | None] = mapped_column(Integer)
    end_reason: Mapped[str | None] = mapped_column(Text)
    """Why our side ended it, in the words of `HangUpReason`, or why it was refused."""
    metrics: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class CallTurnRow(Base):
    __tablename__ = "call_turns"
    __table_args__ = (
        CheckConstraint("role IN ('caller', 'agent')", name="role_is_known"),
        CheckConstraint("position >= 0", name="position_is_not_negative"),
    )

    call_id: Mapped[UUID] = mapped_column(
        ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    item_id: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    at_ms: Mapped[int] = mapped_column(Integer)
    """When it began to be heard, from the call's start."""


class VoiceWorkerRow(Base):
    """A running voice worker's lease: a worker not seen for a while gets no new calls."""

    __tablename__ = "voice_workers"
    __table_args__ = (CheckConstraint("calls >= 0", name="calls_is_not_negative"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    media_url: Mapped[str] = mapped_column(Text)
    softphone_url: Mapped[str] = mapped_column(Text)
    calls: Mapped[int] = mapped_column(Integer, server_default="0")
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
