-- Up Migration
-- Accounts, credentials and everything that must survive. Secrets (credential data, tokens, keys) are sealed by
-- src/store/seal.ts before they come here; each is bound to its table, column and row.

CREATE TABLE accounts (
  id              uuid        PRIMARY KEY,
  username        text        NOT NULL,
  email           text,
  email_verified  boolean     NOT NULL DEFAULT false,
  given_name      text,
  family_name     text,
  customer_number text        UNIQUE,
  "group"         text        NOT NULL,
  locale          text        NOT NULL,
  locked_at       timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);

-- User names and e-mail addresses share one name space: nobody can take a user name equal to another's address.
CREATE TABLE login_names (
  name       text NOT NULL PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE
);
CREATE INDEX login_names_account ON login_names (account_id);

CREATE TABLE credentials (
  id           uuid        PRIMARY KEY,
  account_id   uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
  factor       text        NOT NULL,
  external_id  text,
  label        text        NOT NULL,
  strength     jsonb       NOT NULL,
  data         text        NOT NULL,
  version      integer     NOT NULL DEFAULT 1,
  suspended_at timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  UNIQUE (factor, external_id),
  UNIQUE (account_id, factor, label)
);

CREATE TABLE dismissals (
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  epoch      text NOT NULL,
  factor     text NOT NULL,
  PRIMARY KEY (account_id, epoch, factor)
);

CREATE TABLE audit (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT now(),
  event      text        NOT NULL,
  account_id uuid,
  client_id  text,
  request_id uuid,
  data       jsonb       NOT NULL
);
CREATE INDEX audit_account ON audit (account_id, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit rows are never changed';
END $$;
CREATE TRIGGER audit_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Grants, refresh tokens and other long-lived protocol state, by the SHA-256 of their id.
CREATE TABLE tokens (
  model       text        NOT NULL,
  id_hash     text        NOT NULL,
  grant_hash  text,
  account_id  uuid,
  client_id   text,
  payload     text        NOT NULL,
  consumed_at timestamptz,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (model, id_hash)
);
CREATE INDEX tokens_grant ON tokens (grant_hash);
CREATE INDEX tokens_account ON tokens (account_id);
CREATE INDEX tokens_expiry ON tokens (expires_at);

-- Short-lived state where there is no Redis.
CREATE TABLE ephemeral (
  key        text        PRIMARY KEY,
  value      text        NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX ephemeral_expiry ON ephemeral (expires_at);

-- Counted attempts, with the columns rate-limiter-flexible expects; `expire` in milliseconds, null: never.
-- In byte order, so that all counters of one subject lie side by side.
CREATE TABLE attempts (
  key    text    COLLATE "C" PRIMARY KEY,
  points integer NOT NULL DEFAULT 0,
  expire bigint
);
CREATE INDEX attempts_expiry ON attempts (expire);

CREATE TABLE signing_keys (
  kid        text        PRIMARY KEY,
  jwk        text        NOT NULL,
  not_before timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- How far a resumable import has come, and which lines it refused: written in the transaction of each batch.
-- `id` is the SHA-256 of its first line, `digest` that of all lines done.
CREATE TABLE imports (
  id         text        PRIMARY KEY,
  lines_done bigint      NOT NULL,
  imported   bigint      NOT NULL,
  digest     text        NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE import_refusals (
  import_id text   NOT NULL REFERENCES imports ON DELETE CASCADE,
  line      bigint NOT NULL,
  reason    text   NOT NULL,
  PRIMARY KEY (import_id, line)
);
