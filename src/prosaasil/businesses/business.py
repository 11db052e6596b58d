"""A business as a value, free of its table's row."""

from enum import Enum
from uuid import UUID

from msgspec import Struct


class BusinessStatus(Enum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    """Its calls are refused politely; its records stay readable."""


class Business(Struct, frozen=True, kw_only=True):
    id: UUID
    slug: str
    name: str
    language: str
    time_zone: str
    greeting: str
    follow_up: str
    voice: str
    status: BusinessStatus = BusinessStatus.ACTIVE

    @property
    def is_suspended(self) -> bool:
        return self.status is BusinessStatus.SUSPENDED
