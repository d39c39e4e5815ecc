/** Scales of the shop's surveys: a slider, stars, a telephone's keys, a terminal in the store. */
const SCALES = { web: [0, 10], app: [1, 5], phone: [1, 9], store: [0, 100] } as const;

/** A rating of 1..5 as the survey of this channel asks for it. */
export function onScale(channel: keyof typeof SCALES, felt: number): number | object {
  const [min, max] = SCALES[channel];
  return channel === 'app' ? felt : { value: min + ((felt - 1) * (max - min)) / 4, min, max };
}
