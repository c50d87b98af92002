import type { Client } from './shapes.ts';

/** How a client may get tokens (RFC 7591 grant_types), in words. */
export const GRANTS: readonly { readonly value: string; readonly text: string }[] = [
  { value: 'client_credentials', text: 'for itself' },
  { value: 'authorization_code', text: 'for people who sign in' },
  { value: 'refresh_token', text: 'anew without them' },
  { value: 'urn:ietf:params:oauth:grant-type:device_code', text: 'on a device without a browser' },
  { value: 'urn:ietf:params:oauth:grant-type:token-exchange', text: 'in exchange for another token' },
];

/** Ways to prove itself that need nothing but this console; others are given by command line or API. */
export const AUTHENTICATIONS: readonly { readonly value: string; readonly text: string }[] = [
  { value: 'client_secret_basic', text: 'A secret, in the Authorization header' },
  { value: 'client_secret_post', text: 'A secret, in the body' },
  { value: 'none', text: 'None: a program people have on their device' },
];

export function grantsText(grants: readonly string[]): string {
  return grants.map((grant) => GRANTS.find(({ value }) => value === grant)?.text ?? grant).join(', ');
}

/** A list of the client's metadata. */
export function textsOf({ metadata }: Client, name: string): readonly string[] {
  const value = metadata[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** One text of the client's metadata, or empty. */
export function textOf({ metadata }: Client, name: string): string {
  const value = metadata[name];
  return typeof value === 'string' ? value : '';
}
