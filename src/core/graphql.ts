/** Bounds of GraphQL documents on one route. */
export interface GraphqlConfig {
  /** False: judged and recorded only. */
  readonly enforced: boolean;
  readonly depthMax: number;
  readonly aliasesMax: number;
  readonly fieldsMax: number;
  readonly directivesMax: number;
  readonly costMax: number;
  /** Operations in one call. */
  readonly batchMax: number;
  readonly tokensMax: number;
  readonly bodyBytesMax: number;
  readonly introspection: boolean;
  readonly subscriptions: boolean;
  /** Cost of a field by its name; 1 where it is not named. */
  readonly weights: Readonly<Record<string, number>>;
  /** Arguments that say how many objects a field returns. */
  readonly listArguments: readonly string[];
  /** Texts by id; undefined: every document that keeps the bounds is taken. */
  readonly persisted: Readonly<Record<string, string>> | undefined;
}
