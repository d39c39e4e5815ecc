import { describe, expect, it } from 'vitest';
import { timeReader } from './read-time.ts';

describe('times of a foreign file', () => {
  it('are read in ISO 8601 with T or a space, with or without a zone, and come out in UTC', () => {
    const read = timeReader({});
    expect(read('2018-05-11 20:33:38')).toBe('2018-05-11T20:33:38.000Z');
    expect(read('2018-05-11T20:33')).toBe('2018-05-11T20:33:00.000Z');
    expect(read('2018-05-11')).toBe('2018-05-11T00:00:00.000Z');
    expect(read('2011-10-11T13:45:40.276+02:00')).toBe('2011-10-11T11:45:40.276Z');
    expect(read('2011-10-11 13:45:40 +0200')).toBe('2011-10-11T11:45:40.000Z');
  });

  it('are refused when they are no time, no day of the calendar, or out of range', () => {
    const read = timeReader({});
    for (const text of [
      '',
      'soon',
      '2018-02-30',
      '2018-05-11 25:00',
      '1969-12-31',
      '11/05/2018',
      '2018-05-11 20:33:38x',
    ]) {
      expect(read(text), text).toBeUndefined();
    }
  });

  it('follow a given pattern, also with two digits of the year and one of the day', () => {
    expect(timeReader({ format: 'dd-MM-yy HH:mm' })('04-06-15 09:05')).toBe('2015-06-04T09:05:00.000Z');
    expect(timeReader({ format: 'MM/dd/yyyy' })('6/4/2015')).toBe('2015-06-04T00:00:00.000Z');
    expect(timeReader({ format: 'dd.MM.yyyy HH:mm:ss.SSS' })('04.06.2015 09:05:01.5')).toBe('2015-06-04T09:05:01.500Z');
    expect(timeReader({ format: 'epoch-s' })('1433408700')).toBe('2015-06-04T09:05:00.000Z');
    expect(timeReader({ format: 'epoch-ms' })('1433408700001')).toBe('2015-06-04T09:05:00.001Z');
    expect(() => timeReader({ format: 'HH:mm' })).toThrow('the time format "HH:mm" has no year');
  });

  it('without a zone lie in the zone that the mapping names, summer time included', () => {
    const read = timeReader({ zone: 'Europe/Amsterdam' });
    expect(read('2026-01-15 12:00')).toBe('2026-01-15T11:00:00.000Z');
    expect(read('2026-07-15 12:00')).toBe('2026-07-15T10:00:00.000Z');
    expect(timeReader({ zone: '-03:00' })('2026-07-15 12:00')).toBe('2026-07-15T15:00:00.000Z');
    expect(() => timeReader({ zone: 'Mars/Olympus' })).toThrow('unknown time zone "Mars/Olympus"');
  });

  it('never swap their order where the clock is changed', () => {
    const read = timeReader({ zone: 'Europe/Amsterdam' });
    // 02:00 to 03:00 comes twice in October: the first is meant.
    expect(read('2026-10-25 02:30')).toBe('2026-10-25T00:30:00.000Z');
    expect(read('2026-10-25 03:00')).toBe('2026-10-25T02:00:00.000Z');
    // 02:00 to 03:00 never was in March: it becomes the instant of the change.
    expect(read('2026-03-29 01:59')).toBe('2026-03-29T00:59:00.000Z');
    expect(read('2026-03-29 02:30')).toBe('2026-03-29T01:00:00.000Z');
    expect(read('2026-03-29 03:00')).toBe('2026-03-29T01:00:00.000Z');
    for (const zone of ['Europe/Amsterdam', 'America/Sao_Paulo', 'Asia/Kolkata', 'Australia/Lord_Howe']) {
      const inZone = timeReader({ zone });
      let before = '';
      for (let at = Date.UTC(2018, 0, 1); at < Date.UTC(2019, 0, 1); at += 1_800_000) {
        const now = inZone(new Date(at).toISOString().slice(0, 19))!;
        expect(now >= before, `${zone} ${now} after ${before}`).toBe(true);
        before = now;
      }
    }
  });
});
