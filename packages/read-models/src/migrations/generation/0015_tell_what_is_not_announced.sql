-- Rows show what fell due before the newest event of their customer was recorded at once; what of it is not announced yet is found by this. Rows from before know
-- of nothing, until their generation is filled anew.
ALTER TABLE {database:Identifier}.customers
    ADD COLUMN IF NOT EXISTS untold_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)) AFTER next_due_at;
