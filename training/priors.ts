import type { AttackClass } from '../src/detect/attack-class.ts';
import { STRUCTURES } from '../src/detect/structures.ts';

/**
 * What is known of a class before any example: each structure is what a parser of that language would act on. The training starts from
 * here, so that a form no corpus has still counts; benign texts take away what they contradict.
 */
const BY_PREFIX: readonly (readonly [RegExp, AttackClass, number])[] = [
  [/^packed\.(?!php-array|gadget|element)/, 'deserialisation', 3.5],
  [/^packed\.(gadget|element)/, 'deserialisation', 2.5],
  [/^packed\.php-array/, 'deserialisation', 2],
  [/^path\.(climbs-three|absolute|sensitive|nul|windows-drive)/, 'traversal', 1.6],
  [/^path\.climbs-above/, 'traversal', 1.2],
  [/^path\.(climbs-with|climbs-out|odd)/, 'traversal', 1.4],
  [/^path\.(nul-after|network)/, 'traversal', 2],
  [/^path\.reference/, 'traversal', -1.5],
  [/^url\.(stream-wrapper|file-scheme)/, 'traversal', 2],
  [
    /^url\.(cloud-metadata|address-in-odd|scheme-of-another|file-scheme|stream-wrapper|name-that-resolves)/,
    'ssrf',
    2.5,
  ],
  [/^url\.(loopback|private-address|internal-name|user-before|ipv6|backslash)/, 'ssrf', 1.6],
  [/^url\.(second-host|inner-host-with)/, 'ssrf', 2],
  [/^xml\.(entity|external|parameter|doctype-with|include)/, 'xxe', 2],
  [/^xml\.(doctype|schema)/, 'xxe', 0.8],
  [/^xml\.stylesheet/, 'xxe', 2.5],
  [/^ldap\./, 'ldap', 1.8],
  [/^xpath\./, 'ldap', 1.2],
  [/^xpath\.(path-in|call-in|query-prolog)/, 'ldap', 1.5],
  [/^name\.(prototype|constructor)/, 'prototype', 5],
  [/^name\.query-operator(?!-in-(?:text|filter))/, 'nosqli', 4],
  [/^name\.query-operator-in-text/, 'nosqli', 2],
  [/^name\.accessor/, 'prototype', 5],
  [/^name\.type-disc/, 'deserialisation', 1],
  [/^name\.constructs/, 'deserialisation', 4],
  [/^query\./, 'nosqli', 2.5],
  [/^lookup\.jndi/, 'log4shell', 5],
  [/^lookup\.(nested|environment|case)/, 'log4shell', 1.5],
  [/^line\.(known|second|mail)/, 'crlf', 2.5],
  [/^line\.protocol/, 'crlf', 1.5],
  [/^path\.climbs-in-file/, 'traversal', 4],
  [/^line\.header/, 'crlf', 0.8],
  [/^line\.letters/, 'crlf', 3],
  [/^line\.block/, 'crlf', -4],
  [/^template\.(?!arithmetic)/, 'template', 1.4],
  [/^shell\.grave/, 'cmd', 1.2],
  [/^template\.arithmetic/, 'template', 3],
  [/^code\.(call-of-sink|breaks|dunder|call-of-variable|grave)/, 'code', 1],
  [/^code\.(call-of-grave|grave-text)/, 'code', 1.5],
  [/^code\.(call-by|breaks|symbols)/, 'xss', 1],
  [/^code\.dunder/, 'template', 1.5],
  [/^shell\.(command-(?!at|in-code)|path-with|blank|word-split|leading)/, 'cmd', 1.8],
  [/^shell\.command-(at|in-code)/, 'cmd', 0.8],
  [/^html\.(event-handler|script-url|breaks|dangerous|unknown|odd)/, 'xss', 1.5],
  [/^sql\.(tautology|union|stacked|logic|ends|breaks)/, 'sqli', 1.2],
];

/** Class and weight of a feature before training. */
export function priorsOf(feature: string): readonly (readonly [AttackClass, number])[] {
  if (!(STRUCTURES as readonly string[]).includes(feature)) return [];
  return BY_PREFIX.filter(([pattern]) => pattern.test(feature)).map(([, kind, weight]) => [kind, weight]);
}
