-- Events that the fold could not take, by position; writing one again replaces it.
CREATE TABLE IF NOT EXISTS {database:Identifier}.parked
(
    position    UInt64,
    customer_id String CODEC(ZSTD(1)),
    event_id    String CODEC(ZSTD(1)),
    source      LowCardinality(String),
    type        LowCardinality(String),
    error       String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY position;
