-- Up Migration
-- Codes that people read in a mail and type: one for each purpose, holder and place, of which only a keyed digest is
-- kept. `holder` is an account id, or a digest of an address; `place` the interaction or session that asked.
CREATE TABLE mailed_codes (
  purpose    text        NOT NULL,
  holder     text        NOT NULL,
  place      text        NOT NULL,
  digest     text        NOT NULL,
  tries      integer     NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (purpose, holder, place)
);
CREATE INDEX mailed_codes_expiry ON mailed_codes (expires_at);

-- Mails to an address rather than an account; what must be secret, sealed; what is of no use after an instant.
ALTER TABLE outbox ALTER COLUMN account_id DROP NOT NULL;
ALTER TABLE outbox ADD COLUMN address text;
ALTER TABLE outbox ADD COLUMN locale text;
ALTER TABLE outbox ADD COLUMN secret text;
ALTER TABLE outbox ADD COLUMN stale_at timestamptz;

-- What a credential was bound on, where that was not firm: it does not count for sensitive levels at once.
ALTER TABLE credentials ADD COLUMN ground text;

-- The customer number that a person gave at registration, and nobody has checked.
ALTER TABLE accounts ADD COLUMN claimed_number text;

-- Owners hear, too, of registrations with their address.
DROP TRIGGER owner_is_told ON audit;
CREATE TRIGGER owner_is_told AFTER INSERT ON audit FOR EACH ROW
  WHEN (NEW.event IN ('factor.enrolled', 'factor.removed', 'factor.replaced', 'registration.known')
        OR (NEW.event = 'login.completed' AND NEW.data ? 'newOn')
        OR (NEW.event = 'factor.verified' AND NEW.data ->> 'factor' = 'recovery-codes'))
  EXECUTE FUNCTION tell_owner();
