import type { Leaf } from '../leaf.ts';
import { endpointKey, type LearnedTable } from './learned-table.ts';
import { parameterPath } from './parameter-path.ts';
import type { UsualValues, UsualValuesSource } from './usual-values.ts';

/** What is known of the parameters of one route, by the method of the call that is judged. */
export class RouteParameters implements UsualValuesSource {
  readonly #table: LearnedTable;
  readonly #routeId: string;
  readonly #template: string;
  /** Of the call that is judged next. */
  method = '';

  constructor(table: LearnedTable, routeId: string, template: string) {
    this.#table = table;
    this.#routeId = routeId;
    this.#template = template;
  }

  find(leaf: Leaf): UsualValues | undefined {
    // Fields of the head are no parameters of an endpoint, and a name is not a value of one.
    if (leaf.isKey || leaf.location === 'header' || leaf.location === 'token') return undefined;
    return this.#table.find(endpointKey(this.#routeId, this.method, this.#template), parameterPath(leaf.path));
  }
}
