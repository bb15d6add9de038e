-- Up Migration
-- Second step: reads all rows once, while others read and write.
ALTER TABLE audit VALIDATE CONSTRAINT audit_bound;
