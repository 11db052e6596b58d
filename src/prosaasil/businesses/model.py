"""The business: a tenant of the platform."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from prosaasil.kit.db import Base


class BusinessRow(Base):
    __tablename__ = "businesses"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="slug_is_a_path_part"),
        CheckConstraint("status IN ('active', 'suspended')", name="status_is_known"),
        CheckConstraint("length(btrim(name)) > 0", name="name_is_given"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    """Its part of the webhook addresses."""
    name: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    """ISO 639-1 code in which its calls begin."""
    time_zone: Mapped[str] = mapped_column(Text)
    """IANA name."""
    greeting: Mapped[str] = mapped_column(Text)
    follow_up: Mapped[str] = mapped_column(Text)
    voice: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="active")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
