-- Up Migration
-- What the service desk gives out: one code for each account, of which a keyed digest is kept. Without a digest it is
-- still to be approved by a second officer.
CREATE TABLE access_codes (
  account_id  uuid        PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
  purpose     text        NOT NULL,
  lost        text[]      NOT NULL,
  site        text        NOT NULL,
  letter      boolean     NOT NULL,
  document    text        NOT NULL,
  reason      text        NOT NULL,
  officer     uuid        NOT NULL,
  second      uuid,
  digest      text,
  tries       integer     NOT NULL DEFAULT 0,
  redeemed_at timestamptz,
  expires_at  timestamptz NOT NULL
);
CREATE INDEX access_codes_expiry ON access_codes (expires_at);

-- What each officer has done, by time.
CREATE INDEX audit_desk ON audit (at) WHERE event LIKE 'desk.%';

CREATE TRIGGER owner_is_told_of_the_desk AFTER INSERT ON audit FOR EACH ROW
  WHEN (NEW.event IN ('desk.asked', 'desk.issued', 'desk.redeemed'))
  EXECUTE FUNCTION tell_owner();
