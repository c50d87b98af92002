import { crc32 } from 'node:zlib';
import { base62WordAt, WORD_CHARACTERS } from '../base62.ts';
import {
  ALPHANUMERIC,
  BASE32,
  BASE64,
  DASH,
  DIGIT,
  distinctBytes,
  isIn,
  LOWER,
  LOWER_HEX,
  PLUS_SLASH,
  runEnd,
  UPPER,
  URL_SAFE,
} from './byte-classes.ts';
import { privateKeyEnd, tokenEnd } from './long-formats.ts';
import {
  between,
  bodyEnd,
  exactly,
  type Measure,
  NOT_ONE,
  type SecretFormat,
  textEnd,
  UNDECIDED,
  type Window,
} from './secret-format.ts';

/*
 * Secrets of others by their documented forms. Only what has a prefix of its own and a fixed alphabet and length is here:
 * what would need the words around it, or a guess at randomness, would be false alarms. Test keys of vendors are left out.
 */

const ENDS_WORD = URL_SAFE;

export const VENDOR_FORMATS: readonly SecretFormat[] = [
  {
    // GitHub, "Behind GitHub's new authentication token formats" (2021): 30 base62 characters and their CRC-32.
    kind: 'github-token',
    name: 'GitHub token',
    severity: 'critical',
    prefixes: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'],
    anchorAt: 0,
    standsAlone: false,
    measure: firstOf([
      exactly(4, 36, ALPHANUMERIC, { accepts: hasChecksum }),
      exactly(4, 76, ALPHANUMERIC, { accepts: hasChecksum }),
    ]),
  },
  {
    kind: 'github-fine-grained-token',
    name: 'GitHub token',
    severity: 'critical',
    prefixes: ['github_pat_'],
    anchorAt: 5,
    standsAlone: true,
    measure: parts(11, [
      [22, '_'],
      [59, ''],
    ]),
  },
  {
    // "npm's new access token format" (2021): as GitHub's.
    kind: 'npm-token',
    name: 'npm access token',
    severity: 'critical',
    prefixes: ['npm_'],
    anchorAt: 1,
    standsAlone: false,
    measure: exactly(4, 36, ALPHANUMERIC, { accepts: hasChecksum }),
  },
  {
    kind: 'aws-access-key-id',
    name: 'AWS access key id',
    severity: 'medium',
    prefixes: ['AKIA', 'ASIA'],
    anchorAt: 0,
    standsAlone: true,
    measure: exactly(4, 16, BASE32, { follow: ENDS_WORD, distinctMin: 6, accepts: isOwnKeyId }),
  },
  {
    kind: 'stripe-secret-key',
    name: 'Stripe secret key',
    severity: 'critical',
    prefixes: ['sk_live_', 'rk_live_'],
    anchorAt: 1,
    standsAlone: true,
    measure: between(8, 24, 240, ALPHANUMERIC),
  },
  {
    kind: 'webhook-secret',
    name: 'webhook signing secret',
    severity: 'high',
    prefixes: ['whsec_'],
    anchorAt: 3,
    standsAlone: true,
    measure: between(6, 32, 120, BASE64),
  },
  {
    kind: 'slack-token',
    name: 'Slack token',
    severity: 'high',
    prefixes: ['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-'],
    anchorAt: 0,
    standsAlone: true,
    measure: between(5, 40, 200, ALPHANUMERIC | DASH, { accepts: isSlackBody }),
  },
  {
    kind: 'slack-webhook',
    name: 'Slack webhook address',
    severity: 'medium',
    prefixes: ['hooks.slack.com/services/T'],
    anchorAt: 5,
    standsAlone: true,
    measure: slackWebhookEnd,
  },
  {
    // Those of browsers are public, and go in addresses.
    kind: 'google-api-key',
    name: 'Google API key',
    severity: 'low',
    usualIn: 'addresses',
    prefixes: ['AIza'],
    anchorAt: 0,
    standsAlone: true,
    measure: exactly(4, 35, URL_SAFE),
  },
  {
    kind: 'google-client-secret',
    name: 'Google OAuth client secret',
    severity: 'high',
    prefixes: ['GOCSPX-'],
    anchorAt: 3,
    standsAlone: true,
    measure: exactly(7, 28, URL_SAFE),
  },
  {
    // A macaroon whose first caveat names the index: its base64 begins alike everywhere.
    kind: 'pypi-token',
    name: 'PyPI token',
    severity: 'critical',
    prefixes: ['pypi-AgEIcHlwaS5vcmc', 'pypi-AgENdGVzdC5weXBpLm9yZw'],
    anchorAt: 4,
    standsAlone: true,
    measure: longRun(20, 50),
  },
  {
    kind: 'openai-key',
    name: 'OpenAI key',
    severity: 'high',
    prefixes: ['sk-proj-', 'sk-svcacct-', 'sk-admin-'],
    anchorAt: 0,
    standsAlone: true,
    measure: between(3, 60, 240, URL_SAFE, { accepts: hasOpenAiMark }),
  },
  {
    kind: 'openai-key',
    name: 'OpenAI key',
    severity: 'high',
    prefixes: ['sk-'],
    anchorAt: 0,
    standsAlone: true,
    measure: exactly(3, 48, ALPHANUMERIC, { follow: ENDS_WORD, accepts: hasOpenAiMark }),
  },
  {
    kind: 'anthropic-key',
    name: 'Anthropic key',
    severity: 'high',
    prefixes: ['sk-ant-api', 'sk-ant-admin', 'sk-ant-oat'],
    anchorAt: 0,
    standsAlone: true,
    measure: between(7, 95, 140, URL_SAFE),
  },
  {
    kind: 'sendgrid-key',
    name: 'SendGrid key',
    severity: 'high',
    prefixes: ['SG.'],
    anchorAt: 0,
    standsAlone: true,
    measure: parts(
      3,
      [
        [22, '.'],
        [43, ''],
      ],
      URL_SAFE,
    ),
  },
  {
    kind: 'twilio-key-id',
    name: 'Twilio API key id',
    severity: 'low',
    prefixes: [...'0123456789abcdef'].map((digit) => `SK${digit}`),
    anchorAt: 0,
    standsAlone: true,
    measure: exactly(2, 32, LOWER_HEX, { follow: ENDS_WORD }),
  },
  {
    kind: 'gitlab-token',
    name: 'GitLab token',
    severity: 'high',
    prefixes: ['glpat-'],
    anchorAt: 0,
    standsAlone: true,
    measure: between(6, 20, 200, URL_SAFE),
  },
  {
    kind: 'azure-storage-key',
    name: 'Azure storage account key',
    severity: 'critical',
    prefixes: ['AccountKey='],
    anchorAt: 6,
    standsAlone: true,
    measure: azureKeyEnd,
  },
  {
    kind: 'docker-token',
    name: 'Docker access token',
    severity: 'high',
    prefixes: ['dckr_pat_', 'dckr_oat_'],
    anchorAt: 1,
    standsAlone: true,
    measure: between(9, 27, 40, URL_SAFE),
  },
  {
    kind: 'hugging-face-token',
    name: 'Hugging Face token',
    severity: 'high',
    prefixes: ['hf_'],
    anchorAt: 0,
    standsAlone: true,
    measure: exactly(3, 34, UPPER | LOWER, { follow: ENDS_WORD, distinctMin: 12, accepts: hasBothCases }),
  },
  {
    kind: 'digitalocean-token',
    name: 'DigitalOcean token',
    severity: 'high',
    prefixes: ['dop_v1_', 'doo_v1_', 'dor_v1_'],
    anchorAt: 3,
    standsAlone: true,
    measure: exactly(7, 64, LOWER_HEX, { follow: ENDS_WORD }),
  },
  {
    kind: 'shopify-token',
    name: 'Shopify token',
    severity: 'high',
    prefixes: ['shpat_', 'shpca_', 'shppa_', 'shpss_'],
    anchorAt: 0,
    standsAlone: true,
    measure: exactly(6, 32, LOWER_HEX, { follow: ENDS_WORD }),
  },
  {
    kind: 'private-key',
    name: 'private key',
    severity: 'critical',
    prefixes: ['-----BEGIN '],
    anchorAt: 5,
    standsAlone: false,
    measure: privateKeyEnd,
  },
  {
    kind: 'jwt',
    name: 'JSON Web Token',
    severity: 'low',
    prefixes: ['eyJ'],
    anchorAt: 0,
    standsAlone: true,
    usualIn: 'answers',
    measure: tokenEnd,
  },
];

/** The last six characters are the CRC-32 of those before, in base62. */
function hasChecksum(bytes: Buffer, from: number, to: number): boolean {
  const text = bytes.toString('latin1', from, to);
  const body = text.length - WORD_CHARACTERS;
  return base62WordAt(text, body) === crc32(text.slice(0, body));
}

/** Amazon's documents use ids that end in EXAMPLE, and signed addresses carry the id by design. */
function isOwnKeyId(bytes: Buffer, from: number, to: number): boolean {
  if (bytes.toString('latin1', to - 7, to) === 'EXAMPLE') return false;
  const before = bytes.toString('latin1', Math.max(0, from - 24), from - 4);
  return !SIGNED_ADDRESS.some((parameter) => before.endsWith(parameter));
}

const SIGNED_ADDRESS = ['KeyId=', 'KeyId%3D', 'Credential=', 'Credential%3D'];

/** Numbers of workspace and user, then at least 24 characters. */
function isSlackBody(bytes: Buffer, from: number, to: number): boolean {
  const segments = bytes.toString('latin1', from, to).split('-');
  const last = segments.at(-1) ?? '';
  const number = segments.find((segment) => segment.length >= 9 && segment.length <= 14);
  return (
    segments.length >= 3 &&
    last.length >= 24 &&
    number !== undefined &&
    runEnd(Buffer.from(number), 0, number.length, DIGIT) === number.length
  );
}

/** "OpenAI" in base64 stands in the middle of every key. */
function hasOpenAiMark(bytes: Buffer, from: number, to: number): boolean {
  const at = bytes.toString('latin1', from, to).indexOf('T3BlbkFJ');
  return at >= 20 && to - from - at - 8 >= 20;
}

function hasBothCases(bytes: Buffer, from: number, to: number): boolean {
  let classes = 0;
  for (let at = from; at < to; at++) classes |= isIn(bytes[at], UPPER) ? UPPER : LOWER;
  return classes === (UPPER | LOWER);
}

/** `T…/B…/…`: the last part is the secret. */
function slackWebhookEnd(window: Window, at: number): number {
  const team = bodyEnd(window, at + 26, 7, 12, UPPER | DIGIT, ALPHANUMERIC);
  if (team <= 0) return team;
  const channel = textEnd(window, team, '/B');
  if (channel <= 0) return channel;
  const hook = bodyEnd(window, channel, 7, 12, UPPER | DIGIT, ALPHANUMERIC);
  if (hook <= 0) return hook;
  const secret = textEnd(window, hook, '/');
  return secret <= 0 ? secret : bodyEnd(window, secret, 23, 25, ALPHANUMERIC, ALPHANUMERIC);
}

/** 64 bytes in base64. */
function azureKeyEnd(window: Window, at: number): number {
  const { bytes, end, isLast } = window;
  const from = at + 11;
  const body = runEnd(bytes, from, Math.min(end, from + 87), ALPHANUMERIC | PLUS_SLASH);
  if (body === end && !isLast) return UNDECIDED;
  return body - from === 86 ? textEnd(window, body, '==') : NOT_ONE;
}

/** Parts of fixed lengths with separators between. */
function parts(prefixLength: number, shape: readonly (readonly [number, string])[], classes = ALPHANUMERIC): Measure {
  return (window, at) => {
    let from = at + prefixLength;
    for (const [length, separator] of shape) {
      const end = bodyEnd(window, from, length, length, classes, classes);
      if (end <= 0) return end;
      const next = separator === '' ? end : textEnd(window, end, separator);
      if (next <= 0) return next;
      from = next;
    }
    return from;
  };
}

const LONG_DISTINCT_MIN = 24;

/** At least `min` characters; what is longer than can be looked at is one too. */
function longRun(prefixLength: number, min: number): Measure {
  const lengthMax = 220;
  return ({ bytes, end, isLast }, at) => {
    const from = at + prefixLength;
    const to = Math.min(end, at + lengthMax);
    const stopped = runEnd(bytes, from, to, URL_SAFE);
    if (stopped === end && stopped < at + lengthMax && !isLast) return UNDECIDED;
    return stopped - from >= min && distinctBytes(bytes, from, stopped) >= LONG_DISTINCT_MIN ? stopped : NOT_ONE;
  };
}

/** The first that says something; undecided where an earlier one may still. */
function firstOf(measures: readonly Measure[]): Measure {
  return (window, at) => {
    for (const measure of measures) {
      const end = measure(window, at);
      if (end !== NOT_ONE) return end;
    }
    return NOT_ONE;
  };
}
