-- One row a complaint, replaced by version; read with FINAL. The ids of complaints are a customer's own.
CREATE TABLE IF NOT EXISTS {database:Identifier}.complaints
(
    version        UInt64 CODEC(Delta, ZSTD(1)),
    customer_id    String CODEC(ZSTD(1)),
    complaint_id   String CODEC(ZSTD(1)),
    journey_id     String CODEC(ZSTD(1)),
    journey_type   LowCardinality(String),
    touchpoint     LowCardinality(String),
    channel        LowCardinality(String),
    severity       LowCardinality(String),
    raised_at      DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    answered_at    Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    resolved_at    Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    followed_up_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    first_contact  Nullable(Bool),
    satisfaction   Nullable(Float64) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (customer_id, complaint_id);
