import type { Generated } from 'kysely';
import type { UsageKind } from '../core/usage.ts';

/** Rows of the control plane's database, the same in every dialect. Times are Unix milliseconds, lists JSON texts. */
export interface StoreSchema {
  api_key: ApiKeyRow;
  consumer: ConsumerRow;
  sealed_answer: { id: string; sealed: Uint8Array; expires_at_ms: number };
  setting: { name: string; value: string };
  token_revocation: TokenRevocationRow;
  key_usage: KeyUsageRow;
  finding: FindingRow;
  parameter: ParameterRow;
  payload_exception: PayloadExceptionRow;
  payload_exception_use: { id: string; calls: number; since_ms: number; last_ms: number };
  alert: { id: string; body: string; created_at_ms: number; due_at_ms: number; tries: number };
  decoy: { id: string; kind: 'key' | 'token' | 'client'; place: string; created_at_ms: number };
  oauth_record: OAuthRecordRow;
  oauth_client: { id: string; document: string };
  signing_key: { kid: string; created_at_ms: number; document: string; sealed: Uint8Array };
  account: AccountRow;
  passkey: PasskeyRow;
  call_count: { start_ms: number; span_ms: number; document: string };
  mode_override: {
    scope: 'route' | 'path' | 'stage' | 'route-stage';
    target: string;
    mode: 'observe' | 'enforce';
    set_at_ms: number;
  };
}

export interface ApiKeyRow {
  key_id: string;
  consumer: string;
  digest: Uint8Array;
  pepper_version: number;
  is_foreign: Generated<number>;
  name: string;
  scopes: string;
  allowed_cidrs: string;
  status: 'active' | 'disabled' | 'revoked';
  created_at_ms: number;
  not_before_ms: number;
  expires_at_ms: number;
  successor_id: string;
  revoked_at_ms: number;
  revoked_reason: string;
  routes: Generated<string>;
  limits: Generated<string>;
  idle_seconds: Generated<number>;
  enabled_at_ms: Generated<number>;
  disabled_reason: Generated<string>;
  family_id: Generated<string>;
}

export interface TokenRevocationRow {
  issuer: string;
  kind: 'jti' | 'sid' | 'sub' | 'client' | 'kid';
  value: string;
  before_seconds: number;
  expires_at_ms: number;
  created_at_ms: number;
  reason: string;
}

export interface KeyUsageRow {
  key_id: string;
  kind: UsageKind;
  value: string;
  calls: number;
  refusals: number;
  first_ms: number;
  last_ms: number;
}

export interface FindingRow {
  id: string;
  status: 'open' | 'resolved' | 'expected' | 'snoozed';
  last_ms: number;
  /** The whole finding. */
  document: string;
}

export interface ParameterRow {
  place: string;
  id: string;
  endpoint: string;
  value_count: number;
  last_ms: number;
  pinned: number;
  effect: string;
  document: string;
}

export interface PayloadExceptionRow {
  id: string;
  /** Empty: every route; so with path and consumer. */
  route: string;
  /** Of routes of before it was kept: empty. */
  route_place: string;
  path: string;
  class: string;
  consumer: string;
  reason: string;
  added_by: string;
  added_at_ms: number;
  expires_at_ms: number;
}

export interface OAuthRecordRow {
  model: string;
  id: string;
  payload: Uint8Array;
  expires_at_ms: number;
  grant_id: string;
  uid: string;
  user_code: string;
  consumed_at_seconds: Generated<number>;
  successor: Uint8Array;
  grace_uses: Generated<number>;
}

export interface ConsumerRow {
  name: string;
  groups: string;
  tier: string;
  disabled: number;
}

export interface AccountRow {
  id: string;
  name: string;
  display_name: string;
  email: string;
  email_verified: number;
  password_hash: string;
  disabled: number;
  created_at_ms: number;
  /** Both empty: none. */
  upstream_issuer: string;
  upstream_subject: string;
  /** Empty: none. */
  console_role: Generated<string>;
  /** Empty: none. */
  invite_digest: string;
  invite_expires_at_ms: number;
}

export interface PasskeyRow {
  id: string;
  account_id: string;
  public_key: Uint8Array;
  counter: number;
  transports: string;
  backup_eligible: number;
  backed_up: number;
  created_at_ms: number;
  last_used_at_ms: number;
}
