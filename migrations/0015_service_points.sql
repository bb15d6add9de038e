-- Up Migration
-- What the service desk is told of a page that somebody was stuck at: no account, no address, nothing that was typed.
CREATE TABLE help_codes (
  code       text        PRIMARY KEY,
  at         timestamptz NOT NULL,
  flow       text        NOT NULL,
  step       text        NOT NULL,
  cause      text        NOT NULL,
  client_id  text,
  browser    text        NOT NULL,
  system     text        NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX help_codes_expiry ON help_codes (expires_at);

-- Computers that one person after the other uses. `digest` is that of the code which registers one, until it has.
CREATE TABLE workplaces (
  id              uuid        PRIMARY KEY,
  name            text        NOT NULL UNIQUE,
  digest          text        UNIQUE,
  code_expires_at timestamptz NOT NULL,
  registered_at   timestamptz
);

-- Set-ups that begin at one device and go on at another. `place` is the interaction at the first, `phone` the digest
-- of what the second keeps, `number` that of what it shows at the end. Codes are kept as keyed digests alone.
CREATE TABLE handovers (
  id         uuid        PRIMARY KEY,
  place      text        NOT NULL UNIQUE,
  account_id uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
  factor     text        NOT NULL,
  begun      jsonb       NOT NULL,
  digest     text        UNIQUE,
  phone      text        UNIQUE,
  joined     jsonb,
  number     text,
  tries      integer     NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL
);
CREATE INDEX handovers_expiry ON handovers (expires_at);
CREATE INDEX handovers_account ON handovers (account_id);
