-- Up Migration
-- Names that may be used once (a SAML assertion's ID), by their SHA-256, until they would be refused for their age.

CREATE TABLE consumed (
  purpose    text        NOT NULL,
  id_hash    text        NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (purpose, id_hash)
);
CREATE INDEX consumed_expiry ON consumed (expires_at);
