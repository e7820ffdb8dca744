-- Every model that became the champion of its kind, be it by a promotion or by a rollback. Of the time before, only the present champions
-- are known, and whether they came by a rollback is not.
CREATE TABLE champion_history (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    model_id TEXT NOT NULL,
    replaced_id TEXT,
    cause TEXT NOT NULL,
    promoted_at_us INTEGER NOT NULL,
    gate_overridden INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, number)
) STRICT, WITHOUT ROWID;

INSERT INTO champion_history (tenant, kind, number, model_id, replaced_id, cause, promoted_at_us, gate_overridden)
    SELECT tenant, kind, 1, model_id, previous_id, 'PROMOTION', promoted_at_us, gate_overridden FROM champion;
