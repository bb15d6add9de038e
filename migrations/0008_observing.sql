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
