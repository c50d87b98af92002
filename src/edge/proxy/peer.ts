import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { PeerCertificate } from '../../core/call.ts';

/** What is known of the client of a connection, found once for all its requests. */
interface KnownSocket extends Socket {
  peerCertificate?: PeerCertificate | undefined;
}

/** The certificate the client of a connection has shown, or undefined. The same object every time it is asked. */
export function peerOf(socket: Socket | undefined): PeerCertificate | undefined {
  return socket === undefined ? undefined : (socket as KnownSocket).peerCertificate;
}

/** Notes the certificate of a connection whose handshake is over. */
export function rememberPeer(socket: TLSSocket): void {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return;
  const { authorizationError } = socket as { authorizationError?: Error | string | null };
  const chainError = socket.authorized ? '' : errorCode(authorizationError);
  (socket as KnownSocket).peerCertificate = { der: certificate.raw, chainError };
}

/** Never empty: a chain that was not verified is not a good one. */
function errorCode(error: Error | string | null | undefined): string {
  if (typeof error === 'string' && error !== '') return error;
  if (error instanceof Error) return (error as { code?: string }).code ?? error.message;
  return 'UNVERIFIED';
}
