-- Of which log a generation is: on `created`, and on `adopted` of generations that were created before logs had names. A further fact, `kept`, is of a generation whose log was
-- put back from a backup: it stays, though it does not answer, until somebody has seen what is lost; `measures` then says what, as JSON.
ALTER TABLE {database:Identifier}.generations
    ADD COLUMN IF NOT EXISTS log String;
