import { judgeSecret } from '../../crypto/jose/secret-strength.ts';
import type { SourcePath } from '../diagnostics.ts';
import type { ReadContext } from '../schema-types.ts';
import type { SourceNode } from '../source-tree.ts';

const SECRET_BYTES_MIN = 32;

/** A shared secret as base64, with or without the `whsec_` of Standard Webhooks. False where it was refused. */
export function lintSharedSecret(
  encoded: string,
  node: SourceNode,
  path: SourcePath,
  context: Pick<ReadContext, 'report'>,
): boolean {
  const text = encoded.startsWith('whsec_') ? encoded.slice('whsec_'.length) : encoded;
  const bytes = Buffer.from(text, 'base64');
  const padded = text.endsWith('=') ? text : text.padEnd(Math.ceil(text.length / 4) * 4, '=');
  if (bytes.length === 0 || bytes.toString('base64') !== padded) {
    context.report('SP014', node.position, path, 'the secret is not base64', 'make one with: openssl rand -base64 32');
    return false;
  }
  const fault = judgeSecret(bytes, SECRET_BYTES_MIN);
  if (fault === undefined) return true;
  context.report('SP083', node.position, path, `the secret is weak: ${fault.detail}`);
  return false;
}
