-- Up Migration
-- What becomes of people in a roll-out: sums by the hour, with names out of the configuration alone and of no person.
CREATE TABLE rollout_counts (
  rule    text        NOT NULL,
  stage   text        NOT NULL,
  hour    timestamptz NOT NULL,
  "group" text        NOT NULL,
  what    text        NOT NULL,
  detail  text        NOT NULL,
  n       bigint      NOT NULL,
  PRIMARY KEY (rule, stage, hour, "group", what, detail)
);

-- Brakes that were pulled. `released`: which release by a person it was pulled after, so that each has one pull at most.
CREATE TABLE brakes (
  rule       text        NOT NULL,
  released   timestamptz NOT NULL,
  pulled_at  timestamptz NOT NULL,
  PRIMARY KEY (rule, released)
);

-- The audit trail as a chain: each link is a keyed digest of one row and of the link before it. `seq` has no gaps.
CREATE TABLE audit_chain (
  seq      bigint PRIMARY KEY,
  audit_id bigint NOT NULL UNIQUE,
  link     bytea  NOT NULL
);
CREATE TRIGGER audit_chain_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_chain
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
