-- Events that were taken in and have left the log since, because an operator deleted or truncated their customer: which, and no more of them than that, so that each is still
-- accounted for. Written when their rows go; writing one again replaces it.
CREATE TABLE IF NOT EXISTS {database:Identifier}.left_events
(
    position    UInt64,
    source      LowCardinality(String),
    customer_id String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY position;
