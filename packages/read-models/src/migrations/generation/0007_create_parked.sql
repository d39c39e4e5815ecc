-- Events that the fold could not take, by position; writing one again replaces it. `version` is the position up to which the log was known: the event's own,
-- or that of the retry which was the last to try it. `retried_at` is 0 while it is set aside, and then the position of the retry that took it: seen from a
-- checkpoint before that it is set aside still.
CREATE TABLE IF NOT EXISTS {database:Identifier}.parked
(
    version     UInt64,
    position    UInt64,
    customer_id String CODEC(ZSTD(1)),
    event_id    String CODEC(ZSTD(1)),
    source      LowCardinality(String),
    type        LowCardinality(String),
    error       String CODEC(ZSTD(1)),
    retried_at  UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY position;
