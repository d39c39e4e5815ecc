export { type Rate, rateOf, Z } from '@touchstone/api/rate';
