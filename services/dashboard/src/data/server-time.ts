let aheadMs = 0;

/** Learns from the header `Date` of an answer how far this device's clock is off. */
export function noteServerTime(date: string | null): void {
  const at = date === null ? Number.NaN : Date.parse(date);
  if (!Number.isNaN(at)) aheadMs = at - Date.now();
}

/** The time of day where the system runs, ms; this device's clock may be a day off. */
export const serverTime = (): number => Date.now() + aheadMs;
