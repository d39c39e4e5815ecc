import type { ExportPart } from '../engine/clickhouse.ts';
import { EXPORT_SETTINGS } from './formats.ts';
import { isoTime, isSelected, journeysSelected, type SelectedJourneys } from './selected-journeys.ts';

/**
 * Writes journeys as an event log in XES (IEEE 1849-2016): a trace for each journey that has a
 * moment, and its moments as events, by time and position. The engine sorts columns and writes the
 * XML behind that, because the sort of long texts would need more memory than an export has.
 */
export function xesParts(selected: SelectedJourneys): ExportPart[] {
  const isStep = `type = 'touchstone.moment.recorded.v1' AND journey_id != ''`;
  const columns = (side: 'ofJourney' | 'ofMoment') =>
    COLUMNS.map(({ name, ...of }) => `${of[side]} AS ${name}`).join(', ');
  const sql = `SELECT multiIf(part = 0, ${TRACE_HEAD}, part = 1, ${EVENT}, '</trace>\\n') AS text FROM (
    SELECT customer_id, journey_id, arrayJoin([toUInt8(0), toUInt8(2)]) AS part,
           toDateTime64(0, 3, 'UTC') AS at, toUInt64(0) AS place, ${columns('ofJourney')}
    FROM ${journeysSelected(selected, 'moments > 0')}
    UNION ALL
    SELECT customer_id, journey_id, toUInt8(1) AS part, time AS at, position AS place, ${columns('ofMoment')}
    FROM {database:Identifier}.moments WHERE ${isStep} AND ${isSelected(selected)})
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
  mapKeys(x_attributes), mapValues(x_attributes)))`;

/**
 * SQL of a trace's name: the journey's id, with the customer's in front where several customers use
 * it, because readers join traces of one name.
 */
const TRACE_NAME = `if(journey_id IN (
  SELECT journey_id FROM {database:Identifier}.journeys FINAL GROUP BY journey_id HAVING min(customer_id) != max(customer_id)),
  concat(customer_id, '/', journey_id), journey_id)`;

/** A column that is sorted: its SQL on rows of journeys, and on rows of moments. */
interface Sorted {
  readonly name: string;
  readonly ofJourney: string;
  readonly ofMoment: string;
}

const TIME = "Nullable(DateTime64(3, \\'UTC\\'))";
const NOTHING = { text: "''", number: "CAST(NULL, 'Nullable(Float64)')", time: `CAST(NULL, '${TIME}')` };
const ofJourney = (name: string, column: string, absent: keyof typeof NOTHING = 'text'): Sorted => ({
  name,
  ofJourney: absent === 'text' ? `toString(${column})` : column,
  ofMoment: NOTHING[absent],
});
const ofMoment = (name: string, column: string, absent: 'text' | 'number' = 'text'): Sorted => ({
  name,
  ofJourney: NOTHING[absent],
  ofMoment: absent === 'text' ? `toString(${column})` : column,
});

const COLUMNS: readonly Sorted[] = [
  { name: 'x_name', ofJourney: TRACE_NAME, ofMoment: 'toString(touchpoint)' },
  { name: 'x_score', ofJourney: 'score', ofMoment: 'score' },
  { name: 'x_attributes', ofJourney: 'attributes', ofMoment: 'attributes' },
  ofJourney('x_type', 'type'),
  ofJourney('x_status', 'status'),
  ofJourney('x_level', 'level'),
  ofJourney('x_started', `CAST(started_at, '${TIME}')`, 'time'),
  ofJourney('x_ended', 'ended_at', 'time'),
  ofMoment('x_actor', 'actor_id'),
  ofMoment('x_team', 'actor_team'),
  ofMoment('x_site', 'actor_site'),
  ofMoment('x_event', 'event_id'),
  ofMoment('x_source', 'source'),
  ofMoment('x_channel', 'channel'),
  ofMoment('x_outcome', 'outcome'),
  ofMoment('x_cause', 'cause'),
  ofMoment('x_verdict', 'verdict'),
  ofMoment('x_expectation', 'expectation', 'number'),
  ofMoment('x_perception', 'perception', 'number'),
  ofMoment('x_effort', 'effort', 'number'),
  ofMoment('x_duration', 'duration_ms', 'number'),
];

const TRACE_HEAD = `concat('<trace>', ${[
  attribute('string', 'concept:name', 'x_name'),
  attribute('string', 'customer', 'customer_id'),
  attribute('string', 'journeyId', 'journey_id'),
  attribute('string', 'journeyType', 'x_type'),
  attribute('string', 'status', 'x_status'),
  attribute('float', 'score', 'x_score'),
  attribute('string', 'level', 'x_level'),
  attribute('date', 'startedAt', 'x_started'),
  attribute('date', 'endedAt', 'x_ended'),
  GIVEN,
].join(', ')}, '\\n')`;

const EVENT = `concat('<event>', ${[
  attribute('string', 'concept:name', 'x_name'),
  attribute('date', 'time:timestamp', 'at'),
  attribute('string', 'org:resource', 'x_actor'),
  attribute('string', 'org:group', 'x_team'),
].join(', ')}, '<string key="lifecycle:transition" value="complete"/>', ${[
  attribute('string', 'site', 'x_site'),
  attribute('string', 'eventId', 'x_event'),
  attribute('string', 'source', 'x_source'),
  attribute('string', 'channel', 'x_channel'),
  attribute('string', 'outcome', 'x_outcome'),
  attribute('string', 'cause', 'x_cause'),
  attribute('string', 'verdict', 'x_verdict'),
  attribute('float', 'expectation', 'x_expectation'),
  attribute('float', 'perception', 'x_perception'),
  attribute('float', 'score', 'x_score'),
  attribute('float', 'effort', 'x_effort'),
  attribute('float', 'durationMs', 'x_duration'),
  GIVEN,
].join(', ')}, '</event>\\n')`;
