import type { PayloadException } from '../../core/payload.ts';
import type { AttackClass } from '../attack-class.ts';

/** What is let through on one route, compiled for look-up by class. */
export class Exceptions {
  readonly #byClass: ReadonlyMap<string, readonly CompiledException[]>;

  constructor(exceptions: readonly PayloadException[]) {
    const byClass = new Map<string, CompiledException[]>();
    exceptions.forEach((exception, index) => {
      const list = byClass.get(exception.class) ?? [];
      list.push(compile(exception, index));
      byClass.set(exception.class, list);
    });
    this.#byClass = byClass;
  }

  /** Position of the exception that lets a class through at a path, for a consumer and a time; −1: none does. */
  find(attack: AttackClass, path: string, consumer: string, nowMs: number): number {
    const list = this.#byClass.get(attack);
    if (list === undefined) return -1;
    for (const one of list) {
      if (nowMs >= one.expiresMs || (one.consumer !== undefined && one.consumer !== consumer)) continue;
      if (one.beneath ? path.startsWith(one.path) : path === one.path) return one.index;
    }
    return -1;
  }
}

interface CompiledException {
  readonly index: number;
  /** With `beneath` it ends in the dot or bracket before what is left open. */
  readonly path: string;
  readonly beneath: boolean;
  readonly consumer: string | undefined;
  readonly expiresMs: number;
}

function compile({ path, consumer, expiresMs }: PayloadException, index: number): CompiledException {
  const beneath = path.endsWith('.*');
  return { index, path: beneath ? path.slice(0, -1) : path, beneath, consumer, expiresMs };
}

/** What is wrong with the path of an exception, or undefined. It has to begin where values stand, and `*` only ends it. */
export function exceptionPathProblem(path: string): string | undefined {
  const [root, ...rest] = path.split('.');
  if (root === undefined || !ROOTS.has(root.endsWith('[]') ? root.slice(0, -2) : root))
    return `begins with none of ${[...ROOTS].join(', ')}`;
  if (rest.includes('')) return 'has an empty part';
  if (
    rest.slice(0, -1).some((part) => part.includes('*')) ||
    (rest.at(-1)?.includes('*') === true && rest.at(-1) !== '*')
  )
    return 'has * elsewhere than as its last part';
  return undefined;
}

const ROOTS: ReadonlySet<string> = new Set(['path', 'query', 'header', 'cookie', 'body']);
