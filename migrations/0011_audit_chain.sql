-- Up Migration
-- The audit trail as a chain: each link is a keyed digest of one row and of the link before it. `seq` has no gaps.
CREATE TABLE audit_chain (
  seq      bigint PRIMARY KEY,
  audit_id bigint NOT NULL UNIQUE,
  link     bytea  NOT NULL
);
CREATE TRIGGER audit_chain_is_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_chain
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
