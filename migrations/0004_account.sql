-- Up Migration
-- What people see and change of their own account: notices by mail, and the sessions they are signed in with.

-- Mails that are still to be sent. A row is written with the audit row of what it reports, by the database itself,
-- so that neither comes without the other. `id` makes the Message-ID.
CREATE TABLE outbox (
  id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  account_id uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
  event      text        NOT NULL,
  data       jsonb       NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  due_at     timestamptz NOT NULL DEFAULT now(),
  tries      integer     NOT NULL DEFAULT 0
);
CREATE INDEX outbox_due ON outbox (due_at);
CREATE INDEX outbox_account ON outbox (account_id);
CREATE INDEX outbox_age ON outbox (created_at);

CREATE FUNCTION tell_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (account_id, event, data)
    SELECT id, NEW.event, NEW.data FROM accounts WHERE id = NEW.account_id AND email IS NOT NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER owner_is_told AFTER INSERT ON audit FOR EACH ROW
  WHEN (NEW.event IN ('factor.enrolled', 'factor.removed', 'factor.replaced')
        OR (NEW.event = 'login.completed' AND NEW.data ? 'newOn')
        OR (NEW.event = 'factor.verified' AND NEW.data ->> 'factor' = 'recovery-codes'))
  EXECUTE FUNCTION tell_owner();

-- Where people are signed in. What a session has proven until `ended_at` counts no longer; the row outlives it.
CREATE TABLE sessions (
  uid          text        PRIMARY KEY,
  account_id   uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
  browser      text        NOT NULL,
  system       text        NOT NULL,
  created_at   timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  ended_at     timestamptz,
  expires_at   timestamptz NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Which session a token came from.
ALTER TABLE tokens ADD COLUMN session_uid text;
CREATE INDEX tokens_session ON tokens (session_uid);
