import { type Reason, reason } from './reason.ts';

const SHOWN = 'payload.refused';

/** What a value of each class looks like. */
export const ATTACK_WORDS = {
  sqli: 'an injection of SQL',
  nosqli: 'an injection into a document database',
  xss: 'script for the page of another',
  cmd: 'a command for a shell',
  traversal: 'a way out of a folder, or to a file of the system',
  template: 'an expression for a template engine',
  ssrf: 'an address inside the network',
  xxe: 'an external entity of XML',
  deserialisation: 'a serialised object',
  prototype: 'a change of the prototype of objects',
  crlf: 'a line of a header',
  ldap: 'a filter of LDAP or an expression of XPath',
  log4shell: 'a look-up of a logging library',
  code: 'program code',
} as const;

function attack(what: string): Reason {
  return reason(
    403,
    'Refused',
    `A value of the call looks like ${what}. The detail names its place, what spoke for it, and an exception for it. Setting: inspect.payload.`,
    SHOWN,
  );
}

/** Of attacks in what a call carries. The caller is told of none which one it was, or where. */
export const PAYLOAD_REASONS = {
  'payload.sqli': attack(ATTACK_WORDS.sqli),
  'payload.nosqli': attack(ATTACK_WORDS.nosqli),
  'payload.xss': attack(ATTACK_WORDS.xss),
  'payload.cmd': attack(ATTACK_WORDS.cmd),
  'payload.traversal': attack(ATTACK_WORDS.traversal),
  'payload.template': attack(ATTACK_WORDS.template),
  'payload.ssrf': attack(ATTACK_WORDS.ssrf),
  'payload.xxe': attack(ATTACK_WORDS.xxe),
  'payload.deserialisation': attack(ATTACK_WORDS.deserialisation),
  'payload.prototype': attack(ATTACK_WORDS.prototype),
  'payload.crlf': attack(ATTACK_WORDS.crlf),
  'payload.ldap': attack(ATTACK_WORDS.ldap),
  'payload.log4shell': attack(ATTACK_WORDS.log4shell),
  'payload.code': attack(ATTACK_WORDS.code),
  'payload.suspicious': reason(
    403,
    'Refused',
    'The client sent too many calls in ten minutes that each came close to an attack. Setting: inspect.payload.suspiciousMax.',
    SHOWN,
  ),
  'payload.malformed': reason(
    400,
    'Bad request',
    'The body or its description can be read in more than one way, so that what is judged is not surely what the upstream reads. Setting: inspect.payload.onMalformed.',
  ),
  'payload.unscanned': reason(
    413,
    'Too much to look at',
    'The call has more values, depth or size than are looked at, and the route refuses what was not looked at. Setting: inspect.payload.onLimit.',
  ),
} as const satisfies Record<string, Reason>;
