import { estimateBits } from '../crypto/jose/secret-strength.ts';
import { WELL_KNOWN_SECRETS } from '../crypto/jose/well-known-secrets.ts';
import { folded } from './account-names.ts';

/** Characters, not bytes (NIST SP 800-63B-4 §3.1.1.2 asks for 15 where a password stands alone and 8 beside others). */
export const PASSWORD_CHARACTERS_MIN = 12;
export const PASSWORD_CHARACTERS_MAX = 256;
/** Names shorter than this occur in passwords by chance. */
const CONTEXT_CHARACTERS_MIN = 4;
/** What is tried first costs less than this; four uncommon words are far above. */
const ENTROPY_BITS_MIN = 32;

/** The form in which a password is hashed: the same however a keyboard composes it (RFC 8265 §4.2.2). */
export function normalisedPassword(typed: string): string {
  return typed.normalize('NFC');
}

/** Whether a text could be anybody's password; what could not is refused before anything is hashed. */
export function isPasswordSized(typed: string): boolean {
  // No character has more than two units.
  return typed.length <= 2 * PASSWORD_CHARACTERS_MAX && [...typed].length <= PASSWORD_CHARACTERS_MAX;
}

export interface PasswordContext {
  readonly userName: string;
  readonly email: string;
  /** Names of the service: its title, its host. */
  readonly services: readonly string[];
}

/**
 * Why a password must not be set, for the person who chose it, or undefined (NIST SP 800-63B-4 §3.1.1.2: length and a
 * list of what is commonly chosen; no rules of composition). Does not ask anybody whether it has leaked.
 */
export function passwordFault(typed: string, { userName, email, services }: PasswordContext): string | undefined {
  const password = normalisedPassword(typed);
  if (!isPasswordSized(typed)) return `The password is longer than ${PASSWORD_CHARACTERS_MAX} characters.`;
  if ([...password].length < PASSWORD_CHARACTERS_MIN)
    return `The password has fewer than ${PASSWORD_CHARACTERS_MIN} characters. Several words together are easy to remember.`;
  if (hasControl(password) || !password.isWellFormed()) return 'The password holds a character that cannot be typed.';
  const plain = folded(password);
  const words = [userName, email.split('@')[0] ?? '', ...services].map(folded);
  if (words.some((word) => word.length >= CONTEXT_CHARACTERS_MIN && plain.includes(word)))
    return 'The password holds your user name or the name of this service, which is what is tried first.';
  if (isCommon(plain)) return 'The password is one of those that are tried first. Several uncommon words are better.';
  return undefined;
}

function isCommon(plain: string): boolean {
  if (WELL_KNOWN_SECRETS.has(plain) || COMMON_PASSWORDS.has(plain)) return true;
  const core = lettersOf(plain);
  const period = repeated(core);
  if (COMMON_STEMS.has(core) || COMMON_STEMS.has(period)) return true;
  return estimateBits(Buffer.from(plain, 'utf8').toString('latin1')) < ENTROPY_BITS_MIN;
}

/** Without the digits and signs that people put before and after a word, and with the usual letters for digits in it. */
function lettersOf(plain: string): string {
  let [from, to] = [0, plain.length];
  while (from < to && !isLetter(plain, from)) from++;
  while (to > from && !isLetter(plain, to - 1)) to--;
  let core = '';
  for (const sign of plain.slice(from, to)) core += LETTER_FOR[sign] ?? sign;
  return core;
}

function isLetter(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code >= 0x61 && code <= 0x7a) || code > 0x7f;
}

const LETTER_FOR: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  '@': 'a',
  $: 's',
};

/** What a text repeats from beginning to end, or the text itself. */
function repeated(text: string): string {
  for (let length = 1; length <= text.length / 2; length++)
    if (text.length % length === 0 && text.slice(0, length).repeat(text.length / length) === text)
      return text.slice(0, length);
  return text;
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  }
  return false;
}

/** Long enough to be allowed, and typed by many: walks over the keyboard, and phrases. */
const COMMON_PASSWORDS: ReadonlySet<string> = new Set([
  '1q2w3e4r5t6y',
  '1q2w3e4r5t6y7u8i',
  '1qaz2wsx3edc',
  '1qaz2wsx3edc4rfv',
  'qazwsxedcrfv',
  'q1w2e3r4t5y6',
  'zaq12wsxcde3',
  'qwertyuiop[]',
  "asdfghjkl;'#",
  'qwerty123456',
  'abcd12345678',
  'a1b2c3d4e5f6',
  'aa1234567890',
  'iloveyou1234',
  'letmein12345',
  'welcome12345',
  'correcthorsebatterystaple',
  'correct horse battery staple',
  'ihavenopassword',
  'nopasswordforme',
  'opensesame123',
  'thisismypassword',
  'mypasswordissafe',
  'ilovemyfamily',
  'iloveyouforever',
  'iloveyousomuch',
  'jesuschristislord',
  'liverpoolfc1892',
  'manchesterunited',
  'christianoronaldo',
  'harrypotter123',
  'starwars12345',
]);

/** Words that are passwords as soon as digits stand around them, or when they are repeated. */
const COMMON_STEMS: ReadonlySet<string> = new Set(
  (
    'password passwort passw passwd motdepasse contrasena wachtwoord parola letmein welcome welcomeback willkommen bienvenue iloveyou ' +
    'admin administrator administrador root superuser changeme changeit changepassword default guest login master ' +
    'qwerty qwertz azerty qwertyuiop asdfgh asdfghjkl zxcvbnm qazwsx abc abcd abcdef abcdefg monkey dragon football ' +
    'baseball basketball superman batman spiderman pokemon princess sunshine shadow michael jennifer jordan charlie ' +
    'computer internet whatever trustno starwars liverpool chelsea arsenal barcelona realmadrid juventus flower hello ' +
    'helloworld freedom summer winter spring autumn january february september october november december monday friday ' +
    'secret topsecret mysecret mypassword newpassword oldpassword temppassword temporary testtest testing test testuser ' +
    'company business security secure access'
  ).split(' '),
);
