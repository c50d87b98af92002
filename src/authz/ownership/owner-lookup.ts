import { assertNever } from '../../core/assert-never.ts';
import type { OwnerLookupConfig } from '../../core/ownership.ts';
import type { Fetch, LearnedOwners, OwnerDatabases } from '../../ports.ts';
import type { AnswerMemories } from '../outside/answer-memories.ts';
import type { AskCounts } from '../outside/ask-counts.ts';
import { type Found, RemoteAnswers } from '../outside/remote-answers.ts';
import { createHttpOwners } from './http-owners.ts';
import type { OwnerAnswer, OwnerSource } from './owner-source.ts';
import { isObjectName } from './owner-values.ts';
import { createSqlOwners } from './sql-owners.ts';

/** A look-up of the configuration: whose an object is. */
export interface OwnerLookup {
  readonly name: string;
  /** What counts where there is no answer: 503, or as if the object were nobody's. */
  readonly onFailure: 'unavailable' | 'deny';
  /** `group`: the address it is asked for. */
  find(object: string, group: string): Found<OwnerAnswer> | Promise<Found<OwnerAnswer>>;
}

export interface OwnerLookupParts {
  readonly fetch: Fetch;
  readonly ownerDatabases: OwnerDatabases;
  readonly learnedOwners: LearnedOwners;
  readonly askCounts: AskCounts;
  readonly ownerAnswers: AnswerMemories<OwnerAnswer>;
  /** Milliseconds from any point, which never go back. */
  readonly monotonicMs: () => number;
}

const ABSENT: Found<OwnerAnswer> = Object.freeze({
  kind: 'found',
  value: Object.freeze({ kind: 'absent' }),
  from: 'remembered',
  spentMs: 0,
});

/** Compiles the look-ups of a configuration; their answers are remembered by object alone, since owners are the same for every caller. */
export function compileOwnerLookups(
  configs: Readonly<Record<string, OwnerLookupConfig>>,
  parts: OwnerLookupParts,
): ReadonlyMap<string, OwnerLookup> {
  return new Map(Object.entries(configs).map(([name, config]) => [name, compile(name, config, parts)]));
}

function compile(name: string, config: OwnerLookupConfig, parts: OwnerLookupParts): OwnerLookup {
  switch (config.type) {
    case 'accepted':
      return acceptedLookup(name, parts);
    case 'http':
      return remoteLookup(name, config, createHttpOwners(config, parts.fetch), parts);
    case 'sql':
      return remoteLookup(name, config, createSqlOwners(config, parts.ownerDatabases), parts);
    default:
      return assertNever(config);
  }
}

function acceptedLookup(name: string, { learnedOwners, askCounts }: OwnerLookupParts): OwnerLookup {
  return {
    name,
    onFailure: 'unavailable',
    find(object) {
      const owners = isObjectName(object) ? learnedOwners.owners(name, object) : undefined;
      askCounts.count('owners', name, owners === undefined ? 'no' : 'yes');
      return owners === undefined
        ? ABSENT
        : { kind: 'found', value: { kind: 'owned', owners }, from: 'remembered', spentMs: 0 };
    },
  };
}

function remoteLookup(
  name: string,
  config: Exclude<OwnerLookupConfig, { type: 'accepted' }>,
  source: OwnerSource,
  { askCounts, ownerAnswers, monotonicMs }: OwnerLookupParts,
): OwnerLookup {
  const believedMs = config.cacheSecondsMax * 1_000;
  const absentMs = config.negativeCacheSecondsMax * 1_000;
  const make = (): RemoteAnswers<OwnerAnswer> =>
    new RemoteAnswers({
      kind: 'owners',
      name,
      timeoutMs: config.timeoutSeconds * 1_000,
      questionsMax: config.questionsMax,
      believedMs: ({ kind }) => (kind === 'owned' ? believedMs : absentMs),
      staleMs: config.onFailure === 'stale' ? config.staleSecondsMax * 1_000 : 0,
      monotonicMs,
      counts: askCounts,
    });
  const answers = ownerAnswers.of(name, config, make);
  return {
    name,
    onFailure: config.onFailure === 'deny' ? 'deny' : 'unavailable',
    find: (object, group) => (isObjectName(object) ? answers.find(object, group, () => source(object)) : ABSENT),
  };
}
