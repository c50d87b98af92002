import type { JweConfig, JwsAlgorithm } from '../../core/configuration.ts';
import { readDecryptionKey } from '../../crypto/jose/jwe-key.ts';
import { compileKeySet } from '../../crypto/jose/key-set.ts';
import { judgeSecret } from '../../crypto/jose/secret-strength.ts';
import type { SourcePath } from '../diagnostics.ts';
import type { ReadContext } from '../schema-types.ts';
import type { SourceNode } from '../source-tree.ts';

type Report = Pick<ReadContext, 'report'>;

const HASH_BYTES: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };

/** A secret that can be guessed signs for everybody (RFC 8725 §3.5). False where it was refused. */
export function lintSecret(
  secret: string,
  algorithms: readonly JwsAlgorithm[],
  node: SourceNode,
  path: SourcePath,
  context: Report,
): boolean {
  const bytes = Math.max(...algorithms.map((algorithm) => HASH_BYTES[algorithm] ?? 32));
  const fault = judgeSecret(secret, bytes);
  if (fault === undefined) return true;
  context.report('SP083', node.position, path, `the secret is weak: ${fault.detail}`);
  return false;
}

/** Keys of the configuration itself are the administrator's to mend: one that cannot be used is an error here. */
export function lintKeys(
  keys: readonly Readonly<Record<string, unknown>>[],
  algorithms: readonly JwsAlgorithm[],
  node: SourceNode,
  path: SourcePath,
  context: Report,
): boolean {
  const { faults } = compileKeySet(keys, algorithms);
  for (const fault of faults) context.report('SP084', node.position, path, `a key cannot be used: ${fault.detail}`);
  return faults.length === 0;
}

/** What decides who is calling is not asked in plain HTTP, where anyone on the way could answer. */
export function lintServer(
  url: string,
  allowPrivateAddresses: boolean,
  node: SourceNode,
  path: SourcePath,
  context: Report,
): boolean {
  if (url === '' || url.startsWith('https://') || (allowPrivateAddresses && url.startsWith('http://'))) return true;
  context.report('SP085', node.position, path, 'the issuer would be asked over a connection nobody vouches for');
  return false;
}

/** Every key has to be one that a listed algorithm can use. */
export function lintDecryptionKeys(
  { keyManagement, privateKeys }: JweConfig,
  node: SourceNode,
  path: SourcePath,
  context: Report,
): boolean {
  let good = true;
  for (const [index, pem] of privateKeys.entries()) {
    const read = readDecryptionKey(pem);
    const place = [...path, 'encryption', 'privateKeys', index];
    if (!read.ok) context.report('SP084', node.position, place, `a key cannot be used: ${read.fault.detail}`);
    else if (!keyManagement.some((name) => name.startsWith('RSA') === (read.key.kind === 'rsa')))
      context.report('SP084', node.position, place, 'no algorithm of keyManagement fits the key');
    else continue;
    good = false;
  }
  return good;
}
