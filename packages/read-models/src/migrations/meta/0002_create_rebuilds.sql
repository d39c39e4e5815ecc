-- Facts about rebuilds where several processes could begin one, a row each and never changed: `claimed` (somebody is about to fill this generation), `renewed` (they
-- still are), `over` (it has ended, or another found it silent for too long). Times are the engine's: whose clock is right does not matter.
CREATE TABLE IF NOT EXISTS {database:Identifier}.rebuilds
(
    generation UInt32,
    fact       LowCardinality(String),
    at         DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY generation
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
