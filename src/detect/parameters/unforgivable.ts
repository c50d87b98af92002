import { structureFeature } from '../evidence.ts';
import type { Structure } from '../structures.ts';

/**
 * Evidence no parameter can make usual. A stretch of text that has one of these is judged as if nothing had been learned:
 * the rest of an attack must not be forgiven because half of it is usual. Each of them is what an attack does and not how
 * a text looks; whoever has to let one through writes an exception, with a reason and an end.
 */
const UNFORGIVABLE_STRUCTURES: readonly Structure[] = [
  // Statements that read or change what they were not meant to.
  'sql.stacked-statement',
  'sql.union-select',
  'sql.breaks-out-of-string',
  'sql.logic-before-dangerous-call',
  'sql.tautology',
  // Code that runs by itself. Tags and attributes of style stay learnable: editors send them.
  'html.event-handler-with-code',
  'html.script-url',
  'html.breaks-out-of-attribute',
  'code.breaks-out-of-string',
  'code.string-closed-then-statement',
  'code.dunder-member',
  // A command that is run, whatever stands around it.
  'shell.command-in-substitution',
  'shell.command-with-argument-after-separator',
  'shell.word-split-by-quotes',
  'shell.blank-by-variable',
  // Files that hold secrets, and the ways up to them.
  'path.sensitive-file',
  'path.climbs-three-or-more',
  'path.climbs-with-backslashes',
  'path.nul',
  // Objects that run code when they are read.
  'packed.dotnet-formatter',
  'packed.java-object',
  'packed.json-type-of-class',
  'packed.node-function',
  'packed.php-object',
  'packed.python-pickle',
  'packed.ruby-marshal',
  'packed.yaml-type',
  'lookup.jndi',
  'lookup.nested',
  'name.prototype',
  'name.constructor-prototype',
  'name.query-operator-with-code',
  'template.sink-in-hole',
  'url.cloud-metadata',
  'url.address-in-odd-notation',
  'xml.external-identifier',
  'xml.parameter-entity',
  'line.second-response-or-request',
  'line.known-header-field-after-break',
  'ldap.nul-after-filter',
];

export const UNFORGIVABLE: readonly number[] = UNFORGIVABLE_STRUCTURES.map(structureFeature);

const LISTED: ReadonlySet<number> = new Set(UNFORGIVABLE);

export function isUnforgivable(feature: number): boolean {
  return LISTED.has(feature);
}
