export type { CloudEvent } from './cloud-event.ts';
export { shopDefinitions } from './shop/shop-definitions.ts';
export { type ShopOptions, simulateShop } from './shop/simulate-shop.ts';
