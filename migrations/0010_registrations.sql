-- Up Migration
-- Applications that registered themselves (RFC 7591), each with a token of the operator's; sealed, for their secrets.
CREATE TABLE registrations (
  client_id  text        PRIMARY KEY,
  client     text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
