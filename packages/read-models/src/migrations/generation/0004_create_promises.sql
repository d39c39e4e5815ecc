-- One row a promise, replaced by version; read with FINAL. The ids of promises are a customer's own.
CREATE TABLE IF NOT EXISTS {database:Identifier}.promises
(
    version      UInt64 CODEC(Delta, ZSTD(1)),
    customer_id  String CODEC(ZSTD(1)),
    promise_id   String CODEC(ZSTD(1)),
    journey_id   String CODEC(ZSTD(1)),
    journey_type LowCardinality(String),
    touchpoint   LowCardinality(String),
    what         String CODEC(ZSTD(1)),
    made_at      DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    due_at       DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    state        LowCardinality(String),
    closed_at    Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (customer_id, promise_id);
