/** Names of the address that say which figure's journeys are listed. */
export const behindNames: readonly string[] = [
  ...['step', 'state', 'value', 'node', 'edgeFrom', 'edgeTo', 'kind', 'at', 'conforming', 'minMs', 'maxMs'],
  ...['factor', 'has', 'recovered', 'known'],
];
