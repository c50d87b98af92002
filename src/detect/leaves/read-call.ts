import type { Call } from '../../core/call.ts';
import { readBody } from './body-leaves.ts';
import { readHeaders } from './header-leaves.ts';
import { readPairs } from './pair-leaves.ts';
import { readPath, type SegmentNames } from './path-leaves.ts';
import { type LeafLimits, type LeafVisitor, LeafWalk, type Limit, type Malformation, type Oddity } from './walk.ts';

/** What a reading came across besides leaves. The lists are written anew by the next reading. */
export interface LeafReport {
  readonly leaves: number;
  readonly characters: number;
  /** What servers could read differently. */
  readonly malformations: readonly Malformation[];
  /** What is odd and was read all the same. */
  readonly oddities: readonly Oddity[];
  /** Bounds that were met: not all of the call was shown. */
  readonly limitsMet: readonly Limit[];
  /** Uploaded files that are no text, of which nothing was shown. */
  readonly unreadFiles: number;
}

/** The body of a call, as far as it could be read. */
export type LeafBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** It is larger than what is read. */
  | { readonly kind: 'unread' };

/**
 * Shows a visitor every value and key of a call: path, query, header fields, cookies, body, and what is encoded within
 * them. Deterministic, synchronous, never throws on what a call holds; time is linear in its size.
 * Does not judge anything. `path` is the one that is forwarded, `names` says what its segments are. The walk is used again.
 */
export class LeafReader {
  readonly #walk: LeafWalk;

  constructor(limits: LeafLimits) {
    this.#walk = new LeafWalk(limits);
  }

  read(call: Call, path: string, names: SegmentNames, body: LeafBody, visitor: LeafVisitor): LeafReport {
    const walk = this.#walk;
    walk.begin(visitor);
    try {
      readPath(walk, path, names, call.pathAmbiguities !== 0);
      if (call.query !== '') {
        walk.enter('query');
        readPairs(walk, call.query, 'query', false);
        walk.leave();
      }
      readHeaders(walk, call.headers);
      if (body.kind === 'unread') walk.limit('body_size');
      else if (body.bytes.length > 0) readBody(walk, call.headers, body.bytes);
      return walk;
    } finally {
      walk.end();
    }
  }
}
