import type { CallEvent } from '../../../src/core/event.ts';

/** Shapes of the admin API as the console reads them; `/api/v1/openapi.json` documents them. */

export type Role = 'viewer' | 'operator' | 'administrator';

export interface SessionView {
  readonly role: Role;
  readonly name: string;
  readonly csrfToken: string;
  readonly expiresAt: number | string;
}

export interface PageOf<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** A recorded call; its facts are for the gateway alone. */
export type Call = Omit<CallEvent, 'facts'>;

export interface HealthLine {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly essential: boolean;
}

/** A route with the mode that is in force, of `GET /api/v1/routes`. */
export interface RouteLine {
  readonly id: string;
  readonly host: string;
  readonly path: string;
  readonly methods: readonly string[];
  readonly upstream: string;
  readonly mode: 'observe' | 'enforce';
  readonly modeSource: 'configuration' | 'command';
  readonly stages: Readonly<Record<string, 'observe' | 'enforce'>>;
  /** Stages of which the route itself says a mode: that holds over every other. */
  readonly ownStages: readonly string[];
  readonly authenticate: string;
  readonly scopes: readonly string[];
  readonly limits: readonly string[];
}

/** Calls as the stream brings them. */
export interface Arrival {
  /** Newest last. */
  readonly calls: readonly Call[];
  /** How many more there were than the gateway sends at once. */
  readonly skipped: number;
}
