"""The prompt: what a business tells its agent for one direction of calls, version by version."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Integer, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from prosaasil.kit.db import Base


class PromptRow(Base):
    __tablename__ = "prompts"
    __table_args__ = (
        CheckConstraint("direction IN ('inbound', 'outbound')", name="direction_is_known"),
        CheckConstraint("version > 0", name="versions_count_from_one"),
    )

    business_id: Mapped[UUID] = mapped_column(
        ForeignKey("businesses.id", ondelete="CASCADE"), primary_key=True
    )
    direction: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    """The highest one is in use; older ones stay as history."""
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
