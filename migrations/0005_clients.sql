-- Up Migration
-- What people have agreed to let an application have: scopes and addresses of APIs.
CREATE TABLE consents (
  account_id uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
  client_id  text        NOT NULL,
  items      text[]      NOT NULL,
  given_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, client_id)
);

-- Secrets that must outlive every key of the ring, sealed by it: that of pairwise subjects.
CREATE TABLE secrets (
  name  text PRIMARY KEY,
  value text NOT NULL
);
