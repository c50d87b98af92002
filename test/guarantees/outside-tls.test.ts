import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Authoriser, caller } from '../harness/authoriser.ts';
import { type Issued, Pki } from '../harness/pki.ts';

const ALICE = caller('alice');

describe('look-ups and deciders over TLS', () => {
  let pki: Pki;
  let ours: Issued;
  let others: Issued;
  let service: Server;
  let elsewhere: Server;
  before(async () => {
    pki = new Pki();
    ours = pki.authority('ours');
    others = pki.authority('others');
    service = await serve(certificate('IP:127.0.0.1'));
    elsewhere = await serve(certificate('DNS:elsewhere.example'));
  });
  after(async () => {
    await service.close();
    await elsewhere.close();
    pki.close();
  });

  function certificate(name: string): Issued {
    const extensions = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=serverAuth', `subjectAltName=${name}`];
    return pki.issue('service', { by: ours, extensions });
  }

  function authoriser(url: string, ca: Issued | undefined): Record<'owner' | 'decide', Authoriser> {
    const more = `allowPrivateAddresses: true${ca === undefined ? '' : `, ca: "${ca.certFile}"`}`;
    const files = ca === undefined ? {} : { [ca.certFile.split('/').at(-1) ?? '']: ca.pem };
    return {
      owner: new Authoriser({
        outside: `owners: { orders: { type: http, url: "${url}/{id}", ${more} } }`,
        authorize: `{ owner: 'path.orderId in owned(principal, "orders")' }`,
        files,
      }),
      decide: new Authoriser({
        outside: `deciders: { pdp: { type: opa, url: "${url}/v1/data/allow", ${more} } }`,
        authorize: '{ decide: [pdp] }',
        files,
      }),
    };
  }

  test('a server is believed where the configured authority vouches for its certificate and its name', async () => {
    const { owner, decide } = authoriser(service.url, ours);
    assert.equal(await owner.says(ALICE, '/orders/7'), 'pass');
    assert.equal(await decide.says(ALICE, '/orders/7'), 'pass');
  });

  test('of another authority, of none, or for another name it is asked nothing, whatever the environment says', async () => {
    const asked = service.asked() + elsewhere.asked();
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    const warn = process.emitWarning;
    process.emitWarning = () => undefined;
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      for (const [url, ca] of [
        [service.url, others],
        [service.url, undefined],
        [elsewhere.url, ours],
      ] as const)
        for (const rules of Object.values(authoriser(url, ca)))
          assert.equal(await rules.says(ALICE, '/orders/7'), 'authz.unavailable');
    } finally {
      process.emitWarning = warn;
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
    assert.equal(service.asked() + elsewhere.asked(), asked);
  });

  test('an authority whose file has gone verifies nothing', async () => {
    const gone = { ...ours, certFile: `${pki.folder}/gone.pem` };
    for (const rules of Object.values(authoriser(service.url, gone)))
      assert.equal(await rules.says(ALICE, '/orders/7'), 'authz.unavailable');
  });
});

interface Server {
  readonly url: string;
  asked(): number;
  close(): Promise<void>;
}

async function serve({ pem, key }: Issued): Promise<Server> {
  let asked = 0;
  const server = https.createServer({ cert: pem, key }, (_request, response) => {
    asked++;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"owner":"alice","result":true}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
