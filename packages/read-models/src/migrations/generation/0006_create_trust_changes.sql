-- One row a move between trust stages. News from the past can take a move back: its row is then replaced by one marked deleted.
CREATE TABLE IF NOT EXISTS {database:Identifier}.trust_changes
(
    version     UInt64 CODEC(Delta, ZSTD(1)),
    customer_id String CODEC(ZSTD(1)),
    ordinal     UInt32,
    `from`      LowCardinality(String),
    `to`        LowCardinality(String),
    at          DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    because     LowCardinality(String),
    is_deleted  UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (customer_id, ordinal);
