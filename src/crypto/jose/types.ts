import type { KeyObject } from 'node:crypto';
import type { JwsAlgorithm } from '../../core/configuration.ts';

/** Members of a JSON object read strictly: no prototype, every name once. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What is wrong with a token or key, for the operator: never a part of it. */
export interface JoseFault {
  /** Dotted signal name for detectors, for instance `jwt.alg_none`. */
  readonly signal: string;
  /** Names the rule in a few words. */
  readonly detail: string;
  /** Of the key it concerns, where that has one. */
  readonly kid?: string;
}

/** A compact JWS (RFC 7515 §7.1) whose form was checked and whose signature was not. */
export interface CompactJws {
  readonly header: JsonObject;
  /** `alg` exactly as it stands in the header. */
  readonly algorithm: string;
  readonly kid: string | undefined;
  /** Lower case, without `application/`; empty where absent. */
  readonly type: string;
  readonly payload: Uint8Array;
  /** ASCII bytes of the first two segments and the dot between them. */
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
  /** The one spelling of this token: unpadded. What is remembered about a token is remembered by this. */
  readonly canonical: string;
}

/** A key that may verify signatures of exactly one algorithm. */
export interface VerificationKey {
  readonly algorithm: JwsAlgorithm;
  readonly kid: string | undefined;
  /** Every kid this very key is published under: whoever revokes one of them revokes the key. */
  readonly names?: readonly string[];
  readonly key: KeyObject;
}
