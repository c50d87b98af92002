import { createHash } from 'node:crypto';
import type { RouteConfig } from '../../core/configuration.ts';
import type { AddedException, PayloadException } from '../../core/payload.ts';
import type { AttackClass } from '../attack-class.ts';

/** An exception of one route with the name under which its uses are counted. */
export interface NamedException extends PayloadException {
  readonly id: string;
}

/** Where a route takes its calls: with its name, what it is known by. */
export function routePlace({ match, parametersOf }: Pick<RouteConfig, 'match' | 'parametersOf'>): string {
  return `${match.host} ${parametersOf ?? match.path}`;
}

/**
 * What is let through on one route, by the configuration and by what was added to it. Those of the configuration come first. What was added for
 * a route counts for one of the same name only at the same place.
 */
export function exceptionsOf(
  routeId: string,
  place: string,
  configured: readonly PayloadException[],
  added: readonly AddedException[],
): readonly NamedException[] {
  const named = configured.map((one) => ({ ...one, id: exceptionId(routeId, one) }));
  return [
    ...named,
    ...added.filter((one) => one.routeId === '' || (one.routeId === routeId && one.routePlace === place)),
  ];
}

const ID_DIGITS = 12;

/** Name of an exception: the same scope has the same one, wherever it is written down. An empty route is every route. */
export function exceptionId(
  routeId: string,
  { path, class: attack, consumer }: Pick<PayloadException, 'path' | 'class' | 'consumer'>,
): string {
  const scope = JSON.stringify([routeId, path, attack, consumer ?? null]);
  return createHash('sha256').update(scope).digest('hex').slice(0, ID_DIGITS);
}

/** What is let through on one route, compiled for look-up by class. */
export class Exceptions {
  readonly isEmpty: boolean;
  readonly #ids: ReadonlySet<string>;
  readonly #byClass: ReadonlyMap<string, readonly CompiledException[]>;

  constructor(exceptions: readonly NamedException[]) {
    this.isEmpty = exceptions.length === 0;
    this.#ids = new Set(exceptions.map(({ id }) => id));
    const byClass = new Map<string, CompiledException[]>();
    for (const exception of exceptions) {
      const list = byClass.get(exception.class) ?? [];
      list.push(compile(exception));
      byClass.set(exception.class, list);
    }
    this.#byClass = byClass;
  }

  /** Name of the exception that lets a class through at a path, for a consumer and a time; undefined: none does. */
  find(attack: string, path: string, consumer: string, nowMs: number): string | undefined {
    const list = this.#byClass.get(attack);
    if (list === undefined) return undefined;
    for (const one of list) {
      if (nowMs >= one.expiresMs || (one.consumer !== undefined && one.consumer !== consumer)) continue;
      if (one.beneath ? path.startsWith(one.path) : path === one.path) return one.id;
    }
    return undefined;
  }

  /** The same for a path as it was recorded: of names, and of long paths, that is only the beginning, and what lets all of that through is found. */
  findRecorded(attack: string, recorded: string, consumer: string, nowMs: number): string | undefined {
    // No exception names a place with a character of control in it; one for everything beneath covers it all the same.
    const path = isBeginning(recorded) ? `${recorded.slice(0, -1)}\0` : recorded;
    return this.find(attack, path, consumer, nowMs);
  }

  /** Whether there is one of this name. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Whether one could let a class through at a place of which only the beginning is known. */
  mayFind(attack: AttackClass, beginning: string, consumer: string, nowMs: number): boolean {
    const list = this.#byClass.get(attack) ?? [];
    return list.some(
      (one) =>
        nowMs < one.expiresMs &&
        (one.consumer === undefined || one.consumer === consumer) &&
        (one.path.startsWith(beginning) || (one.beneath && beginning.startsWith(one.path))),
    );
  }
}

/** Whether only the beginning of a path was recorded; its last character stands for the rest. */
export function isBeginning(recorded: string): boolean {
  return recorded.endsWith('.*') || recorded.endsWith('…');
}

interface CompiledException {
  readonly id: string;
  /** With `beneath` it ends in the dot before what is left open; empty and `beneath`: every place. */
  readonly path: string;
  readonly beneath: boolean;
  readonly consumer: string | undefined;
  readonly expiresMs: number;
}

function compile({ id, path, consumer, expiresMs }: NamedException): CompiledException {
  const beneath = path === '' || path.endsWith('.*');
  return { id, path: path.endsWith('.*') ? path.slice(0, -1) : path, beneath, consumer, expiresMs };
}

/** What is wrong with the path of an exception, or undefined. It has to begin where values stand, and `*` only ends it. */
export function exceptionPathProblem(path: string): string | undefined {
  const [root, ...rest] = path.split('.');
  if (root === undefined || !ROOTS.has(root.endsWith('[]') ? root.slice(0, -2) : root))
    return `begins with none of ${[...ROOTS].join(', ')}`;
  if (rest.includes('')) return 'has an empty part';
  // The places of all long names with one beginning are written so.
  if (path.includes('…')) return 'has a name that was cut, which stands for every name that begins like it';
  if (
    rest.slice(0, -1).some((part) => part.includes('*')) ||
    (rest.at(-1)?.includes('*') === true && rest.at(-1) !== '*')
  )
    return 'has * elsewhere than as its last part';
  return undefined;
}

const ROOTS: ReadonlySet<string> = new Set(['path', 'query', 'header', 'cookie', 'body']);
