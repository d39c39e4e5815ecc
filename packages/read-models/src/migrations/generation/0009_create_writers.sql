-- Who may write moments: the writer with the greatest epoch. Each claims the next one before it looks at the tables.
CREATE TABLE IF NOT EXISTS {database:Identifier}.writers
(
    epoch      UInt64,
    claimed_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(epoch)
ORDER BY tuple();
