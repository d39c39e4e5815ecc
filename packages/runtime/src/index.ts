export { callerName, scopeOf } from './access.ts';
export { BODIES_IN_FLIGHT_BYTES_MAX } from './bodies-in-flight.ts';
export * from './byte-size.ts';
export * from './config.ts';
export { EXCESS_MAX, EXCESS_MS } from './connection-limits.ts';
export * from './duration.ts';
export {
  BODY_ARRIVAL_MAX_MS,
  LINGER_BYTES_MAX,
  LINGER_KNOWN_BYTES_MAX,
  LINGER_MAX_MS,
} from './early-answers.ts';
export * from './health.ts';
export * from './http-server.ts';
export * from './keys.ts';
export * from './logger.ts';
export * from './metrics.ts';
export * from './open-tracing.ts';
export { sendsPasswordInPlaintext } from './plaintext-passwords.ts';
export * from './problem.ts';
export { sendProblem, toProblem } from './problem-handler.ts';
export { encodingByMark, JsonFileError, readJson } from './read-json.ts';
export * from './shared-work.ts';
export * from './shutdown.ts';
export type { Stopping } from './stopping.ts';
export * from './tracing.ts';
export * from './trusted-clock.ts';
export * from './turns.ts';
export * from './without-secrets.ts';
