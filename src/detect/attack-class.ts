/** What a value may try to do to whoever interprets it; one score each. */
export const ATTACK_CLASSES = [
  'sqli',
  'nosqli',
  'xss',
  'cmd',
  'traversal',
  'template',
  'ssrf',
  'xxe',
  'deserialisation',
  'prototype',
  'crlf',
  'ldap',
  'log4shell',
  'code',
] as const;

export type AttackClass = (typeof ATTACK_CLASSES)[number];

/** Share of benign requests that may be refused: 0.1 %, 0.5 %, 1 %. */
export const PROFILES = ['relaxed', 'default', 'strict'] as const;

export type Profile = (typeof PROFILES)[number];
