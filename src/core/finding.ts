export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One thing that was observed and that somebody should know of. */
export interface Observation {
  /** Dotted name of what found it, for instance `decoy.key_used`. */
  readonly detector: string;
  /** Who did it: a consumer, an address, or empty where nobody did anything. */
  readonly actor: string;
  /** What it concerns, for instance a key id. */
  readonly subject: string;
  readonly severity: Severity;
  /** From 0 to 1; 1 where there is no innocent explanation. */
  readonly certainty: number;
  /** One sentence for people. Never holds a credential. */
  readonly title: string;
  readonly timeMs: number;
  /** A call that shows it, or empty. */
  readonly requestId: string;
}

/** Observations of one actor, detector and subject, put together. */
export interface Finding {
  /** Made of detector, actor and subject: the same finding has the same id everywhere. */
  readonly id: string;
  readonly detector: string;
  readonly actor: string;
  readonly subject: string;
  readonly severity: Severity;
  readonly certainty: number;
  readonly title: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** The first and the newest calls that show it, a few of them. */
  readonly requestIds: readonly string[];
  /** What somebody decided of it, or `open`. */
  readonly status: FindingStatus;
  /** When that was decided, and a word about it; 0 and empty while it is open. */
  readonly resolvedAtMs: number;
  readonly resolution: string;
  /** What became of it, the first and the newest changes. */
  readonly timeline: readonly FindingChange[];
  /** How often in which hour (Unix milliseconds of its begin), the newest hours. */
  readonly hourly: readonly (readonly [number, number])[];
}

/**
 * `resolved` opens again when it is observed again, `snoozed` when it is worse than it was then, `expected` only by hand.
 */
export const FINDING_STATUSES = ['open', 'resolved', 'expected', 'snoozed'] as const;
export type FindingStatus = (typeof FINDING_STATUSES)[number];

/** One change of a finding's status. */
export interface FindingChange {
  readonly atMs: number;
  readonly status: FindingStatus;
  /** Who decided it; empty: it was observed. */
  readonly by: string;
  readonly note: string;
  /** How often it had been observed, and how severe it was. */
  readonly count: number;
  readonly severity: Severity;
}

/** Findings of one detector, put together. */
export interface FindingGroup {
  readonly detector: string;
  /** Of the newest one. */
  readonly title: string;
  /** The highest of those that are open, else of all. */
  readonly severity: Severity;
  readonly findings: number;
  readonly open: number;
  /** How often they were observed. */
  readonly count: number;
  /** Different ones. */
  readonly actors: number;
  readonly subjects: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export const DECOY_KINDS = ['key', 'token', 'client'] as const;

/** A credential nobody was given: whoever uses it has found it where it was planted. */
export interface Decoy {
  /** By which it is known again: id of a key, `kid` of a token, id of an OAuth client. No part of what is secret. */
  readonly id: string;
  readonly kind: (typeof DECOY_KINDS)[number];
  /** Where it was planted, so that its use says where somebody has been. */
  readonly place: string;
  readonly createdAtMs: number;
}
