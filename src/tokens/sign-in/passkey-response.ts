import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { isJsonObject } from '../../core/json-object.ts';
import { parseStrictJson } from '../../crypto/jose/strict-json.ts';
import type { JsonObject } from '../../crypto/jose/types.ts';

const LIMITS = { depthMax: 8, membersMax: 128 };
const ID_CHARACTERS_MAX = 1_400;
const TRANSPORTS: readonly string[] = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'];
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** What a browser answers after a ceremony, as far as it is looked at before it is verified. */
export interface PasskeyResponse {
  readonly id: string;
  readonly challenge: string;
  readonly userHandle: string | undefined;
  readonly transports: readonly string[];
  /** The whole, for the library, in the kind it was asked for. */
  readonly authentication: AuthenticationResponseJSON;
  readonly registration: RegistrationResponseJSON;
}

/**
 * Reads the JSON of `PublicKeyCredential.toJSON()` (WebAuthn §5.1.8). Undefined where it is anything else, of another
 * ceremony, or was asked for by a frame of another site. Verifies nothing.
 */
export function readPasskeyResponse(
  text: string,
  type: 'webauthn.get' | 'webauthn.create',
): PasskeyResponse | undefined {
  const whole = objectOf(Buffer.from(text, 'utf8'));
  const response = whole?.['response'];
  if (whole === undefined || !isJsonObject(response)) return undefined;
  const { id, rawId } = whole;
  if (!isBase64Url(id) || id !== rawId || whole['type'] !== 'public-key') return undefined;
  const { clientDataJSON, userHandle, transports } = response;
  if (typeof clientDataJSON !== 'string') return undefined;
  const client = objectOf(Buffer.from(clientDataJSON, 'base64url'));
  if (client === undefined || client['type'] !== type || !isBase64Url(client['challenge'])) return undefined;
  if (client['crossOrigin'] !== undefined && client['crossOrigin'] !== false) return undefined;
  return {
    id,
    challenge: client['challenge'],
    userHandle: typeof userHandle === 'string' ? userHandle : undefined,
    transports: Array.isArray(transports) ? TRANSPORTS.filter((one) => transports.includes(one)) : [],
    // The library checks every member it reads, and throws.
    authentication: whole as unknown as AuthenticationResponseJSON,
    registration: whole as unknown as RegistrationResponseJSON,
  };
}

function objectOf(bytes: Uint8Array): JsonObject | undefined {
  const read = parseStrictJson(bytes, LIMITS);
  return read.ok ? read.value : undefined;
}

function isBase64Url(value: unknown): value is string {
  return typeof value === 'string' && value.length <= ID_CHARACTERS_MAX && BASE64URL.test(value);
}
