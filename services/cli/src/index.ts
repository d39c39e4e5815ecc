export type { CloudEvent } from './cloud-event.ts';
export { type ImportOptions, type ImportSummary, importFile, type Publish } from './import/import-file.ts';
export { type Mapping, readMapping } from './import/mapping.ts';
export { shopDefinitions } from './shop/shop-definitions.ts';
export { type ShopOptions, simulateShop } from './shop/simulate-shop.ts';
