-- Counts by hour beside the moments, so that rates of all time read some hundred rows of each part and not every moment. A projection belongs to its part: it appears,
-- is merged and is left out with it, so it cannot differ from the moments, where a table of its own would have to be written exactly once as well. What is measured
-- (two cores): of 600,000 moments 8 instead of 17 ms and a third of the processor time; an insert of 3,000 takes at most 1 ms more, of 50,000 2 ms.
--
-- By hour and not by minute: spread over a year most minutes hold one moment each, and then nothing is saved. The hour is a number because the engine's own ends in 2106.
ALTER TABLE {database:Identifier}.moments ADD PROJECTION IF NOT EXISTS by_hour
(
    SELECT
        intDiv(toUnixTimestamp64Milli(time), 3600000) AS hour,
        type,
        journey_type,
        touchpoint,
        channel,
        outcome,
        count()
    GROUP BY hour, type, journey_type, touchpoint, channel, outcome
);
-- Rows deleted by hand or for a customer's sake leave the counts too; without this the engine refuses such a DELETE.
ALTER TABLE {database:Identifier}.moments MODIFY SETTING lightweight_mutation_projection_mode = 'rebuild';
-- What was there before is counted in the background, and read from the moments until then.
ALTER TABLE {database:Identifier}.moments MATERIALIZE PROJECTION by_hour SETTINGS mutations_sync = 0;
