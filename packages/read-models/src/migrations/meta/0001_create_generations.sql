-- Facts about generations, one row each and never changed: `claimed` (its number, by whoever creates it), `created` (with what it measures by),
-- `in-force`, `dropped`.
-- The generation in force is that of the last `in-force` row, so a switch is one row, seen whole or not at all.
CREATE TABLE IF NOT EXISTS {database:Identifier}.generations
(
    ordinal    UInt64,
    fact       LowCardinality(String),
    generation UInt32,
    measures   String,
    at         DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY ordinal
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
