"""A user as a value: who it is, and what it may do where."""

from enum import Enum
from uuid import UUID

from msgspec import Struct


class Role(Enum):
    AGENT = "agent"
    MANAGER = "manager"
    OWNER = "owner"


class Membership(Struct, frozen=True):
    business_id: UUID
    business_name: str
    business_slug: str
    role: Role


class Account(Struct, frozen=True):
    user_id: UUID
    email: str
    name: str
    memberships: tuple[Membership, ...]

    def belongs_to(self, business_id: UUID) -> bool:
        return any(held.business_id == business_id for held in self.memberships)
