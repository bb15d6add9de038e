-- Up Migration
-- The audit trail by month, first step of three: what there is becomes the part before the month after next. Nothing is
-- read yet, and nobody waits. Where the table is in use for long (a dump), this fails, and is to be run again.
SET LOCAL lock_timeout = '3s';
DO $$ BEGIN
  EXECUTE format('ALTER TABLE audit ADD CONSTRAINT audit_bound CHECK (at < %L) NOT VALID',
    to_char(now() AT TIME ZONE 'UTC' + interval '2 months', 'YYYY-MM-01 00:00:00+00'));
END $$;
