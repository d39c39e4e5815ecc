import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { type TimeFormat, timeReader } from './read-time.ts';

const NOW = Date.UTC(2026, 2, 1);

/** The time as ISO text, or the reason why it is none. */
function reader(style: Partial<TimeFormat> = {}) {
  const read = timeReader({ now: NOW, ...style });
  return (text: string) => {
    const at = read(text);
    return typeof at === 'string' ? at : new Date(at).toISOString();
  };
}
const timeIn = (format: string, text: string, style: Partial<TimeFormat> = {}) => reader({ format, ...style })(text);

describe('times of a foreign file', () => {
  it('are read in ISO 8601 with T or a space, with or without a zone, and come out in UTC', () => {
    const read = reader();
    expect(read('2018-05-11 20:33:38')).toBe('2018-05-11T20:33:38.000Z');
    expect(read('2018-05-11T20:33')).toBe('2018-05-11T20:33:00.000Z');
    expect(read('2018-05-11')).toBe('2018-05-11T00:00:00.000Z');
    expect(read('2011-10-11T13:45:40.276+02:00')).toBe('2011-10-11T11:45:40.276Z');
    expect(read('2011-10-11 13:45:40 +0200')).toBe('2011-10-11T11:45:40.000Z');
  });

  it('are read as databases and languages write them', () => {
    const read = reader({ zone: 'Europe/Lisbon' });
    const written = {
      '2026-03-01 09:30:00.123+00': '2026-03-01T09:30:00.123Z',
      '2026-03-01 09:30:00+01': '2026-03-01T08:30:00.000Z',
      '2026-03-01 09:30:00-0330': '2026-03-01T13:00:00.000Z',
      '2026-03-01 09:30:00+05:30': '2026-03-01T04:00:00.000Z',
      '2026-03-01 09:30:00 UTC': '2026-03-01T09:30:00.000Z',
      '2026-03-01 09:30:00.5 GMT': '2026-03-01T09:30:00.500Z',
      '2026-03-01 09:30:00.000 America/New_York': '2026-03-01T14:30:00.000Z',
      '2026-07-01 09:30:00 CEST': '2026-07-01T07:30:00.000Z',
      '2026-03-01T09:30:00+01': '2026-03-01T08:30:00.000Z',
      '2026-03-01T9:30': '2026-03-01T09:30:00.000Z',
      '2026-3-1 9:30:00': '2026-03-01T09:30:00.000Z',
      '2026-03-01t09:30:00z': '2026-03-01T09:30:00.000Z',
      '2026-03-01T09:30:00.123456Z': '2026-03-01T09:30:00.123Z',
      '2026-03-01T09:30:00.1239999999999999Z': '2026-03-01T09:30:00.123Z',
      '2026-03-01T09:30:00,25Z': '2026-03-01T09:30:00.250Z',
      '2026-03-01T09:30+01:00[Europe/Paris]': '2026-03-01T08:30:00.000Z',
      '2026-03-01 09:30:00.5 +0100 CET': '2026-03-01T08:30:00.500Z',
    };
    for (const [text, time] of Object.entries(written)) expect(read(text), text).toBe(time);
  });

  it('are refused for the reason that is so', () => {
    const read = reader();
    for (const text of ['', 'soon', '11/05/2018', '2018-05-11 20:33:38x', '2018-05-11T20', '20180511']) {
      expect(read(text), text).toContain('is not a time in ISO 8601');
    }
    for (const text of ['2018-02-30', '2018-13-01', '2018-00-10', '0000-00-00']) {
      expect(read(text), text).toBe('must be a day of the calendar');
    }
    for (const text of ['1900-01-01', '1969-12-31 23:59:59', '2200-01-01', '9999-12-31', '0097-03-07']) {
      expect(read(text), text).toBe('is out of range: it must lie between 1970 and 2199');
    }
    expect(read('2018-05-11 24:00')).toContain('must have an hour 00..23');
    expect(read('2018-05-11 25:00')).toContain('must have an hour 00..23');
    expect(read('2018-05-11 20:60')).toContain('must have a minute 00..59');
    expect(read('2016-12-31T23:59:60Z')).toContain('is a leap second');
    expect(read('2018-05-11T20:33+24:00')).toContain('must have an offset from UTC within');
    expect(read('2018-05-11 02:33 PM')).toBe('has "PM" where a time zone stands, and it is none that is known');
  });

  it('lie in range by their instant, not by what calendar and clock show', () => {
    expect(reader()('1969-12-31T23:30:00-01:00')).toBe('1970-01-01T00:30:00.000Z');
    expect(reader()('1970-01-01T00:30:00+01:00')).toContain('is out of range');
    expect(reader({ zone: 'Europe/Amsterdam' })('1970-01-01 00:30')).toContain('is out of range');
  });

  it('follow a given pattern, also with one digit of day, month and hour', () => {
    expect(timeIn('dd-MM-yy HH:mm', '04-06-15 09:05')).toBe('2015-06-04T09:05:00.000Z');
    expect(timeIn('MM/dd/yyyy', '6/4/2015')).toBe('2015-06-04T00:00:00.000Z');
    expect(timeIn('d/M/yyyy', '4/6/2015')).toBe('2015-06-04T00:00:00.000Z');
    expect(timeIn('d/M/yyyy H:m:s', '14/12/2015 9:5:1')).toBe('2015-12-14T09:05:01.000Z');
    expect(timeIn('dd.MM.yyyy HH:mm:ss.SSS', '04.06.2015 09:05:01.5')).toBe('2015-06-04T09:05:01.500Z');
    expect(timeIn('yyyyMMddHHmmss', '20150604090501')).toBe('2015-06-04T09:05:01.000Z');
    expect(timeIn('yyyyMMddHHmmssSSS', '20150604090501250')).toBe('2015-06-04T09:05:01.250Z');
    expect(timeIn('yyyy年MM月dd日 HH:mm', '2015年6月4日 9:05')).toBe('2015-06-04T09:05:00.000Z');
    expect(timeIn('dd/MM/yyyy', '4.6.2015')).toBe('is not a time in the form dd/MM/yyyy');
    expect(timeIn('dd/MM/yyyy', '31/02/2015')).toBe('must be a day of the calendar');
    expect(timeIn('dd/MM/yyyy', '06/14/2015')).toBe('must be a day of the calendar');
    expect(timeIn('dd/MM/yyyy', '01/01/1900')).toContain('is out of range');
  });

  it('that are digits without anything between are told apart by counting, or not at all', () => {
    expect(timeIn('ddMMyyyy', '1032026')).toBe('2026-03-01T00:00:00.000Z');
    expect(timeIn('ddMMyyyy', '132026')).toBe('is not a time in the form ddMMyyyy');
    expect(() => timeIn('yyyyMd', '202631')).toThrow('has M right behind another number');
  });

  it('have AM and PM, however they are written', () => {
    const format = 'MM/dd/yyyy hh:mm a';
    expect(timeIn(format, '03/01/2026 02:30 PM')).toBe('2026-03-01T14:30:00.000Z');
    expect(timeIn(format, '3/1/2026 2:30 p.m.')).toBe('2026-03-01T14:30:00.000Z');
    // Newer versions of ICU put a narrow no-break space before AM and PM.
    expect(timeIn(format, '3/1/2026 2:30\u202fpm')).toBe('2026-03-01T14:30:00.000Z');
    expect(timeIn(format, '03/01/2026 12:30 AM')).toBe('2026-03-01T00:30:00.000Z');
    expect(timeIn(format, '03/01/2026 12:30 PM')).toBe('2026-03-01T12:30:00.000Z');
    expect(timeIn(format, '03/01/2026 14:30 PM')).toBe('must have an hour 1..12 before AM or PM');
    expect(timeIn(format, '03/01/2026 00:30 AM')).toBe('must have an hour 1..12 before AM or PM');
    expect(timeIn('MM/dd/yyyy HH:mm a', '03/01/2026 14:30 PM')).toBe('2026-03-01T14:30:00.000Z');
    expect(timeIn('MM/dd/yyyy HH:mm a', '03/01/2026 14:30 AM')).toBe('has an hour that AM or PM contradicts');
    expect(timeIn('yyyy/M/d ah:mm', '2026/3/1 下午2:30', { locale: 'zh' })).toBe('2026-03-01T14:30:00.000Z');
  });

  it('have names of months and days, of English or another language', () => {
    expect(timeIn('dd-MMM-yyyy', '01-MAR-2026')).toBe('2026-03-01T00:00:00.000Z');
    expect(timeIn('MMM d, yyyy', 'Sept. 1, 2025')).toBe('2025-09-01T00:00:00.000Z');
    expect(timeIn('MMMM d, yyyy h:mm a', 'March 1, 2026 2:30 PM')).toBe('2026-03-01T14:30:00.000Z');
    expect(timeIn('MMM d yyyy', 'Mar  1 2026')).toBe('2026-03-01T00:00:00.000Z');
    expect(timeIn('EEE, dd MMM yyyy HH:mm:ss Z', 'Sun, 01 Mar 2026 09:30:00 GMT')).toBe('2026-03-01T09:30:00.000Z');
    expect(timeIn('EEE MMM dd HH:mm:ss z yyyy', 'Sun Mar 01 09:30:00 CET 2026')).toBe('2026-03-01T08:30:00.000Z');
    expect(timeIn('EEE dd MMM yyyy', 'Mon 01 Mar 2026')).toBe('is not a time: that day is no Mon');
    expect(timeIn('d MMM yyyy', '1 Mai 2025')).toBe('is not a time in the form d MMM yyyy');
    expect(timeIn('d. MMMM yyyy', '1. März 2026', { locale: 'de' })).toBe('2026-03-01T00:00:00.000Z');
    expect(timeIn("d 'de' MMMM 'de' yyyy", '1 de marzo de 2026', { locale: 'es' })).toBe('2026-03-01T00:00:00.000Z');
    expect(timeIn('d MMMM yyyy', '1 марта 2026', { locale: 'ru' })).toBe('2026-03-01T00:00:00.000Z');
    expect(() => timeIn('d MMMM yyyy', '', { locale: 'x-klingon-' })).toThrow('is no language that is known');
  });

  it('have zones in patterns, which stand above that of the mapping', () => {
    const style = { zone: 'Asia/Tokyo' };
    for (const token of ['Z', 'ZZ', 'XXX', 'xx', 'z', 'VV']) {
      for (const offset of ['+01:00', '+0100', '+01', 'GMT+1', 'UTC+01:00']) {
        expect(timeIn(`dd/MM/yyyy HH:mm ${token}`, `01/03/2026 09:30 ${offset}`, style)).toBe(
          '2026-03-01T08:30:00.000Z',
        );
      }
      expect(timeIn(`dd/MM/yyyy HH:mm${token}`, '01/03/2026 09:30Z', style)).toBe('2026-03-01T09:30:00.000Z');
    }
    expect(timeIn('dd/MM/yyyy HH:mm z', '01/07/2026 09:30 Europe/Paris')).toBe('2026-07-01T07:30:00.000Z');
    expect(timeIn('dd/MM/yyyy HH:mm z', '01/07/2026 09:30 PDT')).toBe('2026-07-01T16:30:00.000Z');
    expect(timeIn('dd/MM/yyyy HH:mm z', '01/07/2026 09:30 XYZ')).toContain('has "XYZ" where a time zone stands');
    expect(timeIn('dd/MM/yyyy HH:mm UTC', '01/03/2026 09:30 UTC', style)).toBe('2026-03-01T09:30:00.000Z');
  });

  it('have fractions of a second of any length in patterns too, and none where it is whole', () => {
    for (const format of ['dd.MM.yyyy HH:mm:ss.S', 'dd.MM.yyyy HH:mm:ss.SSS', 'dd.MM.yyyy HH:mm:ss.SSSSSS']) {
      expect(timeIn(format, '01.03.2026 09:30:00.123456')).toBe('2026-03-01T09:30:00.123Z');
      expect(timeIn(format, '01.03.2026 09:30:00.123456789')).toBe('2026-03-01T09:30:00.123Z');
      expect(timeIn(format, '01.03.2026 09:30:00,5')).toBe('2026-03-01T09:30:00.500Z');
      expect(timeIn(format, '01.03.2026 09:30:00')).toBe('2026-03-01T09:30:00.000Z');
    }
  });

  it('come of patterns whose every letter means something', () => {
    const faults = {
      'YYYY-MM-DD': 'YYYY, DD means nothing',
      '%d/%m/%Y': 'Y means nothing',
      'MM/dd/yyyy HH:mm PM': 'P means nothing',
      'dd/MM/yyyy at HH:mm': 't means nothing',
      'yyyy-mm-dd': 'has no month',
      'dd/MM/yyyy HH:MM': 'has the month twice',
      'HH:mm': 'has no year',
      'dd/MM/yyyy hh:mm': 'has an hour of 12 (h) without AM or PM',
      'dd/MM/yyyy mm:ss': 'has no hour',
      "dd/MM/yyyy 'at HH:mm": 'opens a quote',
    };
    for (const [format, fault] of Object.entries(faults)) expect(() => reader({ format }), format).toThrow(fault);
    expect(timeIn("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", '2026-03-01T09:30:00.123456+01:00')).toBe('2026-03-01T08:30:00.123Z');
    expect(timeIn('yyyy-MM-ddTHH:mm:ssZ', '2026-03-01T09:30:00Z')).toBe('2026-03-01T09:30:00.000Z');
    expect(timeIn("d MMM ''yy, h 'o''clock' a", "1 Mar '26, 9 o'clock pm")).toBe('2026-03-01T21:00:00.000Z');
  });

  it('have years of two digits that are never ahead of now', () => {
    expect(timeIn('dd/MM/yy', '07/03/97')).toBe('1997-03-07T00:00:00.000Z');
    expect(timeIn('dd/MM/yy', '07/03/25')).toBe('2025-03-07T00:00:00.000Z');
    expect(timeIn('dd/MM/yy', '28/02/26')).toBe('2026-02-28T00:00:00.000Z');
    expect(timeIn('dd/MM/yy', '07/03/00')).toBe('2000-03-07T00:00:00.000Z');
    expect(timeIn('dd/MM/yy', '07/03/70')).toBe('1970-03-07T00:00:00.000Z');
    expect(timeIn('dd/MM/yy', '07/03/27')).toBe(
      'has a year of two digits that lies ahead of now as 2027 and is out of range as 1927',
    );
    expect(timeIn('dd/MM/yy', '07/03/97', { now: Date.UTC(2101, 0, 1) })).toBe('2097-03-07T00:00:00.000Z');
    // A due time may lie ahead.
    expect(timeIn('dd/MM/yy', '07/03/27', { mayLieAhead: true })).toBe('2027-03-07T00:00:00.000Z');
    expect(timeIn('dd/MM/yy', '07/03/97', { mayLieAhead: true })).toBe('1997-03-07T00:00:00.000Z');
  });

  it('are numbers since 1970, to their last digit', () => {
    expect(timeIn('epoch-s', '1433408700')).toBe('2015-06-04T09:05:00.000Z');
    expect(timeIn('epoch-s', '1433408700.001')).toBe('2015-06-04T09:05:00.001Z');
    expect(timeIn('epoch-ms', '1433408700001')).toBe('2015-06-04T09:05:00.001Z');
    expect(timeIn('epoch-us', '1433408700001999')).toBe('2015-06-04T09:05:00.001Z');
    expect(timeIn('epoch-ns', '1433408700001999999')).toBe('2015-06-04T09:05:00.001Z');
    expect(timeIn('epoch-ms', '5')).toBe('1970-01-01T00:00:00.005Z');
    expect(timeIn('epoch-s', '-1')).toContain('is out of range');
    expect(timeIn('epoch-s', '1433408700001')).toContain('is out of range');
    expect(timeIn('epoch-ms', '1.43E+12')).toContain('is not a number');
  });

  it('without a zone lie in the zone that the mapping names, summer time included', () => {
    const read = reader({ zone: 'Europe/Amsterdam' });
    expect(read('2026-01-15 12:00')).toBe('2026-01-15T11:00:00.000Z');
    expect(read('2026-07-15 12:00')).toBe('2026-07-15T10:00:00.000Z');
    expect(reader({ zone: '-03:00' })('2026-07-15 12:00')).toBe('2026-07-15T15:00:00.000Z');
    expect(reader({ zone: 'UTC+2' })('2026-07-15 12:00')).toBe('2026-07-15T10:00:00.000Z');
    expect(() => reader({ zone: 'Mars/Olympus' })).toThrow('unknown time zone "Mars/Olympus"');
    expect(() => reader({ zone: '+25:00' })).toThrow('unknown time zone "+25:00"');
  });

  it('never swap their order where the clock is changed', () => {
    const read = reader({ zone: 'Europe/Amsterdam' });
    // 02:00 to 03:00 occurs twice in October; the first is taken.
    expect(read('2026-10-25 02:30')).toBe('2026-10-25T00:30:00.000Z');
    expect(read('2026-10-25 03:00')).toBe('2026-10-25T02:00:00.000Z');
    // 02:00 to 03:00 does not occur in March; it becomes the instant of the change.
    expect(read('2026-03-29 01:59')).toBe('2026-03-29T00:59:00.000Z');
    expect(read('2026-03-29 02:30')).toBe('2026-03-29T01:00:00.000Z');
    expect(read('2026-03-29 03:00')).toBe('2026-03-29T01:00:00.000Z');
    for (const zone of ['Europe/Amsterdam', 'America/Sao_Paulo', 'Asia/Kolkata', 'Australia/Lord_Howe']) {
      const read = timeReader({ zone, now: NOW });
      const halfHours = Array.from({ length: 2 * 24 * 365 }, (_, index) => Date.UTC(2018, 0, 1) + index * 1_800_000);
      const times = halfHours.map((at) => read(new Date(at).toISOString().slice(0, 19)) as number);
      expect(times.filter((at, index) => !(at >= (times[index - 1] ?? 0)))).toEqual([]);
    }
  });

  it('that another program has written by a pattern are read back by it', () => {
    const days = ['yyyy-MM-dd', 'dd/MM/yyyy', 'd/M/yyyy', 'MMM d, yyyy', 'EEEE d MMMM yyyy', 'dd-MMM-yy', 'yyyyMMdd'];
    const clocks = ["'T'HH:mm:ss.SSS", ' H:mm:ss.SSS', ' hh:mm:ss.SSS a', 'HHmmssSSS'];
    const zones = ['', ' ZZ', 'ZZ', ' Z', ' z'];
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1970, 0, 2), max: NOW }),
        fc.constantFrom(...days),
        fc.constantFrom(...clocks),
        fc.constantFrom(...zones),
        fc.constantFrom('en', 'de', 'fr', 'pt-BR', 'pl', 'ru', 'tr', 'el', 'fi'),
        fc.constantFrom('UTC', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Apia'),
        (at, day, clock, ofZone, locale, zone) => {
          const format = `${day}${/\d|y$|d$/.test(day) && clock.startsWith('HH') ? "' '" : ''}${clock}${ofZone}`;
          const local = DateTime.fromMillis(at, { zone, locale });
          // If a wall-clock time occurs twice, only a zone in the text tells which one is meant.
          fc.pre(/Z/.test(ofZone) || local.getPossibleOffsets().length === 1);
          const read = timeReader({ format, zone, locale, now: NOW })(local.toFormat(format));
          expect(read, `${local.toFormat(format)} in the form ${format}`).toBe(at);
        },
      ),
      { numRuns: 300 },
    );
  });
});
