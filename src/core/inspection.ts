import type { Call, CollectedBody } from './call.ts';
import type { Principal } from './principal.ts';
import type { Verdict } from './verdict.ts';

/** A body as JSON (RFC 8259). Objects may have a member named `__proto__`, as their own. */
export type JsonBody =
  | { readonly kind: 'value'; readonly value: unknown }
  /** There is no body, or it was not read whole. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'malformed';
      readonly problem: 'utf8' | 'syntax' | 'duplicateMember' | 'ambiguousName' | 'tooDeep';
    };

/** What may be looked at in the content of one call. */
export interface InspectionFacts {
  readonly call: Call;
  /** Undefined: nobody was identified. */
  readonly principal: Principal | undefined;
  /** Id that rules know the route by. */
  readonly routeId: string;
  /** Canonical path as it is forwarded. */
  readonly path: string;
  /** Values of the route's path parameters, percent-decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly nowMs: number;
  /** Monotonic, of all threads alike. */
  readonly nowMicros: number;
  /** True: nothing is counted. */
  readonly dryRun: boolean;
  /** `whole` and empty where there is none. */
  readonly body: CollectedBody;
  /** The body as JSON, whatever its content type says; parsed once for all that ask. */
  json(): JsonBody;
}

/** One thing that is asked of the content of calls of a route, compiled once. */
export interface Inspection {
  readonly id: string;
  /** How much of a body it looks at; a longer one it gets as `tooLarge`. 0: it needs none. */
  readonly bodyBytesMax: number;
  /** False: it only observes, even where its stage enforces. */
  readonly enforced: boolean;
  /** True: it judges the body as it came, also where fields were left out of it before. */
  readonly judgesArrived?: boolean;
  judge(facts: InspectionFacts): Verdict;
}
