export { retimed, stretchFor } from './live-time.ts';
export { shopDefinitions } from './shop-definitions.ts';
export { type ShopOptions, simulateShop } from './simulate-shop.ts';
