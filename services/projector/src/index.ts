export type { Target } from './follow/lane.ts';
export {
  followLanes,
  type LaneProjectors,
  type LaneProjectorsOptions,
  PROJECTOR_GROUP,
} from './follow/lane-projectors.ts';
export { createProgress, type Progress } from './follow/progress.ts';
export { type Announce, LIVE, type Projector, type ProjectorOptions, startProjector } from './follow/projector.ts';
export { tracedProjection } from './follow/traced-projection.ts';
export { type FoldThreads, foldThreadsOf, openFoldThreads } from './threads/fold-threads.ts';
