import type { SourcePath } from './diagnostics.ts';
import { filePath } from './formats-places.ts';
import { duration } from './formats-units.ts';
import { optional, withDefault } from './schema.ts';
import { entryNode } from './schema-collections.ts';
import type { ReadContext } from './schema-types.ts';
import { boolean, integer } from './schema-values.ts';
import type { SourceNode } from './source-tree.ts';

/** How somebody outside is asked while a call waits. */
export const QUESTION_FIELDS = {
  timeoutSeconds: withDefault(duration(0.05, 30), 1, 'Time it has to answer.'),
  questionsMax: withDefault(
    integer(1, 4096),
    128,
    'Questions that wait at once, per thread; beyond it the answer is unknown at once.',
  ),
  allowPrivateAddresses: withDefault(
    boolean(),
    false,
    'true: it may be at a private or loopback address, and may be asked without TLS.',
  ),
};

/** Of a server that is asked by HTTP. */
export const AUTHORITY_FIELD = {
  ca: optional(filePath(), 'PEM file of the certificate authority it is verified by, in place of the system’s own.'),
};

/** An authority where there is no certificate to verify would look like a protection that is not there. */
export function lintAuthority(
  ca: string | undefined,
  isProtected: boolean,
  node: SourceNode,
  path: SourcePath,
  context: Pick<ReadContext, 'report'>,
): boolean {
  if (ca === undefined || isProtected) return true;
  const { position } = entryNode(node, 'ca');
  context.report('SP137', position, [...path, 'ca'], 'ca is for TLS, and the address is http://');
  return false;
}

/** Who says what a call may do is not asked in clear, where anyone on the way could answer. */
export function lintOutside(
  isProtected: boolean,
  allowPrivateAddresses: boolean,
  node: SourceNode,
  path: SourcePath,
  context: Pick<ReadContext, 'report'>,
): boolean {
  if (isProtected || allowPrivateAddresses) return true;
  context.report('SP133', node.position, path, 'it would be asked over a connection nobody vouches for');
  return false;
}
