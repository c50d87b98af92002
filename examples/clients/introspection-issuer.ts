/**
 * A stand-in for an issuer that is asked about tokens (RFC 7662): `scripts/node examples/clients/introspection-issuer.ts
 * [--port 9000]`. It knows one token that is active. For trying out.
 */
import http from 'node:http';
import { parseArgs } from 'node:util';
import { readCommandLine } from '../command-line.ts';

const ACTIVE = 'a-token-that-is-active';
const USAGE = `usage: scripts/node examples/clients/introspection-issuer.ts [--port N]

  --port N  default 9000`;

const { values } = readCommandLine(USAGE, () => parseArgs({ options: { port: { type: 'string', default: '9000' } } }));

const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (part: Buffer) => {
    body += part.toString();
  });
  request.on('end', () => {
    const active = new URLSearchParams(body).get('token') === ACTIVE;
    const claims = { client_id: 'demo', scope: 'orders:read', aud: 'https://api.example.com' };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(active ? { active, ...claims } : { active }));
  });
});
server.listen(Number(values.port), '127.0.0.1', () => console.log(`The demo issuer listens on port ${values.port}`));
