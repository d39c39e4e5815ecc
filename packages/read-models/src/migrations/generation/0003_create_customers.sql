-- One row a customer, replaced by version; read with FINAL. Ordered by the only thing that names a customer.
CREATE TABLE IF NOT EXISTS {database:Identifier}.customers
(
    version              UInt64 CODEC(Delta, ZSTD(1)),
    customer_id          String CODEC(ZSTD(1)),
    stage                LowCardinality(String),
    since                Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    satisfaction         Nullable(Float64) CODEC(ZSTD(1)),
    satisfied_moments    UInt32,
    streak               UInt32,
    delights             UInt32,
    purchases            UInt32,
    incidents            UInt32,
    journeys             UInt32,
    moments              UInt32,
    first_at             DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    last_at              DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    attitude             Bool,
    satisfied            Bool,
    nth_last_purchase_at Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    last_moment_at       Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    silence_ms           Nullable(Float64) CODEC(ZSTD(1)),
    next_due_at          Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY customer_id;
