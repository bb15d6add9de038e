-- Up Migration
-- Where an account is in use, and what follows when it no longer is.

-- At which applications a session is signed in, under which `sid` each knows it.
CREATE TABLE session_clients (
  session_uid text NOT NULL REFERENCES sessions ON DELETE CASCADE,
  client_id   text NOT NULL,
  sid         text NOT NULL,
  PRIMARY KEY (session_uid, client_id)
);

-- Applications that are still to be told that a session has ended. A row takes the place of that in session_clients,
-- in the transaction in which the session ends. It outlives the account.
CREATE TABLE logouts (
  id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  account_id uuid        NOT NULL,
  client_id  text        NOT NULL,
  sid        text        NOT NULL,
  due_at     timestamptz NOT NULL DEFAULT now(),
  tries      integer     NOT NULL DEFAULT 0,
  UNIQUE (client_id, sid)
);
CREATE INDEX logouts_due ON logouts (due_at);

-- Which applications people sign in at, and since when.
CREATE TABLE connections (
  account_id   uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
  client_id    text        NOT NULL,
  since        timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, client_id)
);
INSERT INTO connections (account_id, client_id, since, last_used_at)
  SELECT account_id, client_id, given_at, given_at FROM consents;
INSERT INTO connections (account_id, client_id, since, last_used_at)
  SELECT DISTINCT t.account_id, t.client_id, now(), now() FROM tokens t JOIN accounts a ON a.id = t.account_id
  WHERE t.model = 'Grant' AND t.client_id <> 'pforte-account' AND t.expires_at > now()
  ON CONFLICT DO NOTHING;

CREATE TRIGGER owner_is_told_of_the_account AFTER INSERT ON audit FOR EACH ROW
  WHEN (NEW.event IN ('consent.withdrawn', 'data.disclosed', 'account.email_changed', 'account.frozen',
                      'account.deletion_asked', 'account.deletion_taken_back'))
  EXECUTE FUNCTION tell_owner();

-- Accounts whose owners want them gone, and when they will be.
CREATE TABLE deletions (
  account_id uuid        PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
  due_at     timestamptz NOT NULL
);
CREATE INDEX deletions_due ON deletions (due_at);

-- With what an owner who is told of something they did not do can lock the account, and nothing else. Made when the
-- notice is sent; only a keyed digest is kept.
CREATE TABLE freeze_codes (
  digest     text        PRIMARY KEY,
  account_id uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);
CREATE INDEX freeze_codes_account ON freeze_codes (account_id);
CREATE INDEX freeze_codes_expiry ON freeze_codes (expires_at);
