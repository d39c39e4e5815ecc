-- Silence ends with a purchase too, and each move between trust stages says how satisfied the customer was. Rows from before know neither: they answer by the last
-- moment, and with null, until their generation is filled anew.
ALTER TABLE {database:Identifier}.customers
    ADD COLUMN IF NOT EXISTS last_purchase_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)) AFTER last_moment_at;
ALTER TABLE {database:Identifier}.trust_changes
    ADD COLUMN IF NOT EXISTS satisfaction Nullable(Float64) CODEC(ZSTD(1)) AFTER because;
