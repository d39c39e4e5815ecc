export { retimed, stretchFor } from './live-time.ts';
export {
  BEST_RECOVERING_TEAM,
  BEST_TEAM,
  type Factor,
  type PlantedCauses,
  plantedCauses,
} from './planted-causes.ts';
export { shopDefinitions } from './shop-definitions.ts';
export { type ShopOptions, simulateShop } from './simulate-shop.ts';
