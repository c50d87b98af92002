/** The part of the answer to `/api/v1/config` that says where calls are taken. */
export interface Listening {
  readonly configuration?: { readonly listen?: { readonly port?: number; readonly tls?: unknown } };
}

/** Where the gateway takes calls, as this page reaches it; undefined: as it listens by default. */
export function gatewayAddress(answer: Listening | undefined): string {
  const { port = 8080, tls } = answer?.configuration?.listen ?? {};
  return `${tls === undefined || tls === null ? 'http' : 'https'}://${location.hostname}:${port}`;
}
