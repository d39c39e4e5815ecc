-- What stands in the log at the checkpoint, or last before it: a log that holds something else there, or nothing, was put back from a backup, and rows tell of events that
-- it has lost. Empty where an earlier version wrote the checkpoint.
ALTER TABLE {database:Identifier}.checkpoints
    ADD COLUMN IF NOT EXISTS history String;
