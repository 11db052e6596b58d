"""How Alembic reaches the database: by the open connection that `kit.db.upgrade` hands in.

The transaction, and the lock by which processes that start together take turns, are the caller's.
"""

from alembic import context

from prosaasil.accounts import model as accounts
from prosaasil.agents import model as agents
from prosaasil.businesses import model as businesses
from prosaasil.kit.db import Base
from prosaasil.numbers import model as numbers
from prosaasil.records import model as records

MODELS = (accounts, agents, businesses, numbers, records)
"""Imported for their tables: foreign keys cross the domains, their modules do not."""

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
