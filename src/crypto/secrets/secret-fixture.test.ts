import { randomBytes, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { base62Word } from '../base62.ts';

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOWER = UPPER.toLowerCase();
const DIGITS = '0123456789';
const BASE62 = DIGITS + UPPER + LOWER;
export const URL_SAFE = `${BASE62}-_`;
const HEX = `${DIGITS}abcdef`;

/** Random text over an alphabet. */
export function randomText(length: number, alphabet = BASE62): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function withChecksum(prefix: string, characters: number): string {
  const body = randomText(characters);
  return prefix + body + base62Word(crc32(body));
}

/** One made-up secret of each kind. They are put together here, so that no scanner takes this file for a leak. */
export const SAMPLES: Readonly<Record<string, () => string>> = {
  'github-token': () => withChecksum(`gh${'pousr'[randomInt(5)]}_`, 30),
  'github-fine-grained-token': () => `github_${'pat'}_${randomText(22)}_${randomText(59)}`,
  'npm-token': () => withChecksum(`np${'m'}_`, 30),
  'aws-access-key-id': () => `AK${'IA'}${randomText(15, `${UPPER}234567`)}Q`,
  'stripe-secret-key': () => `sk_${'live'}_${randomText(99)}`,
  'webhook-secret': () => `wh${'sec'}_${randomText(32)}`,
  'slack-token': () => `xo${'xb'}-${randomText(12, DIGITS)}-${randomText(13, DIGITS)}-${randomText(24)}`,
  'slack-webhook': () =>
    `hooks.${'slack'}.com/services/T${randomText(10, UPPER)}/B${randomText(10, UPPER)}/${randomText(24)}`,
  'google-api-key': () => `AI${'za'}${randomText(35, URL_SAFE)}`,
  'google-client-secret': () => `GOC${'SPX'}-${randomText(28, URL_SAFE)}`,
  'pypi-token': () => `py${'pi'}-AgEIcHlwaS5vcmc${randomText(150, URL_SAFE)}`,
  'openai-key': () => `sk-${'proj'}-${randomText(74, URL_SAFE)}T3Blbk${'FJ'}${randomText(74, URL_SAFE)}`,
  'anthropic-key': () => `sk-${'ant'}-api03-${randomText(93, URL_SAFE)}AA`,
  'sendgrid-key': () => `S${'G'}.${randomText(22, URL_SAFE)}.${randomText(43, URL_SAFE)}`,
  'twilio-key-id': () => `S${'K'}${randomText(32, HEX)}`,
  'gitlab-token': () => `gl${'pat'}-${randomText(20, URL_SAFE)}`,
  'azure-storage-key': () => `Account${'Key'}=${randomBytes(64).toString('base64')}`,
  'docker-token': () => `dckr_${'pat'}_${randomText(27, URL_SAFE)}`,
  'hugging-face-token': () => `h${'f'}_aB${randomText(32, UPPER + LOWER)}`,
  'digitalocean-token': () => `do${'p'}_v1_${randomText(64, HEX)}`,
  'shopify-token': () => `sh${'pat'}_${randomText(32, HEX)}`,
  'private-key': () => `-----BEGIN ${'RSA '}PRIVATE KEY-----\n${randomBytes(48).toString('base64')}`,
  jwt: () =>
    [
      { alg: 'ES256', typ: 'at+jwt', kid: randomText(8) },
      { iss: 'https://issuer.example', sub: randomText(8) },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.'),
};
