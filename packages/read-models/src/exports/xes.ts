import type { ExportPart } from '../engine/clickhouse.ts';
import { EXPORT_SETTINGS } from './formats.ts';
import { isoTime, isSelected, journeysSelected, type SelectedJourneys } from './selected-journeys.ts';

/**
 * Writes journeys as an event log in XES (IEEE 1849-2016): a trace for each journey that has a
 * moment, and its moments as events, by time and position. The engine writes the XML.
 */
export function xesParts(selected: SelectedJourneys): ExportPart[] {
  const moments = `type = 'touchstone.moment.recorded.v1' AND journey_id != ''`;
  const key = `customer_id, journey_id`;
  const whole = `toDateTime64(0, 3, 'UTC') AS at, toUInt64(0) AS place`;
  const sql = `SELECT text FROM (
    SELECT ${key}, toUInt8(0) AS part, ${whole}, ${TRACE_HEAD} AS text FROM ${journeysSelected(selected, 'moments > 0')}
    UNION ALL
    SELECT ${key}, toUInt8(2) AS part, ${whole}, '</trace>\\n' AS text FROM ${journeysSelected(selected, 'moments > 0')}
    UNION ALL
    SELECT ${key}, toUInt8(1) AS part, time AS at, position AS place, ${EVENT} AS text
    FROM {database:Identifier}.moments WHERE ${moments} AND ${isSelected(selected)})
  ORDER BY customer_id, journey_id, part, at, place SETTINGS ${EXPORT_SETTINGS}`;
  return [HEAD, { sql, params: selected.params, format: 'RawBLOB' }, '</log>\n'];
}

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/><date key="time:timestamp" value="1970-01-01T00:00:00.000Z"/><string key="lifecycle:transition" value="complete"/></global>
<classifier name="Touchpoint" keys="concept:name"/>
<string key="lifecycle:model" value="standard"/>
`;

/**
 * SQL of a text in an attribute of XML: what XML cannot hold becomes U+FFFD, and white space that a
 * reader would fold is written as references.
 */
function inXml(text: string): string {
  const legal = `replaceRegexpAll(toString(${text}), '[\\\\x00-\\\\x08\\\\x0B\\\\x0C\\\\x0E-\\\\x1F]|\\\\x{FFFE}|\\\\x{FFFF}', '\uFFFD')`;
  return `replaceAll(replaceAll(replaceAll(encodeXMLComponent(${legal}), '\\t', '&#9;'), '\\n', '&#10;'), '\\r', '&#13;')`;
}

type Kind = 'string' | 'date' | 'float' | 'int';

/** SQL of an attribute; nothing where the value is absent. */
function attribute(kind: Kind, key: string, value: string): string {
  const text = kind === 'date' ? isoTime(value) : kind === 'string' ? inXml(value) : `toString(${value})`;
  const isThere = kind === 'string' ? `${value} != ''` : `isNotNull(${value})`;
  return `if(${isThere}, concat('<${kind} key="${key}" value="', ifNull(${text}, ''), '"/>'), '')`;
}

/** SQL of the attributes that publishers gave, under `attribute.<name>`. */
const GIVEN = `arrayStringConcat(arrayMap((name, value) ->
  concat('<string key="attribute.', ${inXml('name')}, '" value="', ${inXml('value')}, '"/>'),
  mapKeys(attributes), mapValues(attributes)))`;

/**
 * SQL of a trace's name: the journey's id, with the customer's in front where several customers use
 * it, because readers join traces of one name.
 */
const TRACE_NAME = `if(journey_id IN (
  SELECT journey_id FROM {database:Identifier}.journeys FINAL GROUP BY journey_id HAVING uniqExact(customer_id) > 1),
  concat(customer_id, '/', journey_id), journey_id)`;

const TRACE_HEAD = `concat('<trace>', ${[
  attribute('string', 'concept:name', TRACE_NAME),
  attribute('string', 'customer', 'customer_id'),
  attribute('string', 'journeyId', 'journey_id'),
  attribute('string', 'journeyType', 'type'),
  attribute('string', 'status', 'status'),
  attribute('float', 'score', 'score'),
  attribute('string', 'level', 'level'),
  attribute('date', 'startedAt', 'started_at'),
  attribute('date', 'endedAt', 'ended_at'),
  GIVEN,
].join(', ')}, '\\n')`;

const EVENT = `concat('<event>', ${[
  attribute('string', 'concept:name', 'touchpoint'),
  attribute('date', 'time:timestamp', 'time'),
  attribute('string', 'org:resource', 'actor_id'),
  attribute('string', 'org:group', 'actor_team'),
].join(', ')}, '<string key="lifecycle:transition" value="complete"/>', ${[
  attribute('string', 'site', 'actor_site'),
  attribute('string', 'eventId', 'event_id'),
  attribute('string', 'source', 'source'),
  attribute('string', 'channel', 'channel'),
  attribute('string', 'outcome', 'outcome'),
  attribute('string', 'cause', 'cause'),
  attribute('string', 'verdict', 'verdict'),
  attribute('float', 'expectation', 'expectation'),
  attribute('float', 'perception', 'perception'),
  attribute('float', 'score', 'score'),
  attribute('float', 'effort', 'effort'),
  attribute('float', 'durationMs', 'duration_ms'),
  GIVEN,
].join(', ')}, '</event>\\n')`;
