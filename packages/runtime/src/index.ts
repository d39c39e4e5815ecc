export * from './config.ts';
export * from './health.ts';
export * from './http-server.ts';
export * from './keys.ts';
export * from './logger.ts';
export * from './metrics.ts';
export * from './problem.ts';
export { sendProblem, toProblem } from './problem-handler.ts';
export * from './shutdown.ts';
