/** What is done where a call cannot be read whole: refuse it, judge what could be read, or let it pass unjudged. */
export type UnreadTreatment = 'refuse' | 'scan-what-fits' | 'pass';

/** A place at which one class of attack is let through, until a day. */
export interface PayloadException {
  /** Key path such as `body.note` or `body.items[].html`; a last `*` stands for everything beneath. */
  readonly path: string;
  /** Class of attack, for instance `sqli`. */
  readonly class: string;
  /** Only for this consumer; undefined: for everybody. */
  readonly consumer: string | undefined;
  /** Unix time in milliseconds from which it counts for nothing. */
  readonly expiresMs: number;
}

/** An exception that was added to a running gateway. It names a route or a path, or both. */
export interface AddedException extends PayloadException {
  /** Of its route, path, class and consumer: there is one exception of a scope. */
  readonly id: string;
  /** Empty: every route. */
  readonly routeId: string;
  /** Host and path of its route when it was added: another route that takes the name is not meant. Empty with `routeId`, or not known. */
  readonly routePlace: string;
  /** Empty: every place of the route. */
  readonly path: string;
  readonly reason: string;
  readonly addedBy: string;
  readonly addedMs: number;
}

/** How often an exception let something through that would have been refused. */
export interface ExceptionUse {
  readonly id: string;
  readonly calls: number;
  /** Since when it is known. */
  readonly sinceMs: number;
  /** Of the last call it let through; 0: none. */
  readonly lastMs: number;
}

/** How parameters and bodies of a route are looked through for attacks. */
export interface PayloadPolicy {
  readonly profile: 'relaxed' | 'default' | 'strict';
  /** Beyond the bounds on values, depth and size. */
  readonly onLimit: UnreadTreatment;
  /** What servers could read in more than one way. */
  readonly onMalformed: UnreadTreatment;
  /** Suspicious calls of one client in ten minutes that pass; 0: all of them. */
  readonly suspiciousMax: number;
  /** What parameters usually hold is learned from accepted calls, and values are judged by it. */
  readonly learn: boolean;
  readonly exceptions: readonly PayloadException[];
}
