import type { ExportPart } from '../engine/clickhouse.ts';
import { EXPORT_SETTINGS } from './formats.ts';
import { isoTime, isSelected, journeysSelected, type SelectedJourneys } from './selected-journeys.ts';

/**
 * Writes an object-centric event log (OCEL 2.0, JSON): the selected journeys with their customers,
 * promises, complaints and touchpoints, and all their events; with every journey selected also what
 * belongs to no journey. The engine writes the JSON.
 */
export function ocelParts(selected: SelectedJourneys): ExportPart[] {
  const listed = (select: string, from: string): ExportPart => ({
    sql: `SELECT concat(',\\n', ${select}) ${from} SETTINGS ${EXPORT_SETTINGS}`,
    params: selected.params,
    format: 'RawBLOB',
    isListed: true,
  });
  const inSelection = isSelected(selected);
  const ofSelected =
    selected.where === '' ? 'true' : `customer_id IN (SELECT customer_id FROM ${journeysSelected(selected)})`;
  return [
    '{"objectTypes":[',
    listed(JOURNEY_TYPE, `FROM ${journeysSelected(selected)}`),
    `,\n${OTHER_OBJECT_TYPES}],\n"eventTypes":[`,
    listed(
      EVENT_TYPE,
      `FROM {database:Identifier}.moments WHERE ${inSelection} GROUP BY moments.type ORDER BY moments.type`,
    ),
    '],\n"objects":[',
    listed(CUSTOMER, `FROM {database:Identifier}.customers FINAL WHERE ${ofSelected} ORDER BY customer_id`),
    listed(JOURNEY, `FROM ${journeysSelected(selected)} ORDER BY customer_id, journey_id`),
    listed(PROMISE, `FROM {database:Identifier}.promises FINAL WHERE ${inSelection} ORDER BY customer_id, promise_id`),
    listed(
      COMPLAINT,
      `FROM {database:Identifier}.complaints FINAL WHERE ${inSelection} ORDER BY customer_id, complaint_id`,
    ),
    listed(
      TOUCHPOINT,
      `FROM (SELECT DISTINCT toString(touchpoint) AS touchpoint FROM {database:Identifier}.moments
             WHERE touchpoint != '' AND ${inSelection}) ORDER BY touchpoint`,
    ),
    '],\n"events":[',
    listed(
      eventOf(inSelection),
      `FROM {database:Identifier}.moments WHERE ${inSelection}
       ORDER BY toYYYYMM(time), customer_id, journey_id, time, position`,
    ),
    ']}\n',
  ];
}

type Type = 'string' | 'float' | 'integer' | 'boolean' | 'time';

/** An attribute: its name, its type, and SQL of its value in the row. */
type Attribute = readonly [name: string, type: Type, value: string];

const CUSTOMER_ATTRIBUTES: readonly Attribute[] = [
  ['stage', 'string', 'stage'],
  ['satisfaction', 'float', 'satisfaction'],
  ['purchases', 'integer', 'purchases'],
  ['firstAt', 'time', 'first_at'],
  ['lastAt', 'time', 'last_at'],
];
const JOURNEY_ATTRIBUTES: readonly Attribute[] = [
  ['journeyId', 'string', 'journey_id'],
  ['type', 'string', 'type'],
  ['status', 'string', 'status'],
  ['score', 'float', 'score'],
  ['level', 'string', 'level'],
  ['startedAt', 'time', 'started_at'],
  ['endedAt', 'time', 'ended_at'],
];
const PROMISE_ATTRIBUTES: readonly Attribute[] = [
  ['promiseId', 'string', 'promise_id'],
  ['what', 'string', 'what'],
  ['touchpoint', 'string', 'touchpoint'],
  ['expected', 'boolean', 'expected'],
  ['state', 'string', 'state'],
  ['madeAt', 'time', 'made_at'],
  ['dueAt', 'time', 'due_at'],
  ['closedAt', 'time', 'closed_at'],
];
const COMPLAINT_ATTRIBUTES: readonly Attribute[] = [
  ['complaintId', 'string', 'complaint_id'],
  ['severity', 'string', 'severity'],
  ['channel', 'string', 'channel'],
  ['raisedAt', 'time', 'raised_at'],
  ['answeredAt', 'time', 'answered_at'],
  ['resolvedAt', 'time', 'resolved_at'],
  ['followedUpAt', 'time', 'followed_up_at'],
  ['firstContact', 'boolean', 'first_contact'],
  ['satisfaction', 'float', 'satisfaction'],
];
const EVENT_ATTRIBUTES: readonly Attribute[] = [
  ['eventId', 'string', 'event_id'],
  ['source', 'string', 'source'],
  ['channel', 'string', 'channel'],
  ['outcome', 'string', 'outcome'],
  ['cause', 'string', 'cause'],
  ['verdict', 'string', 'verdict'],
  ['expectation', 'float', 'expectation'],
  ['perception', 'float', 'perception'],
  ['score', 'float', 'score'],
  ['effort', 'float', 'effort'],
  ['durationMs', 'float', 'duration_ms'],
  ['instrument', 'string', 'instrument'],
  ['feedbackScore', 'float', 'feedback_score'],
  ['comment', 'string', 'comment'],
  ['amount', 'float', 'amount'],
  ['currency', 'string', 'currency'],
  ['actor', 'string', 'actor_id'],
  ['team', 'string', 'actor_team'],
  ['site', 'string', 'actor_site'],
];

/** Time of object attributes that have only one value, as the standard writes it. */
const ALWAYS = '1970-01-01T00:00:00Z';

const json = (text: string) => `toJSONString(toString(${text}))`;

/** SQL literal of a text of our own. */
const literal = (text: string) => `'${text.replaceAll("'", "\\'")}'`;

const typesOf = (attributes: readonly Attribute[]): string =>
  attributes.map(([name, type]) => JSON.stringify({ name, type })).join(',');

/**
 * SQL of an array of attributes that are there; values are texts, as the standard's schema asks.
 */
function attributesOf(attributes: readonly Attribute[], { time, given }: { time?: string; given?: boolean } = {}) {
  const end = time === undefined ? '}' : `,"time":"${time}"}`;
  const each = attributes.map(([name, type, value]) => {
    const isThere = type === 'string' ? `${value} != ''` : `isNotNull(${value})`;
    const text = type === 'time' ? isoTime(value) : value;
    return `if(${isThere}, concat(${literal(`,{"name":"${name}","value":`)}, ifNull(${json(text)}, ''), ${literal(end)}), '')`;
  });
  const others = `arrayStringConcat(arrayMap((name, value) -> concat(',{"name":', ${json("concat('attribute.', name)")}, ',"value":', ${json('value')}, ${literal(end)}),
    mapKeys(attributes), mapValues(attributes)))`;
  // Every attribute begins with a comma, and that of the first is left out.
  return `concat('[', substring(concat(${[...each, given === true ? others : "''"].join(', ')}), 2), ']')`;
}

/** SQL of the types of attributes that publishers gave, each with a comma in front. */
const GIVEN_TYPES = `arrayStringConcat(arrayMap(name -> concat(',{"name":', ${json("concat('attribute.', name)")}, ',"type":"string"}'),
  arraySort(groupUniqArrayArray(mapKeys(CAST(attributes, 'Map(String, String)'))))))`;

const JOURNEY_TYPE = `concat(${literal(`{"name":"journey","attributes":[${typesOf(JOURNEY_ATTRIBUTES)}`)}, ${GIVEN_TYPES}, ']}')`;
const OTHER_OBJECT_TYPES = (
  [
    ['customer', CUSTOMER_ATTRIBUTES],
    ['promise', PROMISE_ATTRIBUTES],
    ['complaint', COMPLAINT_ATTRIBUTES],
    ['touchpoint', []],
  ] as const
)
  .map(([name, attributes]) => `{"name":"${name}","attributes":[${typesOf(attributes)}]}`)
  .join(',\n');
const EVENT_TYPE = `concat('{"name":', ${json('moments.type')}, ${literal(`,"attributes":[${typesOf(EVENT_ATTRIBUTES)}`)}, ${GIVEN_TYPES}, ']}')`;

/** SQL of ids: a customer's parts are encoded, so that a slash always parts them. */
const CUSTOMER_ID = `concat('customer:', customer_id)`;
const within = (kind: string, id: string) =>
  `concat('${kind}:', encodeURLComponent(customer_id), '/', encodeURLComponent(${id}))`;
const JOURNEY_ID = within('journey', 'journey_id');
const PROMISE_ID = `concat(${within('promise', 'promise_id')}, if(expected, '/expected', ''))`;
const COMPLAINT_ID = within('complaint', 'complaint_id');
const TOUCHPOINT_ID = `concat('touchpoint:', touchpoint)`;

const relation = (id: string, qualifier: string) =>
  `concat(',{"objectId":', ${json(id)}, ',"qualifier":"', ${qualifier}, '"}')`;
const relations = (each: readonly string[]) => `concat('[', substring(concat(${each.join(', ')}, ''), 2), ']')`;

/** SQL of an object of one type. */
function objectOf(type: string, id: string, attributes: string, related: string): string {
  return `concat('{"id":', ${json(id)}, ',"type":"${type}","attributes":', ${attributes}, ',"relationships":', ${related}, '}')`;
}

const IN_JOURNEY = `if(journey_id = '', '', ${relation(JOURNEY_ID, "'in'")})`;
const CUSTOMER = objectOf('customer', CUSTOMER_ID, attributesOf(CUSTOMER_ATTRIBUTES, { time: ALWAYS }), `'[]'`);
const JOURNEY = objectOf(
  'journey',
  JOURNEY_ID,
  attributesOf(JOURNEY_ATTRIBUTES, { time: ALWAYS, given: true }),
  relations([relation(CUSTOMER_ID, "'of'")]),
);
const PROMISE = objectOf(
  'promise',
  PROMISE_ID,
  attributesOf(PROMISE_ATTRIBUTES, { time: ALWAYS }),
  relations([relation(CUSTOMER_ID, "'to'"), IN_JOURNEY]),
);
const COMPLAINT = objectOf(
  'complaint',
  COMPLAINT_ID,
  attributesOf(COMPLAINT_ATTRIBUTES, { time: ALWAYS }),
  relations([relation(CUSTOMER_ID, "'by'"), IN_JOURNEY]),
);
const TOUCHPOINT = objectOf('touchpoint', TOUCHPOINT_ID, `'[]'`, `'[]'`);

/** SQL of how an event relates to a promise or complaint: the verb of its type, such as `kept`. */
const VERB = "splitByChar('.', toString(type))[3]";

/** SQL of an event; it relates to those promises and complaints that are objects of the log. */
function eventOf(inSelection: string): string {
  const exists = (table: string, id: string, more: string) =>
    `(${id} != '' AND (customer_id, ${id}) IN (SELECT customer_id, ${id} FROM {database:Identifier}.${table} FINAL WHERE ${more} AND ${inSelection}))`;
  return `concat('{"id":"', toString(position), '","type":', ${json('type')}, ',"time":"', ${isoTime('time')}, '","attributes":',
    ${attributesOf(EVENT_ATTRIBUTES, { given: true })}, ',"relationships":', ${relations([
      relation(CUSTOMER_ID, "'of'"),
      IN_JOURNEY,
      `if(touchpoint = '', '', ${relation(TOUCHPOINT_ID, "'at'")})`,
      `if(${exists('promises', 'promise_id', 'NOT expected')}, ${relation(within('promise', 'promise_id'), VERB)}, '')`,
      `if(${exists('complaints', 'complaint_id', 'true')}, ${relation(COMPLAINT_ID, VERB)}, '')`,
    ])}, '}')`;
}
