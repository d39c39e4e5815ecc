/**
 * For statements that read every one of their tables with FINAL. Dividing what is merged among all threads costs more than it gains where a table is small: with half the
 * streams 100,000 rows take a fifth less processor time and a tenth less time on two cores, 30,000 a twentieth to a sixth less of both, the more the more parts there
 * are. The price: a million take a tenth more time.
 */
export const FEWER_STREAMS = 'SETTINGS max_streams_to_max_threads_ratio = 0.5';
