-- Up Migration
-- Third step: the table becomes the first part of one that is divided by month, under the same name and with the same
-- columns; what it holds is neither copied nor read. Ids come from one sequence, so that each part for itself keeps them
-- unique; a key of all parts would need `at`. Later parts are made, and old ones removed, by src/store/audit-months.ts.
SET LOCAL lock_timeout = '3s';
DROP TRIGGER owner_is_told ON audit;
DROP TRIGGER owner_is_told_of_the_account ON audit;
DROP TRIGGER owner_is_told_of_the_desk ON audit;
ALTER TABLE audit RENAME TO audit_first;
CREATE TABLE audit (
  id         bigint      GENERATED ALWAYS AS IDENTITY,
  at         timestamptz NOT NULL DEFAULT now(),
  event      text        NOT NULL,
  account_id uuid,
  client_id  text,
  request_id uuid,
  data       jsonb       NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX audit_by_account ON audit (account_id, id);
CREATE INDEX audit_by_desk ON audit (at) WHERE event LIKE 'desk.%';
DO $$ BEGIN
  EXECUTE format('SELECT setval(%L, last_value, is_called) FROM %s',
    pg_get_serial_sequence('audit', 'id'), pg_get_serial_sequence('audit_first', 'id'));
  ALTER TABLE audit_first ALTER COLUMN id DROP IDENTITY;
  EXECUTE format('ALTER TABLE audit ATTACH PARTITION audit_first FOR VALUES FROM (MINVALUE) TO (%L)',
    (SELECT substring(pg_get_constraintdef(oid) FROM '''([^'']+)''') FROM pg_constraint
     WHERE conrelid = 'audit_first'::regclass AND conname = 'audit_bound'));
END $$;
ALTER TABLE audit_first DROP CONSTRAINT audit_bound;

-- Where a month is missing nobody is kept from signing in: its rows go here.
CREATE TABLE audit_other PARTITION OF audit (PRIMARY KEY (id)) DEFAULT;

CREATE TRIGGER audit_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_other
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER owner_is_told AFTER INSERT ON audit FOR EACH ROW
  WHEN (NEW.event IN ('factor.enrolled', 'factor.removed', 'factor.replaced', 'registration.known')
        OR (NEW.event = 'login.completed' AND NEW.data ? 'newOn')
        OR (NEW.event = 'factor.verified' AND NEW.data ->> 'factor' = 'recovery-codes'))
  EXECUTE FUNCTION tell_owner();
CREATE TRIGGER owner_is_told_of_the_account AFTER INSERT ON audit FOR EACH ROW
  WHEN (NEW.event IN ('consent.withdrawn', 'data.disclosed', 'account.email_changed', 'account.frozen',
                      'account.deletion_asked', 'account.deletion_taken_back'))
  EXECUTE FUNCTION tell_owner();
CREATE TRIGGER owner_is_told_of_the_desk AFTER INSERT ON audit FOR EACH ROW
  WHEN (NEW.event IN ('desk.asked', 'desk.issued', 'desk.redeemed'))
  EXECUTE FUNCTION tell_owner();

-- Where the chain begins since older rows were removed: JSON, and its keyed digest.
CREATE TABLE audit_anchors (
  id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  data text   NOT NULL,
  mac  bytea  NOT NULL
);
CREATE TRIGGER audit_anchors_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_anchors
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
