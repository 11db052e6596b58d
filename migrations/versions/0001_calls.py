"""Businesses, their numbers, prompts and people; calls, their turns and their workers."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BUSINESSES = r"""
CREATE TABLE businesses (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    language text NOT NULL,
    time_zone text NOT NULL,
    greeting text NOT NULL,
    follow_up text NOT NULL,
    voice text NOT NULL,
    status text NOT NULL DEFAULT 'active',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_businesses PRIMARY KEY (id),
    CONSTRAINT uq_businesses_slug UNIQUE (slug),
    CONSTRAINT ck_businesses_slug_is_a_path_part CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    CONSTRAINT ck_businesses_status_is_known CHECK (status IN ('active', 'suspended')),
    CONSTRAINT ck_businesses_name_is_given CHECK (length(btrim(name)) > 0)
);
CREATE TABLE phone_numbers (
    e164 text NOT NULL,
    business_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_phone_numbers PRIMARY KEY (e164),
    CONSTRAINT fk_phone_numbers_business_id FOREIGN KEY (business_id)
        REFERENCES businesses (id) ON DELETE CASCADE,
    CONSTRAINT ck_phone_numbers_e164_is_canonical CHECK (e164 ~ '^\+[1-9][0-9]{3,14}$')
);
CREATE INDEX ix_phone_numbers_business_id ON phone_numbers (business_id);
CREATE TABLE prompts (
    business_id uuid NOT NULL,
    direction text NOT NULL,
    version integer NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_prompts PRIMARY KEY (business_id, direction, version),
    CONSTRAINT fk_prompts_business_id FOREIGN KEY (business_id)
        REFERENCES businesses (id) ON DELETE CASCADE,
    CONSTRAINT ck_prompts_direction_is_known CHECK (direction IN ('inbound', 'outbound')),
    CONSTRAINT ck_prompts_versions_count_from_one CHECK (version > 0)
);
"""

ACCOUNTS = """
CREATE TABLE users (
    id uuid NOT NULL,
    email text NOT NULL,
    password_hash text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_email UNIQUE (email),
    CONSTRAINT ck_users_email_is_canonical CHECK (email = lower(btrim(email))),
    CONSTRAINT ck_users_email_is_an_address CHECK (email LIKE '%_@_%')
);
CREATE TABLE memberships (
    user_id uuid NOT NULL,
    business_id uuid NOT NULL,
    role text NOT NULL,
    CONSTRAINT pk_memberships PRIMARY KEY (user_id, business_id),
    CONSTRAINT fk_memberships_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_memberships_business_id FOREIGN KEY (business_id)
        REFERENCES businesses (id) ON DELETE CASCADE,
    CONSTRAINT ck_memberships_role_is_known CHECK (role IN ('agent', 'manager', 'owner'))
);
CREATE INDEX ix_memberships_business_id ON memberships (business_id);
CREATE TABLE sign_in_sessions (
    id_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_sign_in_sessions PRIMARY KEY (id_hash),
    CONSTRAINT fk_sign_in_sessions_user_id FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_sign_in_sessions_user_id ON sign_in_sessions (user_id);
CREATE INDEX ix_sign_in_sessions_expires_at ON sign_in_sessions (expires_at);
CREATE TABLE sign_in_attempts (
    source text NOT NULL,
    attempts integer NOT NULL,
    window_started_at timestamptz NOT NULL,
    CONSTRAINT pk_sign_in_attempts PRIMARY KEY (source)
);
"""

CALLS = """
CREATE TABLE calls (
    id uuid NOT NULL,
    business_id uuid NOT NULL,
    direction text NOT NULL,
    kind text NOT NULL,
    carrier_call_sid text,
    "from" text NOT NULL,
    "to" text NOT NULL,
    status text NOT NULL,
    briefing jsonb,
    prompt_hash text,
    ticket_nonce text,
    ticket_used_at timestamptz,
    resumptions integer NOT NULL DEFAULT 0,
    stream_sid text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    answered_at timestamptz,
    ended_at timestamptz,
    duration_s integer,
    end_reason text,
    metrics jsonb,
    CONSTRAINT pk_calls PRIMARY KEY (id),
    CONSTRAINT fk_calls_business_id FOREIGN KEY (business_id)
        REFERENCES businesses (id) ON DELETE CASCADE,
    CONSTRAINT uq_calls_carrier_call_sid UNIQUE (carrier_call_sid),
    CONSTRAINT ck_calls_direction_is_known CHECK (direction IN ('inbound', 'outbound')),
    CONSTRAINT ck_calls_kind_is_known CHECK (kind IN ('carrier', 'softphone')),
    CONSTRAINT ck_calls_status_is_known CHECK (
        status IN ('queued', 'initiated', 'ringing', 'in-progress', 'completed', 'busy',
                   'no-answer', 'failed', 'canceled')
    ),
    CONSTRAINT ck_calls_carrier_calls_have_its_sid CHECK (
        (kind = 'carrier') = (carrier_call_sid IS NOT NULL)
    ),
    CONSTRAINT ck_calls_briefing_is_bound_by_hash CHECK (
        (briefing IS NULL) = (prompt_hash IS NULL)
    ),
    CONSTRAINT ck_calls_duration_is_not_negative CHECK (duration_s >= 0)
);
CREATE INDEX ix_calls_business_id_id ON calls (business_id, id);
CREATE TABLE call_turns (
    call_id uuid NOT NULL,
    position integer NOT NULL,
    role text NOT NULL,
    item_id text NOT NULL,
    text text NOT NULL,
    at_ms integer NOT NULL,
    CONSTRAINT pk_call_turns PRIMARY KEY (call_id, position),
    CONSTRAINT fk_call_turns_call_id FOREIGN KEY (call_id)
        REFERENCES calls (id) ON DELETE CASCADE,
    CONSTRAINT ck_call_turns_role_is_known CHECK (role IN ('caller', 'agent')),
    CONSTRAINT ck_call_turns_position_is_not_negative CHECK (position >= 0)
);
CREATE TABLE voice_workers (
    id uuid NOT NULL,
    media_url text NOT NULL,
    softphone_url text NOT NULL,
    calls integer NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_voice_workers PRIMARY KEY (id),
    CONSTRAINT ck_voice_workers_calls_is_not_negative CHECK (calls >= 0)
);
"""

OWN_ROWS = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON {table}
    USING (current_setting('app.business', true) IN ({owner}, '*'));
"""
"""A transaction sees the rows of the business it is for; with none set, no rows."""

OWNERS = {
    "businesses": "id::text",
    "phone_numbers": "business_id::text",
    "prompts": "business_id::text",
    "calls": "business_id::text",
}

OWN_TURNS = """
ALTER TABLE call_turns ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_turns FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON call_turns
    USING (EXISTS (SELECT FROM calls WHERE calls.id = call_turns.call_id));
"""
"""A turn is seen by whoever sees its call."""

TABLES = (
    "businesses",
    "phone_numbers",
    "prompts",
    "users",
    "memberships",
    "sign_in_sessions",
    "sign_in_attempts",
    "calls",
    "call_turns",
    "voice_workers",
)


def upgrade() -> None:
    for tables in (BUSINESSES, ACCOUNTS, CALLS):
        op.execute(tables)
    for table, owner in OWNERS.items():
        op.execute(OWN_ROWS.format(table=table, owner=owner))
    op.execute(OWN_TURNS)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
