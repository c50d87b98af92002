import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { echoUpstream, TestGateway } from '../../harness/gateway.ts';
import { issuerConfig } from '../../harness/issuer-config.ts';
import { ConsoleBrowser } from './console-browser.ts';

const PASSWORD = 'plum tractor violin';
/** Nobody listens there: what comes back in the address is not used. */
const REDIRECT = 'http://127.0.0.1:9/callback';

describe('a passkey at the console', { timeout: 120_000 }, () => {
  let gateway: TestGateway;
  let upstream: Awaited<ReturnType<typeof echoUpstream>>;
  let browser: ConsoleBrowser;
  before(async () => {
    upstream = await echoUpstream();
    const config = issuerConfig(upstream.url).replaceAll('127.0.0.1:{{port}}', 'localhost:{{port}}');
    browser = await ConsoleBrowser.start();
    gateway = await TestGateway.start({ config });
    await gateway.admin('PUT', '/api/v1/consumers/acme', {});
    await gateway.admin('POST', '/api/v1/accounts', { name: 'alice', password: PASSWORD });
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
    await upstream?.close();
  });

  test('signs in whoever has a role, with that role and no more', async () => {
    const tab = await browser.open(gateway, '/', { signedIn: false, host: 'localhost' });
    tab.expectFault(/40[13] \(/);
    const { page } = tab;
    const devices = await page.context().newCDPSession(page);
    await devices.send('WebAuthn.enable');
    await devices.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    const made = await gateway.admin('POST', '/api/v1/clients', {
      consumer: 'acme',
      name: 'Order book',
      authentication: 'none',
      grantTypes: ['authorization_code'],
      redirectUris: [REDIRECT],
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const query = new URLSearchParams({
      client_id: String(made.body['id']),
      response_type: 'code',
      scope: 'openid',
      redirect_uri: REDIRECT,
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    await page.goto(`http://localhost:${gateway.port}/oauth/authorize?${query}`);
    await page.locator('#user-name').fill('alice');
    await page.locator('#password').fill(PASSWORD);
    await page.locator('#add-passkey').check();
    await page.locator('form[action$="/password"] button').click();
    await page.locator('form[data-passkey=create] button').click();
    await page.getByRole('heading', { name: 'Allow access?' }).waitFor();

    await page.goto(`http://localhost:${gateway.adminPort}/calls`);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByText('This account has no role here').waitFor();
    assert.equal((await gateway.admin('PUT', '/api/v1/accounts/alice', { role: 'viewer' })).status, 200);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByRole('heading', { name: 'Calls' }).waitFor();
    await page.getByText('viewer', { exact: true }).first().waitFor();
    assert.equal(
      await page.evaluate(
        `fetch('/api/v1/session').then((answer) => answer.json()).then(({ csrfToken }) =>
          fetch('/api/v1/keys', { method: 'POST', body: '{"consumer":"acme"}', headers: { 'content-type': 'application/json', 'x-csrf-token': csrfToken } })
        ).then(({ status }) => status)`,
      ),
      403,
    );
    await tab.close();
  });
});
