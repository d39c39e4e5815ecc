export * from './backtest.ts';
export * from './burn-rate.ts';
export * from './firing.ts';
export * from './moments.ts';
export * from './rules.ts';
export * from './silence.ts';
export * from './windows.ts';
