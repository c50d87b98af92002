import { type Reason, reason } from './reason.ts';

const SHOWN = 'payload.refused';

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
  'payload.sqli': attack('an injection of SQL'),
  'payload.nosqli': attack('an injection into a document database'),
  'payload.xss': attack('script for the page of another'),
  'payload.cmd': attack('a command for a shell'),
  'payload.traversal': attack('a way out of a folder, or to a file of the system'),
  'payload.template': attack('an expression for a template engine'),
  'payload.ssrf': attack('an address inside the network'),
  'payload.xxe': attack('an external entity of XML'),
  'payload.deserialisation': attack('a serialised object'),
  'payload.prototype': attack('a change of the prototype of objects'),
  'payload.crlf': attack('a line of a header'),
  'payload.ldap': attack('a filter of LDAP or an expression of XPath'),
  'payload.log4shell': attack('a look-up of a logging library'),
  'payload.code': attack('program code'),
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
