"""The phone number: the door through which callers reach exactly one business."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from prosaasil.kit.db import Base


class PhoneNumberRow(Base):
    __tablename__ = "phone_numbers"
    __table_args__ = (
        CheckConstraint("e164 ~ '^\\+[1-9][0-9]{3,14}$'", name="e164_is_canonical"),
        Index(None, "business_id"),
    )

    e164: Mapped[str] = mapped_column(Text, primary_key=True)
    """The key: a number belongs to one business, whatever the code believes."""
    business_id: Mapped[UUID] = mapped_column(ForeignKey("businesses.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
