/**
 * A verified identity on a call, of one shape whatever method verified it.
 * `version` changes when a field changes its meaning.
 */
export interface Principal {
  readonly version: 1;
  /** The registered consumer, or empty where the identity belongs to none. */
  readonly consumer: string;
  /** Who the credential speaks for; for an API key, the consumer. */
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly groups: readonly string[];
  readonly tier: string;
  /** Authenticator name of the configuration and its method. */
  readonly authenticator: string;
  readonly method: 'api-key';
  /** Public id of the credential: safe to log, never enough to call with. */
  readonly credentialId: string;
}
