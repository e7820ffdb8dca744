-- One training run of a kind at a time. Of several that earlier releases started at once, the newest goes on.
UPDATE training_run SET state = 'FAILED', message = 'another run of the kind was started', lease_expires_at_us = NULL
    WHERE state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED') AND EXISTS (SELECT 1 FROM training_run AS newer
        WHERE newer.tenant = training_run.tenant AND newer.kind = training_run.kind AND newer.id > training_run.id
        AND newer.state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED'));
CREATE UNIQUE INDEX training_run_one_of_kind ON training_run (tenant, kind)
    WHERE state NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED');
