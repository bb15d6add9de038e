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
