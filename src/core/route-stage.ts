import { STAGE_IDS, type StageId } from './decision.ts';

/** Stages that are over before the route of a call is known: they have one mode for all calls. */
const BEFORE_ROUTE: ReadonlySet<StageId> = new Set(['framing', 'admit']);

/** Stages that may have another mode on each route. */
export const ROUTE_STAGE_IDS: readonly StageId[] = STAGE_IDS.filter((stage) => !BEFORE_ROUTE.has(stage));

/** One stage on one route. */
export interface RouteStage {
  readonly stage: StageId;
  readonly routeId: string;
}

/** How it is written: `limit@orders`. A stage has no `@` in its name, so that whatever the route is called it is read as meant. */
export function parseRouteStage(text: string): RouteStage | undefined {
  const at = text.indexOf('@');
  const stage = ROUTE_STAGE_IDS.find((id) => id === text.slice(0, at));
  return at < 0 || stage === undefined || at + 1 === text.length ? undefined : { stage, routeId: text.slice(at + 1) };
}
