/**
 * Setting for statements that read all their tables with FINAL: on small tables, splitting the
 * merge among all threads costs more than it gains. With half the streams, on two cores, 100,000
 * rows take a fifth less CPU time and a tenth less time, 30,000 rows a twentieth to a sixth less of
 * both (more with more parts), and a million rows take a tenth more time.
 */
export const FEWER_STREAMS = 'SETTINGS max_streams_to_max_threads_ratio = 0.5';
