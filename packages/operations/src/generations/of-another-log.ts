/** The problem's code while the rows are of another log than the one that is read. */
export const OTHER_LOG = 'read_model_of_another_log';

export const OF_ANOTHER_LOG =
  'The log was put back from a backup, or is another: the read model tells of events that it does not hold, and is filled anew. ' +
  'Ask again in a moment; publishing goes on, and single customers and journeys are answered meanwhile.';
